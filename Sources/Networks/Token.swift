/// What a descriptor in the loop belongs to.
enum Token {
    case channel, maker, makerEnd
    case door(Int)
    /// The client's socket of a forwarded connection, and the one inside.
    case outside(UInt64), inside(UInt64)
    case flow(UInt64)

    private static let shift: UInt64 = 56

    /// The kind above, the number below.
    var raw: UInt64 {
        switch self {
        case .channel: 0
        case .maker: 1
        case .makerEnd: 2
        case .door(let index): 4 << Self.shift | UInt64(index)
        case .outside(let id): 5 << Self.shift | id
        case .inside(let id): 6 << Self.shift | id
        case .flow(let id): 7 << Self.shift | id
        }
    }

    init?(raw: UInt64) {
        let number = raw & (1 << Self.shift - 1)
        switch (raw >> Self.shift, number) {
        case (0, 0): self = .channel
        case (0, 1): self = .maker
        case (0, 2): self = .makerEnd
        case (4, _): self = .door(Int(number))
        case (5, _): self = .outside(number)
        case (6, _): self = .inside(number)
        case (7, _): self = .flow(number)
        default: return nil
        }
    }
}
