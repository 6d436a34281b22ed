package import Base
package import Specs

/// What stands behind `--publish`: `[[ADDRESS:][HOST]:]CONTAINER[/PROTOCOL]`, each port a range too.
package enum PortOption {
    /// - Throws: `badValue` that names the part which is wrong.
    package static func parse(_ text: String, for field: String) throws(Problem) -> PortMapping {
        func refuse(_ why: String) -> Problem {
            Problem(
                .badValue, "\"\(text.printable)\" is no port for \(field)", why: why,
                next: "write [[ADDRESS:]HOST:]CONTAINER[/udp], such as 8080:80")
        }
        func range(_ text: Substring) throws(Problem) -> ClosedRange<UInt16> {
            let ends = text.split(separator: "-", omittingEmptySubsequences: false)
            guard let first = ends.first.flatMap({ UInt16($0) }),
                let last = ends.last.flatMap({ UInt16($0) }), ends.count <= 2
            else { throw refuse("\"\(String(text).printable)\" is no port number") }
            guard first <= last else { throw refuse("the range \"\(text)\" runs backwards") }
            return first...last
        }
        var transport = PortMapping.Transport.tcp
        var rest = text[...]
        if let slash = rest.lastIndex(of: "/") {
            let word = rest[rest.index(after: slash)...].lowercased()
            guard let known = PortMapping.Transport(rawValue: word) else {
                throw refuse("\"\(word.printable)\" is none of tcp, udp and sctp")
            }
            transport = known
            rest = rest[..<slash]
        }
        let (address, ports) = try parted(rest, refuse)
        let inside = try range(ports.last ?? "")
        guard inside.lowerBound > 0 else { throw refuse("the container's port is 0") }
        var outside: ClosedRange<UInt16>?
        if ports.count == 2, !ports[0].isEmpty {
            let range = try range(ports[0])
            guard range.count == inside.count else {
                throw refuse("the two ranges hold \(range.count) and \(inside.count) ports")
            }
            outside = range.lowerBound == 0 ? nil : range
        }
        return PortMapping(
            hostAddress: address, hostPort: outside?.lowerBound, containerPort: inside.lowerBound,
            count: UInt16(inside.count), transport: transport)
    }

    /// Parts the address from the one or two ports after it.
    private static func parted(_ text: Substring, _ refuse: (String) -> Problem)
        throws(Problem) -> (String?, [Substring])
    {
        var address: String?
        var rest = text
        if rest.hasPrefix("[") {
            guard let end = rest.firstIndex(of: "]") else { throw refuse("the \"[\" is not closed") }
            address = String(rest[rest.index(after: rest.startIndex)..<end])
            rest = rest[rest.index(after: end)...]
            guard rest.hasPrefix(":") else { throw refuse("no port follows the address") }
            rest = rest.dropFirst()
            let ports = rest.split(separator: ":", omittingEmptySubsequences: false)
            guard ports.count <= 2 else { throw refuse("it has too many colons") }
            return (address, ports)
        }
        var parts = rest.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 3 else {
            throw refuse("it has too many colons; put \"[\" and \"]\" around an IPv6 address")
        }
        if parts.count == 3 {
            let text = String(parts.removeFirst())
            guard isIPv4(text) else { throw refuse("\"\(text.printable)\" is no address") }
            address = text
        }
        return (address, parts)
    }

    static func isIPv4(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    }

    /// Returns the text that `parse` makes this mapping of.
    package static func text(of port: PortMapping) -> String {
        func range(_ first: UInt16) -> String {
            port.count > 1 ? "\(first)-\(Int(first) + Int(port.count) - 1)" : "\(first)"
        }
        var text = ""
        if let address = port.hostAddress {
            text = (address.contains(":") ? "[\(address)]" : address) + ":"
        }
        if let host = port.hostPort {
            text += range(host) + ":"
        } else if port.hostAddress != nil {
            text += ":"
        }
        return text + range(port.containerPort)
            + (port.transport == .tcp ? "" : "/" + port.transport.rawValue)
    }
}
