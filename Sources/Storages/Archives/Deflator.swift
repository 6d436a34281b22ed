import Base
import CInflate

/// Packs gzip with zlib. All of the room's use of zlib's packing is in this file.
@safe final class Deflator: PackStream {
    // Safety: zlib keeps the address of the stream inside its state, so it must not move; it is
    // allocated here, freed in deinit, and never leaves this file.
    private let stream: UnsafeMutablePointer<z_stream>
    private var output = [UInt8](repeating: 0, count: 128 << 10)

    init(level: Int) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        // 15 is the largest window, 16 asks for gzip's header and checksum. Only memory can fail.
        let code = unsafe deflateInit2_(
            stream, Int32(min(max(level, 1), 9)), Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY,
            ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(code == Z_OK, "no memory for zlib")
    }

    deinit {
        unsafe deflateEnd(stream)
        unsafe stream.deallocate()
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
                let code = unsafe deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH)
                let left = unsafe Int(stream.pointee.avail_out)
                return unsafe PackStep(
                    taken: source.count - Int(stream.pointee.avail_in), made: room - left,
                    isDone: isLast ? code == Z_STREAM_END : left > 0)
            }
        }
    }
}
