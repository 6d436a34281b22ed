import Base
import Kernel
import Runtimes
import Specs

/// The control group of one container: a leaf of its own below a delegated one.
///
/// The monitor stays where it is unless the container has limits of its own: only then controllers
/// must be given to the leaf, which the kernel allows where no process is beside it ("no internal
/// processes", cgroups(7)), and the monitor moves to a leaf too. A move costs milliseconds, so it
/// is not done without need.
struct Groups {
    /// The delegated group.
    let base: ControlGroup
    /// The container's.
    let leaf: ControlGroup

    static let leafName = "container"
    static let monitorName = StartOrder.supervisor

    init(base: ControlGroup, leaf name: String = leafName) {
        self.base = base
        leaf = base.child(name)
    }

    /// Makes the container's leaf, with its limits.
    ///
    /// - Parameter isAlone: whether the monitor may still be in the delegated group itself.
    func make(_ limits: RuntimeConfig.Linux.Resources?, isAlone: Bool) throws(Problem) {
        let (base, leaf) = (base, leaf)
        let hasLimits = CgroupResources.limitsAnything(limits)
        try explaining("cannot make the control group \"\(leaf.path)\"") {
            () throws(KernelFault) in
            if hasLimits, isAlone {
                let own = base.child(Groups.monitorName)
                try own.make()
                for pid in try base.processes() { try own.add(pid: pid) }
                try base.enableControllers()
            }
            try leaf.make()
        }
        if hasLimits { try CgroupResources.apply(limits, to: leaf) }
    }

    /// How often the kernel has killed something in the leaf because its memory was used up.
    var oomKills: Int { leaf.value("oom_kill", in: "memory.events") ?? 0 }

    /// Kills what is left in the leaf, and removes it.
    func clear() throws(Problem) {
        let leaf = leaf
        let isGone = try explaining("cannot remove the control group \"\(leaf.path)\"") {
            () throws(KernelFault) in
            if try leaf.remove() { return true }
            try leaf.kill()
            guard try leaf.waitUntilEmpty(milliseconds: 2000) else { return false }
            return try leaf.remove()
        }
        if !isGone {
            throw Problem(
                .kernel, "cannot remove the control group \"\(leaf.path)\"",
                why: "a process in it does not end, even killed")
        }
    }

    /// Whether a process is in the leaf or below it.
    func holds(_ pid: Int32) -> Bool {
        // A process that has gone is in no group.
        guard let group = try? ControlGroup.of(pid: pid) else { return false }
        return group == leaf || group.path.hasPrefix(leaf.path + "/")
    }
}
