/// A property of a systemd unit, as the manager's bus interface takes it.
///
/// The runtime knows what a container may use; only the room that speaks with systemd knows how
/// it is told. See org.freedesktop.systemd1(5).
package struct UnitProperty: Equatable, Sendable {
    /// What a property can hold.
    package enum Value: Equatable, Sendable {
        case text(String)
        case flag(Bool)
        case number(UInt64)
        /// Bits, as systemd has sets of processors: bit n of byte n / 8 for processor n.
        case bits([UInt8])
        /// Pairs of words, as systemd has rules for devices.
        case pairs([[String]])
    }
    package var name: String
    package var value: Value

    package init(_ name: String, _ value: Value) {
        self.name = name
        self.value = value
    }
}
