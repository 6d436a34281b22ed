package import Base

/// What containers.conf says of named networks, `[network]`. See containers.conf(5).
package struct NetworkDefaults: Equatable, Sendable {
    /// The network that `--network bridge` means.
    package var name = "podman"
    package var subnet = IPNetwork(base: .v4(0x0A58_0000), length: 16)
    /// Where networks without `--subnet` get theirs.
    package var pools: [Pool] = [
        Pool(base: IPNetwork(base: .v4(0x0A59_0000), length: 16), size: 24),
        Pool(base: IPNetwork(base: .v4(0x0A5A_0000), length: 15), size: 24),
        Pool(base: IPNetwork(base: .v4(0x0A5C_0000), length: 14), size: 24),
        Pool(base: IPNetwork(base: .v4(0x0A60_0000), length: 11), size: 24),
        Pool(base: IPNetwork(base: .v4(0x0A80_0000), length: 9), size: 24),
    ]

    /// Subnets of `size` bits inside `base`.
    package struct Pool: Codable, Equatable, Sendable {
        package var base: IPNetwork
        package var size: Int

        package init(base: IPNetwork, size: Int) {
            self.base = base
            self.size = size
        }
    }

    package init() {}

    /// Reads the files of this user.
    package init(_ files: ConfigurationFiles, in view: FileView) throws(Problem) {
        self.init()
        for document in try files.documents("containers.conf", in: view) {
            let json = try TOML.parse(document.bytes, name: document.path)
            guard let table = json["network"] else { continue }
            try apply(table.decode(Table.self, name: document.path), document.path)
        }
    }

    private struct Table: Codable {
        var name: String?
        var subnet: String?
        var pools: [Pool]?

        private enum CodingKeys: String, CodingKey {
            case name = "default_network"
            case subnet = "default_subnet"
            case pools = "default_subnet_pools"
        }
    }

    private mutating func apply(_ table: Table, _ path: String) throws(Problem) {
        if let name = table.name { self.name = try ObjectName(name, of: "network").text }
        if let text = table.subnet {
            guard let subnet = IPNetwork(text) else {
                throw Problem(
                    .badDocument, "default_subnet cannot be \"\(text.printable)\"", why: path,
                    next: "write a network like 10.88.0.0/16")
            }
            self.subnet = subnet
        }
        guard let pools = table.pools else { return }
        for pool in pools where pool.size < pool.base.length || pool.size > 30 {
            throw Problem(
                .badDocument, "the pool \(pool.base) has no subnets of \(pool.size) bits", why: path)
        }
        self.pools = pools
    }

    /// Returns the first subnet of the pools that overlaps none of `taken`.
    package func free(besides taken: [IPNetwork]) throws(Problem) -> IPNetwork {
        for pool in pools {
            guard var next = IPNetwork(holding: pool.base.base, length: pool.size) else { continue }
            while pool.base.contains(next.base) {
                guard let other = taken.first(where: { $0.overlaps(next) }) else { return next }
                // Behind the one that is in the way, which may be much larger.
                let last = max(other.last, next.last)
                guard let address = last.next,
                    let following = IPNetwork(holding: address, length: pool.size)
                else { break }
                next = following
            }
        }
        throw Problem(
            .objectInUse, "there is no free subnet for the network",
            why: "networks, or the routes of this machine, use all of the pools",
            next: "remove networks with \"martlet network prune\", or choose one with --subnet")
    }

    /// Reads the destinations of `/proc/net/route`; the default route is none. See proc(5).
    package static func destinations(in table: String) -> [IPNetwork] {
        table.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split { $0 == "\t" || $0 == " " }
            guard fields.count > 7, let raw = UInt32(fields[1], radix: 16),
                let mask = UInt32(fields[7], radix: 16), mask != 0
            else { return nil }
            // Both are in network order, read as numbers of a little-endian machine.
            return IPNetwork(holding: .v4(raw.byteSwapped), length: mask.nonzeroBitCount)
        }
    }
}
