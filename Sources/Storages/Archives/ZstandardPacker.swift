import Base
import CZstd

/// Packs one Zstandard frame. All of the room's use of libzstd's packing is in this file.
@safe final class ZstandardPacker: PackStream {
    // Safety: made in init, freed in deinit, and never leaves this file.
    private let stream: OpaquePointer
    private var output = [UInt8](repeating: 0, count: 128 << 10)

    init(level: Int) {
        guard let stream = unsafe ZSTD_createCCtx() else {
            preconditionFailure("no memory for zstd")
        }
        unsafe self.stream = stream
        // Both are within the library's bounds, so neither is refused.
        _ = unsafe ZSTD_CCtx_setParameter(
            stream, ZSTD_c_compressionLevel, Int32(min(max(level, 1), 20)))
        _ = unsafe ZSTD_CCtx_setParameter(stream, ZSTD_c_checksumFlag, 1)
    }

    deinit { unsafe ZSTD_freeCCtx(stream) }

    func feed(
        _ input: ByteSpan, isLast: Bool, _ consume: (ByteSpan) throws(Problem) -> Void
    ) throws(Problem) {
        try drive(
            input, isLast: isLast, output: { output }, step: { step($0, isLast: isLast) }, consume)
    }

    private func step(_ input: ByteSpan, isLast: Bool) -> PackStep {
        unsafe input.withUnsafeBufferPointer { source in
            unsafe output.withUnsafeMutableBufferPointer { target in
                var from = unsafe ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
                var to = unsafe ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
                let left = unsafe ZSTD_compressStream2(
                    stream, &to, &from, isLast ? ZSTD_e_end : ZSTD_e_continue)
                precondition(ZSTD_isError(left) == 0, "libzstd refuses to pack")
                return unsafe PackStep(
                    taken: from.pos, made: to.pos,
                    isDone: isLast ? left == 0 : from.pos == source.count)
            }
        }
    }
}
