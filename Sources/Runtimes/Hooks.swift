package import Base
import Kernel
package import Specs

/// The programs that a configuration runs at points of a container's life.
///
/// See runtime-spec config.md, "POSIX-platform Hooks".
package enum Hooks {
    /// Runs hooks one after another in the caller's namespaces.
    ///
    /// - Throws: a Problem for the first that fails, cannot be run or takes too long.
    package static func run(_ hooks: [RuntimeConfig.Hook]?, named name: String, state: RuntimeState)
        throws(Problem)
    {
        for hook in hooks ?? [] {
            do {
                try run(
                    hook, state: JSON(encoding: state).text(), files: Files(state.annotations))
            } catch {
                throw Problem(
                    .helper, "\"\(hook.path)\" as \(name) hook \(error.hookReason)",
                    next: "run it by hand with the container's state on its standard input")
            }
        }
    }

    /// Where the output of hooks goes, by annotations that crun has brought into the world.
    struct Files {
        var output: String?
        var error: String?

        init(_ annotations: [String: String]? = nil) {
            output = annotations?["run.oci.hooks.stdout"]
            error = annotations?["run.oci.hooks.stderr"]
        }

        static func open(_ path: String?) throws(KernelFault) -> Descriptor? {
            guard let path else { return nil }
            return try Kernel.Files.open(
                path, [.write, .create, .append, .noTerminal], permissions: 0o600)
        }
    }

    /// Runs every hook whatever becomes of the others, and returns what went wrong.
    static func runAll(
        _ hooks: [RuntimeConfig.Hook]?, named name: String, state: RuntimeState
    ) -> [Problem] {
        var problems: [Problem] = []
        for hook in hooks ?? [] {
            do { try run([hook], named: name, state: state) } catch { problems.append(error) }
        }
        return problems
    }

    static func run(_ hook: RuntimeConfig.Hook, state: String, files: Files = Files())
        throws(KernelFault)
    {
        guard hook.path.hasPrefix("/") else {
            throw KernelFault.refusal("has no absolute path", 22)
        }
        let input = try MemoryFile.sealed(Array(state.utf8), name: "state")
        var spawn = Spawn(hook.path, hook.args ?? [hook.path])
        spawn.environment =
            hook.env ?? Caller.present().environment.map { "\($0.key)=\($0.value)" }
        spawn.descriptors = [Spawn.Handing(input, as: 0)]
        let output = try Files.open(files.output)
        let error = try Files.open(files.error)
        switch output {
        case .some(let file): spawn.descriptors.append(Spawn.Handing(file, as: 1))
        case .none: spawn.descriptors.append(.standard(1))
        }
        switch error {
        case .some(let file): spawn.descriptors.append(Spawn.Handing(file, as: 2))
        case .none: spawn.descriptors.append(.standard(2))
        }
        let process = try spawn.start()
        if let seconds = hook.timeout {
            guard try process.hasEnded(within: seconds * 1000) else {
                try? process.send(signal: 9)
                _ = try process.wait()
                throw KernelFault.refusal("ran for more than \(seconds) seconds", 110)
            }
        }
        switch try process.wait() {
        case .code(0): return
        case .code(let code):
            throw KernelFault.refusal("failed with exit code \(code)", 125)
        case .signal(let number):
            throw KernelFault.refusal("was killed by signal \(number)", 125)
        }
    }
}

/// What a hook reads on its standard input.
struct HookState {
    let state: RuntimeState
    var text: String { JSON(encoding: state).text() }

    init(launch: borrowing Launch, status: RuntimeState.Status, pid: Int32) {
        var state = RuntimeState(id: launch.id, status: status, pid: pid, bundle: launch.bundle)
        state.annotations = launch.config.annotations
        self.state = state
    }
}

extension KernelFault {
    /// The fault as what a hook did.
    var hookReason: String {
        call == KernelFault.refusalCall ? subject : "could not be run: \(self)"
    }

    /// The fault as a reason: our own refusals in their own words.
    var reason: String { call == KernelFault.refusalCall ? subject : "\(self)" }
}
