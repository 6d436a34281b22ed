import Kernel
import Specs

/// The change of root, and everything that makes the child the program it becomes.
extension Walk {
    func moveIn(_ deed: LaunchPlan.Deed) throws(KernelFault) {
        switch deed {
        case .hooks(let hooks, _):
            let status: RuntimeState.Status = deed.isStartHook ? .created : .creating
            let state = HookState(launch: launch, status: status, pid: outerPid)
            for hook in hooks {
                do throws(KernelFault) {
                    try Hooks.run(hook, state: state.text)
                } catch {
                    throw .refusal("\(hook.path) \(error.hookReason)", error.number)
                }
            }
        case .loopback:
            var netlink = try Netlink()
            netlink.bringUp(Netlink.loopback)
            try netlink.commit()
        case .netDevices(let devices): try devices.settle()
        case .hostName(let name): try Tasks.setHostName(name)
        case .domainName(let name): try Tasks.setDomainName(name)
        case .changeRoot(let pivoting):
            // Opened now, because labels are written when the host's procfs is out of sight.
            try openProc()
            try withRoot { root throws(KernelFault) in
                if pivoting { try Mounts.pivot(to: root) } else { try Mounts.overmount(with: root) }
            }
            root = nil
            directory = nil
            null = nil
            nothing = nil
        case .confine(let path):
            try openProc()
            try Mounts.confine(to: Files.open(path, [.place, .directory]))
        case .propagateRoot(let kind):
            try Mounts.change(
                Files.open("/", [.place, .directory]), .init(propagation: kind, recursive: true),
                name: "/")
        case .stdio(let stdio): try arrange(stdio)
        case .securityLabel(let label, let file):
            try withProc { proc throws(KernelFault) in
                try Files.openBeneath(
                    proc, "thread-self/attr/\(file)", .write, [.beneath, .noMagicLinks, .noMounts]
                ).writeAll(label)
            }
        default: break
        }
    }

    private func arrange(_ stdio: Launch.Stdio) throws(KernelFault) {
        switch stdio {
        case .inherited: break
        case .descriptors(let input, let output, let error):
            // Copies first: one of the three may stand at the place of another.
            let copies = [
                try Descriptor.copy(of: input), try Descriptor.copy(of: output),
                try Descriptor.copy(of: error),
            ]
            for (place, copy) in copies.enumerated() {
                try Tasks.place(copy, at: CInt(place))
                Descriptor.drop(copy)
            }
        case .terminal:
            switch terminal {
            case .some(let terminal):
                try Terminals.control(terminal)
                for place in CInt(0)...2 { try Tasks.place(terminal.number, at: place) }
            case .none: throw KernelFault.refusal("there is no terminal", 25)
            }
            terminal = nil
        }
    }

    func settle(_ deed: LaunchPlan.Deed) throws(KernelFault) {
        switch deed {
        case .limit(let resource, let soft, let hard, _):
            try Tasks.limit(resource, soft: soft, hard: hard)
        case .personality(let value): try Tasks.setPersonality(value)
        case .memoryPolicy(let mode, let nodes): try Tasks.setMemoryPolicy(mode, nodes: nodes)
        case .schedule(let schedule): try Tasks.setSchedule(schedule)
        case .ioPriority(let kind, let level): try Tasks.setIOPriority(class: kind, level: level)
        case .processors(let mask): try Tasks.setProcessors(mask)
        case .fileMask(let mask): Tasks.setMask(mask)
        case .enterEarly(let path): enteredEarly = (try? enter(path)) != nil
        case .endWithCaller: try Processes.endWithParent(signal: 9)
        case .noNewPrivileges: try Privileges.forbidNew()
        case .bound(let set): try Privileges.bound(to: set)
        case .user(let uid, let gid, let groups):
            for stream in CInt(0)...2 { Places.giveStream(stream, uid: uid, gid: gid) }
            if let groups { try Privileges.setGroups(groups) }
            try Privileges.become(group: gid)
            // The sets are chosen by the next step, which needs the present ones to choose from.
            try Privileges.keepCapabilities(true)
            try Privileges.become(user: uid)
            try Privileges.setDumpable(false)
        case .capabilities(let sets):
            try Privileges.set(sets)
            try Privileges.raiseAmbient(sets.ambient)
        case .workingDirectory(let path):
            do {
                try enter(path)
            } catch {
                guard enteredEarly, error.isRefusal else { throw error }
            }
            try Places.checkDirectory()
        case .find(let name): try find(name)
        case .filter:
            try load()
        case .preserve(let numbers):
            try Processes.keepDescriptors(from: 3)
            try Tasks.keepOpen(numbers)
        case .stayAsReaper: try Reaper.begin()
        case .execute: try execute()
        default: break
        }
    }

    /// Enters a directory by a path that never passes through /proc/PID/fd (T-FD-2,
    /// CVE-2024-21626).
    private func enter(_ path: String) throws(KernelFault) {
        let root = try Files.open("/", [.place, .directory])
        try Files.enter(Files.openBeneath(root, path, [.place, .directory]))
    }

    /// Loads the filter, and hands its listener to whoever decides the calls it notifies of.
    private func load() throws(KernelFault) {
        guard let filter else { return }
        let notice = filter.notice(launch, pid: outerPid)
        let listener = try Privileges.filter(filter.instructions, flags: filter.flags)
        guard case .some(let listener) = listener else { return }
        switch agent {
        case .some(let agent):
            try Sockets.send(notice, descriptors: [listener.number], to: agent)
        case .none: throw .refusal("nobody listens for the filter's notices", 107)
        }
    }

    /// Looks the program up as execvp(3) does, with the PATH it will have itself.
    private func find(_ name: String) throws(KernelFault) {
        findHome()
        if launch.runsItself { return }
        if name.contains("/") {
            try Places.checkExecutable(name)
            program = name
            return
        }
        let path =
            launch.config.process?.env?.first { $0.hasPrefix("PATH=") }?.dropFirst(5)
            ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        var denied: KernelFault?
        for directory in path.utf8.split(separator: 0x3A, omittingEmptySubsequences: false) {
            let candidate = (directory.isEmpty ? "." : String(Substring(directory))) + "/" + name
            do {
                try Places.checkExecutable(candidate)
                program = candidate
                return
            } catch {
                if !error.isAbsence { denied = error }
            }
        }
        throw denied ?? KernelFault(call: "execve", subject: name, number: 2)
    }

    private func execute() throws(KernelFault) {
        let process = launch.config.process
        if launch.runsItself {
            switch itself {
            case .some(let program):
                try Processes.execute(
                    program, arguments: process?.args ?? [], environment: environment)
            case .none: throw KernelFault.refusal("this program cannot be opened", 2)
            }
        }
        try Processes.execute(
            program, arguments: process?.args ?? [], environment: environment)
    }

    /// Gives the program a HOME where the configuration names none, as the other runtimes do.
    func findHome() {
        environment = launch.config.process?.env ?? []
        if environment.contains(where: { $0.hasPrefix("HOME=") }) { return }
        let uid = "\(launch.config.process?.user?.uid ?? 0)"
        environment.append("HOME=" + (Walk.home(of: uid) ?? "/"))
    }

    /// Reads the container's own /etc/passwd, which may be anything (T-USER-3).
    private static func home(of uid: String) -> String? {
        guard let file = try? Files.open("/etc/passwd", [.read, .nonBlocking, .noTerminal]),
            (try? file.status())?.kind == .regular, let bytes = try? file.readAll(limit: 1 << 20)
        else { return nil }
        for line in bytes.split(separator: 0x0A) {
            let fields = line.split(separator: 0x3A, omittingEmptySubsequences: false)
            if fields.count >= 6, String(decoding: fields[2], as: UTF8.self) == uid {
                let home = String(decoding: fields[5], as: UTF8.self)
                return home.hasPrefix("/") ? home : nil
            }
        }
        return nil
    }
}
