package import Base
import Kernel

/// What is known: images, layers, volumes and lasting containers in a database below the data
/// directory; containers that end with the session as files below the run-time directory.
///
/// Every change is one transaction, acknowledged only when it survives a power cut (WAL with
/// synchronous=FULL). The database is opened at its first use: a verb that needs only a running
/// container's id never pays for it.
package final class Ledger {
    let data: Descriptor
    let run: Descriptor
    /// Whether the run-time directory was made, or found bare, by this opening.
    package private(set) var isRunNew = false
    private let dataPath: String
    private var opened: Database?
    /// Opens the records of other stores. Asked when something is not among one's own, or all is
    /// listed.
    package var openOthers: () throws(Problem) -> [OtherImages] = { [] }
    /// Told of another store whose records turn out to be damaged.
    package var tellOfOther: (_ path: String, _ problem: Problem) -> Void = { _, _ in }
    private var openedOthers: [OtherImages]?
    /// Whether a change of several records is under way, and whose maker's marks go with its end.
    var isTogether = false
    var unmarked: [String] = []

    /// Opens the records of one user, making the two directories where they are missing (0700).
    package static func open(data: String, run: String) throws(Problem) -> Ledger {
        let dataDirectory = try explaining("cannot open the data directory \"\(data)\"") {
            () throws(KernelFault) in try Files.ensureDirectory(data)
        }
        let runDirectory = try explaining("cannot open the run-time directory \"\(run)\"") {
            () throws(KernelFault) in try Files.ensureDirectory(run)
        }
        let ledger = Ledger(data: dataDirectory, run: runDirectory, dataPath: data)
        try ledger.forgetOlderBoots()
        return ledger
    }

    private init(data: consuming Descriptor, run: consuming Descriptor, dataPath: String) {
        self.data = data
        self.run = run
        self.dataPath = dataPath
    }

    /// The open database, of this schema.
    func database() throws(Problem) -> Database {
        if let opened { return opened }
        // Opening writes too: the files of the log (F-23).
        let database = try makingRoom { () throws(Problem) in try openDatabase() }
        opened = database
        return database
    }

    /// Asks the other stores, one after the other, until one has the answer.
    ///
    /// One that cannot answer is told of and left alone from then on: what is wrong with another
    /// store keeps nobody from one's own.
    func askOthers<Answer>(_ body: (OtherImages) throws(Problem) -> Answer?) throws(Problem)
        -> Answer?
    {
        if openedOthers == nil { openedOthers = try openOthers() }
        for other in openedOthers ?? [] {
            do throws(Problem) {
                if let answer = try body(other) { return answer }
            } catch {
                openedOthers?.removeAll { $0 === other }
                tellOfOther(other.path, error)
            }
        }
        return nil
    }

    /// Gathers what all other stores have.
    func gatherFromOthers<Part>(_ body: (OtherImages) throws(Problem) -> [Part]) throws(Problem)
        -> [Part]
    {
        var parts: [Part] = []
        let _: Never? = try askOthers { (other) throws(Problem) in
            parts += try body(other)
            return nil
        }
        return parts
    }

    private func openDatabase() throws(Problem) -> Database {
        var isNew = false
        try explaining("cannot make the store's database in \"\(dataPath)\"") {
            () throws(KernelFault) in
            // SQLite would make it readable for others (T-PERM-1); its log gets the same mode.
            if try Files.statusIfPresent(at: data, "store.db") != nil { return }
            isNew = true
            _ = try Files.open(at: data, "store.db", [.readWrite, .create], permissions: 0o600)
        }
        let database = try Database(path: dataPath + "/store.db")
        try Schema.settle(database, path: dataPath + "/store.db")
        if isNew { keepBallast() }
        return database
    }

    /// Checks the database page by page, and each row against those it names.
    ///
    /// - Returns: what is wrong, in words; empty where nothing is.
    package func check() throws(Problem) -> [String] {
        let database = try database()
        let pages = try database.query("PRAGMA integrity_check(20)") { $0.text(0) }
        let rows = try database.query("PRAGMA foreign_key_check") {
            "a row of \($0.text(0)) names a missing row of \($0.text(2))"
        }
        // Then the file alone is whole, as those need who may only read it.
        database.checkpoint()
        return pages.filter { $0 != "ok" } + rows
    }

    /// Clears a run-time directory that outlived its boot: nothing in it runs any more (F-20).
    private func forgetOlderBoots() throws(Problem) {
        try explaining("cannot read the run-time directory") { () throws(KernelFault) in
            let text = try Files.readText("/proc/sys/kernel/random/boot_id", limit: 256)
            let boot = String(text.prefix { $0 != "\n" })
            do throws(KernelFault) {
                if try Files.target(at: run, "boot") == boot { return }
            } catch  where !error.isAbsence {
                throw error
            } catch {
                // A directory without the mark is a new one.
                do throws(KernelFault) {
                    try Files.link(at: run, "boot", to: boot)
                    isRunNew = true
                    return
                } catch  where error.isPresence {
                    return
                }
            }
            try Files.removeTree(at: run, "names")
            try Files.removeTree(at: run, "containers")
            try Files.remove(at: run, "boot")
            try Files.link(at: run, "boot", to: boot)
        }
    }
}
