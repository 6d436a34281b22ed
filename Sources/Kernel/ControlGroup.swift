import CKernel
import Glibc

/// One group of the kernel's unified hierarchy of control groups. See cgroups(7) and the kernel's
/// cgroup-v2.rst.
package struct ControlGroup: Equatable, Sendable {
    /// The path below the hierarchy's mount point: `/user.slice/…`; `/` is the root.
    package let path: String

    package init(path: String) { self.path = path }

    /// Where the unified hierarchy is mounted, or nil where the machine has none.
    package static let mountPoint: String? = {
        for place in ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"] {
            var status = statfs()
            // CGROUP2_SUPER_MAGIC
            if unsafe statfs(place, &status) == 0, status.f_type == 0x6367_7270 { return place }
        }
        return nil
    }()

    /// Returns the group of a process; nil where the machine has no unified hierarchy.
    ///
    /// - Parameter pid: nil asks for this process.
    package static func of(pid: Int32? = nil) throws(KernelFault) -> ControlGroup? {
        guard mountPoint != nil else { return nil }
        let text = try Files.readText("/proc/\(pid.map(String.init) ?? "self")/cgroup")
        for line in text.split(separator: "\n") where line.hasPrefix("0::/") {
            return ControlGroup(path: String(line.dropFirst(3)))
        }
        return nil
    }

    /// The group's directory.
    package var directory: String {
        let base = ControlGroup.mountPoint ?? "/sys/fs/cgroup"
        return path == "/" ? base : base + path
    }

    /// Returns the group of that name below this one.
    package func child(_ name: String) -> ControlGroup {
        ControlGroup(path: path == "/" ? "/\(name)" : "\(path)/\(name)")
    }

    /// Whether this user may divide the group: its directory and the files that matter are writable.
    ///
    /// systemd's own marks of what it delegates (user.delegate) are not asked for: Debian 12's user
    /// manager sets none.
    package func isDelegated() -> Bool {
        ["", "/cgroup.procs", "/cgroup.subtree_control"].allSatisfy {
            unsafe access(directory + $0, W_OK) == 0
        }
    }

    /// Returns the deepest group that holds both.
    package func common(with other: ControlGroup) -> ControlGroup {
        var path = ""
        let pairs = zip(self.path.split(separator: "/"), other.path.split(separator: "/"))
        for (own, theirs) in pairs {
            if own != theirs { break }
            path += "/" + own
        }
        return ControlGroup(path: path.isEmpty ? "/" : path)
    }

    /// Whether this user may move processes between the groups below this one. See cgroups(7),
    /// "Delegation containment".
    package func checkMoving() throws(KernelFault) {
        let file = "\(directory)/cgroup.procs"
        _ = try Gate.call("access", on: file) { unsafe access(file, W_OK) }
    }

    /// Makes the group's directory; one that stands there already is taken as it is.
    ///
    /// - Returns: whether there was none.
    @discardableResult
    package func make() throws(KernelFault) -> Bool {
        let directory = directory
        do {
            _ = try Gate.call("mkdir", on: directory) { unsafe mkdir(directory, 0o755) }
        } catch  where error.number == EEXIST {
            return false
        }
        return true
    }

    /// Makes the group's directory and those above it.
    ///
    /// - Returns: whether there was no such group.
    package func makeAll() throws(KernelFault) -> Bool {
        var above = ControlGroup(path: "/")
        var isNew = false
        for part in path.split(separator: "/") {
            above = above.child(String(part))
            isNew = try above.make()
        }
        return isNew
    }

    /// Moves a process, with all its threads, into the group.
    package func add(pid: Int32) throws(KernelFault) { try write("cgroup.procs", "\(pid)") }

    /// Returns the processes of the group itself; a group that has gone has none.
    package func processes() throws(KernelFault) -> [Int32] {
        do {
            return try read("cgroup.procs").split(separator: "\n").compactMap { Int32($0) }
        } catch  where error.isGone {
            return []
        }
    }

    /// Returns the processes of the group and of those below it.
    package func allProcesses() throws(KernelFault) -> [Int32] {
        var pids = try processes()
        for below in try groupsBelow() { pids += try below.allProcesses() }
        return pids
    }

    private func groupsBelow() throws(KernelFault) -> [ControlGroup] {
        do {
            let entries = try Files.entries(in: Files.open(directory, [.read, .directory]))
            return entries.filter(\.isDirectory).map { child("\($0.name)") }
        } catch  where error.isGone {
            return []
        }
    }

    /// Lets groups below use every controller this one has.
    ///
    /// - Requires: no process is in the group itself.
    package func enableControllers() throws(KernelFault) {
        let controllers = try read("cgroup.controllers").split { $0 == " " || $0 == "\n" }
        if controllers.isEmpty { return }
        try write("cgroup.subtree_control", controllers.map { "+\($0)" }.joined(separator: " "))
    }

    /// Kills every process of the group and of those below at once, also ones just being forked.
    package func kill() throws(KernelFault) {
        do {
            try write("cgroup.kill", "1")
        } catch  where error.number == ENOENT {
            // Before Linux 5.14 there is no such file; and a group may go at any time.
            for pid in try processes() {
                // One that has just ended is as good as killed.
                try? Signals.send(SIGKILL, to: pid)
            }
        }
    }

    /// Lets a program of the kernel's decide which devices the group's processes may open or make.
    /// See bpf(2), BPF_PROG_TYPE_CGROUP_DEVICE.
    ///
    /// - Parameter program: instructions of extended BPF, 8 bytes each.
    package func filterDevices(by program: [UInt8]) throws(KernelFault) {
        let place = try Files.open(directory, [.read, .directory])
        let group = place.number
        let loaded = Descriptor(
            owning: try Gate.call("bpf", on: "BPF_PROG_LOAD") {
                unsafe program.withUnsafeBytes {
                    // Safety: a program is never empty, so it has an address.
                    unsafe ck_bpf_load_device($0.baseAddress!, UInt32($0.count / 8))
                }
            })
        let number = loaded.number
        _ = try Gate.call("bpf", on: "BPF_PROG_ATTACH") { ck_bpf_attach_device(group, number) }
    }

    /// Stops every process of the group, or lets them go on.
    package func freeze(_ frozen: Bool) throws(KernelFault) {
        try write("cgroup.freeze", frozen ? "1" : "0")
    }

    /// Returns the value of `key` in a file of lines `key value`, such as memory.events.
    package func value(_ key: String, in file: String) -> Int? {
        // Without the controller there is no file, and nothing to tell.
        guard let text = try? read(file) else { return nil }
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2, words[0] == key { return Int(words[1]) }
        }
        return nil
    }

    package func read(_ file: String) throws(KernelFault) -> String {
        try Files.readText("\(directory)/\(file)", limit: 1 << 22)
    }

    package func write(_ file: String, _ text: String) throws(KernelFault) {
        let path = "\(directory)/\(file)"
        let descriptor = try Files.open(path, .write)
        do {
            try descriptor.writeAll(text)
        } catch {
            throw KernelFault(call: error.call, subject: path, number: error.number)
        }
    }

    /// Removes the group and those below; false where a process is still in one of them.
    package func remove() throws(KernelFault) -> Bool {
        let directory = directory
        do {
            // Nearly always there is nothing below.
            _ = try Gate.call("rmdir", on: directory) { unsafe rmdir(directory) }
            return true
        } catch  where error.number == EBUSY {
            // Processes, or groups below.
        } catch  where error.number == ENOENT || error.number == ENODEV {
            return true
        }
        do {
            for name in try Files.names(in: try Files.open(directory, [.read, .directory])) {
                let inner = child(name)
                if try Files.status(inner.directory, following: false).kind != .directory {
                    continue
                }
                if try !inner.remove() { return false }
            }
            _ = try Gate.call("rmdir", on: directory) { unsafe rmdir(directory) }
            return true
        } catch  where error.number == ENOENT || error.number == ENODEV {
            return true
        } catch  where error.number == EBUSY {
            return false
        }
    }
}

extension KernelFault {
    /// Whether a control group was removed, before its file was opened or after.
    fileprivate var isGone: Bool { number == ENOENT || number == ENODEV }
}
