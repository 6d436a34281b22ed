import Kernel
import Specs

/// The root file system and everything mounted or made below it.
extension Walk {
    func furnish(_ deed: LaunchPlan.Deed) throws(KernelFault) {
        switch deed {
        case .mountRoot(let source): try mountRoot(source)
        case .takeRoot: root = try Files.open("/", [.place, .directory])
        case .mount(let mount):
            directory = nil
            directoryPath = ""
            try self.mount(mount)
        case .device(let device): try make(device)
        case .link(let target, let path): try link(target, at: path)
        case .openTerminal(let size, let owner): try openTerminal(size, owner)
        case .bindConsole: try bindConsole()
        case .makeDirectory(let path): try makeDirectory(path)
        case .sysctl(let name, let value):
            try openProc()
            let path = name.contains("/") ? name : name.replacing(".", with: "/")
            try withProc { proc throws(KernelFault) in
                try Files.openBeneath(
                    proc, "sys/" + path, .write, [.beneath, .noLinks, .noMounts]
                ).writeAll(value)
            }
        case .mask(let path): try mask(path)
        case .readOnly(let path):
            guard let place = try existing(path) else { return }
            let tree = try Mounts.copy(of: place, recursive: true)
            try Mounts.change(tree, .init(setting: .readOnly, recursive: true), name: path)
            try Mounts.attach(tree, at: place, name: path)
        case .readOnlyRoot:
            try withRoot { root throws(KernelFault) in
                try Mounts.change(root, .init(setting: .readOnly), name: "/")
            }
        default: break
        }
    }

    // MARK: Root

    private func mountRoot(_ source: Launch.Root) throws(KernelFault) {
        switch source {
        case .directory(let path):
            let tree = try Mounts.copy(path, recursive: true)
            try Mounts.attach(tree, at: Files.open(path, [.place, .directory]), name: path)
            root = consume tree
        case .mounted(let number, let path):
            // The number is this process's own copy.
            let tree = Descriptor(owning: number)
            do throws(KernelFault) {
                try Mounts.attach(tree, at: Files.open(path, [.place, .directory]), name: path)
            } catch  where error.isRefusal {
                // With nomap or auto the container's root is not the user, and her directories are
                // closed to it; any place will do, as the tree is reached by its descriptor.
                try Mounts.attach(tree, at: Files.open("/", [.place, .directory]), name: "/")
            }
            root = consume tree
        case .overlay(let overlay):
            let words = OverlayWords(overlay)
            let place = overlay.upper ?? overlay.lower.first ?? "/"
            try Files.enter(words.base)
            try Mounts.mount("overlay", at: place, options: words.text)
            try Files.enter("/")
            let mounted = try Files.open(place, [.place, .directory])
            guard try Mounts.lies(mounted, on: .overlay) else {
                throw KernelFault.refusal("another file system lies on the overlay", 16)
            }
            root = consume mounted
        }
    }

    // MARK: Mounts

    private func mount(_ plan: LaunchPlan.MountPlan) throws(KernelFault) {
        switch plan.source {
        case .bind(let recursive):
            let tree: Descriptor
            if let prepared = plan.prepared {
                tree = Descriptor(owning: try Descriptor.copy(of: prepared))
            } else {
                tree = try Mounts.copy(
                    plan.name, recursive: recursive, following: !plan.followsNothing)
            }
            try change(tree, plan)
            let isDirectory = try tree.status().kind == .directory
            let place = try withRoot { root throws(KernelFault) in
                try Places.ensure(plan.destination, below: root, directory: isDirectory)
            }
            try Mounts.attach(tree, at: place, name: plan.destination)
        case .fileSystem("overlay", let options): try mountOverlay(options, plan)
        case .fileSystem(let type, let options):
            let tree = try fileSystem(type, options, plan)
            try change(tree, plan)
            let place = try self.place(for: plan, type)
            if plan.copiesUp {
                let below = try Files.openBeneath(
                    place, ".", [.read, .directory], [.beneath, .noLinks])
                try Mounts.attach(tree, at: place, name: plan.destination)
                let above = try Files.openBeneath(
                    tree, ".", [.read, .directory], [.beneath, .noLinks])
                try CopyUp.copy(
                    from: below, to: above, keepsMode: options.contains { $0.hasPrefix("mode=") })
            } else {
                try Mounts.attach(tree, at: place, name: plan.destination)
            }
        }
    }

    /// An overlay is mounted the old way: its words may be longer than fsconfig(2) takes.
    private func mountOverlay(_ options: [String], _ plan: LaunchPlan.MountPlan)
        throws(KernelFault)
    {
        let words = OverlayWords(Launch.Overlay(words: options))
        let place = try self.place(for: plan, "overlay")
        try Files.enter(words.base)
        try Mounts.mount(
            "overlay", at: "/proc/self/fd/\(place.number)", attributes: plan.attributes,
            options: words.text)
        try Files.enter("/")
        if plan.changes.isEmpty { return }
        try change(try self.place(for: plan, "overlay"), plan)
    }

    private func fileSystem(
        _ type: String, _ options: [String], _ plan: LaunchPlan.MountPlan
    ) throws(KernelFault) -> Descriptor {
        do {
            return try Mounts.create(
                type, source: plan.name, options: options, attributes: plan.attributes)
        } catch {
            // The terminal group is not mapped in every user namespace.
            if type == "devpts", error.isInvalid, options.contains(where: { $0.hasPrefix("gid=") })
            {
                return try Mounts.create(
                    type, source: plan.name, options: options.filter { !$0.hasPrefix("gid=") },
                    attributes: plan.attributes)
            }
            guard let substitute = plan.substitute, error.isRefusal || error.isBusy
            else { throw error }
            // The container shares the namespace this file system shows, so it sees what the host
            // sees.
            let tree = try Mounts.copy(substitute, recursive: true)
            try Mounts.change(tree, .init(setting: plan.attributes), name: plan.destination)
            return tree
        }
    }

    /// procfs and sysfs are mounted on a real directory of their own name only: through a link they
    /// would land where masks and labels do not look (T-ROOTFS-1, CVE-2019-19921).
    private func place(for plan: LaunchPlan.MountPlan, _ type: String) throws(KernelFault)
        -> Descriptor
    {
        try withRoot { root throws(KernelFault) in
            guard type == "proc" || type == "sysfs" else {
                return try Places.ensure(plan.destination, below: root, directory: true)
            }
            let path = plan.destination.drop { $0 == "/" }
            do throws(KernelFault) {
                return try Files.openBeneath(
                    root, String(path), [.place, .directory], [.beneath, .noLinks])
            } catch {
                guard error.isAbsence, !error.isOtherKind else {
                    throw error.isOtherKind
                        ? .refusal("\(plan.destination) of the image is no directory", error.number)
                        : error
                }
            }
            _ = try Places.ensure(plan.destination, below: root, directory: true)
            return try Files.openBeneath(
                root, String(path), [.place, .directory], [.beneath, .noLinks])
        }
    }

    private func change(_ tree: borrowing Descriptor, _ plan: LaunchPlan.MountPlan)
        throws(KernelFault)
    {
        for change in plan.changes {
            do {
                try Mounts.change(tree, change, name: plan.destination)
            } catch {
                // Flags that the host locked cannot be lifted in a user namespace; the mount then
                // allows less than was asked for, never more.
                let onlyLifts = change.setting == [] && change.propagation == nil
                guard onlyLifts, error.isRefusal else { throw error }
            }
        }
    }

    // MARK: Masks

    private func mask(_ path: String) throws(KernelFault) {
        guard let place = try existing(path) else { return }
        if try place.status().kind == .directory {
            switch nothing {
            case .some(let nothing):
                let copy = try Mounts.copy(of: nothing, recursive: false)
                return try Mounts.attach(copy, at: place, name: path)
            case .none: break
            }
            let empty = try Mounts.create(
                "tmpfs", source: "tmpfs", options: ["size=0", "nr_inodes=1"],
                attributes: [.readOnly, .noSetUserID, .noDevices, .noExecution])
            try Mounts.attach(empty, at: place, name: path)
            // Attached, it can be copied for the next.
            nothing = consume empty
            return
        }
        if !hasNull {
            null = try Walk.hostNull()
            hasNull = true
        }
        switch null {
        case .some(let null):
            try Mounts.attach(Mounts.copy(of: null, recursive: false), at: place, name: path)
        case .none: throw KernelFault.refusal("/dev/null was not opened", 9)
        }
    }

    /// The host's, opened while nothing of the image can stand in its place (T-ROOTFS-6).
    private static func hostNull() throws(KernelFault) -> Descriptor {
        let null = try Files.open("/dev/null", [.place, .noFollow])
        guard
            try Places.Device(kind: .character, major: 1, minor: 3, permissions: 0).isMeant(
                by: null.status())
        else { throw KernelFault.refusal("/dev/null of the host is another device", 19) }
        return null
    }

    /// Opens what is to be hidden; nil where there is nothing.
    private func existing(_ path: String) throws(KernelFault) -> Descriptor? {
        try withRoot { root throws(KernelFault) -> Descriptor? in
            do throws(KernelFault) {
                let isKernels = path.hasPrefix("/proc/") || path.hasPrefix("/sys/")
                // A link inside procfs or sysfs would hide something else than what was named.
                return isKernels
                    ? try Files.openBeneath(
                        root, String(path.drop { $0 == "/" }), .place, [.beneath, .noLinks])
                    : try Files.openBeneath(root, path, .place)
            } catch {
                if error.isAbsence || error.isRefusal { return nil }
                throw error
            }
        }
    }

    // MARK: Devices and links

    private func make(_ plan: LaunchPlan.DevicePlan) throws(KernelFault) {
        var device = Places.Device(
            kind: plan.kind, major: plan.major, minor: plan.minor, permissions: plan.mode)
        device.uid = plan.uid
        device.gid = plan.gid
        let (parent, name) = Places.split(plan.path)
        try inside(parent) { directory throws(KernelFault) in
            try make(plan, device, name, in: directory)
        }
    }

    /// Opens a directory below the root, or uses the one that is open from the last time.
    private func inside(
        _ path: String, _ body: (borrowing Descriptor) throws(KernelFault) -> Void
    ) throws(KernelFault) {
        if directoryPath != path {
            directory = try withRoot { root throws(KernelFault) in
                try Places.ensure(path, below: root, directory: true)
            }
            directoryPath = path
        }
        switch directory {
        case .some(let directory): try body(directory)
        case .none: throw KernelFault.refusal("the directory is not open", 9)
        }
    }

    private func make(
        _ plan: LaunchPlan.DevicePlan, _ device: Places.Device, _ name: String,
        in directory: borrowing Descriptor
    ) throws(KernelFault) {
        do {
            let there = try Files.status(at: directory, name)
            if device.isMeant(by: there) { return }
        } catch {
            if !error.isAbsence { throw error }
        }
        if let prepared = plan.prepared {
            let tree = Descriptor(owning: try Descriptor.copy(of: prepared))
            let place = try Places.ensure("/" + name, below: directory, directory: false)
            return try Mounts.attach(tree, at: place, name: plan.path)
        }
        guard plan.isBound else {
            return try Places.makeDevice(at: directory, name, device)
        }
        let host = try Files.open(plan.path, .place)
        guard try device.isMeant(by: host.status()) else {
            throw KernelFault.refusal("\(plan.path) of the host is another device", 19)
        }
        let place = try Places.ensure("/" + name, below: directory, directory: false)
        let tree = try Mounts.copy(of: host, recursive: false)
        try Mounts.change(tree, .init(setting: [.noSetUserID, .noExecution]), name: plan.path)
        try Mounts.attach(tree, at: place, name: plan.path)
    }

    private func link(_ target: String, at path: String) throws(KernelFault) {
        let (parent, name) = Places.split(path)
        try inside(parent) { directory throws(KernelFault) in
            do throws(KernelFault) {
                try Files.link(at: directory, name, to: target)
            } catch {
                // What the image or a mount put there stays.
                if !error.isPresence { throw error }
            }
        }
    }

    /// Makes the working directory where the image lacks it.
    private func makeDirectory(_ path: String) throws(KernelFault) {
        do {
            _ = try withRoot { root throws(KernelFault) in
                try Places.ensure(path, below: root, directory: true)
            }
        } catch {
            // One that cannot be made is missed when it is entered, by its own name.
        }
    }

    // MARK: Terminal

    private func openTerminal(_ size: RuntimeConfig.ConsoleSize?, _ owner: UInt32)
        throws(KernelFault)
    {
        let master = try withRoot { root throws(KernelFault) in
            try Files.openBeneath(
                root, "dev/pts/ptmx", [.readWrite, .noTerminal], [.beneath, .noLinks])
        }
        guard try Mounts.lies(master, on: .devpts) else {
            throw KernelFault.refusal("/dev/pts of the container is no devpts", 19)
        }
        let ends = try Terminals.pair(of: master).ends()
        let upper = Descriptor(owning: ends.master)
        let lower = Descriptor(owning: ends.terminal)
        if let size {
            try Terminals.resize(
                upper, columns: UInt16(clamping: size.width), rows: UInt16(clamping: size.height))
        }
        // The group stays the one devpts gives: that of terminals.
        try lower.setOwner(uid: owner, gid: .max)
        try Sockets.send([UInt8(ascii: "T")], descriptors: [upper.number], to: channel)
        terminal = consume lower
    }

    private func bindConsole() throws(KernelFault) {
        let place = try withRoot { root throws(KernelFault) in
            try Places.ensure("/dev/console", below: root, directory: false)
        }
        switch terminal {
        case .some(let terminal):
            try Mounts.attach(
                Mounts.copy(of: terminal, recursive: false), at: place, name: "/dev/console")
        case .none: throw KernelFault.refusal("there is no terminal", 25)
        }
    }
}
