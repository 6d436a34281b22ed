package import Base
import Kernel
import Specs

/// The images of another store of ours, which is read and never changed: nothing in it is locked or
/// made, so that it may lie on a read-only file system.
///
/// A store that is at rest has all its records in one file, as each change of images ends with the
/// log written back; that file is read as it is, and whether it stayed so is looked at after each
/// reading. One with a log (`store.db-wal`) is read by SQLite's own rules, which take a lock.
package final class OtherImages {
    /// The store's directory.
    package let path: String
    private var opened: (database: Database, state: State)

    /// What tells whether the files of a database have changed.
    private struct State: Equatable {
        var file: FileStatus
        /// Bytes of the log.
        var log: Int64
    }

    /// Opens the records of the store in `path`.
    ///
    /// - Throws: what keeps them from being read, in words about this store.
    package init(path: String) throws(Problem) {
        self.path = path
        opened = try OtherImages.open(path)
    }

    private static func open(_ path: String) throws(Problem) -> (Database, State) {
        let state = try state(path)
        let database = try Database(reading: path + "/store.db", isStill: state.log == 0)
        do throws(Problem) {
            try Schema.check(reading: database)
        } catch {
            guard state.log > 0, error.code == .noPermission else { throw error }
            throw Problem(
                .wrongState, error.what,
                why: "its log holds changes, and reading them takes writing beside it",
                next: "let its owner write them back: martlet --root \(path) system check --quick")
        }
        return (database, state)
    }

    private static func state(_ path: String) throws(Problem) -> State {
        try explaining("cannot look at \"\(path)/store.db\"") { () throws(KernelFault) in
            let log = try? Files.status(path + "/store.db-wal")
            return State(file: try Files.status(path + "/store.db"), log: log?.size ?? 0)
        }
    }

    /// Reads until nothing has changed meanwhile.
    private func reading<Result>(_ body: (ImageTable) throws(Problem) -> Result) throws(Problem)
        -> Result
    {
        for _ in 0..<8 {
            if try OtherImages.state(path) != opened.state { opened = try OtherImages.open(path) }
            let answer: Result?
            var problem: Problem?
            do throws(Problem) {
                answer = try body(ImageTable(database: opened.database))
            } catch {
                (answer, problem) = (nil, error)
            }
            if try OtherImages.state(path) == opened.state {
                if let answer { return answer }
                throw problem ?? changing
            }
        }
        throw changing
    }

    private var changing: Problem {
        Problem(
            .wrongState, "cannot read the image store \"\(path)\"",
            why: "it is being changed again and again", next: "wait until that has ended")
    }

    /// What another store says is not trusted: ids become names of directories here (T-NAME).
    private func here(_ image: ImageRecord) -> ImageRecord? {
        guard image.layers.allSatisfy(LayerRecord.isID) else { return nil }
        var image = image
        image.store = path
        return image
    }

    func images(withDocuments: Bool) throws(Problem) -> [ImageRecord] {
        try reading { (table) throws(Problem) in try table.images(withDocuments: withDocuments) }
            .compactMap(here)
    }

    func image(named name: String) throws(Problem) -> ImageRecord? {
        try reading { (table) throws(Problem) in try table.image(named: name) }.flatMap(here)
    }

    func image(id: String) throws(Problem) -> ImageRecord? {
        try reading { (table) throws(Problem) in try table.image(id: id) }.flatMap(here)
    }

    func images(idPrefix prefix: String) throws(Problem) -> [ImageRecord] {
        try reading { (table) throws(Problem) in try table.images(idPrefix: prefix) }.compactMap(
            here)
    }

    func images(digest: String) throws(Problem) -> [ImageRecord] {
        try reading { (table) throws(Problem) in try table.images(digest: digest) }.compactMap(here)
    }

    func layers() throws(Problem) -> [LayerRecord] {
        try reading { (table) throws(Problem) in try table.layers() }.filter(\.isSound)
    }

    func layer(id: String) throws(Problem) -> LayerRecord? {
        guard let layer = try reading({ (table) throws(Problem) in try table.layer(id: id) }),
            layer.id == id, layer.isSound
        else { return nil }
        return layer
    }
}
