import Base
import Kernel
import Specs

/// Links of the host that become the container's. See runtime-spec config-linux.md, "Network
/// Devices".
struct NetDevices: Equatable {
    /// A link as it was outside, and what it is called inside.
    struct Link: Equatable {
        var index: UInt32
        var name: String
        var inside: String
        var addresses: [Netlink.HeldAddress]
    }
    private(set) var links: [Link] = []

    /// Looks at the links and takes note of their addresses, which the move takes from them.
    init(_ config: RuntimeConfig, ownsNetwork: Bool) throws(Problem) {
        guard let wanted = config.linux?.netDevices, !wanted.isEmpty else { return }
        guard ownsNetwork else {
            throw Problem(
                .badValue, "linux.netDevices needs a network namespace of the container's own",
                next: "add {\"type\": \"network\"} to linux.namespaces")
        }
        var names: Set<String> = []
        for (name, device) in wanted.sorted(by: { $0.key < $1.key }) {
            let inside = device.name.flatMap { $0.isEmpty ? nil : $0 } ?? name
            for word in [name, inside] {
                let isName =
                    (1...15).contains(word.utf8.count) && word != "." && word != ".."
                    && word.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != 0x2F && $0 != 0x3A }
                guard isName else {
                    throw Problem(
                        .badValue, "\"\(word.printable)\" in linux.netDevices is no name of a link")
                }
            }
            guard names.insert(inside).inserted else {
                throw Problem(.badValue, "linux.netDevices names \"\(inside)\" twice")
            }
            try explaining("cannot find the network device \"\(name)\"") {
                () throws(KernelFault) in
                let index = try Netlink.index(of: name)
                var netlink = try Netlink()
                let addresses = try netlink.addresses(of: index)
                links.append(
                    Link(index: index, name: name, inside: inside, addresses: addresses))
            }
        }
    }

    /// Moves the links into the namespace of the container's first process.
    func move(to pid: Int32) throws(Problem) {
        for link in links {
            do throws(KernelFault) {
                var netlink = try Netlink()
                netlink.move(link.index, toNamespaceOf: pid, as: link.inside)
                try netlink.commit()
            } catch {
                throw error.problem(
                    "cannot move the network device \"\(link.name)\" into the container",
                    next: error.isRefusal ? "run the container as root" : nil)
            }
        }
    }

    /// Gives the links, in the container by now, their addresses back and takes them up.
    func settle() throws(KernelFault) {
        for link in links {
            let index = try Netlink.index(of: link.inside)
            var netlink = try Netlink()
            for address in link.addresses { netlink.addAddress(address, to: index) }
            netlink.bringUp(index)
            try netlink.commit()
        }
    }
}
