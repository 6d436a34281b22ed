import Kernel

/// A directory of a test's own, removed with all in it when the test ends.
final class Place {
    let path: String
    let directory: SharedDescriptor

    init(_ name: String = #function) throws {
        let plain = name.filter { $0.isLetter }
        path = "/tmp/martlet-test-\(plain)-\(Processes.own)-\(Clock.monotonic())"
        directory = SharedDescriptor(try Files.ensureDirectory(path))
    }

    deinit {
        guard let parent = try? Files.open("/tmp", [.read, .directory]) else { return }
        try? Files.removeTree(at: parent, String(path.dropFirst(5)))
    }

    func text(_ name: String) throws -> String {
        String(decoding: try Files.read("\(path)/\(name)", limit: 1 << 26), as: UTF8.self)
    }

    func bytes(_ name: String) throws -> [UInt8] {
        try Files.read("\(path)/\(name)", limit: 1 << 28)
    }
}
