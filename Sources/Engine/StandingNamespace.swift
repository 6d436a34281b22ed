package import Base
package import Kernel
package import Specs
import Systemd

/// The user namespace that all of a user's containers share, kept by one tiny process.
///
/// Id 0 inside is the user, 1 and up are her ranges of /etc/subuid and /etc/subgid. Making one costs
/// two set-uid helpers and some milliseconds, joining it next to nothing.
package final class StandingNamespace {
    /// The namespace, to join with setns(2).
    package let descriptor: Descriptor
    /// A path by which a helper finds it: `/proc/PID/ns/user`.
    package let path: String
    package let uidMap: [IDRange]
    package let gidMap: [IDRange]
    /// The keeper's delegated scope, divided for containers that are started by hand; nil where
    /// there is none.
    let group: ControlGroup?

    init(
        descriptor: consuming Descriptor, path: String, uidMap: [IDRange], gidMap: [IDRange],
        group: ControlGroup?
    ) {
        self.descriptor = descriptor
        self.path = path
        self.uidMap = uidMap
        self.gidMap = gidMap
        self.group = group
    }

    /// Whether only the user's own id exists in it, for want of a range.
    package var hasOnlyOneID: Bool { uidMap.count == 1 }
}

extension House {
    /// Finds the standing namespace, or makes it.
    ///
    /// - Throws: where the machine refuses user namespaces, or the helpers that map ids fail.
    package func standingNamespace() throws(Problem) -> StandingNamespace {
        let run = try run()
        if let found = standing(in: run) { return found }
        let lock = try explaining("cannot take the lock of the user namespace") {
            () throws(KernelFault) in
            let file = try Files.open(at: run, "userns.lock", [.readWrite, .create])
            _ = try file.lock(exclusive: true, waiting: true)
            return file
        }
        defer { _ = lock.number }
        // Another command may have made it while this one waited.
        if let found = standing(in: run) { return found }
        try makeStanding(in: run)
        guard let found = standing(in: run) else {
            throw Problem(
                .helper, "the user namespace ended as soon as it was made",
                next: "look for the reason with \"martlet doctor\"")
        }
        return found
    }

    /// Ends the process that keeps the namespace; containers that run keep it alive on their own.
    package func endStandingNamespace() throws(Problem) {
        let run = try run()
        guard let pid = keeper(in: run) else { return }
        try explaining("cannot end the keeper of the user namespace") { () throws(KernelFault) in
            try ProcessHandle(pid: pid).send(signal: 15)
            try Files.remove(at: run, "userns.pid")
        }
    }

    private func keeper(in run: borrowing Descriptor) -> Int32? {
        (try? Files.target(at: run, "userns.pid")).flatMap { Int32($0) }
    }

    /// Opens the namespace that the keeper pins, if there is one and it is ours.
    ///
    /// A number that now belongs to another process does no harm: what is opened must be a user
    /// namespace below ours that this user owns.
    private func standing(in run: borrowing Descriptor) -> StandingNamespace? {
        guard let pid = keeper(in: run) else { return nil }
        let path = "/proc/\(pid)/ns/user"
        do throws(KernelFault) {
            let namespace = try Files.open(path, [.read])
            guard try NamespaceOwner.uid(of: namespace) == caller.uid,
                try !namespace.status().isSame(as: Files.status("/proc/self/ns/user"))
            else { return nil }
            let uids = IDMap.parse(try Files.readText("/proc/\(pid)/uid_map"))
            let gids = IDMap.parse(try Files.readText("/proc/\(pid)/gid_map"))
            guard uids.first?.outside == caller.uid, !gids.isEmpty else { return nil }
            return StandingNamespace(
                descriptor: namespace, path: path, uidMap: uids, gidMap: gids,
                group: dividedScope(of: pid))
        } catch {
            // A keeper that is gone, or whose files are not ours to read, is no keeper.
            return nil
        }
    }

    /// The scope that a keeper's `divide` has made groups in.
    private func dividedScope(of keeper: Int32) -> ControlGroup? {
        let name = "/" + StartOrder.supervisor
        guard let own = (try? ControlGroup.of(pid: keeper)) ?? nil,
            own.path.hasSuffix(".scope" + name)
        else { return nil }
        return ControlGroup(path: String(own.path.dropLast(name.utf8.count)))
    }

    /// Returns the scope that containers started by hand have their groups in, if there is one.
    func sharedScope() -> ControlGroup? {
        guard caller.uid != 0, let run = try? run() else { return nil }
        return keeper(in: run).flatMap { dividedScope(of: $0) }
    }

    private func makeStanding(in run: borrowing Descriptor) throws(Problem) {
        let program = try helper("martlet-runtime")
        let pair = try explaining("cannot make a socket pair") { () throws(KernelFault) in
            try Sockets.pair()
        }
        let keeper = try explaining("cannot start the keeper of the user namespace") {
            () throws(KernelFault) in
            var spawn = Spawn(
                program, ["martlet-pause", "pause", "--ready-fd=3", House.toldRun + runPath])
            spawn.descriptors = [.init(pair.theirs, as: 3)]
            spawn.newSession = true
            return try spawn.start()
        }
        let (ours, theirs) = pair.ends()
        _ = Descriptor(owning: theirs)
        let channel = Descriptor(owning: ours)
        do throws(Problem) {
            try expect(from: channel, "unshared")
            try mapIDs(of: keeper.pid)
            try explaining("cannot tell the keeper of the user namespace to go on") {
                () throws(KernelFault) in try Sockets.send(Array("mapped".utf8), to: channel)
            }
            try expect(from: channel, "ready")
            moveToScope(keeper.pid)
            try explaining("cannot record the keeper of the user namespace") {
                () throws(KernelFault) in
                try Files.removeIfPresent(at: run, "userns.pid")
                try Files.link(at: run, "userns.pid", to: "\(keeper.pid)")
            }
        } catch {
            // The keeper must not outlive a failure; the failure itself is what the user needs.
            try? keeper.send(signal: 9)
            _ = try? keeper.wait()
            throw error.during("making the user namespace of uid \(caller.uid)")
        }
    }

    /// Moves the keeper out of the unit or session that happens to need it first, which would
    /// otherwise take it along when it ends. Without a service manager nobody takes it along.
    private func moveToScope(_ pid: Int32) {
        var scope = TransientScope.Request(
            unit: "martlet-userns-\(pid).scope",
            description: "Martlet's user namespace and containers started by hand", pid: pid)
        // The manager's default is meant for one service.
        scope.properties = [UnitProperty("TasksMax", .number(.max))]
        do throws(Problem) {
            divide(try TransientScope.makeGroup(scope), keeper: pid)
        } catch  where error.code == .missingOnMachine {
            return
        } catch {
            warn("\(error.what), continuing with the user namespace in this unit")
        }
    }

    /// Divides the keeper's scope into its own group and those of containers started by hand.
    private func divide(_ scope: ControlGroup, keeper: Int32) {
        do throws(KernelFault) {
            let own = scope.child(StartOrder.supervisor)
            try own.make()
            try own.add(pid: keeper)
            try scope.enableControllers()
        } catch {
            // Such containers have scopes of their own then, and the keeper is where it was put.
            try? scope.add(pid: keeper)
        }
    }

    private func expect(from channel: borrowing Descriptor, _ word: String) throws(Problem) {
        let answer = try explaining("cannot hear from the keeper of the user namespace") {
            () throws(KernelFault) in try Sockets.receive(from: channel).bytes
        }
        let text = String(decoding: answer, as: UTF8.self)
        guard text == word else {
            throw Problem(
                .missingOnMachine, "this machine does not let you make a user namespace",
                why: text.isEmpty ? "the keeper of it ended" : text,
                next: "run \"martlet doctor\" for what is in the way and how to mend it")
        }
    }

    /// Gives the keeper's new namespace its ids, through newuidmap(1) and newgidmap(1).
    private func mapIDs(of pid: Int32) throws(Problem) {
        let name = SubordinateIDs.accountName(of: caller.uid) ?? "\(caller.uid)"
        func ranges(_ file: String) -> [(start: UInt32, count: UInt32)] {
            guard let text = try? Files.readText(file, limit: Limits.subordinateFileBytes) else {
                return []
            }
            return SubordinateIDs.ranges(in: text, user: name, id: caller.uid)
        }
        let (uids, gids) = (ranges("/etc/subuid"), ranges("/etc/subgid"))
        if uids.isEmpty || gids.isEmpty {
            warn(
                "user \"\(name)\" has no range in /etc/sub\(uids.isEmpty ? "uid" : "gid"), continuing with one id alone: "
                    + "images with files of other users will not work; "
                    + "grant one with \"sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 \(name)\""
            )
            return try explaining("cannot map your own id") { () throws(KernelFault) in
                try Files.open("/proc/\(pid)/setgroups", [.write]).writeAll("deny")
                try Files.open("/proc/\(pid)/uid_map", [.write]).writeAll("0 \(caller.uid) 1")
                try Files.open("/proc/\(pid)/gid_map", [.write]).writeAll("0 \(caller.gid) 1")
            }
        }
        try runMapper(
            "/usr/bin/newuidmap", pid, SubordinateIDs.standingMap(own: caller.uid, ranges: uids))
        try runMapper(
            "/usr/bin/newgidmap", pid, SubordinateIDs.standingMap(own: caller.gid, ranges: gids))
    }

    /// T-IDMAP-2: always the absolute path, always reaped.
    private func runMapper(_ path: String, _ pid: Int32, _ map: [IDRange]) throws(Problem) {
        let words = map.flatMap { ["\($0.inside)", "\($0.outside)", "\($0.count)"] }
        let next = "install it with \"sudo apt-get install uidmap\", and see \"martlet doctor\""
        let end = try explaining("cannot run \(path)", next: next) { () throws(KernelFault) in
            var spawn = Spawn(path, [path, "\(pid)"] + words)
            spawn.descriptors = [.standard(2)]
            return try spawn.start().wait()
        }
        guard end == .code(0) else {
            throw Problem(
                .missingOnMachine, "\(path) refused the ids \(words.joined(separator: " "))",
                why: "it ended with \(end)", next: next)
        }
    }
}

/// /proc/PID/uid_map and gid_map as user_namespaces(7) describes them.
enum IDMap {
    static func parse(_ text: String) -> [IDRange] {
        text.split(separator: "\n").compactMap { line in
            let numbers = line.split(separator: " ").compactMap { UInt32($0) }
            guard numbers.count == 3 else { return nil }
            return IDRange(inside: numbers[0], outside: numbers[1], count: numbers[2])
        }
    }
}
