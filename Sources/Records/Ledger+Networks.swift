package import Base
import Kernel
package import Specs

/// Named networks: their rows. What is on them is known to their processes alone.
extension Ledger {
    /// Records a network that `make` makes of those there are, in one transaction: so two of them
    /// never get the same addresses.
    ///
    /// - Throws: `nameInUse` where there is one of that name.
    package func insertNetwork(
        _ make: ([NetworkRecord]) throws(Problem) -> NetworkRecord
    ) throws(Problem) -> NetworkRecord {
        let database = try database()
        return try database.transaction { () throws(Problem) in
            let all = try networks()
            let network = try make(all)
            guard !all.contains(where: { $0.name == network.name }) else {
                throw Problem(
                    .nameInUse, "there is a network \"\(network.name)\" already",
                    next: "choose another name, remove it with \"martlet network rm "
                        + "\(network.name)\", or use --ignore")
            }
            try database.run(
                "INSERT INTO networks(name, id, record) VALUES(?, ?, ?)", .text(network.name),
                .text(network.id), .text(JSON(encoding: network).text()))
            return network
        }
    }

    /// Returns every network by name.
    package func networks() throws(Problem) -> [NetworkRecord] {
        try database().query("SELECT record FROM networks ORDER BY name") {
            row throws(Problem) in try Ledger.network(row)
        }
    }

    /// Returns the network of this name, or nil.
    package func network(named name: String) throws(Problem) -> NetworkRecord? {
        try database().query("SELECT record FROM networks WHERE name = ?", .text(name)) {
            row throws(Problem) in try Ledger.network(row)
        }.first
    }

    /// Returns the network that `text` means: a name, or an id or its beginning.
    package func findNetwork(_ text: String) throws(Problem) -> NetworkRecord {
        if let network = try network(named: text) { return network }
        let all = try networks()
        let matches = all.filter { !text.isEmpty && $0.id.hasPrefix(text) }
        if matches.count > 1 {
            throw Problem(
                .badValue, "\"\(text.printable)\" is the beginning of several network ids",
                why: matches.map(\.name).joined(separator: ", "), next: "write more of the id")
        }
        if let network = matches.first { return network }
        throw Problem(
            .noSuchNetwork, "there is no network \"\(text.printable)\"",
            next: all.map(\.name).nearest(to: text).map { "did you mean \"\($0)\"?" }
                ?? "make it with \"martlet network create \(text.printable)\"")
    }

    /// Returns the containers that are to be on the network, running or not.
    package func users(of network: NetworkRecord) throws(Problem) -> [ContainerRecord] {
        try containers().filter { container in
            guard case .named(let attachments)? = container.spec.network.mode else { return false }
            return attachments.contains { network.isMeant(by: $0.network) }
        }
    }

    /// Forgets a network.
    ///
    /// - Throws: `objectInUse` where a container is to be on it.
    package func remove(_ network: NetworkRecord) throws(Problem) {
        let users = try users(of: network).map(\.name)
        guard users.isEmpty else {
            throw Problem(
                .objectInUse, "network \"\(network.name)\" is in use",
                why: "container \(users.map { "\"\($0)\"" }.joined(separator: ", ")) is on it",
                next: "remove it with \"martlet rm \(users.joined(separator: " "))\", or use "
                    + "--force")
        }
        try makingRoom { () throws(Problem) in
            _ = try database().run("DELETE FROM networks WHERE id = ?", .text(network.id))
        }
    }

    private static func network(_ row: Database.Row) throws(Problem) -> NetworkRecord {
        try JSON(parsing: row.bytes(0), name: "network").decode(
            NetworkRecord.self, name: "network")
    }
}
