/// What a descriptor in the loop belongs to.
enum Token {
    case channel, maker, makerEnd
    case door(Int)
    /// The client's socket of a forwarded connection, and the one inside.
    case outside(UInt64), inside(UInt64)
    case flow(UInt64)
    /// Of a named network: the listening socket, and a container's connection.
    case listener
    case member(UInt64)
    /// Of its name server: a door, a question that was passed on, a client by TCP and the server
    /// asked for it, and the way to a container's other networks.
    case nameDoor(Int)
    case asked(UInt64), stream(UInt64), upstream(UInt64), kin(UInt64)

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
        case .listener: 8 << Self.shift
        case .member(let id): 9 << Self.shift | id
        case .nameDoor(let index): 10 << Self.shift | UInt64(index)
        case .asked(let id): 11 << Self.shift | id
        case .stream(let id): 12 << Self.shift | id
        case .upstream(let id): 13 << Self.shift | id
        case .kin(let id): 14 << Self.shift | id
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
        case (8, _): self = .listener
        case (9, _): self = .member(number)
        case (10, _): self = .nameDoor(Int(number))
        case (11, _): self = .asked(number)
        case (12, _): self = .stream(number)
        case (13, _): self = .upstream(number)
        case (14, _): self = .kin(number)
        default: return nil
        }
    }
}
