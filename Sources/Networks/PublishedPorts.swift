import Base
import Kernel
import Specs

/// The host's ports that lead into the container: listening sockets, opened before anything else,
/// so that a port in use stops a start while there is nothing to undo.
struct PublishedPorts {
    /// One open port of the host.
    final class Door {
        let socket: Descriptor
        let isTCP: Bool
        /// Whether it is a socket of IPv6 that serves IPv4 as well.
        let isDual: Bool
        let containerPort: UInt16

        init(socket: consuming Descriptor, isTCP: Bool, isDual: Bool, containerPort: UInt16) {
            self.socket = socket
            self.isTCP = isTCP
            self.isDual = isDual
            self.containerPort = containerPort
        }
    }

    private(set) var doors: [Door] = []
    /// The mappings with the numbers that the kernel chose.
    private(set) var mappings: [PortMapping] = []

    /// Connections that may wait to be accepted.
    private static let backlog: CInt = 1024
    /// Attempts to find a run of free ports.
    private static let attempts = 32

    init(_ wanted: [PortMapping]) throws(Problem) {
        let total = wanted.reduce(0) { $0 + Int($1.count) }
        guard total <= Limits.publishedPorts else {
            throw Problem(
                .badValue, "\(total) ports are published",
                why: "a container may publish \(Limits.publishedPorts)",
                next: "publish smaller ranges")
        }
        for mapping in wanted {
            guard mapping.transport != .sctp else {
                throw Problem(
                    .notBuilt, "publishing SCTP ports is not built",
                    next: "publish TCP or UDP, or use --network host")
            }
            if mapping.hostPort != nil {
                doors += try open(mapping)
                mappings.append(mapping)
            } else {
                mappings.append(try openAnywhere(mapping))
            }
        }
    }

    /// Opens a mapping whose host port is the kernel's choice; of a range, the first port is.
    private mutating func openAnywhere(_ mapping: PortMapping) throws(Problem) -> PortMapping {
        var chosen = mapping
        var failure: Problem?
        for _ in 0..<Self.attempts {
            chosen.hostPort = 0
            chosen.count = 1
            let first = try open(chosen)
            let port = try explaining("cannot tell the port for \(mapping)") {
                () throws(KernelFault) in try InternetSockets.local(first[0].socket).port
            }
            chosen.hostPort = port
            chosen.count = mapping.count
            guard mapping.count > 1 else {
                doors += first
                return chosen
            }
            guard Int(port) + Int(mapping.count) - 1 <= 65535 else { continue }
            var rest = chosen
            rest.hostPort = port + 1
            rest.containerPort += 1
            rest.count -= 1
            do {
                doors += first + (try open(rest))
                return chosen
            } catch {
                failure = error
            }
        }
        throw failure ?? Problem(.portInUse, "no \(mapping.count) free ports in a row were found")
    }

    private func open(_ mapping: PortMapping) throws(Problem) -> [Door] {
        let first = mapping.hostPort ?? 0
        guard Int(first) + Int(mapping.count) - 1 <= 65535,
            Int(mapping.containerPort) + Int(mapping.count) - 1 <= 65535
        else { throw Problem(.badValue, "\(mapping) goes beyond port 65535") }
        var doors: [Door] = []
        for offset in 0..<mapping.count {
            doors.append(
                try open(mapping, host: first + offset, container: mapping.containerPort + offset))
        }
        return doors
    }

    private func open(_ mapping: PortMapping, host: UInt16, container: UInt16) throws(Problem)
        -> Door
    {
        var address: IPAddress?
        if let text = mapping.hostAddress {
            guard let parsed = IPAddress(text) else {
                throw Problem(
                    .badValue, "\"\(text.printable)\" is no IP address to publish a port on")
            }
            address = parsed
        }
        do {
            return try listen(mapping, on: address, host: host, container: container)
        } catch {
            let end = Endpoint(address ?? .v4(0), port: host)
            throw Self.problem(error, end, mapping.transport)
        }
    }

    private func listen(
        _ mapping: PortMapping, on address: IPAddress?, host: UInt16, container: UInt16
    ) throws(KernelFault) -> Door {
        let isTCP = mapping.transport == .tcp
        let transport: InternetSockets.Transport = isTCP ? .tcp : .udp
        var end = Endpoint(address ?? .v6(high: 0, low: 0), port: host)
        let socket: Descriptor
        do {
            socket = try InternetSockets.make(transport, v4: end.address.isV4)
        } catch  where error.isFamilyAbsent && address == nil {
            end.address = .v4(0)
            socket = try InternetSockets.make(transport, v4: true)
        }
        let isDual = address == nil && !end.address.isV4
        if !end.address.isV4 { try InternetSockets.set(.onlyV6(!isDual), on: socket) }
        if isTCP { try InternetSockets.set(.reuseAddress, on: socket) }
        // Answers must come from the address that was asked.
        if !isTCP, !end.address.isV4 { try InternetSockets.set(.localAddress, on: socket) }
        try InternetSockets.bind(socket, to: end)
        if isTCP { try InternetSockets.listen(socket, backlog: Self.backlog) }
        return Door(socket: socket, isTCP: isTCP, isDual: isDual, containerPort: container)
    }

    private static func problem(
        _ fault: KernelFault, _ end: Endpoint, _ transport: PortMapping.Transport
    ) -> Problem {
        let what = "cannot publish port \(end)/\(transport.rawValue)"
        if fault.isPortTaken {
            let kind = transport == .tcp ? "-t" : "-u"
            return Problem(
                .portInUse, what, why: "another program listens there",
                next:
                    "see which with \"ss \(kind)lnp sport = :\(end.port)\", or publish another port"
            )
        }
        if fault.isRefusal {
            return Problem(
                .noPermission, what, why: "ports below 1024 are kept for the administrator",
                next: "publish a port from 1024 on, or let users have lower ones:"
                    + " sysctl net.ipv4.ip_unprivileged_port_start=\(end.port)")
        }
        if fault.isForeignAddress {
            return Problem(
                .badValue, what, why: "this machine does not have the address \(end.address)",
                next: "see its addresses with \"ip address\"")
        }
        return fault.problem(what)
    }
}
