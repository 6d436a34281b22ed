import Base
import Kernel

/// The functions of libsystemd this room uses, looked up in the library when first needed.
///
/// See sd-bus(3) and sd-journal(3). This is the one file of the room with unsafe code; all types in
/// it are wrapped by `Bus` and `JournalCursor` below.
@safe struct Library {
    typealias Handle = OpaquePointer
    typealias Make = @convention(c) (UnsafeMutablePointer<Handle?>) -> CInt
    typealias Use = @convention(c) (Handle) -> CInt
    typealias Free = @convention(c) (Handle) -> Handle?
    typealias SetText = @convention(c) (Handle, UnsafePointer<CChar>) -> CInt
    typealias NewCall =
        @convention(c) (
            Handle, UnsafeMutablePointer<Handle?>, UnsafePointer<CChar>?, UnsafePointer<CChar>,
            UnsafePointer<CChar>?, UnsafePointer<CChar>
        ) -> CInt
    typealias Call =
        @convention(c) (
            Handle, Handle, UInt64, UnsafeMutablePointer<UInt>, UnsafeMutablePointer<Handle?>
        ) -> CInt
    typealias FreeError = @convention(c) (UnsafeMutablePointer<UInt>) -> Void
    typealias Process = @convention(c) (Handle, UnsafeMutablePointer<Handle?>) -> CInt
    typealias Wait = @convention(c) (Handle, UInt64) -> CInt
    typealias Append = @convention(c) (Handle, CChar, UnsafeRawPointer) -> CInt
    typealias Container = @convention(c) (Handle, CChar, UnsafePointer<CChar>?) -> CInt
    typealias Peek =
        @convention(c) (
            Handle, UnsafeMutablePointer<CChar>, UnsafeMutablePointer<UnsafePointer<CChar>?>
        ) -> CInt
    typealias Read = @convention(c) (Handle, CChar, UnsafeMutableRawPointer) -> CInt
    typealias IsSignal =
        @convention(c) (Handle, UnsafePointer<CChar>?, UnsafePointer<CChar>?) -> CInt

    typealias OpenJournal = @convention(c) (UnsafeMutablePointer<Handle?>, CInt) -> CInt
    typealias Close = @convention(c) (Handle) -> Void
    typealias Match = @convention(c) (Handle, UnsafeRawPointer, Int) -> CInt
    typealias Number = @convention(c) (Handle, UInt64) -> CInt
    typealias Size = @convention(c) (Handle, Int) -> CInt
    typealias Time = @convention(c) (Handle, UnsafeMutablePointer<UInt64>) -> CInt
    typealias Data =
        @convention(c) (
            Handle, UnsafePointer<CChar>, UnsafeMutablePointer<UnsafeRawPointer?>,
            UnsafeMutablePointer<Int>
        ) -> CInt

    private let library: DynamicLibrary

    /// Returns the library, or nil where the machine has none.
    static let loaded: Library? = DynamicLibrary("libsystemd.so.0").map { Library(library: $0) }

    /// Returns the library.
    ///
    /// - Throws: `missingOnMachine` where there is none.
    static func require() throws(Problem) -> Library {
        guard let loaded else {
            throw Problem(
                .missingOnMachine, "cannot talk to systemd",
                why: "libsystemd.so.0 is not installed",
                next: "install it: apt-get install libsystemd0")
        }
        return loaded
    }

    /// Returns the function of that name as `type`.
    ///
    /// Every name asked for here is in libsystemd since version 229; a library without it is
    /// broken.
    // Safety: `type` is the prototype of the function in libsystemd's headers.
    func function<Function>(_ name: String, _ type: Function.Type) -> Function {
        guard let address = unsafe library.address(of: name) else {
            preconditionFailure("libsystemd has no \(name)")
        }
        return unsafe unsafeBitCast(address, to: Function.self)
    }
}

/// A value of a D-Bus message, with as much of its type as is needed to write it.
package indirect enum BusValue: Equatable, Sendable {
    case string(String)
    case path(String)
    case boolean(Bool)
    case byte(UInt8)
    case signature(String)
    case int32(Int32)
    case uint32(UInt32)
    case uint64(UInt64)
    case double(Double)
    /// The signature of one element, and the elements.
    case array(String, [BusValue])
    case structure([BusValue])
    case variant(BusValue)
    /// A key and a value, as in `a{sv}`.
    case entry(BusValue, BusValue)
    /// A value of a type not known here, by its letter.
    case other(String)

    /// The type as D-Bus writes it.
    var signature: String {
        switch self {
        case .string: "s"
        case .path: "o"
        case .boolean: "b"
        case .byte: "y"
        case .signature: "g"
        case .int32: "i"
        case .uint32: "u"
        case .uint64: "t"
        case .double: "d"
        case .array(let element, _): "a" + element
        case .structure(let members): "(" + members.map(\.signature).joined() + ")"
        case .variant: "v"
        case .entry(let key, let value): "{" + key.signature + value.signature + "}"
        case .other(let letter): letter
        }
    }

    /// The text of a string or an object path.
    package var text: String? {
        switch self {
        case .string(let text), .path(let text): text
        default: nil
        }
    }

    /// The members of an array or a structure.
    package var members: [BusValue] {
        switch self {
        case .array(_, let members), .structure(let members): members
        default: []
        }
    }
}

/// A connection to a message bus or to systemd itself. See sd-bus(3).
@safe final class BusConnection {
    private let library: Library
    private let bus: OpaquePointer

    /// Connects to an address such as `unix:path=…`.
    ///
    /// - Parameter broker: whether a bus daemon listens there, rather than systemd itself.
    init(address: String, broker: Bool) throws(Problem) {
        library = try Library.require()
        var made: OpaquePointer?
        _ = unsafe library.function("sd_bus_new", Library.Make.self)(&made)
        guard let made = unsafe made else {
            throw Problem(.missingOnMachine, "cannot talk to systemd", why: "no memory is left")
        }
        unsafe bus = unsafe made
        _ = unsafe library.function("sd_bus_set_address", Library.SetText.self)(made, address)
        if broker {
            let client = unsafe library.function("sd_bus_set_bus_client", Library.SetInt.self)
            _ = unsafe client(made, 1)
        }
        let result = unsafe library.function("sd_bus_start", Library.Use.self)(made)
        guard result >= 0 else {
            throw KernelFault(call: "sd_bus_start", subject: address, number: -result)
                .problem("cannot reach the user's service manager")
        }
    }

    deinit { _ = unsafe library.function("sd_bus_flush_close_unref", Library.Free.self)(bus) }

    /// Calls a method and returns what it answers.
    func call(
        _ target: Target, _ member: String, _ arguments: [BusValue], seconds: UInt64 = 25
    ) throws(Problem) -> [BusValue] {
        var message: OpaquePointer?
        let result = unsafe library.function(
            "sd_bus_message_new_method_call", Library.NewCall.self)(
                bus, &message, target.destination, target.path, target.interface, member)
        guard result >= 0, let message = unsafe message else { throw failure(member, result) }
        defer { unsafe free(message) }
        for argument in arguments { try unsafe append(argument, to: message, for: member) }
        // Safety: sd_bus_error is two pointers and a number: name, message, and whether to free
        // them.
        var error: [UInt] = [0, 0, 0]
        var reply: OpaquePointer?
        defer { unsafe library.function("sd_bus_error_free", Library.FreeError.self)(&error) }
        let sent = unsafe library.function("sd_bus_call", Library.Call.self)(
            bus, message, seconds * 1_000_000, &error, &reply)
        guard sent >= 0, let reply = unsafe reply else {
            var problem = failure(member, sent)
            if let text = unsafe UnsafePointer<CChar>(bitPattern: error[1]) {
                problem.why = unsafe String(cString: text)
            }
            throw problem
        }
        defer { unsafe free(reply) }
        return unsafe values(of: reply)
    }

    /// Where a method is.
    struct Target {
        var destination: String
        var path: String
        var interface: String
    }

    /// Waits for the next signal of that name, and returns its values; nil where `microseconds`
    /// pass.
    func nextSignal(_ interface: String, _ member: String, microseconds: UInt64) throws(Problem)
        -> [BusValue]?
    {
        var message: OpaquePointer?
        let result = unsafe library.function("sd_bus_process", Library.Process.self)(bus, &message)
        guard result >= 0 else { throw failure(member, result) }
        if let message = unsafe message {
            defer { unsafe free(message) }
            let isSignal = unsafe library.function(
                "sd_bus_message_is_signal", Library.IsSignal.self)
            if unsafe isSignal(message, interface, member) > 0 { return unsafe values(of: message) }
        }
        if result == 0 {
            let waited = unsafe library.function("sd_bus_wait", Library.Wait.self)(
                bus, microseconds)
            guard waited >= 0 else { throw failure(member, waited) }
            if waited == 0 { return nil }
        }
        return []
    }

    /// The number of the descriptor that is readable when something has come. See sd_bus_get_fd(3).
    var number: CInt { unsafe library.function("sd_bus_get_fd", Library.Use.self)(bus) }

    /// Takes in what has come, without waiting; false where that is nothing.
    func takeAll() throws(Problem) -> Bool {
        var any = false
        while true {
            var message: OpaquePointer?
            let result = unsafe library.function("sd_bus_process", Library.Process.self)(
                bus, &message)
            guard result >= 0 else { throw failure("sd_bus_process", result) }
            if let message = unsafe message { unsafe free(message) }
            if result == 0 { return any }
            any = true
        }
    }

    private func free(_ message: OpaquePointer) {
        _ = unsafe library.function("sd_bus_message_unref", Library.Free.self)(message)
    }

    private func failure(_ member: String, _ result: CInt) -> Problem {
        KernelFault(call: member, subject: "systemd", number: -result)
            .problem("systemd does not answer \(member)")
    }

    private func append(_ value: BusValue, to message: OpaquePointer, for member: String)
        throws(Problem)
    {
        let basic = unsafe library.function("sd_bus_message_append_basic", Library.Append.self)
        let open = unsafe library.function("sd_bus_message_open_container", Library.Container.self)
        let close = unsafe library.function("sd_bus_message_close_container", Library.Use.self)
        func letter(_ text: String) -> CChar { text.utf8.first.map { CChar($0) } ?? 0 }
        func within(_ kind: String, _ contents: String, _ inner: [BusValue]) throws(Problem) {
            let result = unsafe open(message, letter(kind), contents)
            guard result >= 0 else { throw failure(member, result) }
            for value in inner { try unsafe append(value, to: message, for: member) }
            _ = unsafe close(message)
        }
        var result: CInt = 0
        switch value {
        case .string(let text): result = unsafe basic(message, letter("s"), text)
        case .path(let text): result = unsafe basic(message, letter("o"), text)
        case .boolean(let flag):
            var number: CInt = flag ? 1 : 0
            result = unsafe basic(message, letter("b"), &number)
        case .byte(var number): result = unsafe basic(message, letter("y"), &number)
        case .signature(let text): result = unsafe basic(message, letter("g"), text)
        case .int32(var number): result = unsafe basic(message, letter("i"), &number)
        case .uint32(var number): result = unsafe basic(message, letter("u"), &number)
        case .uint64(var number): result = unsafe basic(message, letter("t"), &number)
        case .double(var number): result = unsafe basic(message, letter("d"), &number)
        case .array(let element, let members): try within("a", element, members)
        case .structure(let members):
            try within("r", members.map(\.signature).joined(), members)
        case .variant(let inner): try within("v", inner.signature, [inner])
        case .entry(let key, let inner):
            try within("e", key.signature + inner.signature, [key, inner])
        case .other(let letter):
            preconditionFailure("no value of type \(letter) can be written")
        }
        guard result >= 0 else { throw failure(member, result) }
    }

    /// Reads what is left of the message, or of the container it stands in.
    private func values(of message: OpaquePointer) -> [BusValue] {
        let peek = unsafe library.function("sd_bus_message_peek_type", Library.Peek.self)
        let enter = unsafe library.function(
            "sd_bus_message_enter_container", Library.Container.self)
        let exit = unsafe library.function("sd_bus_message_exit_container", Library.Use.self)
        var list: [BusValue] = []
        var type: CChar = 0
        var contents: UnsafePointer<CChar>?
        while unsafe peek(message, &type, &contents) > 0 {
            let letter = String(UnicodeScalar(UInt8(bitPattern: type)))
            guard let inside = unsafe contents else {
                guard let value = unsafe basic(letter, of: message) else { break }
                list.append(value)
                continue
            }
            let element = unsafe String(cString: inside)
            guard unsafe enter(message, type, inside) > 0 else { break }
            let inner = unsafe values(of: message)
            _ = unsafe exit(message)
            switch letter {
            case "a": list.append(.array(element, inner))
            case "v": list.append(.variant(inner.first ?? .other(element)))
            case "e" where inner.count == 2: list.append(.entry(inner[0], inner[1]))
            default: list.append(.structure(inner))
            }
        }
        return list
    }

    private func basic(_ letter: String, of message: OpaquePointer) -> BusValue? {
        let read = unsafe library.function("sd_bus_message_read_basic", Library.Read.self)
        let kind = letter.utf8.first.map { CChar($0) } ?? 0
        // Safety: no basic type is longer than 8 bytes; texts arrive as a pointer into the message.
        var room: UInt64 = 0
        guard unsafe read(message, kind, &room) > 0 else { return nil }
        switch letter {
        case "s", "o", "g":
            guard let text = unsafe UnsafePointer<CChar>(bitPattern: UInt(room)) else { return nil }
            let string = unsafe String(cString: text)
            return letter == "o" ? .path(string) : .string(string)
        case "b": return .boolean(room & 0xFFFF_FFFF != 0)
        case "i": return .int32(Int32(truncatingIfNeeded: room))
        case "u": return .uint32(UInt32(truncatingIfNeeded: room))
        case "t", "x": return .uint64(room)
        case "d": return .double(Double(bitPattern: room))
        default: return .other(letter)
        }
    }
}

extension Library {
    typealias SetInt = @convention(c) (Handle, CInt) -> CInt
}

/// A place in the journal. See sd-journal(3).
@safe final class JournalCursor {
    private let library: Library
    private let journal: OpaquePointer

    init() throws(Problem) {
        library = try Library.require()
        var made: OpaquePointer?
        // SD_JOURNAL_LOCAL_ONLY
        let result = unsafe library.function("sd_journal_open", Library.OpenJournal.self)(&made, 1)
        guard result >= 0, let made = unsafe made else {
            throw KernelFault(call: "sd_journal_open", subject: "", number: -result)
                .problem("cannot open the journal")
        }
        unsafe journal = unsafe made
        // 0: fields of any length whole.
        _ = unsafe library.function("sd_journal_set_data_threshold", Library.Size.self)(made, 0)
    }

    deinit { unsafe library.function("sd_journal_close", Library.Close.self)(journal) }

    /// Leaves out entries without this field and value.
    func match(_ field: String, _ value: String) {
        let text = "\(field)=\(value)"
        _ = unsafe library.function("sd_journal_add_match", Library.Match.self)(
            journal, text, text.utf8.count)
    }

    func seekHead() {
        _ = unsafe library.function("sd_journal_seek_head", Library.Use.self)(journal)
    }
    func seekTail() {
        _ = unsafe library.function("sd_journal_seek_tail", Library.Use.self)(journal)
    }

    func seek(microseconds: UInt64) {
        _ = unsafe library.function("sd_journal_seek_realtime_usec", Library.Number.self)(
            journal, microseconds)
    }

    /// Goes to the next entry; false at the end.
    func next() -> Bool {
        unsafe library.function("sd_journal_next", Library.Use.self)(journal) > 0
    }

    /// Goes back by up to `count` entries and returns by how many.
    func back(_ count: UInt64) -> Int {
        Int(
            unsafe library.function("sd_journal_previous_skip", Library.Number.self)(journal, count)
        )
    }

    /// Microseconds since 1970 of the present entry.
    func time() -> UInt64 {
        var time: UInt64 = 0
        _ = unsafe library.function("sd_journal_get_realtime_usec", Library.Time.self)(
            journal, &time)
        return time
    }

    /// Returns the bytes of a field of the present entry.
    func field(_ name: String) -> [UInt8]? {
        var data: UnsafeRawPointer?
        var length = 0
        let result = unsafe library.function("sd_journal_get_data", Library.Data.self)(
            journal, name, &data, &length)
        guard result >= 0, let data = unsafe data else { return nil }
        // Safety: the bytes, `NAME=value`, stay until the cursor moves; they are copied here.
        let bytes = unsafe UnsafeRawBufferPointer(start: data, count: length)
        return unsafe Array(bytes.dropFirst(name.utf8.count + 1))
    }

    /// Waits for new entries; false where `microseconds` pass without any.
    func wait(microseconds: UInt64) -> Bool {
        unsafe library.function("sd_journal_wait", Library.Number.self)(journal, microseconds) > 0
    }

    /// The descriptor that becomes readable when there is something new.
    var descriptor: CInt {
        unsafe library.function("sd_journal_get_fd", Library.Use.self)(journal)
    }
}
