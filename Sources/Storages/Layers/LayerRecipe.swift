import Base
import Kernel

/// How the archive of a layer is made again, byte for byte, from the layer's files.
///
/// Everything of the archive that is no file's content is written down as it came: headers, what
/// fills blocks up, what follows the end. In between stand the names of the files whose content
/// belongs there. The whole is one zstd frame, a few dozen bytes for each file: see
/// docs/decisions/layer-recipes.md.
struct LayerRecipe: ~Copyable {
    static let fileName = "recipe"
    /// What the unpacked recipe begins with.
    static let magic = Array("martlet layer 1\n".utf8)

    /// What stands before a part.
    enum Mark {
        static let literal: UInt8 = 0
        static let file: UInt8 = 1
        static let end: UInt8 = 2
    }

    /// Literal bytes that are gathered before they are written.
    static let gathered = 64 << 10

    private let output: Descriptor
    private let packer = Packer(Compression(.zstd, level: 3))
    private var literals: [UInt8] = []
    private var parts: [UInt8] = magic

    init(into output: consuming Descriptor) { self.output = output }

    /// Adds bytes that are in no file.
    mutating func literal(_ bytes: ByteSpan) throws(Problem) {
        gather(bytes)
        if literals.count >= LayerRecipe.gathered { try flush() }
    }

    /// Says that the content of a file comes next.
    mutating func file(_ path: EntryPath, size: Int64) {
        settle()
        // A file without content is in the headers alone.
        guard size > 0 else { return }
        let name = path.name.bytes
        parts.append(Mark.file)
        put(UInt64(size))
        put(UInt64(name.count))
        parts += name
    }

    /// Writes what is left.
    mutating func finish() throws(Problem) {
        settle()
        parts.append(Mark.end)
        try flush()
        try packer.finish { bytes throws(Problem) in try LayerRecipe.write(bytes, output) }
    }

    private mutating func gather(_ bytes: ByteSpan) {
        for index in bytes.indices { literals.append(bytes[index]) }
    }

    private mutating func settle() {
        guard !literals.isEmpty else { return }
        parts.append(Mark.literal)
        put(UInt64(literals.count))
        parts += literals
        literals.removeAll(keepingCapacity: true)
    }

    private mutating func flush() throws(Problem) {
        settle()
        try packer.feed(parts.span) { bytes throws(Problem) in
            try LayerRecipe.write(bytes, output)
        }
        parts.removeAll(keepingCapacity: true)
    }

    /// Seven bits a byte, the lowest first.
    private mutating func put(_ number: UInt64) {
        var rest = number
        while rest > 0x7F {
            parts.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        parts.append(UInt8(rest))
    }

    private static func write(_ bytes: ByteSpan, _ output: borrowing Descriptor) throws(Problem) {
        do {
            try output.writeAll(bytes)
        } catch {
            throw error.problem("cannot write a layer's recipe")
        }
    }
}
