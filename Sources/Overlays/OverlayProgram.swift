import Base
import Kernel
import Specs

/// The program `martlet-fuse`: one overlay for one container.
package enum OverlayProgram {
    /// Runs until the file system is unmounted, which the end of its last user does.
    ///
    /// - Parameter arguments: `martlet-fuse --plan-fd=N --channel-fd=M`.
    /// - Returns: the exit status.
    package static func run(_ arguments: [String]) -> Int {
        guard let plan = number(of: "--plan-fd", arguments),
            let channel = number(of: "--channel-fd", arguments), arguments.count == 3
        else { return 125 }
        let talk = Descriptor(owning: channel)
        do {
            let (overlay, session) = try start(plan, talk)
            _ = consume talk
            session.serve()
            overlay.finish()
            return 0
        } catch {
            // The one who would hear it may have gone; then there is nobody to tell.
            try? Sockets.send(JSON(encoding: OverlayReport.failed(error)).bytes(), to: talk)
            return 1
        }
    }

    private static func number(of name: String, _ arguments: [String]) -> Int32? {
        for word in arguments.dropFirst() where word.hasPrefix(name + "=") {
            if let number = Int32(word.dropFirst(name.utf8.count + 1)), number > 2 { return number }
        }
        return nil
    }

    /// Makes everything ready, in this order:
    /// 1. the layers, while their paths mean something;
    /// 2. the mount, which belongs to the user namespace this process is in;
    /// 3. our own confinement, as no path is needed any more;
    /// 4. the answer, with which the mount begins its life elsewhere.
    private static func start(_ number: Int32, _ channel: borrowing Descriptor) throws(Problem)
        -> (Overlay, Session)
    {
        let plan = try read(number, keeping: channel.number)
        let limit = try explaining("cannot begin with a clean process") { () throws(KernelFault) in
            try Processes.raiseDescriptorLimit(to: UInt64(Limits.overlayDescriptors))
            return try ResourceLimits.openFiles()
        }
        let numbers = try explaining("cannot find the descriptors of this process") {
            () throws(KernelFault) in try Spot.prepare()
        }
        let overlay = try Overlay(
            plan, descriptorLimit: Int(clamping: min(limit, UInt64(Limits.overlayDescriptors))))
        let device = try open()
        let session = try Session(overlay, device: device)
        let mount = try mount(device, plan)
        try leaveFiles(numbers)
        try confine()
        try explaining("cannot hand the overlay's mount over") { () throws(KernelFault) in
            try Sockets.send(
                JSON(encoding: OverlayReport.ready).bytes(), descriptors: [mount.number],
                to: channel)
        }
        // The session reads from it to the end of the process.
        _ = device.release()
        return (overlay, session)
    }

    private static func open() throws(Problem) -> Descriptor {
        try explaining(
            "cannot open /dev/fuse", next: "see what this machine lacks with \"martlet doctor\""
        ) { () throws(KernelFault) in try Files.open("/dev/fuse", [.readWrite]) }
    }

    private static func mount(_ device: borrowing Descriptor, _ plan: OverlayPlan) throws(Problem)
        -> Descriptor
    {
        let number = device.number
        return try explaining(
            "cannot mount an overlay by FUSE",
            next: "see what this machine lacks with \"martlet doctor\""
        ) { () throws(KernelFault) in
            // Mounting is for those who own the mount namespace they are in.
            try Namespaces.unshare(.mount)
            // Nothing that is mounted or left here reaches anybody else.
            try Mounts.change(
                Files.open("/", [.place, .directory]),
                Mounts.Change(propagation: .private, recursive: true), name: "/")
            var options = [
                "fd=\(number)", "rootmode=40000", "user_id=\(Processes.ids.uid)",
                "group_id=\(Processes.ids.gid)", "allow_other", "default_permissions",
                "subtype=martlet",
            ]
            if plan.upper == nil { options.append("ro") }
            return try Mounts.create(
                "fuse", source: plan.name, options: options,
                attributes: plan.upper == nil ? .readOnly : [])
        }
    }

    private static func read(_ number: Int32, keeping channel: Int32) throws(Problem) -> OverlayPlan
    {
        let file = Descriptor(owning: number)
        let bytes = try explaining("cannot read the overlay's plan") { () throws(KernelFault) in
            try file.readAll(limit: Limits.documentBytes)
        }
        try explaining("cannot begin with a clean process") { () throws(KernelFault) in
            try Processes.closeDescriptors(except: [number, channel])
            try Processes.silenceStreams()
            // Whoever asked may have gone before the answer; other processes' terminals and
            // sessions are no business of ours.
            Signals.ignore(13)
            Signals.ignore(1)
        }
        Processes.wipeEnvironment()
        return try JSON(parsing: bytes, name: "plan").decode(OverlayPlan.self, name: "plan")
    }

    /// Leaves every path behind: the root becomes an empty file system that nobody can write to.
    /// What is served is held open.
    private static func leaveFiles(_ numbers: borrowing Descriptor) throws(Problem) {
        try explaining("cannot leave the files of the machine behind") { () throws(KernelFault) in
            let root = try Mounts.create(
                "tmpfs", options: ["size=4k", "nr_inodes=1", "mode=0555"],
                attributes: [.readOnly, .noSetUserID, .noDevices, .noExecution])
            try Mounts.attach(root, at: Files.open("/", [.place, .directory]))
            try Mounts.pivot(to: root)
            try Spot.prepare(in: numbers)
        }
    }

    /// CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER, FSETID, SETFCAP, MKNOD: what serving files of
    /// every owner takes.
    private static let kept: UInt64 = 0b1_1111 | 1 << 27 | 1 << 31

    private static func confine() throws(Problem) {
        try explaining("cannot give up the privileges of the overlay's server") {
            () throws(KernelFault) in
            let (kept, have) = (kept, try Privileges.effective())
            try Privileges.bound(to: kept)
            try Privileges.set(
                Privileges.Sets(effective: kept & have, permitted: kept & have))
            try Privileges.forbidNew()
            try Privileges.setDumpable(false)
        }
    }
}
