package import Base
import Glibc

extension FileView {
    /// The files of this machine; a file larger than a configuration may be is refused.
    package static let disk = FileView(read: readFile, names: listDirectory)
}

private func readFile(_ path: String) throws(Problem) -> [UInt8]? {
    do {
        return try Files.read(path, limit: Limits.configurationBytes)
    } catch {
        if error.number == ENOENT || error.number == ENOTDIR { return nil }
        throw error.problem("cannot read \"\(path)\"")
    }
}

private func listDirectory(_ path: String) throws(Problem) -> [String] {
    do {
        return try Files.names(in: Files.open(path, [.read, .directory]))
    } catch {
        if error.number == ENOENT || error.number == ENOTDIR { return [] }
        throw error.problem("cannot list \"\(path)\"")
    }
}
