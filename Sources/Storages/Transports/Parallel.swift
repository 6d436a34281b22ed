import Base
import Kernel

/// Doing several pieces of one work at the same time, each in a process of its own.
///
/// A thread would do as well, but a process with threads may not enter namespaces; see the first
/// law in CONTRIBUTING.md.
enum Parallel {
    /// Returns what `body` makes of 0 ..< count, in that order.
    ///
    /// A process that has threads already does one after the other, as no copy of it could be
    /// trusted.
    ///
    /// What `body` changes besides files is lost where there is more than one piece.
    ///
    /// - Throws: what a piece threw; pieces that had not begun by then are left out.
    static func map<Value: Codable>(
        _ count: Int, _ body: (Int) throws(Problem) -> Value
    ) throws(Problem) -> [Value] {
        let workers = min(count, Limits.parallelLayers)
        guard workers > 1, Tasks.isSingle else {
            var values: [Value] = []
            for number in 0..<count { values.append(try body(number)) }
            return values
        }
        // Whoever is free takes the next number out of the pipe.
        let queue = try explaining("cannot make a pipe") { () throws(KernelFault) in
            let ends = try Descriptor.pipe().ends()
            let writing = Descriptor(owning: ends.writing)
            try writing.writeAll((0..<count).map { UInt8($0) })
            try writing.close()
            return SharedDescriptor(owning: ends.reading)
        }
        var running: [Worker] = []
        for _ in 0..<workers { running.append(try start(queue, body)) }
        var found: [Int: Value] = [:]
        var failure: Problem?
        for worker in running {
            do throws(Problem) {
                let report: Report<Value> = try worker.report()
                for part in report.parts { found[part.number] = part.value }
                failure = failure ?? report.problem
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return try (0..<count).mapTyped { (number) throws(Problem) in
            guard let value = found[number] else { throw silence }
            return value
        }
    }

    private struct Report<Value: Codable>: Codable {
        struct Part: Codable {
            var number: Int
            var value: Value
        }
        var parts: [Part] = []
        var problem: Problem?
    }

    private static let silence = Problem(
        .helper, "a process that packs or unpacks layers ended without an answer",
        next: "try again; if it happens again, look whether memory is scarce")

    private struct Worker {
        let pid: Int32
        let answer: SharedDescriptor

        func report<Value: Codable>() throws(Problem) -> Report<Value> {
            let bytes = try explaining("cannot hear from a process of ours") {
                () throws(KernelFault) in try answer.descriptor.readAll(limit: 16 << 20)
            }
            // Its answer is all that counts.
            _ = try? Processes.reap(pid, waiting: true)
            guard !bytes.isEmpty else { throw silence }
            return try JSON(parsing: bytes, name: "report").decode(
                Report<Value>.self, name: "report")
        }
    }

    private static func start<Value: Codable>(
        _ queue: SharedDescriptor, _ body: (Int) throws(Problem) -> Value
    ) throws(Problem) -> Worker {
        let pipe = try explaining("cannot make a pipe") { () throws(KernelFault) in
            try Descriptor.pipe()
        }
        let child = try explaining("cannot start a process") { () throws(KernelFault) in
            try Clone.process()
        }
        if child.pid == 0 { work(queue, pipe.writing, body) }
        let ends = pipe.ends()
        _ = Descriptor(owning: ends.writing)
        return Worker(pid: child.pid, answer: SharedDescriptor(owning: ends.reading))
    }

    /// The child's half; it never comes back.
    private static func work<Value: Codable>(
        _ queue: SharedDescriptor, _ answer: borrowing Descriptor,
        _ body: (Int) throws(Problem) -> Value
    ) {
        var report = Report<Value>()
        do throws(Problem) {
            try explaining("cannot begin") { () throws(KernelFault) in
                try Processes.endWithParent(signal: 9)
            }
            while let number = next(in: queue) {
                report.parts.append(.init(number: number, value: try body(number)))
            }
        } catch {
            report.problem = error
            // Nobody begins with what is of no use any more.
            while next(in: queue) != nil {}
        }
        // A parent that no longer listens is gone; there is nobody left to tell.
        try? answer.writeAll(JSON(encoding: report).bytes())
        Processes.end(code: 0)
    }

    private static func next(in queue: SharedDescriptor) -> Int? {
        (try? queue.descriptor.read(upTo: 1))?.first.map { Int($0) }
    }
}

extension Range<Int> {
    fileprivate func mapTyped<Value>(_ body: (Int) throws(Problem) -> Value) throws(Problem)
        -> [Value]
    {
        var values: [Value] = []
        for number in self { values.append(try body(number)) }
        return values
    }
}
