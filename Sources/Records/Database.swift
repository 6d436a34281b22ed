package import Base
import CSQLite

/// One SQLite file, spoken to in statements with bound values.
///
/// All of the house's use of the C library is in this file. The connection belongs to one thread
/// (NOMUTEX). It is not closed when the program ends: closing would write the log back into the
/// file at every command's expense, and the log is complete without it.
@safe package final class Database {
    // Safety: the pointer is valid from init to deinit and never leaves this file.
    private let connection: OpaquePointer
    private let path: String
    private var prepared: [String: OpaquePointer] = unsafe [:]
    private var depth = 0
    /// SQLite's code of the last statement that failed.
    private var lastFailure: Int32 = SQLITE_OK
    /// How long a statement waits for other programs, in milliseconds.
    private static let waiting: Int32 = 30_000
    /// How many pages of log a commit may leave behind.
    private static let longestLog: Int32 = 64

    /// A value that goes into a statement or comes out of a row.
    package enum Value: Equatable, Sendable {
        case integer(Int64)
        case text(String)
        case bytes([UInt8])
        case null

        /// Null where there is no text.
        package init(_ text: String?) { self = text.map { .text($0) } ?? .null }
        /// Null where there is no number.
        package init(_ number: Int64?) { self = number.map { .integer($0) } ?? .null }
        package init(_ truth: Bool) { self = .integer(truth ? 1 : 0) }
    }

    /// Opens the file, which is made where there is none.
    package init(path: String) throws(Problem) {
        self.path = path
        var handle: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        let code = unsafe sqlite3_open_v2(path, &handle, flags, nil)
        guard code == SQLITE_OK, let handle = unsafe handle else {
            let problem = unsafe Database.problem(code, path, handle, "open")
            unsafe sqlite3_close(handle)
            throw problem
        }
        unsafe connection = handle
        unsafe sqlite3_busy_timeout(handle, Database.waiting)
        unsafe sqlite3_extended_result_codes(handle, 1)
        unsafe _ = csqlite_never_checkpoint_on_close(handle)
        unsafe Database.keepLogShort(handle)
    }

    /// Opens a file that is only read.
    ///
    /// - Parameter isStill: nobody changes it while it is open, and its log is empty: then nothing
    ///   is locked, and nothing is made beside it. See SQLite's documentation of URI filenames,
    ///   "immutable".
    package init(reading path: String, isStill: Bool) throws(Problem) {
        self.path = path
        var handle: OpaquePointer?
        let flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX
        let escapes: [Character: String] = ["%": "%25", "?": "%3f", "#": "%23"]
        let name = path.map { escapes[$0] ?? String($0) }.joined()
        let code = unsafe sqlite3_open_v2(
            "file:\(name)" + (isStill ? "?immutable=1" : ""), &handle, flags, nil)
        guard code == SQLITE_OK, let handle = unsafe handle else {
            let problem = unsafe Database.problem(code, path, handle, "read")
            unsafe sqlite3_close(handle)
            throw problem
        }
        unsafe connection = handle
        unsafe sqlite3_busy_timeout(handle, Database.waiting)
        unsafe sqlite3_extended_result_codes(handle, 1)
    }

    deinit {
        unsafe prepared.values.forEach { unsafe _ = sqlite3_finalize($0) }
        unsafe sqlite3_close(connection)
    }

    /// Runs a statement that returns no rows, and returns how many rows it changed.
    @discardableResult
    package func run(_ sql: String, _ values: Value...) throws(Problem) -> Int {
        _ = try rows(sql, values) { _ in }
        return Int(unsafe sqlite3_changes(connection))
    }

    /// Runs several statements that need no values.
    package func script(_ sql: String) throws(Problem) {
        let code = unsafe sqlite3_exec(connection, sql, nil, nil, nil)
        if code != SQLITE_OK { throw problem(code, "change") }
    }

    /// Runs a query and returns what `make` makes of each row.
    package func query<Element>(
        _ sql: String, _ values: Value..., make: (Row) throws(Problem) -> Element
    ) throws(Problem) -> [Element] {
        try rows(sql, values, make)
    }

    /// Runs `body` with all its changes done or none; begins as a writer, so it never must start
    /// over.
    package func transaction<Result>(_ body: () throws(Problem) -> Result) throws(Problem) -> Result
    {
        if depth > 0 { return try body() }
        try script("BEGIN IMMEDIATE")
        depth += 1
        defer { depth -= 1 }
        do {
            lastFailure = SQLITE_OK
            let result = try body()
            try script("COMMIT")
            return result
        } catch {
            let failure = lastFailure
            // SQLite may have rolled back already, and then this says so; the first error counts.
            try? script("ROLLBACK")
            voidRefusedCommit(failure)
            throw error
        }
    }

    /// Takes back what a refused commit may have left in the log (F-19).
    ///
    /// A commit whose fsync fails is not done, yet its pages may stand in the log in full: this
    /// connection knows better, but the next program to open the file reads the log anew and would
    /// find it done, while whoever asked for it has taken everything else back. A commit that
    /// changes nothing writes over the first of those pages, and the rest no longer fits to it.
    private func voidRefusedCommit(_ code: Int32) {
        guard code & 0xFF == SQLITE_IOERR || code & 0xFF == SQLITE_FULL else { return }
        depth += 1
        defer { depth -= 1 }
        // A disk that refuses this too has been named by the error that is under way.
        guard
            let version = try? query("PRAGMA user_version", make: { $0.integer(0) }).first
        else { return }
        try? script("PRAGMA user_version = \(version)")
    }

    /// Writes the log back into the file and empties it, unless another program reads just now.
    ///
    /// After a change that took long anyway, so that the next openings find no log to read.
    package func checkpoint() {
        // Nothing is lost where it cannot be done: the log stays as it is.
        unsafe _ = sqlite3_wal_checkpoint_v2(connection, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
    }

    /// After a commit that leaves a long log behind, writes it back and empties it.
    ///
    /// Whoever opens the file alone reads the whole log first, and SQLite's own automatic
    /// checkpoint never empties it for programs that commit once and end: the next one reads the
    /// log, forgets what had been written back, and appends. So it is emptied here, without
    /// waiting for a reader; with one it is left to a later commit.
    private static func keepLogShort(_ handle: OpaquePointer) {
        unsafe _ = sqlite3_wal_hook(
            handle,
            { _, handle, _, pages in
                guard pages >= Database.longestLog else { return SQLITE_OK }
                unsafe sqlite3_busy_timeout(handle, 0)
                // What cannot be done now is done after a later commit.
                unsafe _ = sqlite3_wal_checkpoint_v2(
                    handle, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
                unsafe sqlite3_busy_timeout(handle, Database.waiting)
                return SQLITE_OK
            }, nil)
    }

    /// One row of a result, valid inside the closure it is given to.
    @safe package struct Row {
        // Safety: only made in `rows`, which keeps the statement alive while the closure runs.
        fileprivate let statement: OpaquePointer

        package func integer(_ column: Int32) -> Int64 {
            unsafe sqlite3_column_int64(statement, column)
        }

        package func flag(_ column: Int32) -> Bool { integer(column) != 0 }

        package func isNull(_ column: Int32) -> Bool {
            unsafe sqlite3_column_type(statement, column) == SQLITE_NULL
        }

        package func bytes(_ column: Int32) -> [UInt8] {
            guard let start = unsafe sqlite3_column_blob(statement, column) else { return [] }
            let count = Int(unsafe sqlite3_column_bytes(statement, column))
            return unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
        }

        package func text(_ column: Int32) -> String {
            String(decoding: bytes(column), as: UTF8.self)
        }

        /// The text, or nil for null.
        package func optionalText(_ column: Int32) -> String? {
            isNull(column) ? nil : text(column)
        }
    }

    private func rows<Element>(
        _ sql: String, _ values: [Value], _ make: (Row) throws(Problem) -> Element
    ) throws(Problem) -> [Element] {
        let statement = unsafe try prepare(sql)
        defer { unsafe sqlite3_reset(statement) }
        for (index, value) in values.enumerated() {
            let code = unsafe bind(statement, Int32(index + 1), value)
            if code != SQLITE_OK { throw problem(code, "use") }
        }
        var elements: [Element] = []
        while true {
            let code = unsafe sqlite3_step(statement)
            if code == SQLITE_DONE { return elements }
            guard code == SQLITE_ROW else {
                let problem = problem(code, "use")
                unsafe sqlite3_reset(statement)
                if depth == 0 { voidRefusedCommit(code) }
                throw problem
            }
            elements.append(try make(unsafe Row(statement: statement)))
        }
    }

    private func prepare(_ sql: String) throws(Problem) -> OpaquePointer {
        if let statement = unsafe prepared[sql] { return unsafe statement }
        var statement: OpaquePointer?
        let code = unsafe sqlite3_prepare_v2(connection, sql, -1, &statement, nil)
        guard code == SQLITE_OK, let statement = unsafe statement else {
            throw problem(code, "use")
        }
        unsafe prepared[sql] = statement
        return unsafe statement
    }

    private func bind(_ statement: OpaquePointer, _ index: Int32, _ value: Value) -> Int32 {
        switch value {
        case .integer(let number): return unsafe sqlite3_bind_int64(statement, index, number)
        case .null: return unsafe sqlite3_bind_null(statement, index)
        case .text(let text):
            var text = text
            return text.withUTF8 {
                unsafe csqlite_bind_text(statement, index, $0.baseAddress, Int32($0.count))
            }
        case .bytes(let bytes):
            return unsafe bytes.withUnsafeBytes {
                unsafe csqlite_bind_blob(statement, index, $0.baseAddress, Int32($0.count))
            }
        }
    }

    private func problem(_ code: Int32, _ verb: String) -> Problem {
        lastFailure = code
        return unsafe Database.problem(code, path, connection, verb)
    }

    private static func problem(
        _ code: Int32, _ path: String, _ connection: OpaquePointer?, _ verb: String
    ) -> Problem {
        var why = unsafe String(cString: sqlite3_errstr(code))
        if let connection = unsafe connection {
            why = unsafe String(cString: sqlite3_errmsg(connection))
        }
        let what = "cannot \(verb) the store's database \"\(path)\""
        let full: [Int32] = [28, 122]  // ENOSPC, EDQUOT
        let isFull =
            unsafe code & 0xFF == SQLITE_IOERR && full.contains(sqlite3_system_errno(connection))
        switch code & 0xFF {
        case SQLITE_CORRUPT, SQLITE_NOTADB:
            return Problem(
                .badDocument, "the store's database \"\(path)\" is damaged", why: why,
                next: "move it and its -wal file away; layers and volumes stay, and "
                    + "\"martlet load\" or \"martlet pull\" finds them again")
        case _ where code & 0xFF == SQLITE_FULL || isFull:
            return Problem(
                .noSpace, what, why: "no space is left on the file system of \(path)",
                next: "free some space, for example with \"martlet image rm\"")
        case SQLITE_BUSY, SQLITE_LOCKED:
            return Problem(
                .timedOut, what, why: "another program has held its lock for 30 seconds",
                next: "find it with \"fuser \(path)\"")
        case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH, SQLITE_CANTOPEN:
            return Problem(.noPermission, what, why: why)
        case SQLITE_CONSTRAINT:
            return Problem(.nameInUse, what, why: why)
        default:
            return Problem(.kernel, what, why: why)
        }
    }
}
