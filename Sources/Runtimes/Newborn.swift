package import Base
package import Kernel
import Specs

/// A container whose first process exists and is not yet its program.
///
/// The caller attaches the network and places the cgroup while the child prepares its mounts; then
/// `finish`, then `start`. A value let go before `start` has returned takes the child with it: the
/// child sees its socket close and ends. The caller reaps the process either way.
package struct Newborn: ~Copyable {
    /// The process's number in the caller's pid namespace.
    package let pid: Int32
    /// A descriptor of the process: readable once it has ended.
    package let pidfd: Descriptor
    /// The socket to the child: a caller with a loop may watch it instead of waiting in `finish`.
    package let channel: Descriptor
    /// The parent's end of the container's terminal, until taken.
    private var terminal: Descriptor?
    /// What the child waits for, where its network namespace was begun before it was.
    var network: NewNetwork?
    private let launch: Launch
    private var program: String { launch.config.process?.args?.first ?? "" }

    init(
        pid: Int32, pidfd: consuming Descriptor, channel: consuming Descriptor, of launch: Launch
    ) {
        self.pid = pid
        self.pidfd = pidfd
        self.channel = channel
        self.launch = launch
        terminal = nil
        network = nil
    }

    /// Sends the network namespace; without it the child makes one itself, or fails as it would have
    /// failed here.
    mutating func sendNetwork() throws(Problem) {
        guard let begun = network else { return }
        network = nil
        let made = begun.finish()
        do {
            switch made {
            case .some(let made):
                try LaunchPlan.Milestone.network.send([made.number], to: channel)
            case .none: try LaunchPlan.Milestone.network.send(to: channel)
            }
        } catch {
            throw error.problem("cannot go on with the container's first process")
        }
    }

    /// Waits until everything but the exec is done.
    ///
    /// Runs the hooks of the runtime (prestart, createRuntime) in between.
    ///
    /// - Requires: the process is in its cgroup, and its network stands.
    /// - Throws: the child's own failure: `commandNotFound`, `notExecutable`, or what it could not
    ///   do.
    package mutating func finish() throws(Problem) {
        try expect(.prepared)
        try launch.netDevices?.move(to: pid)
        let hooks = launch.config.hooks
        // The oldest kind is told what it always was; see runtime-tools, validation/hooks_stdin.
        let made = HookState(launch: launch, status: .created, pid: pid).state
        try Hooks.run(hooks?.prestart, named: "prestart", state: made)
        let state = HookState(launch: launch, status: .creating, pid: pid).state
        try Hooks.run(hooks?.createRuntime, named: "createRuntime", state: state)
        try tell(.go, "\(pid)")
        try expect(.ready)
    }

    /// Lets the program begin, and waits until it has.
    ///
    /// - Throws: `commandNotFound` or `notExecutable` where the kernel refuses the program; for a
    ///   launch that `startsAtOnce` whatever else failed, too.
    package mutating func start() throws(Problem) {
        try sendNetwork()
        try tell(.start)
        let (message, isUnread) = try receive()
        // A program that begins has read the word, and the socket closes with the exec.
        if message.isEmpty, !isUnread { return }
        throw Stumble.problem(message, program: program)
    }

    /// Gives the parent's end of the container's terminal to the caller; nil where it has none, or
    /// it
    /// was taken. There from `finish` on.
    package mutating func takeTerminal() -> Descriptor? {
        var taken: Descriptor? = nil
        swap(&taken, &terminal)
        return taken
    }

    /// Kills the process and reaps it: for a start that failed after `begin`.
    package consuming func abandon() {
        // It may have ended by itself, which is as good.
        _ = try? ProcessHandle(pid: pid, descriptor: pidfd.duplicate()).send(signal: 9)
        _ = try? Processes.reap(pid, waiting: true)
    }

    /// The namespaces that a launch with `showsNamespaces` hands out.
    package struct ShownNamespaces: ~Copyable {
        package let network: Descriptor
        package let user: Descriptor
    }

    /// Takes the child's network and user namespaces; it sends them before anything else.
    package func takeNamespaces() throws(Problem) -> ShownNamespaces {
        let message = try explaining("cannot hear from the container's first process") {
            () throws(KernelFault) in try Sockets.receive(from: channel, limit: 4096)
        }
        guard message.bytes.first == UInt8(ascii: "N"), message.descriptors.count == 2 else {
            for number in message.descriptors { Descriptor.drop(number) }
            throw Stumble.problem(message.bytes, program: program)
        }
        return ShownNamespaces(
            network: Descriptor(owning: message.descriptors[0]),
            user: Descriptor(owning: message.descriptors[1]))
    }

    private mutating func expect(_ milestone: LaunchPlan.Milestone) throws(Problem) {
        while true {
            let (message, _) = try receive()
            switch message.first {
            case milestone.rawValue: return
            case UInt8(ascii: "T"): continue
            default: throw Stumble.problem(message, program: program)
            }
        }
    }

    private func tell(_ milestone: LaunchPlan.Milestone, _ more: String = "") throws(Problem) {
        do {
            try Sockets.send([milestone.rawValue] + more.utf8, to: channel)
        } catch {
            // The child is gone; its last words may still wait in the socket.
            let words = try? Sockets.receive(from: channel, waiting: false).bytes
            guard error.isHangUp else {
                throw error.problem("cannot speak to the container's first process")
            }
            throw Stumble.problem(words ?? [], program: program)
        }
    }

    private mutating func receive() throws(Problem) -> (message: [UInt8], isUnread: Bool) {
        do {
            let message = try Sockets.receive(from: channel, limit: 4096)
            for number in message.descriptors {
                let descriptor = Descriptor(owning: number)
                if message.bytes.first == UInt8(ascii: "T") { terminal = consume descriptor }
            }
            return (message.bytes, message.isReset)
        } catch {
            // A child killed with unread words resets the socket instead of closing it.
            guard error.isHangUp else {
                throw error.problem("cannot hear from the container's first process")
            }
            return ([], true)
        }
    }
}

extension LaunchPlan.Milestone {
    /// Tells the child, which may have ended: what it said is heard next.
    func send(_ descriptors: [CInt] = [], to channel: borrowing Descriptor) throws(KernelFault) {
        do throws(KernelFault) {
            try Sockets.send([rawValue], descriptors: descriptors, to: channel)
        } catch  where error.isHangUp {
        }
    }
}
