package import Base
package import Specs

/// The addresses of a named network: which are free, and whose the others are.
///
/// Pure. A holder is a connection; a container whose connection was lost keeps its addresses for a
/// while (`keep`), under its id.
package struct AddressPool {
    private let subnets: [NetworkRecord.Subnet]
    private var holders: [IPAddress: UInt64] = [:]
    private var kept: [IPAddress: String] = [:]
    /// The address given out last in each subnet: the next search begins behind it, so that an
    /// address just given back is not at once another's.
    private var last: [IPNetwork: IPAddress] = [:]

    package init(_ subnets: [NetworkRecord.Subnet]) { self.subnets = subnets }

    /// Withholds a container's addresses from others.
    package mutating func keep(_ addresses: [IPAddress], for container: String) {
        for address in addresses { kept[address] = container }
    }

    /// Ends all withholding.
    package mutating func endKeeping() { kept = [:] }

    /// Whether an address is anybody's.
    package func isHeld(_ address: IPAddress) -> Bool { holders[address] != nil }

    /// Gives out an address of each subnet.
    ///
    /// - Parameter wishes: addresses it must be.
    /// - Throws: `badValue` for a wish that is of no subnet, `objectInUse` for one that is taken, and
    ///   where there is none left; then nothing is given out.
    package mutating func lease(
        to holder: UInt64, container: String, wishes: [IPAddress]
    ) throws(Problem) -> [IPAddress] {
        for wish in wishes where !subnets.contains(where: { $0.network.contains(wish) }) {
            throw Problem(
                .badValue, "the address \(wish) is not of this network",
                why: "it has \(subnets.map(\.network.description).joined(separator: ", "))")
        }
        var given: [IPAddress] = []
        for subnet in subnets {
            if let wish = wishes.first(where: { subnet.network.contains($0) }) {
                try check(wish, in: subnet, container)
                given.append(wish)
            } else {
                let address = try free(in: subnet, container)
                last[subnet.network] = address
                given.append(address)
            }
        }
        for address in given {
            holders[address] = holder
            kept[address] = nil
        }
        return given
    }

    /// Takes back what a holder has.
    package mutating func giveBack(_ holder: UInt64) {
        holders = holders.filter { $0.value != holder }
    }

    private func check(_ wish: IPAddress, in subnet: NetworkRecord.Subnet, _ container: String)
        throws(Problem)
    {
        guard isGivable(wish, in: subnet) else {
            throw Problem(
                .badValue, "the address \(wish) cannot be a container's",
                why: "the network itself needs it")
        }
        guard isFree(wish, for: container) else {
            throw Problem(
                .objectInUse, "the address \(wish) is in use",
                why: "another container of this network has it",
                next: "choose another address, or none to be given one")
        }
    }

    private func isFree(_ address: IPAddress, for container: String) -> Bool {
        holders[address] == nil && (kept[address] == nil || kept[address] == container)
    }

    private func isGivable(_ address: IPAddress, in subnet: NetworkRecord.Subnet) -> Bool {
        // Of IPv4 the highest address is everybody's, of IPv6 the two highest are the stack's.
        let last = subnet.network.last
        return address != subnet.gateway && address != subnet.network.base && address != last
            && (address.isV4 || address != last.previous)
    }

    private func free(in subnet: NetworkRecord.Subnet, _ container: String) throws(Problem)
        -> IPAddress
    {
        let own = kept.first { $0.value == container && subnet.network.contains($0.key) }
        if let own = own?.key, holders[own] == nil { return own }
        let first = subnet.range?.first ?? subnet.network.base
        let end = subnet.range?.last ?? subnet.network.last
        var address = last[subnet.network].flatMap { $0 < end ? $0.next : nil } ?? first
        let start = address
        // No more than those in use can be met before one that is free.
        for _ in 0...(holders.count + kept.count + 4) {
            if isGivable(address, in: subnet), holders[address] == nil, kept[address] == nil {
                return address
            }
            address = address < end ? address.next ?? first : first
            if address == start { break }
        }
        throw Problem(
            .objectInUse, "the subnet \(subnet.network) has no free address left",
            next: "stop containers that no longer need it, or make a larger network")
    }
}
