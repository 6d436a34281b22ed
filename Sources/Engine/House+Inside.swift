package import Base
import Kernel

extension House {
    /// Does `body` in a process of its own that has joined the standing user namespace, where every
    /// id of the user's images exists.
    ///
    /// This process stays outside: what it starts later must not belong to the namespace.
    package func inside(_ body: () throws(Problem) -> Void) throws(Problem) {
        let _: Nothing = try inside { () throws(Problem) -> Nothing in
            try body()
            return Nothing()
        }
    }

    /// Does `body` in the standing user namespace and returns what it returned.
    package func inside<Value: Codable>(_ body: () throws(Problem) -> Value) throws(Problem)
        -> Value
    {
        if caller.uid == 0 { return try body() }
        return try begin(inside: body).answer()
    }

    /// Begins to do `body` in a process of its own in the standing user namespace; root, who has
    /// none, does it where he is.
    func begin<Value: Codable>(inside body: () throws(Problem) -> Value) throws(Problem)
        -> Inside<Value>
    {
        let standing = caller.uid == 0 ? nil : try standingNamespace()
        let pipe = try explaining("cannot make a pipe") { () throws(KernelFault) in
            try Descriptor.pipe()
        }
        let child = try explaining("cannot start a process in the user namespace") {
            () throws(KernelFault) in try Clone.process()
        }
        if child.pid == 0 { answer(pipe.writing, from: standing, body) }
        let ends = pipe.ends()
        _ = Descriptor(owning: ends.writing)
        return Inside(
            process: ProcessHandle(pid: child.pid, descriptor: Descriptor(owning: child.pidfd)),
            reading: SharedDescriptor(owning: ends.reading))
    }

    /// The child's half: joins, works, answers, and ends the process; it never comes back.
    private func answer<Value: Codable>(
        _ writing: borrowing Descriptor, from namespace: StandingNamespace?,
        _ body: () throws(Problem) -> Value
    ) {
        let answer: Answer<Value>
        do throws(Problem) {
            try explaining("cannot enter the user namespace") { () throws(KernelFault) in
                try Processes.endWithParent(signal: 9)
                if let namespace { try Namespaces.enter(namespace.descriptor, .user) }
            }
            answer = .value(try body())
        } catch {
            answer = .problem(error)
        }
        // A parent that no longer listens is gone; there is nobody left to tell.
        try? writing.writeAll(JSON(encoding: answer).bytes())
        Processes.end(code: 0)
    }
}

/// Work that a process in the user namespace does.
final class Inside<Value: Codable> {
    private let process: ProcessHandle
    /// Readable when there is an answer.
    let reading: SharedDescriptor

    init(process: consuming ProcessHandle, reading: SharedDescriptor) {
        self.process = process
        self.reading = reading
    }

    /// Waits for what came of it.
    func answer() throws(Problem) -> Value {
        let reading = reading
        let bytes = try explaining("cannot hear from the process in the user namespace") {
            () throws(KernelFault) in try reading.descriptor.readAll(limit: 64 << 20)
        }
        // Its answer is all that counts.
        _ = try? process.wait()
        guard !bytes.isEmpty else {
            throw Problem(.helper, "the process in the user namespace ended without an answer")
        }
        let answer = try JSON(parsing: bytes, name: "answer", limit: 64 << 20)
            .decode(Answer<Value>.self, name: "answer")
        switch answer {
        case .value(let value): return value
        case .problem(let problem): throw problem
        }
    }

    /// Gives it so many milliseconds to end by itself, and then ends it.
    func abandon(after milliseconds: Int) {
        // One that has ended already is as good; what it leaves is removed by the next sweep.
        if (try? process.hasEnded(within: milliseconds)) != true { try? process.send(signal: 9) }
        _ = try? process.wait()
    }
}

private struct Nothing: Codable {}

private enum Answer<Value: Codable>: Codable {
    case value(Value)
    case problem(Problem)
}
