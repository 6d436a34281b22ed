package import Base
import CInflate
import Kernel

/// Unpacks gzip with isa-l, where the machine has it. All of the room's use of isa-l is in this
/// file.
@safe package final class FastInflator: GzipStream {
    /// The three functions, looked up once.
    @safe private struct Library: Sendable {
        // Safety: addresses of functions of a library that is never unloaded, with the types that
        // its header gives them.
        let initialize: cinflate_init
        let reset: cinflate_reset
        let step: cinflate_step

        static let shared: Library? = {
            guard let library = DynamicLibrary("libisal.so.2"),
                let initialize = unsafe library.address(of: "isal_inflate_init"),
                let reset = unsafe library.address(of: "isal_inflate_reset"),
                let step = unsafe library.address(of: "isal_inflate")
            else { return nil }
            return unsafe Library(
                initialize: unsafeBitCast(initialize, to: cinflate_init.self),
                reset: unsafeBitCast(reset, to: cinflate_reset.self),
                step: unsafeBitCast(step, to: cinflate_step.self))
        }()
    }

    private let library: Library
    // Safety: allocated here, freed in deinit, never leaves this file.
    private let state: UnsafeMutablePointer<inflate_state>
    private var output = [UInt8](repeating: 0, count: 128 << 10)
    private enum Phase { case begin, member, between, rubbish }
    private var phase = Phase.begin

    /// - Returns: nil where the machine lacks the library.
    package init?() {
        guard let library = Library.shared else { return nil }
        self.library = library
        unsafe state = .allocate(capacity: 1)
        unsafe library.initialize(state)
        unsafe state.pointee.crc_flag = UInt32(ISAL_GZIP)
    }

    deinit { unsafe state.deallocate() }

    package func feed(_ input: ByteSpan, _ consume: (ByteSpan) throws(Problem) -> Void)
        throws(Problem)
    {
        var position = 0
        var isFull = false
        while position < input.count || isFull {
            if phase == .between {
                isFull = false
                guard position < input.count else { return }
                // Anything else behind the last member is ignored, as gzip(1) does.
                phase = input[position] == 0x1F ? .member : .rubbish
                unsafe library.reset(state)
                unsafe state.pointee.crc_flag = UInt32(ISAL_GZIP)
            }
            if phase == .rubbish { return }
            phase = .member
            let (taken, made, code, isDone) = step(input.extracting(position...))
            position += taken
            if made > 0 { try pass(made, to: consume) }
            guard code >= 0, code != ISAL_NEED_DICT else {
                throw Gzip.damaged("isa-l says \(code)")
            }
            if isDone { phase = .between }
            isFull = made == output.count && !isDone
            if taken == 0, made == 0, !isDone, position < input.count {
                throw Gzip.damaged("it does not go on")
            }
        }
    }

    package func finish() throws(Problem) {
        guard phase == .between || phase == .rubbish else { throw Gzip.endsEarly }
    }

    private func pass(_ count: Int, to consume: (ByteSpan) throws(Problem) -> Void) throws(Problem)
    {
        // A second reference, gone before the buffer is written again, so nothing is copied.
        let buffer = output
        try consume(buffer.span.extracting(0..<count))
    }

    private func step(_ input: ByteSpan) -> (taken: Int, made: Int, code: Int32, isDone: Bool) {
        let room = output.count
        return unsafe input.withUnsafeBufferPointer { source in
            unsafe output.withUnsafeMutableBufferPointer { target in
                unsafe state.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
                unsafe state.pointee.avail_in = UInt32(source.count)
                unsafe state.pointee.next_out = target.baseAddress
                unsafe state.pointee.avail_out = UInt32(room)
                let code = unsafe library.step(state)
                return unsafe (
                    source.count - Int(state.pointee.avail_in),
                    room - Int(state.pointee.avail_out), code,
                    state.pointee.block_state == ISAL_BLOCK_FINISH
                )
            }
        }
    }
}
