import Base
import Kernel
import Specs

/// The helper that serves the container's root file system: one `martlet-fuse`.
///
/// It lives as long as the mount, which is the container's own: once nobody uses that any more the
/// kernel ends the conversation, and the helper goes.
final class OverlayServant {
    let pid: Int32
    /// The detached mount, until the container has it.
    private(set) var mount: SharedDescriptor?
    /// How it ended, if it has.
    var end: ProcessEnd?

    /// How long an ended container's helper gets to notice that nobody needs it.
    private static let farewellMilliseconds = 5000

    /// Starts the helper, and waits until it serves.
    init(_ helper: MonitorPlan.OverlayHelper) throws(Problem) {
        do {
            let plan = try MemoryFile.sealed(
                JSON(encoding: helper.plan).bytes(), name: "overlay plan")
            let ends = try Sockets.pair().ends()
            let ours = Descriptor(owning: ends.ours)
            let theirs = Descriptor(owning: ends.theirs)
            var spawn = Spawn(helper.program, ["martlet-fuse", "--plan-fd=3", "--channel-fd=4"])
            spawn.descriptors = [
                .standard(2), Spawn.Handing(plan, as: 3), Spawn.Handing(theirs, as: 4),
            ]
            spawn.newSession = true
            pid = try spawn.start().pid
            // While this copy is open, a helper that ends would not be noticed.
            _ = consume theirs
            let message = try Sockets.receive(from: ours, limit: Limits.messageBytes)
            mount = message.descriptors.first.map { SharedDescriptor(owning: $0) }
            bytes = message.bytes
        } catch {
            throw error.problem(
                "cannot start the overlay's helper \"\(helper.program)\"",
                next: "check the installation: \"martlet doctor\"")
        }
        if mount == nil { throw refusal() }
    }

    private var bytes: [UInt8] = []

    private func refusal() -> Problem {
        end = try? Processes.reap(pid, waiting: true)
        if let json = try? JSON(parsing: bytes, name: "the overlay helper's report"),
            case .failed(let problem)? = try? json.decode(
                OverlayReport.self, name: "the overlay helper's report")
        {
            return problem
        }
        return Problem(
            .helper, "the overlay's helper ended before it served",
            why: end.map { "it ended with \($0)" },
            next: "check the installation: \"martlet doctor\"")
    }

    /// Lets the mount go: from now on it lives as long as those who use it.
    func handedOver() { mount = nil }

    /// Waits until the helper has noticed that the container is gone, and reaps it.
    func stop() {
        mount = nil
        if end != nil { return }
        do throws(KernelFault) {
            let handle = try ProcessHandle(pid: pid)
            // What was written is in files already: only a helper that hangs is killed.
            if try !handle.hasEnded(within: Self.farewellMilliseconds) {
                try handle.send(signal: Signal.kill.number)
            }
            end = try handle.wait()
        } catch {
            end = try? Processes.reap(pid, waiting: false)
        }
    }
}

extension Monitor {
    /// The container's files are gone with their server: it cannot go on.
    func overlayEnded(_ end: ProcessEnd) {
        guard let overlay, overlay.end == nil else { return }
        overlay.end = end
        // The usual end of a container whose own end is about to be told.
        if end == .code(0) { return }
        let problem = Problem(
            .helper, "the root file system of container \"\(plan.name)\" is gone",
            why: "its server martlet-fuse ended with \(end)",
            next: "start the container again: what it wrote is kept")
        say(problem)
        note { $0.problem = problem }
        apply(.stopAsked(graceSeconds: 0))
    }
}
