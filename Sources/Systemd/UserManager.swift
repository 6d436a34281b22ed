package import Base
import Kernel

/// The service manager of this user: `systemd --user`. See org.freedesktop.systemd1(5).
package final class UserManager {
    private let bus: BusConnection
    private static let name = "org.freedesktop.systemd1"
    private static let manager = name + ".Manager"
    private static let root = BusConnection.Target(
        destination: name, path: "/org/freedesktop/systemd1", interface: manager)

    /// Connects to the manager: over its own socket, or through the user's message bus.
    ///
    /// - Throws: `missingOnMachine` where no manager runs for this user.
    package init() throws(Problem) {
        let directory = Console.variable("XDG_RUNTIME_DIR") ?? ""
        if !directory.isEmpty, Files.exists("\(directory)/systemd/private") {
            bus = try BusConnection(
                address: "unix:path=\(directory)/systemd/private", broker: false)
        } else if let address = Console.variable("DBUS_SESSION_BUS_ADDRESS"), !address.isEmpty {
            bus = try BusConnection(address: address, broker: true)
            // Through the bus, signals come only to those who ask.
            _ = try bus.call(
                BusConnection.Target(
                    destination: "org.freedesktop.DBus", path: "/org/freedesktop/DBus",
                    interface: "org.freedesktop.DBus"), "AddMatch",
                [.string("type='signal',sender='\(UserManager.name)',member='JobRemoved'")])
            _ = try bus.call(UserManager.root, "Subscribe", [])
        } else {
            throw Problem(
                .missingOnMachine, "no service manager runs for this user",
                why: directory.isEmpty
                    ? "XDG_RUNTIME_DIR is not set"
                    : "\"\(directory)/systemd/private\" does not exist",
                next: "log in over ssh or a console, or run \"loginctl enable-linger\" once")
        }
    }

    /// One set of limits for several scopes. See systemd.slice(5), systemd.resource-control(5).
    package struct Slice: Equatable, Sendable {
        /// `NAME.slice`
        package var name: String
        package var description: String
        package var memoryMaxBytes: UInt64?
        package var swapMaxBytes: UInt64?
        package var cpuMicrosecondsPerSecond: UInt64?
        package var cpuWeight: UInt64?
        package var ioWeight: UInt64?

        package init(name: String, description: String) {
            self.name = name
            self.description = description
        }

        var properties: [BusValue] {
            let numbers: [(String, UInt64?)] = [
                ("MemoryMax", memoryMaxBytes), ("MemorySwapMax", swapMaxBytes),
                ("CPUQuotaPerSecUSec", cpuMicrosecondsPerSecond), ("CPUWeight", cpuWeight),
                ("IOWeight", ioWeight),
            ]
            func set(_ name: String, _ value: BusValue) -> BusValue {
                .structure([.string(name), .variant(value)])
            }
            var list = [set("Description", .string(description))]
            for (name, number) in numbers {
                if let number { list.append(set(name, .uint64(number))) }
            }
            return list
        }
    }

    /// Makes a slice, unless it stands already.
    package func startSlice(_ slice: Slice) throws(Problem) {
        if try units([slice.name]).contains(where: { $0.activeState == "active" }) { return }
        let started = try bus.call(
            UserManager.root, "StartTransientUnit",
            [
                .string(slice.name), .string("replace"), .array("(sv)", slice.properties),
                .array("(sa(sv))", []),
            ])
        let outcome = try jobEnd(started.first, of: slice.name, seconds: 10)
        guard outcome == "done" else {
            throw Problem(
                .missingOnMachine, "the service manager made no slice \"\(slice.name)\"",
                why: "the job ended as \"\(outcome)\"",
                next: "look at it with \"systemctl --user status \(slice.name)\"")
        }
    }

    /// Starts a unit and waits for the end of the job: `done`, `failed`, `timeout`, ….
    package func start(_ unit: String, waitSeconds: Int64 = 90) throws(Problem) -> String {
        try job("StartUnit", unit, waitSeconds)
    }

    /// Stops a unit and waits for the end of the job.
    package func stop(_ unit: String, waitSeconds: Int64 = 90) throws(Problem) -> String {
        try job("StopUnit", unit, waitSeconds)
    }

    /// Stops a unit if it runs, starts it, and waits for the end of the job.
    package func restart(_ unit: String, waitSeconds: Int64 = 90) throws(Problem) -> String {
        try job("RestartUnit", unit, waitSeconds)
    }

    /// Sends a signal to every process of a unit.
    package func kill(_ unit: String, signal: Int32) throws(Problem) {
        _ = try bus.call(
            UserManager.root, "KillUnit", [.string(unit), .string("all"), .int32(signal)])
    }

    /// Reads all unit files anew and runs the generators.
    package func reload() throws(Problem) {
        _ = try bus.call(UserManager.root, "Reload", [], seconds: 90)
    }

    /// Forgets that a unit has failed.
    package func resetFailed(_ unit: String) throws(Problem) {
        _ = try bus.call(UserManager.root, "ResetFailedUnit", [.string(unit)])
    }

    /// What the manager says of one unit.
    package struct Unit: Equatable, Sendable {
        package let name: String
        package let description: String
        /// `loaded`, `not-found`, `masked`, …
        package let loadState: String
        /// `active`, `inactive`, `failed`, `activating`, …
        package let activeState: String
        package let subState: String
    }

    /// Returns the units whose name matches one of the patterns (`web.service`,
    /// `*-volume.service`).
    package func units(_ patterns: [String]) throws(Problem) -> [Unit] {
        let reply = try bus.call(
            UserManager.root, "ListUnitsByPatterns",
            [.array("s", []), .array("s", patterns.map { .string($0) })])
        return (reply.first?.members ?? []).compactMap { row in
            let texts = row.members.prefix(5).compactMap(\.text)
            guard texts.count == 5 else { return nil }
            return Unit(
                name: texts[0], description: texts[1], loadState: texts[2], activeState: texts[3],
                subState: texts[4])
        }
    }

    /// Returns the name of the unit a process belongs to.
    package func unit(of pid: Int32) throws(Problem) -> String {
        let path = try bus.call(
            UserManager.root, "GetUnitByPID", [.uint32(UInt32(bitPattern: pid))])
        let target = BusConnection.Target(
            destination: UserManager.name, path: path.first?.text ?? "/",
            interface: "org.freedesktop.DBus.Properties")
        let value = try bus.call(
            target, "Get", [.string(UserManager.name + ".Unit"), .string("Id")])
        guard case .variant(.string(let name))? = value.first else {
            throw Problem(.noSuchObject, "process \(pid) belongs to no unit")
        }
        return name
    }

    private func job(_ verb: String, _ unit: String, _ seconds: Int64) throws(Problem) -> String {
        let started = try bus.call(UserManager.root, verb, [.string(unit), .string("replace")])
        return try jobEnd(started.first, of: unit, seconds: seconds)
    }

    private func jobEnd(_ job: BusValue?, of unit: String, seconds: Int64) throws(Problem) -> String
    {
        let deadline = Clock.monotonic() + seconds * 1_000_000_000
        while Clock.monotonic() < deadline {
            let left = UInt64(max(0, deadline - Clock.monotonic())) / 1000
            // JobRemoved has: the number, the job's path, the unit, the result.
            guard
                let values = try bus.nextSignal(
                    UserManager.manager, "JobRemoved", microseconds: left)
            else { break }
            if values.count == 4, values[1].text == job?.text { return values[3].text ?? "" }
        }
        throw Problem(
            .timedOut, "the service manager did not finish with \"\(unit)\" within \(seconds) s",
            next: "look at it with \"systemctl --user status \(unit)\"")
    }
}
