package import Base
import CZstd

/// Unpacks Zstandard frames, one after the other. All of the room's use of libzstd's unpacking is
/// in this file.
///
/// Skippable frames, where zstd:chunked keeps its index, are passed over. See RFC 8878.
@safe package final class Zstandard {
    // Safety: made in init, freed in deinit, and never leaves this file.
    private let stream: OpaquePointer
    private var output = [UInt8](repeating: 0, count: ZSTD_DStreamOutSize())
    /// What the library returned last: 0 at the end of a frame.
    private var expected = 1

    package init() {
        guard let stream = unsafe ZSTD_createDStream() else {
            preconditionFailure("no memory for zstd")
        }
        unsafe self.stream = stream
    }

    deinit { unsafe ZSTD_freeDStream(stream) }

    /// Takes compressed bytes and passes what they unpack to on.
    ///
    /// Frames that need a window of more than 128 MiB are refused by the library.
    package func feed(_ input: ByteSpan, _ consume: (ByteSpan) throws(Problem) -> Void)
        throws(Problem)
    {
        var position = 0
        var mayHoldMore = false
        while position < input.count || mayHoldMore {
            let (taken, made, code) = step(input.extracting(position...))
            if ZSTD_isError(code) != 0 {
                throw Problem(
                    .badDocument, "the zstd data is damaged",
                    why: unsafe String(cString: ZSTD_getErrorName(code)))
            }
            position += taken
            // Asking again with no input after the end of a frame would begin a new one.
            if taken > 0 || made > 0 { expected = code }
            try pass(made, to: consume)
            mayHoldMore = made == output.count && code != 0
        }
    }

    /// Says that there is no more input.
    package func finish() throws(Problem) {
        guard expected == 0 else { throw Problem(.badDocument, "the zstd data ends too early") }
    }

    private func pass(_ count: Int, to consume: (ByteSpan) throws(Problem) -> Void) throws(Problem)
    {
        if count == 0 { return }
        // A second reference, gone before the buffer is written again, so nothing is copied.
        let buffer = output
        try consume(buffer.span.extracting(0..<count))
    }

    private func step(_ input: ByteSpan) -> (taken: Int, made: Int, code: Int) {
        unsafe input.withUnsafeBufferPointer { source in
            unsafe output.withUnsafeMutableBufferPointer { target in
                var from = unsafe ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
                var to = unsafe ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
                let code = unsafe ZSTD_decompressStream(stream, &to, &from)
                return unsafe (from.pos, to.pos, code)
            }
        }
    }
}
