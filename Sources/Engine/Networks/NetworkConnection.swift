import Base
import Kernel
import Records
import Specs
import Systemd

/// A connection to a named network's process: one container's place on the network.
struct NetworkConnection {
    let network: NetworkRecord
    let socket: SharedDescriptor
    let addresses: [IPAddress]
}

extension House {
    /// The directory of the sockets of named networks that have a process.
    var networksPath: String { "\(runPath)/networks" }

    /// The socket of a network's process.
    func socketName(of network: NetworkRecord) -> String { socketName(ofNetwork: network.id) }

    func socketName(ofNetwork id: String) -> String { String(id.prefix(32)) }

    /// Takes a place on a network for a container; the network's process is started where none
    /// lives. The place lasts as long as the connection.
    ///
    /// - Parameter wishes: addresses it must get.
    func place(
        of container: String, on network: NetworkRecord, wishes: [IPAddress], ledger: Ledger
    ) throws(Problem) -> NetworkConnection {
        let text = (try? Files.readText("/etc/resolv.conf", limit: 64 << 10)) ?? ""
        let lease = NetworkRequest.lease(
            .init(
                container: container, wishes: wishes,
                hostServers: ResolverFile.servers(in: text)))
        // A process may end just as we come, because the last container has gone.
        for _ in 0..<10 {
            let socket = try connect(to: network, ledger: ledger)
            let sent: Void? = try? Sockets.send(
                JSON(encoding: lease).bytes(), to: socket.descriptor)
            guard sent != nil,
                let bytes = try? Sockets.receive(
                    from: socket.descriptor, limit: Limits.messageBytes
                ).bytes, !bytes.isEmpty
            else { continue }
            let reply = try JSON(parsing: bytes, name: "the network's answer")
                .decode(NetworkReply.self, name: "the network's answer")
            switch reply {
            case .leased(let addresses):
                return NetworkConnection(network: network, socket: socket, addresses: addresses)
            case .refused(let problem):
                throw problem.during("joining network \"\(network.name)\"")
            case .joined, .parted: continue
            }
        }
        throw Problem(
            .helper, "the process of network \"\(network.name)\" does not answer",
            next: "see \"martlet doctor\", and report it if that finds nothing")
    }

    private func connect(to network: NetworkRecord, ledger: Ledger) throws(Problem)
        -> SharedDescriptor
    {
        let what = "cannot reach network \"\(network.name)\""
        let name = socketName(of: network)
        _ = try run()
        let directory = try explaining(what) { () throws(KernelFault) in
            try Files.ensureDirectory(networksPath)
        }
        if let socket = try? Sockets.connect(at: directory, name) {
            return SharedDescriptor(socket)
        }
        // The lock is the directory's own, so there is no file of it to be left behind.
        _ = try explaining(what) { () throws(KernelFault) in
            try directory.lock(exclusive: true, waiting: true)
        }
        if let socket = try? Sockets.connect(at: directory, name) {
            return SharedDescriptor(socket)
        }
        let ends = try explaining(what) { () throws(KernelFault) in
            let listener = SharedDescriptor(try Sockets.listen(at: directory, name))
            // Before the process is there, so that it never sees itself alone.
            return (listener, SharedDescriptor(try Sockets.connect(at: directory, name)))
        }
        do throws(Problem) {
            try startServer(network, listener: ends.0, ledger: ledger)
        } catch {
            try? Files.remove(at: directory, name)
            throw error.during("starting network \"\(network.name)\"")
        }
        return ends.1
    }

    private func startServer(
        _ network: NetworkRecord, listener: SharedDescriptor, ledger: Ledger
    ) throws(Problem) {
        let text = (try? Files.readText("/etc/resolv.conf", limit: 64 << 10)) ?? ""
        let kept = try places(on: network, ledger: ledger).map {
            NetworkServerPlan.Kept(
                container: $0.container.id, addresses: $0.state.addresses.map(\.address))
        }
        let plan = NetworkServerPlan(
            network, hostServers: ResolverFile.servers(in: text), kept: kept)
        let program = try helper("martlet-net")
        let owner = try networkOwner()
        let process = try explaining("cannot start \"\(program)\"") {
            () throws(KernelFault) -> ServerProcess in
            let file = try MemoryFile.sealed(JSON(encoding: plan).bytes(), name: "network plan")
            let pair = try Sockets.pair()
            var spawn = Spawn(
                program,
                [
                    "martlet-net", "network", "--plan-fd=3", "--channel-fd=4",
                    House.toldRun + runPath,
                ])
            spawn.descriptors = [.init(file, as: 3), .init(pair.theirs, as: 4)]
            spawn.newSession = true
            let pid = try spawn.start().pid
            let ends = pair.ends()
            Descriptor.drop(ends.theirs)
            return ServerProcess(pid: pid, channel: SharedDescriptor(owning: ends.ours))
        }
        let bytes = try explaining("the network's process cannot be heard") {
            () throws(KernelFault) in
            let channel = process.channel
            try Sockets.send(
                [0x7B, 0x7D],
                descriptors: [owner.descriptor.number, listener.descriptor.number],
                to: channel.descriptor)
            return try Sockets.receive(from: channel.descriptor, limit: Limits.messageBytes).bytes
        }
        guard !bytes.isEmpty else { throw Problem(.helper, "the network's process has ended") }
        let report = try JSON(parsing: bytes, name: "the network's report")
            .decode(NetworkReport.self, name: "the network's report")
        if case .failed(let problem) = report { throw problem }
        giveScope(to: process.pid, of: network)
        // A process that has ended by itself misses nothing.
        try? Sockets.send(Array("placed".utf8), to: process.channel.descriptor)
    }

    private struct ServerProcess {
        let pid: Int32
        let channel: SharedDescriptor
    }

    /// The user namespace that owns the network namespaces of the user's containers.
    private func networkOwner() throws(Problem) -> SharedDescriptor {
        if caller.uid != 0 {
            let standing = try standingNamespace()
            return try explaining("cannot open the user namespace") { () throws(KernelFault) in
                SharedDescriptor(try standing.descriptor.duplicate())
            }
        }
        return try explaining("cannot open the user namespace") { () throws(KernelFault) in
            SharedDescriptor(try Files.open("/proc/self/ns/user", .read))
        }
    }

    /// Takes the process out of the first container's service, which must not end it for others.
    private func giveScope(to pid: Int32, of network: NetworkRecord) {
        do throws(Problem) {
            // The number tells it from the scope of a predecessor that is still being cleared.
            try TransientScope.make(
                .init(
                    unit: "martlet-network-\(network.id.prefix(12))-\(pid).scope",
                    description: "Network \(network.name)", pid: pid))
        } catch {
            warn(
                "\(error.what), continuing without a control group for network \"\(network.name)\"")
        }
    }

    /// Removes sockets of networks whose process was killed.
    func sweepNetworks() {
        guard let directory = try? Files.open(networksPath, [.read, .directory]),
            let names = try? Files.names(in: directory), !names.isEmpty,
            (try? directory.lock(exclusive: true, waiting: false)) == true
        else { return }
        for name in names {
            if (try? Sockets.connect(at: directory, name)) != nil { continue }
            try? Files.remove(at: directory, name)
        }
    }
}
