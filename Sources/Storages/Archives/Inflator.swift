package import Base
import CInflate

/// Unpacks gzip with zlib, which is always there. All of the room's use of zlib's unpacking is in
/// this file.
@safe package final class Inflator: GzipStream {
    // Safety: zlib keeps the address of the stream inside its state, so it must not move; it is
    // allocated here, freed in deinit, and never leaves this file.
    private let stream: UnsafeMutablePointer<z_stream>
    private var output = [UInt8](repeating: 0, count: 128 << 10)
    private enum Phase { case begin, member, between, rubbish }
    private var phase = Phase.begin

    package init() {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        // 15 is the largest window, 16 asks for gzip's header and checksum. Only memory can fail.
        let code = unsafe inflateInit2_(
            stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(code == Z_OK, "no memory for zlib")
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    package func feed(_ input: ByteSpan, _ consume: (ByteSpan) throws(Problem) -> Void)
        throws(Problem)
    {
        var position = 0
        while position < input.count {
            if phase == .between {
                // A further member begins with 1f; anything else behind the last is no gzip and
                // ignored, as gzip(1) does.
                guard input[position] == 0x1F else {
                    phase = .rubbish
                    return
                }
                unsafe inflateReset(stream)
                phase = .member
            }
            if phase == .rubbish { return }
            phase = .member
            let (taken, made, code) = step(input.extracting(position...))
            position += taken
            try pass(made, to: consume)
            switch code {
            case Z_STREAM_END: phase = .between
            case Z_OK: break
            case Z_BUF_ERROR where taken > 0 || made > 0 || position == input.count: break
            case Z_MEM_ERROR:
                throw Problem(.kernel, "cannot unpack gzip data", why: "no memory is left")
            default:
                let text = unsafe stream.pointee.msg.map { unsafe String(cString: $0) }
                throw Gzip.damaged(text ?? "zlib says \(code)")
            }
        }
        // What did not fit into the output yet must not wait for more input.
        while phase == .member {
            let (_, made, code) = step(input.extracting(input.count...))
            try pass(made, to: consume)
            if code == Z_STREAM_END { phase = .between }
            if made < output.count { break }
        }
    }

    package func finish() throws(Problem) {
        guard phase == .between || phase == .rubbish else {
            throw Gzip.endsEarly
        }
    }

    private func pass(_ count: Int, to consume: (ByteSpan) throws(Problem) -> Void) throws(Problem)
    {
        if count == 0 { return }
        // A second reference, gone before the buffer is written again, so nothing is copied.
        let buffer = output
        try consume(buffer.span.extracting(0..<count))
    }

    private func step(_ input: ByteSpan) -> (taken: Int, made: Int, code: Int32) {
        let room = output.count
        return unsafe input.withUnsafeBufferPointer { source in
            unsafe output.withUnsafeMutableBufferPointer { target in
                unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
                unsafe stream.pointee.avail_in = UInt32(source.count)
                unsafe stream.pointee.next_out = target.baseAddress
                unsafe stream.pointee.avail_out = UInt32(room)
                let code = unsafe inflate(stream, Z_NO_FLUSH)
                return unsafe (
                    source.count - Int(stream.pointee.avail_in),
                    room - Int(stream.pointee.avail_out), code
                )
            }
        }
    }
}
