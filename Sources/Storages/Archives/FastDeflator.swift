import Base
import CInflate
import Kernel

/// Packs gzip with isa-l, where the machine has it: several times faster than zlib, and somewhat
/// larger. All of the room's use of isa-l's packing is in this file.
@safe final class FastDeflator: PackStream {
    /// The two functions, looked up once.
    @safe private struct Library: Sendable {
        // Safety: addresses of functions of a library that is never unloaded, with the types that
        // its header gives them.
        let initialize: cdeflate_init
        let step: cdeflate_step

        static let shared: Library? = {
            guard let library = DynamicLibrary("libisal.so.2"),
                let initialize = unsafe library.address(of: "isal_deflate_init"),
                let step = unsafe library.address(of: "isal_deflate")
            else { return nil }
            return unsafe Library(
                initialize: unsafeBitCast(initialize, to: cdeflate_init.self),
                step: unsafeBitCast(step, to: cdeflate_step.self))
        }()
    }

    private let library: Library
    // Safety: allocated here, freed in deinit, never leave this file.
    private let stream: UnsafeMutablePointer<isal_zstream>
    private let buffer: UnsafeMutablePointer<UInt8>
    private var output = [UInt8](repeating: 0, count: 128 << 10)

    /// - Returns: nil where the machine lacks the library.
    init?(level: Int) {
        guard let library = Library.shared else { return nil }
        self.library = library
        let level = min(max(level, 1), 3)
        let size = [cdeflate_level1, cdeflate_level2, cdeflate_level3][level - 1]
        unsafe stream = .allocate(capacity: 1)
        unsafe buffer = .allocate(capacity: Int(size))
        unsafe library.initialize(stream)
        unsafe stream.pointee.level = UInt32(level)
        unsafe stream.pointee.level_buf = buffer
        unsafe stream.pointee.level_buf_size = size
        unsafe stream.pointee.gzip_flag = UInt16(IGZIP_GZIP)
        unsafe stream.pointee.flush = UInt16(NO_FLUSH)
    }

    deinit {
        unsafe stream.deallocate()
        unsafe buffer.deallocate()
    }

    func feed(
        _ input: ByteSpan, isLast: Bool, _ consume: (ByteSpan) throws(Problem) -> Void
    ) throws(Problem) {
        try drive(
            input, isLast: isLast, output: { output }, step: { step($0, isLast: isLast) }, consume)
    }

    private func step(_ input: ByteSpan, isLast: Bool) -> PackStep {
        let room = output.count
        return unsafe input.withUnsafeBufferPointer { source in
            unsafe output.withUnsafeMutableBufferPointer { target in
                unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
                unsafe stream.pointee.avail_in = UInt32(source.count)
                unsafe stream.pointee.next_out = target.baseAddress
                unsafe stream.pointee.avail_out = UInt32(room)
                unsafe stream.pointee.end_of_stream = isLast ? 1 : 0
                // Only a wrong set-up is refused, and there is none.
                let code = unsafe library.step(stream)
                precondition(code == 0, "isa-l refuses to pack")
                let left = unsafe Int(stream.pointee.avail_out)
                let isOver = unsafe stream.pointee.internal_state.state == ZSTATE_END
                return unsafe PackStep(
                    taken: source.count - Int(stream.pointee.avail_in), made: room - left,
                    isDone: isLast ? isOver : left > 0)
            }
        }
    }
}
