import Base
import Kernel
import Specs

extension Monitor {
    /// Gives the container what leads to its network: the stack's helper its namespaces, the helper
    /// for named networks those of the bridges too.
    func attachNetwork() throws(Problem) {
        guard let network else { return }
        let found = try places.join { (socket) throws(Problem) in try awaitReadable(socket) }
        var bridges: [SharedDescriptor] = []
        for membership in plan.memberships {
            guard let bridge = found[membership.state.id] else {
                throw Problem(
                    .helper, "the process of network \"\(membership.state.name)\" has ended",
                    next: "start the container again")
            }
            bridges.append(bridge)
        }
        try network.serve(try payload.namespaces(), bridges)
    }

    func awaitNetwork() throws(Problem) {
        guard let network else { return }
        try awaitReadable(network.channel)
        let ports = try network.takeReady()
        note {
            if !ports.isEmpty { $0.ports = ports }
            $0.networks = places.states
        }
        for place in places.all { watch.add(place.socket, for: .readable, place.watched) }
        if plan.network?.isBrief == true {
            network.stop()
            self.network = nil
        } else {
            watch.add(network.channel, for: .readable, Watched(.network))
        }
    }

    /// A network's process has ended, or said something that nobody asked for.
    func hearPlace(_ number: UInt32) {
        guard let place = places.place(number: number) else { return }
        do throws(KernelFault) {
            let message = try Sockets.receive(
                from: place.socket.descriptor, limit: Limits.messageBytes, waiting: false)
            for number in message.descriptors { Descriptor.drop(number) }
            if !message.bytes.isEmpty { return }
        } catch {
            if error.wouldWait { return }
        }
        watch.remove(place.socket)
        places.remove(place)
        attempt { () throws(Problem) in
            try reload(place)
        }
    }

    /// Has the engine link the container anew; the network's process is started again for that.
    private func reload(_ place: NetworkPlace) throws(Problem) {
        let name = place.membership.state.name
        guard let program = plan.reload.first else { return }
        say(
            Problem(
                .helper, "the process of network \"\(name)\" has ended",
                why: "container \"\(plan.name)\" is being linked to it again"))
        var spawn = Spawn(program, plan.reload)
        let passed = ["HOME", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME", "XDG_DATA_HOME", "PATH"]
        spawn.environment = passed.compactMap { name in
            Console.variable(name).map { "\(name)=\($0)" }
        }
        spawn.newSession = true
        let ready = spawn
        try explaining("cannot start \"\(program)\" to link the container to network \"\(name)\"") {
            () throws(KernelFault) in
            // Its end is of no interest; what it does, it does by this monitor.
            _ = try ready.start()
        }
    }

    // MARK: Clients' wishes

    /// Links the running container to a network.
    func connect(_ request: ControlRequest.Connect, _ sockets: [SharedDescriptor]) throws(Problem) {
        guard let socket = sockets.first else {
            throw Problem(.badUsage, "a connection to the network was expected")
        }
        let state = request.membership.state
        if let old = places.place(on: state.id) { drop(old) }
        let place = places.add(request.membership, socket)
        if life == .resting {
            try keep(request)
            return watch.add(socket, for: .readable, place.watched)
        }
        do throws(Problem) {
            try requireRunning()
            let bridges = try places.join { (socket) throws(Problem) in try wait(for: socket) }
            guard let pid, let bridge = bridges[state.id] else { return }
            try serve(request.helper, pid, [bridge])
            try keep(request)
        } catch {
            places.remove(place)
            throw error
        }
        watch.add(socket, for: .readable, place.watched)
        note {
            $0.networks = ($0.networks ?? []).filter { $0.id != state.id } + [state]
        }
    }

    /// Takes the container from a network; one it is not on is no error.
    func disconnect(_ network: String) throws(Problem) {
        let state = state.record.networks?.first { $0.id == network }
        if let place = places.place(on: network) { drop(place) }
        note { $0.networks = $0.networks?.filter { $0.id != network } }
        plan.memberships.removeAll { $0.state.id == network }
        try changeLinks { $0.removeAll { $0.state.id == network } }
        guard let state, let pid else { return }
        var member = MemberPlan()
        member.removed = [state.interface]
        let helper = MonitorPlan.NetworkHelper(
            program: plan.directories.helpers + "/martlet-net", task: .member,
            plan: JSON(encoding: member))
        try serve(helper, pid, [])
    }

    /// Has the next launch link the container to this network too, where its place is by then.
    private func keep(_ request: ControlRequest.Connect) throws(Problem) {
        let id = request.membership.state.id
        let added = try request.helper.plan.decode(MemberPlan.self, name: "the network's plan")
        plan.memberships.removeAll { $0.state.id == id }
        plan.memberships.append(request.membership)
        if plan.network == nil {
            var member = MemberPlan()
            member.links = added.links
            plan.network = request.helper
            plan.network?.plan = JSON(encoding: member)
        } else {
            try changeLinks { links in
                links.removeAll { $0.state.id == id }
                links += added.links
            }
        }
    }

    /// Changes what the helper of the next launch links; the links stand as the memberships do.
    private func changeLinks(_ change: (inout [MemberPlan.Link]) -> Void) throws(Problem) {
        guard let helper = plan.network, helper.task == .member else { return }
        var member = try helper.plan.decode(MemberPlan.self, name: "the network's plan")
        change(&member.links)
        plan.network?.plan = JSON(encoding: member)
    }

    private func drop(_ place: NetworkPlace) {
        watch.remove(place.socket)
        places.end(place)
    }

    private func wait(for socket: SharedDescriptor) throws(Problem) {
        var poll = PollSet()
        _ = poll.add(socket.descriptor, for: .readable)
        let came = try explaining("cannot wait for the network") { () throws(KernelFault) in
            try poll.wait(upTo: 5000)
        }
        if came == 0 { throw Problem(.timedOut, "the network's process does not answer") }
    }

    private func serve(
        _ helper: MonitorPlan.NetworkHelper, _ pid: Int32, _ bridges: [SharedDescriptor]
    ) throws(Problem) {
        let servant = try NetworkServant(helper)
        defer { servant.stop() }
        let spaces = try explaining("cannot open the container's namespaces") {
            () throws(KernelFault) in
            (
                network: SharedDescriptor(try Files.open("/proc/\(pid)/ns/net", .read)),
                user: SharedDescriptor(try Files.open("/proc/\(pid)/ns/user", .read))
            )
        }
        try servant.serve(spaces, bridges)
        try wait(for: servant.channel)
        _ = try servant.takeReady()
    }
}
