import Base
import Kernel
import Specs

/// One connection to the monitor.
final class Client {
    let number: UInt32
    let socket: SharedDescriptor
    /// Whether it waits for the container's end.
    var awaitsEnd = false
    /// Whether it stands for a container of the pod that this one holds together.
    var isMember = false

    init(_ number: UInt32, _ socket: SharedDescriptor) {
        self.number = number
        self.socket = socket
    }

    var watched: Watched { Watched(.client, number) }
}

extension Monitor {
    static let doorName = "ctl"

    func openDoor() throws(Problem) {
        let run = run
        let listening = try explaining("cannot listen for clients of container \"\(plan.name)\"") {
            () throws(KernelFault) in
            SharedDescriptor(try Sockets.listen(at: run.descriptor, Monitor.doorName))
        }
        door = listening
        watch.add(listening, for: .readable, Watched(.door))
    }

    func acceptClient() {
        guard let door else { return }
        do {
            let socket = SharedDescriptor(try Sockets.accept(door.descriptor))
            let peer = try Sockets.peer(of: socket.descriptor)
            // The socket's mode says the same; a peer's identity cannot be argued with.
            guard peer.uid == Processes.user, clients.count < Limits.monitorClients else { return }
            welcome(socket)
        } catch {
            // Without descriptors to spare the door would wake us again and again: it is closed
            // until a client goes.
            if error.isShortage { watch.change(door, to: [], Watched(.door)) }
        }
    }

    @discardableResult
    private func welcome(_ socket: SharedDescriptor) -> Client {
        let client = Client(nextNumber, socket)
        nextNumber += 1
        clients[client.number] = client
        watch.add(socket, for: .readable, client.watched)
        return client
    }

    /// Takes the streams the engine sends before the container exists.
    func takeFirstClient() throws(Problem) {
        let (order, ends) = try start.order()
        guard case .attach(let request) = order else {
            throw Problem(.helper, "the engine sent no streams although the plan promised them")
        }
        // 0 is the number of the client that the start channel becomes.
        try wires.attach(request, 0, ends)
    }

    func keepFirstClient(_ socket: SharedDescriptor) {
        let client = Client(0, socket)
        client.awaitsEnd = true
        clients[0] = client
        watch.add(socket, for: .readable, client.watched)
    }

    /// A client has sent a request, or has gone.
    func hear(_ number: UInt32) {
        guard let client = clients[number] else { return }
        do {
            let message = try Sockets.receive(
                from: client.socket.descriptor, limit: Limits.messageBytes, waiting: false)
            let streams = message.descriptors.map { SharedDescriptor(owning: $0) }
            if message.bytes.isEmpty { return dismiss(client) }
            serve(client, message.bytes, streams)
        } catch {
            if !error.wouldWait { dismiss(client) }
        }
    }

    private func dismiss(_ client: Client) {
        watch.remove(client.socket)
        clients[client.number] = nil
        wires.detach(client.number)
        if client.isMember { memberHasGone() }
        if let door, clients.count == Limits.monitorClients - 1 {
            watch.change(door, to: .readable, Watched(.door))
        }
    }

    private func serve(_ client: Client, _ bytes: [UInt8], _ streams: [SharedDescriptor]) {
        do {
            let request = try JSON(parsing: bytes, name: "the request")
                .decode(ControlRequest.self, name: "the request")
            try serve(client, request, streams)
        } catch {
            answer(client.number, .refused(error), last: false)
        }
    }

    private func serve(
        _ client: Client, _ request: ControlRequest, _ streams: [SharedDescriptor]
    ) throws(Problem) {
        switch request {
        case .state: answer(client.number, .state(state.record), last: false)
        case .wait:
            client.awaitsEnd = true
        case .attach(let attach):
            try requireRunning()
            guard plan.log != .passthrough else {
                throw Problem(
                    .wrongState, "nobody can attach to container \"\(plan.name)\"",
                    why: "its streams are those of its service (--log-driver=passthrough)")
            }
            try wires.attach(attach, client.number, streams)
            client.awaitsEnd = true
            answer(client.number, .done, last: false)
        case .join: client.isMember = true
        case .exec(let exec): try startSession(client, exec, streams)
        case .resize(let size):
            try wires.resize(size)
            answer(client.number, .done, last: false)
        case .probe: try askForHealth(client)
        case .kill(let signal):
            if signal == .kill { note { $0.stoppedByHand = true } }
            try change(client, .signalAsked(signal))
        case .stop(let grace):
            note { $0.stoppedByHand = true }
            client.awaitsEnd = true
            apply(.stopAsked(graceSeconds: grace ?? plan.stop.graceSeconds))
        case .restart(let grace):
            try requireRunning()
            guard life == .running || life == .paused || !restarters.isEmpty else {
                throw Problem(
                    .wrongState, "container \"\(plan.name)\" does not allow that now",
                    why: "it is being stopped")
            }
            restarters.append(client.number)
            apply(.restartAsked(graceSeconds: grace ?? plan.stop.graceSeconds))
        case .pause, .resume:
            guard groups != nil else {
                throw Problem(
                    .wrongState, "container \"\(plan.name)\" cannot be paused",
                    why: "it has no control group of its own")
            }
            try change(client, request == .pause ? .pauseAsked : .resumeAsked)
        case .connect(let connect):
            try self.connect(connect, streams)
            answer(client.number, .done, last: false)
        case .disconnect(let network):
            try disconnect(network)
            answer(client.number, .done, last: false)
        }
    }

    private func change(_ client: Client, _ happening: Happening) throws(Problem) {
        if let why = apply(happening) {
            throw Problem(
                .wrongState, "container \"\(plan.name)\" does not allow that now", why: why)
        }
        answer(client.number, .done, last: false)
    }

    func requireRunning() throws(Problem) {
        guard life == .running || life == .paused || life == .stopping else {
            throw Problem(
                .wrongState, "container \"\(plan.name)\" is not running",
                next: "start it with \"martlet start \(plan.name)\"")
        }
    }

    private func startSession(
        _ client: Client, _ exec: ControlRequest.Exec, _ streams: [SharedDescriptor]
    ) throws(Problem) {
        try requireRunning()
        guard life != .paused else {
            throw Problem(
                .wrongState, "container \"\(plan.name)\" is paused",
                next: "resume it with \"martlet unpause \(plan.name)\"")
        }
        guard sessions.count < Limits.execSessions else {
            throw Problem(
                .wrongState, "container \"\(plan.name)\" runs \(sessions.count) commands already",
                next: "wait until some have ended")
        }
        guard exec.terminal || streams.count == 3 else {
            throw Problem(.badUsage, "a command needs three streams; \(streams.count) came")
        }
        let made = try payload.exec(exec, streams: streams, in: nil)
        sessions[made.pid] = client.number
        answer(
            client.number, .started(pid: made.pid), with: made.terminal.map { [$0] } ?? [],
            last: false)
    }

    /// Sends a reply. A client that takes none is let go: a monitor waits for nobody.
    func answer(
        _ number: UInt32, _ reply: ControlReply, with descriptors: [SharedDescriptor] = [],
        last: Bool
    ) {
        guard let client = clients[number] else { return }
        do {
            try Sockets.send(
                JSON(encoding: reply).bytes(),
                descriptors: descriptors.map { $0.descriptor.number },
                to: client.socket.descriptor, waiting: false)
            if last { dismiss(client) }
        } catch {
            dismiss(client)
        }
    }

    // MARK: The end

    /// Records the end; the loop goes on until the last listener has read what there is.
    func finish() {
        if let door { watch.remove(door) }
        door = nil
        // The next command must not find a door that nobody opens.
        try? Files.remove(at: run.descriptor, Monitor.doorName)
        note {
            $0.status = .exited
            $0.finishedAt = $0.finishedAt ?? Clock.wall()
        }
        // Another may be launched, or remove it, while this one still hands out what was written.
        attempt { () throws(Problem) in
            try explaining("cannot give up container \"\(plan.name)\"") {
                () throws(KernelFault) in try run.descriptor.unlock()
            }
        }
        outcome = state.record.exitCode ?? 125
    }

    /// Tells whoever waits, removes what `--rm` leaves nothing of, and returns the exit code.
    ///
    /// Nobody waits for the disk: what is left by then is a container that is being made, or
    /// unmade, by this process, and is swept by the next command if it does not get through.
    func farewell() -> Int {
        let code = outcome ?? 125
        for place in places.all { places.end(place) }
        if let name = plan.removedName {
            attempt { () throws(Problem) in try forget(name) }
        }
        for client in clients.values where client.awaitsEnd {
            answer(client.number, .ended(exitCode: code), last: false)
        }
        guard plan.removedName != nil else { return code }
        for path in [plan.directories.data, plan.directories.run] {
            attempt { () throws(Problem) in try Monitor.remove(path) }
        }
        return code
    }

    /// Removes what a container that never began has; the next command finds what is left.
    static func removeDirectories(of plan: MonitorPlan) {
        for path in [plan.directories.data, plan.directories.run] { try? remove(path) }
    }

    /// Takes the container's record and name away.
    private func forget(_ name: String) throws(Problem) {
        let (run, id) = (run, plan.id)
        let (parent, last) = Monitor.parts(of: name)
        do {
            try Files.link(at: run.descriptor, "maker", to: "\(ProcessIdentity.own())")
            try Files.remove(at: run.descriptor, "record.json")
            try Files.removeLink(
                at: Files.open(parent, [.read, .directory]), last, leadingTo: id)
        } catch  where error.isAbsence || error.isPresence {
            // Somebody else was quicker.
        } catch {
            throw error.problem("cannot forget container \"\(plan.name)\"")
        }
    }

    private static func remove(_ path: String) throws(Problem) {
        let (parent, last) = Monitor.parts(of: path)
        do {
            try Files.removeTree(at: Files.open(parent, [.read, .directory]), last)
        } catch  where error.isAbsence {
            // Somebody else was quicker.
        } catch {
            throw error.problem("cannot remove \"\(path)\"")
        }
    }

    /// A path's directory and last name.
    static func parts(of path: String) -> (directory: String, name: String) {
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        return ("/" + path[..<slash].drop { $0 == "/" }, String(path[slash...].drop { $0 == "/" }))
    }
}
