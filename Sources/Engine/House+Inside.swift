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
        let standing = try standingNamespace()
        let pipe = try explaining("cannot make a pipe") { () throws(KernelFault) in
            try Descriptor.pipe()
        }
        let child = try explaining("cannot start a process in the user namespace") {
            () throws(KernelFault) in try Clone.process()
        }
        if child.pid == 0 { answer(pipe.writing, from: standing.descriptor, body) }
        let ends = pipe.ends()
        _ = Descriptor(owning: ends.writing)
        let reading = Descriptor(owning: ends.reading)
        let bytes = try explaining("cannot hear from the process in the user namespace") {
            () throws(KernelFault) in try reading.readAll(limit: 64 << 20)
        }
        // Its answer is all that counts.
        _ = try? Processes.reap(child.pid, waiting: true)
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

    /// The child's half: joins, works, answers, and ends the process; it never comes back.
    private func answer<Value: Codable>(
        _ writing: borrowing Descriptor, from namespace: borrowing Descriptor,
        _ body: () throws(Problem) -> Value
    ) {
        let answer: Answer<Value>
        do throws(Problem) {
            try explaining("cannot enter the user namespace") { () throws(KernelFault) in
                try Processes.endWithParent(signal: 9)
                try Namespaces.enter(namespace, .user)
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

private struct Nothing: Codable {}

private enum Answer<Value: Codable>: Codable {
    case value(Value)
    case problem(Problem)
}
