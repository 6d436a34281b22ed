import Base
import Engine
import Glibc
import Kernel
import Records
import Specs
import Testing

/// Goal: a call refused, wherever it falls, is named, leaks nothing and leaves nothing half-made.
/// Method: refuse call 0, 1, 2, … of a job until it gets through with none refused.
@Suite(.serialized) struct RefusalTests {
    @Test func everyRefusalIsNamed() throws {
        var refused: [String] = []
        let survived = try Refusing.eachCall(with: EMFILE) {
            let outer = try Files.open("/", [.read, .directory])
            let inner = try Files.open("/proc", [.read, .directory])
            _ = (outer.number, inner.number)
        } after: { error in
            if let error { refused.append("\(error)") }
        }
        #expect(survived == 2)
        #expect(refused == ["open(/) failed with EMFILE", "open(/proc) failed with EMFILE"])
    }

    /// F-22: a reader finds the old content or the new, and no draft stays.
    @Test(arguments: [ENOSPC, EIO, EMFILE])
    func aFileIsTheOldOneOrTheNew(_ number: CInt) throws {
        let ground = try Ground()
        let directory = try Files.ensureDirectory(ground.path + "/d")
        let old = Array("old".utf8)
        let new = Array("new content".utf8)
        var failures = 0
        let calls = try Refusing.eachCall(with: number) {
            try Files.replace(at: directory, "f", with: old)
            try Files.replace(at: directory, "f", with: new, durable: true)
        } after: { error in
            failures += error == nil ? 0 : 1
            #expect(try Files.names(in: directory).allSatisfy { $0 == "f" })
            if Files.exists(ground.path + "/d/f") {
                let found = try Files.read(ground.path + "/d/f", limit: 100)
                #expect(found == old || found == new)
            }
            #expect(try ground.openFiles() == 1)
        }
        #expect(calls > 6 && failures > 6)
    }

    /// F-01: a name that could not be taken in full is free.
    @Test(arguments: [ENOSPC, EACCES, EMFILE])
    func aNameIsTakenOrFree(_ number: CInt) throws {
        let ground = try Ground()
        let ledger = try Ledger.open(data: ground.path + "/data", run: ground.path + "/run")
        let name = try ObjectName("web", of: "container")
        let id = String(repeating: "a", count: 64)
        // What is made once and stays.
        try ledger.reserve(name: name, id: id)
        try ledger.release(name: "web", id: id)
        var failures = 0
        _ = try Refusing.eachCall(with: number) {
            try ledger.reserve(name: name, id: id)
        } after: { error in
            if error == nil { return try ledger.release(name: "web", id: id) }
            failures += 1
            #expect(try ground.names("run/names") == [])
            #expect(try ground.names("run/containers") == [])
            #expect(error.map { "\($0)" }?.contains("failed with") == true)
        }
        #expect(failures > 4)
    }

    /// A container that could not be made leaves neither name, record nor directory.
    @Test(arguments: [ENOSPC, EACCES, EMFILE])
    func aContainerIsMadeOrNothingIsLeft(_ number: CInt) throws {
        let ground = try Ground()
        let house = try House(data: ground.path + "/data", run: ground.path + "/run")
        let ledger = try house.ledger()
        var spec = ContainerSpec()
        spec.name = "web"
        spec.rootDirectory = .init(path: "/")
        spec.life.remove = true
        // What is made once and stays.
        let first = try make(spec, house, ledger)
        try house.remove(first, ledger: ledger, options: RemoveOptions())
        var failures = 0
        _ = try Refusing.eachCall(with: number) {
            _ = try make(spec, house, ledger)
        } after: { error in
            if error == nil {
                // A call that was not needed may have been refused: all is made.
                let made = try ledger.find("web")
                return try house.remove(made, ledger: ledger, options: RemoveOptions())
            }
            failures += 1
            for place in ["run/names", "run/containers", "data/containers"] {
                #expect(try ground.names(place) == [], "\(place) after \(error.map { "\($0)" } ?? "")")
            }
        }
        #expect(failures > 8)
    }

    private func make(_ spec: ContainerSpec, _ house: House, _ ledger: Ledger) throws(Problem)
        -> ContainerRecord
    {
        try Undo.guarding { (undo) throws(Problem) in
            try house.create(spec, image: nil, ledger: ledger, undo: &undo)
        }
    }

    /// A tree whose removal was stopped is removed by the next try.
    @Test func removalCanBeRepeated() throws {
        let ground = try Ground()
        let top = try Files.ensureDirectory(ground.path)
        _ = try Refusing.eachCall(with: EMFILE) {
            _ = try Files.ensureDirectory(ground.path + "/tree/a/b")
            try Files.open(ground.path + "/tree/a/file", [.write, .create]).writeAll("x")
            try Files.removeTree(at: top, "tree")
        } after: { error in
            try Files.removeTree(at: top, "tree")
            #expect(!Files.exists(ground.path + "/tree"))
            #expect(try ground.openFiles() == 1)
        }
    }

    /// T-FD-1: what was opened for a program that could not be started is closed again.
    @Test func aProgramStartsOrNothingStaysOpen() throws {
        let ground = try Ground()
        let file = try Files.open(ground.path + "/f", [.write, .create])
        var refused: Set<String> = []
        _ = try Refusing.eachCall(with: EMFILE) {
            var spawn = Spawn("/bin/true", ["true"])
            spawn.descriptors = [.init(file, as: 1), .init(file, as: 3)]
            let end = try spawn.start().wait()
            #expect(end == .code(0))
        } after: { error in
            if let fault = error as? KernelFault { refused.insert(fault.call) }
            let open = try ground.openFiles()
            #expect(open == 1)
        }
        #expect(refused.isSuperset(of: ["fcntl", "posix_spawn"]))
    }
}

/// Refuses the calls of a job one after the other.
enum Refusing {
    /// - Parameter after: told how each try ended; nil where the job got through.
    /// - Returns: the number of calls the job makes.
    static func eachCall(
        with number: CInt, _ job: () throws -> Void, after: ((any Error)?) throws -> Void
    ) throws -> Int {
        for count in 0..<5000 {
            var refusal: (any Error)?
            var isReached = true
            do {
                isReached = try Gate.refusing(call: count, with: number, job).reached
            } catch {
                refusal = error
            }
            try after(refusal)
            if refusal == nil, !isReached { return count }
        }
        Issue.record("the job never gets through")
        return 5000
    }
}

/// A directory of a test's own, removed when the test ends.
final class Ground {
    let path: String

    init() throws {
        path = "/tmp/martlet-fault-" + String(UInt64.random(in: 0 ... .max), radix: 36)
        _ = try Files.ensureDirectory(path)
    }

    deinit {
        guard let parent = try? Files.open("/tmp", [.read, .directory]) else { return }
        try? Files.removeTree(at: parent, String(path.dropFirst(5)))
    }

    func names(_ place: String) throws -> [String] {
        try Files.names(in: Files.open("\(path)/\(place)", [.read, .directory]))
    }

    /// How many descriptors of this process lead into the directory.
    func openFiles() throws -> Int {
        let directory = try Files.open("/proc/self/fd", [.read, .directory])
        return try Files.names(in: directory).count {
            (try? Files.target(at: directory, $0))?.hasPrefix(path) == true
        }
    }
}
