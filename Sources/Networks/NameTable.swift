package import Base
package import Specs

/// Which names of a network lead to which addresses, and what its name server answers.
///
/// Pure. A question that only other servers can answer is nil here.
package struct NameTable {
    private struct Entry {
        var names: [String]
        var addresses: [IPAddress]
        var nameServers: [IPAddress]
    }

    private let subnets: [NetworkRecord.Subnet]
    /// Whether nobody else may be asked.
    private let isInternal: Bool
    private var entries: [UInt64: Entry] = [:]

    /// The domain that resolv.conf searches; podman's, so that names in use work here as well.
    package static let domain = "dns.podman"

    package init(_ network: NetworkRecord) {
        subnets = network.subnets
        isInternal = network.isInternal
    }

    /// Lets names lead to a holder's addresses.
    package mutating func add(
        _ holder: UInt64, _ join: NetworkRequest.Join, addresses: [IPAddress]
    ) {
        entries[holder] = Entry(
            names: join.names.map { $0.lowercased() }, addresses: addresses,
            nameServers: join.nameServers)
    }

    package mutating func remove(_ holder: UInt64) { entries[holder] = nil }

    /// The holder that has an address, or nil.
    package func holder(of address: IPAddress) -> UInt64? {
        entries.first { $0.value.addresses.contains(address) }?.key
    }

    /// The servers that a client of this address chose for itself.
    package func nameServers(of client: IPAddress) -> [IPAddress] {
        holder(of: client).flatMap { entries[$0]?.nameServers } ?? []
    }

    /// Returns the answer, or nil where another server is to be asked.
    package func answer(_ question: DNSQuestion) -> DNSAnswer? {
        if question.flags & 0x7800 != 0 { return DNSAnswer(.notBuilt) }
        guard question.isPlain else { return DNSAnswer(.malformed) }
        guard question.group == 1 else { return isInternal ? DNSAnswer(.noSuchName) : nil }
        if let address = question.reversed {
            guard subnets.contains(where: { $0.network.contains(address) }) else {
                return isInternal ? DNSAnswer(.noSuchName) : nil
            }
            guard let holder = holder(of: address), let names = entries[holder]?.names else {
                return DNSAnswer(.noSuchName)
            }
            return DNSAnswer(.good, names: names)
        }
        var name = question.name
        let isOurs = name.hasSuffix("." + NameTable.domain)
        if isOurs { name.removeLast(NameTable.domain.utf8.count + 1) }
        let found = entries.values.filter { $0.names.contains(name) }
        if found.isEmpty { return isOurs || isInternal ? DNSAnswer(.noSuchName) : nil }
        return DNSAnswer(.good, addresses: found.flatMap(\.addresses).sorted())
    }
}
