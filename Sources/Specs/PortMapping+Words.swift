package import Base

extension PortMapping {
    /// Reads what stands after `-p`: `[[IP:][HOST]:]CONTAINER[/PROTOCOL[,PROTOCOL]]`.
    ///
    /// HOST and CONTAINER are a port or a range of them (`8000-8010`); an IPv6 address stands in
    /// brackets. `0.0.0.0` means every address, of IPv6 too, as podman has it. A host port that is
    /// left out or 0 is chosen by the kernel. See podman-run(1), --publish.
    ///
    /// - Returns: one mapping for each protocol.
    package static func parse(_ text: String) throws(Problem) -> [PortMapping] {
        let word = Word(text)
        let halves = text.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count <= 2 else { throw word.problem("it has more than one \"/\"") }
        var transports: [Transport] = []
        for name in halves.count == 2 ? halves[1].lowercased().split(separator: ",") : ["tcp"] {
            guard let transport = Transport(rawValue: String(name)) else {
                throw word.problem("\"\(String(name).printable)\" is no protocol; tcp and udp are")
            }
            if !transports.contains(transport) { transports.append(transport) }
        }
        guard !transports.isEmpty else { throw word.problem("the protocol is empty") }
        var mapping = try word.ports(halves[0])
        var mappings: [PortMapping] = []
        for transport in transports {
            mapping.transport = transport
            mappings.append(mapping)
        }
        return mappings
    }

    /// Reads several mappings, drops those that say the same twice, and refuses those that
    /// contradict.
    package static func parse(all texts: [String]) throws(Problem) -> [PortMapping] {
        var mappings: [PortMapping] = []
        var ports = 0
        for text in texts {
            for mapping in try parse(text) where !mappings.contains(mapping) {
                if let other = mappings.first(where: { $0.overlaps(mapping) }) {
                    throw Problem(
                        .badValue, "\"\(text.printable)\" publishes a host port twice",
                        why: "\"\(other)\" uses it already",
                        next: "give each mapping its own host port")
                }
                mappings.append(mapping)
                ports += Int(mapping.count)
            }
        }
        guard ports <= Limits.publishedPorts else {
            throw Problem(
                .badValue, "\(ports) ports are published",
                why: "a container may publish \(Limits.publishedPorts)",
                next: "publish smaller ranges")
        }
        return mappings
    }

    /// Whether both claim the same port of the host.
    package func overlaps(_ other: PortMapping) -> Bool {
        guard transport == other.transport, let hostPort, let port = other.hostPort,
            hostAddress == nil || other.hostAddress == nil || hostAddress == other.hostAddress
        else { return false }
        return Int(hostPort) < Int(port) + Int(other.count)
            && Int(port) < Int(hostPort) + Int(count)
    }
}

extension PortMapping: CustomStringConvertible {
    /// The mapping as `ps` shows it: `0.0.0.0:8000-8001->80-81/tcp`.
    package var description: String {
        func range(_ port: UInt16) -> String {
            count > 1 ? "\(port)-\(Int(port) + Int(count) - 1)" : "\(port)"
        }
        let inside = "\(range(containerPort))/\(transport.rawValue)"
        let address = hostAddress ?? "0.0.0.0"
        let outside = address.utf8.contains(UInt8(ascii: ":")) ? "[\(address)]" : address
        return "\(outside):\(hostPort.map(range) ?? "")->\(inside)"
    }

    /// The mapping as `-p` takes it: `[::1]:8000-8001:80-81/udp`.
    package var argument: String {
        func range(_ port: UInt16) -> String {
            count > 1 ? "\(port)-\(Int(port) + Int(count) - 1)" : "\(port)"
        }
        var text = ""
        if let hostAddress {
            text =
                hostAddress.utf8.contains(UInt8(ascii: ":"))
                ? "[\(hostAddress)]:" : "\(hostAddress):"
        }
        text += "\(hostPort.map(range) ?? ""):\(range(containerPort))"
        return transport == .tcp ? text : "\(text)/\(transport.rawValue)"
    }
}

/// A word under examination, so that each complaint can quote it whole.
private struct Word {
    let text: String

    init(_ text: String) { self.text = text }

    func problem(_ why: String) -> Problem {
        Problem(
            .badValue, "\"\(text.printable)\" is no port mapping", why: why,
            next:
                "write it like 8080:80, 127.0.0.1:8080:80/tcp, [::1]:5353:53/udp or 8000-8010:80-90"
        )
    }

    func ports(_ body: Substring) throws(Problem) -> PortMapping {
        var rest = body
        var address: String?
        if rest.first == "[" {
            guard let end = rest.firstIndex(of: "]") else {
                throw problem("the \"[\" is never closed")
            }
            address = try hostAddress(
                rest[rest.index(after: rest.startIndex)..<end], bracketed: true)
            rest = rest[rest.index(after: end)...]
            guard rest.first == ":" else { throw problem("a \":\" must follow the \"]\"") }
            rest = rest.dropFirst()
        }
        let bracketed = rest.startIndex != body.startIndex
        var parts = rest.split(separator: ":", omittingEmptySubsequences: false)
        if !bracketed, parts.count == 3 {
            address = try hostAddress(parts.removeFirst(), bracketed: false)
        } else if bracketed, parts.count != 2 {
            throw problem("after an address there must be HOST:CONTAINER")
        }
        guard let inner = parts.last, parts.count <= 2 else {
            throw problem("it has too many \":\"; an IPv6 address stands in brackets")
        }
        let inside = try range(inner, "container")
        var mapping = PortMapping(
            hostAddress: address, hostPort: nil, containerPort: inside.first, count: inside.count)
        if parts.count == 2, !parts[0].isEmpty, parts[0] != "0" {
            let outside = try range(parts[0], "host")
            guard outside.count == inside.count else {
                throw problem(
                    "\(outside.count) host ports cannot lead to \(inside.count) container ports")
            }
            mapping.hostPort = outside.first
        }
        return mapping
    }

    private func hostAddress(_ text: Substring, bracketed: Bool) throws(Problem) -> String? {
        guard let address = IPAddress(String(text)), address.isV4 != bracketed else {
            throw problem("\"\(String(text).printable)\" is no IP address")
        }
        return address == .v4(0) ? nil : address.description
    }

    private func range(_ text: Substring, _ side: String) throws(Problem) -> (
        first: UInt16, count: UInt16
    ) {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard !text.isEmpty else { throw problem("the \(side) port is empty") }
        guard ends.count <= 2 else { throw problem("a range has two ends") }
        var numbers: [UInt16] = []
        for end in ends {
            guard end.utf8.allSatisfy({ (48...57).contains($0) }), let number = UInt16(end),
                number > 0
            else {
                throw problem(
                    "\"\(String(end).printable)\" is no \(side) port; they go from 1 to 65535")
            }
            numbers.append(number)
        }
        guard let first = numbers.first, let last = numbers.last, first <= last, last - first < .max
        else {
            throw problem("the range of \(side) ports ends before it begins")
        }
        return (first, last - first + 1)
    }
}
