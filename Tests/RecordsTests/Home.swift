import Kernel
import Records

/// A data and a run-time directory of a test's own, removed when the test ends.
final class Home {
    let path: String
    var data: String { path + "/data" }
    var run: String { path + "/run" }

    init() throws {
        path = "/tmp/martlet-test-" + String(UInt64.random(in: 0 ... .max), radix: 36)
        _ = try Files.ensureDirectory(path)
    }

    deinit {
        guard let tmp = try? Files.open("/tmp", [.read, .directory]) else { return }
        try? Files.removeTree(at: tmp, String(path.dropFirst(5)))
    }

    func ledger() throws -> Ledger { try Ledger.open(data: data, run: run) }
}
