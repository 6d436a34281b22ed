package import Base
package import Kernel
package import Specs

/// A scope made without libsystemd: the static program has none, and loading it costs a start
/// more than all that is said here. See systemd.scope(5).
package enum TransientScope {
    /// What the scope is to be.
    package struct Request: Sendable {
        /// `NAME.scope`
        package var unit: String
        /// `NAME.slice`; nil lets the manager choose.
        package var slice: String?
        package var description: String
        package var pid: Int32
        package var properties: [UnitProperty] = []
        /// Whether the manager orders it as it does units of its own, for one stops before
        /// shutdown.
        package var isOrdered: Bool
        /// Whether the user's own manager is asked, or the machine's.
        package var isUser: Bool

        package init(
            unit: String, slice: String? = nil, description: String, pid: Int32, isUser: Bool = true
        ) {
            self.unit = unit
            self.slice = slice
            self.description = description
            self.pid = pid
            self.isUser = isUser
            isOrdered = isUser
        }

        /// The properties as the bus takes them. See systemd.resource-control(5).
        var values: [BusValue] {
            [
                set("Description", .string(description)),
                set("PIDs", .array("u", [.uint32(UInt32(bitPattern: pid))])),
                set("Delegate", .boolean(true)),
                set("CollectMode", .string("inactive-or-failed")),
                set("DefaultDependencies", .boolean(isOrdered)),
            ] + (slice.map { [set("Slice", .string($0))] } ?? [])
                + properties.map { set($0.name, value($0.value)) }
        }
    }

    /// Makes the scope and returns its control group, which the process is in then.
    ///
    /// - Throws: as `make`, and `wrongState` where the process is elsewhere.
    package static func makeGroup(_ request: Request) throws(Problem) -> ControlGroup {
        try make(request)
        let group = try explaining("cannot find the scope \"\(request.unit)\"") {
            () throws(KernelFault) in try ControlGroup.of(pid: request.pid)
        }
        guard let group, group.path.hasSuffix("/" + request.unit) else {
            throw Problem(
                .wrongState, "the scope \"\(request.unit)\" does not hold its process",
                why: "process \(request.pid) is in \"\(group?.path ?? "none")\"")
        }
        return group
    }

    /// Makes the scope and waits until the process is in it.
    ///
    /// - Throws: `missingOnMachine` where no manager can be reached, `helper` for what it refuses.
    package static func make(_ request: Request) throws(Problem) {
        let connection = try connect(isUser: request.isUser)
        let started = try connection.manager(
            "StartTransientUnit",
            [
                .string(request.unit), .string("fail"), .array("(sv)", request.values),
                .array("(sa(sv))", []),
            ])
        while true {
            // The number of the job, its path, the unit, the result.
            let values = try connection.signal("JobRemoved")
            guard values.count == 4, values[1].text == started.first?.text else { continue }
            if values[3].text == "done" { return }
            throw Problem(
                .helper, "systemd made no scope \"\(request.unit)\"",
                why: "the job ended as \"\(values[3].text ?? "")\"",
                next: "look at it with \"systemctl status \(request.unit)\"")
        }
    }

    /// Changes properties of a scope until it ends.
    package static func change(_ unit: String, _ properties: [UnitProperty], isUser: Bool)
        throws(Problem)
    {
        let connection = try connect(isUser: isUser)
        _ = try connection.manager(
            "SetUnitProperties",
            [
                .string(unit), .boolean(true),
                .array("(sv)", properties.map { set($0.name, value($0.value)) }),
            ])
    }

    /// Stops a scope and waits until its name is free again.
    package static func stop(_ unit: String, isUser: Bool) throws(Problem) {
        let connection = try connect(isUser: isUser)
        let stopped = try connection.manager("StopUnit", [.string(unit), .string("replace")])
        while true {
            let values = try connection.signal("JobRemoved")
            if values.count == 4, values[1].text == stopped.first?.text { return }
        }
    }

    private static func connect(isUser: Bool) throws(Problem) -> WireConnection {
        guard isUser else {
            if Files.exists("/run/systemd/private") {
                return try WireConnection(path: "/run/systemd/private", broker: false)
            }
            return try WireConnection(path: "/run/dbus/system_bus_socket", broker: true)
        }
        let directory = Console.variable("XDG_RUNTIME_DIR") ?? ""
        let own = "\(directory)/systemd/private"
        if !directory.isEmpty, Files.exists(own) {
            return try WireConnection(path: own, broker: false)
        }
        let address = Console.variable("DBUS_SESSION_BUS_ADDRESS") ?? ""
        if let path = busPath(address) { return try WireConnection(path: path, broker: true) }
        throw Problem(
            .missingOnMachine, "no service manager runs for this user",
            why: "\"\(own)\" does not exist",
            next: "log in over ssh or a console, or run \"loginctl enable-linger\" once")
    }

    /// Takes the path out of `unix:path=/run/user/1000/bus,guid=…`.
    static func busPath(_ address: String) -> String? {
        for one in address.split(separator: ";") where one.hasPrefix("unix:") {
            for part in one.dropFirst(5).split(separator: ",") {
                if part.hasPrefix("path=") { return String(part.dropFirst(5)) }
                if part.hasPrefix("abstract=") { return "@" + part.dropFirst(9) }
            }
        }
        return nil
    }

    private static func set(_ name: String, _ value: BusValue) -> BusValue {
        .structure([.string(name), .variant(value)])
    }

    private static func value(_ value: UnitProperty.Value) -> BusValue {
        switch value {
        case .text(let text): .string(text)
        case .flag(let flag): .boolean(flag)
        case .number(let number): .uint64(number)
        case .bits(let bytes): .array("y", bytes.map { .byte($0) })
        case .pairs(let pairs):
            .array("(ss)", pairs.map { .structure($0.map { .string($0) }) })
        }
    }
}
