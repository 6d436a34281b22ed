import Base

/// Reads a layer's recipe part by part from bytes that are pushed into it.
struct RecipeReader: ~Copyable {
    /// One part of the archive.
    enum Part {
        case literal([UInt8])
        /// The content of the file of that name in the layer.
        case file([UInt8], size: Int64)
    }

    private enum Phase { case magic, mark, literal(Int), ended }
    private var phase = Phase.magic
    private var buffer: [UInt8] = []

    var hasEnded: Bool {
        if case .ended = phase { true } else { false }
    }

    /// Takes the next bytes and passes on the parts they complete.
    mutating func feed(_ bytes: ByteSpan, _ consume: (Part) throws(Problem) -> Void)
        throws(Problem)
    {
        for index in bytes.indices { buffer.append(bytes[index]) }
        var position = 0
        while let next = try step(from: &position) { try consume(next) }
        buffer.removeFirst(position)
    }

    private mutating func step(from position: inout Int) throws(Problem) -> Part? {
        while true {
            let rest = buffer[position...]
            switch phase {
            case .ended: return nil
            case .magic:
                guard rest.count >= LayerRecipe.magic.count else { return nil }
                guard rest.starts(with: LayerRecipe.magic) else { throw RecipeReader.damaged }
                position += LayerRecipe.magic.count
                phase = .mark
            case .literal(let count):
                guard !rest.isEmpty else { return nil }
                let some = rest.prefix(count)
                position += some.count
                phase = some.count == count ? .mark : .literal(count - some.count)
                return .literal(Array(some))
            case .mark:
                guard let mark = rest.first else { return nil }
                var place = position + 1
                switch mark {
                case LayerRecipe.Mark.end: phase = .ended
                case LayerRecipe.Mark.literal:
                    guard let count = try number(&place), count > 0 else { return nil }
                    phase = .literal(count)
                case LayerRecipe.Mark.file:
                    guard let size = try number(&place), let length = try number(&place),
                        buffer.count - place >= length
                    else { return nil }
                    guard length <= Limits.pathBytes else { throw RecipeReader.damaged }
                    let name = Array(buffer[place..<place + length])
                    position = place + length
                    return .file(name, size: Int64(size))
                default: throw RecipeReader.damaged
                }
                position = place
            }
        }
    }

    /// Returns nil where the number is not complete yet.
    private func number(_ place: inout Int) throws(Problem) -> Int? {
        var value = 0
        var shift = 0
        while place < buffer.count {
            let byte = buffer[place]
            place += 1
            value |= Int(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
            guard shift < 56 else { throw RecipeReader.damaged }
        }
        return nil
    }

    static let damaged = Problem(
        .badDocument, "a layer's recipe is damaged", next: "pull the image again")
}
