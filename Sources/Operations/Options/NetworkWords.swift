package import Base
package import Specs

/// The values of `network create`'s options.
package enum NetworkWords {
    /// - Throws: `badValue` for what is no network.
    package static func network(_ text: String, for field: String) throws(Problem) -> IPNetwork {
        guard let network = IPNetwork(text) else {
            throw Problem(
                .badValue, "\"\(text.printable)\" is no network for \(field)",
                next: "write one like 10.89.7.0/24 or fd00:7::/64")
        }
        return network
    }

    /// - Throws: `badValue` for what is no address.
    package static func address(_ text: String, for field: String) throws(Problem) -> IPAddress {
        guard let address = IPAddress(text) else {
            throw Problem(.badValue, "\"\(text.printable)\" is no IP address for \(field)")
        }
        return address
    }

    /// Reads `10.89.7.128/25` or `10.89.7.10-10.89.7.20`.
    package static func range(_ text: String, for field: String) throws(Problem)
        -> NetworkRecord.AddressRange
    {
        if let network = IPNetwork(text) {
            return .init(first: network.base, last: network.last)
        }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map {
            IPAddress(String($0))
        }
        if ends.count == 2, let first = ends[0], let last = ends[1] {
            return .init(first: first, last: last)
        }
        throw Problem(
            .badValue, "\"\(text.printable)\" is no range of addresses for \(field)",
            next: "write one like 10.89.7.128/25 or 10.89.7.10-10.89.7.20")
    }

    /// Docker's names of options beside our own.
    static func optionName(_ name: String) -> String {
        name == "com.docker.network.driver.mtu" ? "mtu" : name
    }
}
