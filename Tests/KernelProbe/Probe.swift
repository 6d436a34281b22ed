import Glibc
import Kernel

/// What the kernel does for a process alone in new namespaces.
enum Probe {
    /// Moves into a user namespace of one's own, where one is root, and the others named.
    private static func enter(_ kinds: Namespaces) throws(KernelFault) {
        let (uid, gid) = Processes.ids
        try Namespaces.unshare([.user, kinds])
        try Files.open("/proc/self/setgroups", .write).writeAll("deny")
        try Files.open("/proc/self/uid_map", .write).writeAll("0 \(uid) 1")
        try Files.open("/proc/self/gid_map", .write).writeAll("0 \(gid) 1")
        if kinds.contains(.mount) {
            let root = try Files.open("/", [.place, .directory])
            try Mounts.change(root, .init(propagation: .private, recursive: true), name: "/")
        }
    }

    static func user() throws(KernelFault) {
        try enter([])
        print("uid \(Processes.ids.uid)")
        print("may mount: \(try Privileges.effective() & (1 << 21) != 0)")
    }

    static func mounts() throws(KernelFault) {
        try enter(.mount)
        let place = try Files.open("/mnt", [.place, .directory])
        let made = try Mounts.create("tmpfs", options: ["size=64k", "mode=700"])
        try Mounts.attach(made, at: place, name: "/mnt")
        let top = try Files.open("/mnt", [.read, .directory])
        try Files.open(at: top, "file", [.write, .create]).writeAll("text")
        try Mounts.change(made, .init(setting: [.readOnly]), name: "/mnt")
        do throws(KernelFault) {
            _ = try Files.open(at: top, "other", [.write, .create]).number
            print("written to")
        } catch {
            print("\(error)")
        }
        print(try Files.readText("/mnt/file"))
        try Mounts.detach("/mnt")
        print("file is there: \(Files.exists("/mnt/file"))")
    }

    static func pivot() throws(KernelFault) {
        try enter(.mount)
        let place = try Files.open("/mnt", [.place, .directory])
        try Mounts.attach(try Mounts.create("tmpfs"), at: place)
        let top = try Files.open("/mnt", [.read, .directory])
        try Files.makeDirectory(at: top, "only")
        try Mounts.pivot(to: top)
        print(try Files.names(in: Files.open("/", [.read, .directory])).sorted())
        print(try Caller.directory())
    }

    static func network() throws(KernelFault) {
        try enter(.network)
        var netlink = try Netlink()
        netlink.bringUp(Netlink.loopback, mtu: 40_000)
        netlink.addAddress(.init([10, 9, 8, 7], length: 32), to: Netlink.loopback)
        try netlink.commit()
        let links = try Files.readText("/proc/net/dev").split(separator: "\n").dropFirst(2)
        print(links.map { $0.split(separator: ":")[0].filter { $0 != " " } })
        print("own address: \(try Files.readText("/proc/net/fib_trie").contains("10.9.8.7"))")
        do throws(KernelFault) {
            _ = try Netlink.index(of: "eth0")
            print("found")
        } catch {
            print("\(error)")
        }
    }

    static func newNetwork() throws(KernelFault) {
        try enter([])
        let before = Tasks.openNumbers(3..<64)
        guard let first = NewNetwork.begin() else { return print("none") }
        print("a second beside it: \(NewNetwork.begin() != nil)")
        if let made = first.finish() {
            print("a network: \(try Namespaces.kind(of: made) == .network)")
            print("our own: \(try Namespaces.isOwn(number: made.number, "net"))")
            try Namespaces.enter(made, .network)
        }
        // One that nobody takes.
        print("one after it: \(NewNetwork.begin() != nil)")
        print("left open: \(Tasks.openNumbers(3..<64).filter { !before.contains($0) })")
        // Without a free descriptor there is none to be had.
        try Tasks.limit(7, soft: 3, hard: 3)
        let refused = NewNetwork.begin()
        print("begun without descriptors: \(refused != nil)")
        if refused?.finish() != nil { print("and made") }
        var status: CInt = 0
        let left = unsafe waitpid(-1, &status, WNOHANG | CInt(0x4000_0000))
        print("left to reap: \(left >= 0)")
    }

    static func pid() throws(KernelFault) {
        try enter(.pid)
        let ends = try Descriptor.pipe().ends()
        let reading = Descriptor(owning: ends.reading)
        let writing = Descriptor(owning: ends.writing)
        let copy = try Clone.process()
        if copy.pid == 0 {
            try? writing.writeAll("pid \(Caller.pid())")
            // The first process takes the whole namespace with it.
            _ = try? Clone.process()
            Clone.end(7)
        }
        try writing.close()
        print(String(decoding: try reading.readAll(limit: 100), as: UTF8.self))
        print("\(try Processes.reap(copy.pid, waiting: true).map { "\($0)" } ?? "")")
    }

    static func filter() throws(KernelFault) {
        var filter = SyscallFilter()
        filter.allowLiving()
        try Privileges.forbidNew()
        _ = try Privileges.filter(filter.program, flags: 0)
        do throws(KernelFault) {
            _ = try Sockets.pair().ends()
            print("a socket was made")
        } catch {
            print("\(error)")
        }
    }

    static func capabilities() throws(KernelFault) {
        try enter([])
        // CAP_NET_RAW is all that may ever come back.
        try Privileges.bound(to: 1 << 13)
        try Privileges.set(.init(effective: 1 << 13, permitted: 1 << 13))
        try Privileges.forbidNew()
        let text = try Files.readText("/proc/self/status")
        for line in text.split(separator: "\n") {
            if line.hasPrefix("CapEff") || line.hasPrefix("CapBnd") || line.hasPrefix("NoNew") {
                print(line.replacing("\t", with: " "))
            }
        }
    }

    static func cgroup() throws(KernelFault) {
        guard let own = try ControlGroup.of(), own.isDelegated() else { return print("none") }
        let group = own.child("kernel-probe-\(Caller.pid())")
        try group.make()
        let copy = try Clone.process()
        if copy.pid == 0 {
            while true { _ = try? Loop().wait(upTo: nil) }
        }
        try group.add(pid: copy.pid)
        print("processes \(try group.processes() == [copy.pid])")
        try group.freeze(true)
        print("removed while in use: \(try group.remove())")
        // What is frozen is killed too.
        try group.kill()
        print("\(try Processes.reap(copy.pid, waiting: true).map { "\($0)" } ?? "")")
        print("empty \(try group.waitUntilEmpty(milliseconds: 5000))")
        print("removed \(try group.remove())")
    }

    /// T-EXE-1: a program run from the sealed copy cannot write to its own file.
    static func sealed() throws(KernelFault) {
        let program = try Sealed.executable("/bin/true", userNamespace: nil)
        var spawn = Spawn("true", ["true"])
        spawn.executable = program.number
        print("\(try spawn.start().wait())")
        do throws(KernelFault) {
            _ = try Files.open("/proc/self/fd/\(program.number)", .write).number
            print("opened for writing")
        } catch {
            print("refused")
        }
    }
}
