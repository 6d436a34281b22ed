package import Base
import Kernel

/// What the programs that set up this machine's network say of it: systemd-networkd and
/// NetworkManager, where they run.
///
/// See org.freedesktop.network1(5), and org.freedesktop.NetworkManager in NetworkManager's D-Bus
/// reference.
package final class NetworkWatch {
    /// What they say, taken together.
    package enum Word: Equatable, Sendable {
        case online, offline
        /// None of them runs, or none that runs is in charge of anything.
        case unknown
    }

    private let bus: BusConnection
    private static let manager = "org.freedesktop.NetworkManager"
    private static let networkd = "org.freedesktop.network1"
    private static let properties = "org.freedesktop.DBus.Properties"
    private static let daemon = BusConnection.Target(
        destination: "org.freedesktop.DBus", path: "/org/freedesktop/DBus",
        interface: "org.freedesktop.DBus")

    /// Connects to the system's message bus, and listens from now on; nil where there is none.
    package init?() {
        let address =
            Console.variable("DBUS_SYSTEM_BUS_ADDRESS") ?? "unix:path=/run/dbus/system_bus_socket"
        guard let bus = try? BusConnection(address: address, broker: true) else { return nil }
        self.bus = bus
        let matches = [
            "member='StateChanged',interface='\(Self.manager)'",
            "member='PropertiesChanged',path='/org/freedesktop/network1'",
            "member='NameOwnerChanged',arg0='\(Self.manager)'",
            "member='NameOwnerChanged',arg0='\(Self.networkd)'",
        ]
        for match in matches {
            let rule: [BusValue] = [.string("type='signal',\(match)")]
            guard (try? bus.call(Self.daemon, "AddMatch", rule)) != nil else { return nil }
        }
    }

    /// The number of a descriptor that is readable when there may be another word.
    package var number: Int32 { bus.number }

    /// Takes in what has come; false where that is nothing, and the descriptor tells of the next.
    ///
    /// - Throws: where the bus has ended.
    package func takeChanges() throws(Problem) -> Bool { try bus.takeAll() }

    /// What they say now. A program that does not run is not started by the question.
    package var word: Word {
        var state: UInt32?
        if case .uint32(let number)? = property("State", of: Self.manager, Self.manager) {
            state = number
        }
        let interface = Self.networkd + ".Manager"
        return Self.word(
            manager: state,
            onlineState: property("OnlineState", of: Self.networkd, interface)?.text,
            operational: property("OperationalState", of: Self.networkd, interface)?.text)
    }

    private func property(_ name: String, of owner: String, _ interface: String) -> BusValue? {
        guard
            (try? bus.call(Self.daemon, "NameHasOwner", [.string(owner)]))?.first == .boolean(true)
        else { return nil }
        let path = "/" + String(owner.map { $0 == "." ? "/" : $0 })
        let target = BusConnection.Target(
            destination: owner, path: path, interface: Self.properties)
        let reply = try? bus.call(target, "Get", [.string(interface), .string(name)], seconds: 5)
        guard case .variant(let value)? = reply?.first else { return nil }
        return value
    }

    /// Returns the word that follows from their states; nil is one that does not run.
    ///
    /// - Parameters:
    ///   - manager: NMState: 60 and 70 have a way out, 40 and 50 are about to.
    ///   - onlineState: networkd's links that must be online, taken together.
    ///   - operational: networkd's links, taken together.
    package static func word(manager: UInt32?, onlineState: String?, operational: String?) -> Word {
        let isManaged = manager.map { $0 >= 60 } ?? false
        // A link-local address alone makes networkd's links online, and leads nowhere.
        if isManaged || operational == "routable" && onlineState != "offline" { return .online }
        if let manager, (40..<60).contains(manager) { return .offline }
        return onlineState == "offline" ? .offline : .unknown
    }
}
