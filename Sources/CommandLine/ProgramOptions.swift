package import Base
package import Engine
import Kernel
package import Operations

/// The options of the program itself, which stand before the verb or among its own.
package struct ProgramOptions: Equatable, Sendable {
    package var logLevel = "warn"
    package var root: String?
    package var runRoot: String?
    package var runtime: String?
    package var cgroupManager: String?
    package var storageDriver: String?
    package var deviceInterfaces: [String] = []

    package init() {}

    /// The options as every verb accepts them.
    package static let fields: [Field<ProgramOptions>] = [
        .value(
            "log-level", "LEVEL", "Log messages of this level and above: debug, info, warn, error",
            Choice.of(levels), read: { $0.logLevel = $1 }, write: { $0.logLevel }
        ).standard("warn").from("MARTLET_LOG_LEVEL").completing(.words(levels)),
        .value(
            "root", "DIRECTORY", "Keep images, volumes and containers here",
            read: { $0.root = $1 }, write: { $0.root }
        ).from("MARTLET_ROOT").completing(.directory),
        .value(
            "runroot", "DIRECTORY", "Keep what dies with the session here",
            read: { $0.runRoot = $1 }, write: { $0.runRoot }
        ).from("MARTLET_RUNROOT").completing(.directory),
        .value(
            "runtime", "NAME|PATH", "Use this OCI runtime in place of the built-in one",
            read: { $0.runtime = $1 }, write: { $0.runtime }
        ).from("MARTLET_RUNTIME").completing(.words(["crun", "runc"])),
        .value(
            "cgroup-manager", "MANAGER", "Make cgroups through systemd or in cgroupfs",
            Choice.of(["systemd", "cgroupfs"]), read: { $0.cgroupManager = $1 },
            write: { $0.cgroupManager }
        ).from("MARTLET_CGROUP_MANAGER").completing(.words(["systemd", "cgroupfs"])),
        .value(
            "storage-driver", "DRIVER",
            "Serve root file systems by the kernel's overlay, or by fuse-overlay",
            Choice.of(OverlayChoice.words), read: { $0.storageDriver = $1 },
            write: { $0.storageDriver }
        ).from("MARTLET_STORAGE_DRIVER").completing(.words(OverlayChoice.words)),
        .repeated(
            "cdi-spec-dir", "DIRECTORY", "Look here for the devices of --device VENDOR/CLASS=NAME",
            read: { $0.deviceInterfaces.append($1) }, write: { $0.deviceInterfaces }
        ).completing(.directory),
    ]

    package static let parameters: [Parameter] = fields.map(\.parameter)

    private static let levels = [
        "trace", "debug", "info", "warn", "warning", "error", "fatal", "panic",
    ]

    /// Returns the engine these options ask for.
    ///
    /// - Throws: `notBuilt` for what the engine cannot do; no option is taken and then ignored.
    package func house() throws(Problem) -> House {
        if cgroupManager == "cgroupfs" {
            throw Problem(
                .notBuilt, "control groups made without systemd are not built yet",
                next: "leave --cgroup-manager out, or use --cgroups=disabled")
        }
        let house = try House(data: root, run: runRoot)
        house.usualRuntime = runtime
        house.storageDriver = storageDriver
        house.deviceInterfaceDirectories = deviceInterfaces
        if !["error", "fatal", "panic"].contains(logLevel) { house.warn = ProgramOptions.show }
        return house
    }

    /// Writes a warning to standard error; where that is gone there is nobody to warn.
    private static func show(_ warning: String) {
        try? Standard.duplicate(2).writeAll("warning: \(warning.printable)\n")
    }
}

extension ProgramOptions {
    /// The options as the parser needs them.
    static let signature = Card(
        "", summary: "Run containers as yourself", .get("/"), blank: ProgramOptions(),
        fields: fields
    ).signature

    /// Takes over what a word gave to one of the options.
    mutating func read(_ assignment: Assignment) throws(Problem) {
        try ProgramOptions.fields[assignment.parameter].read(&self, assignment.text)
    }
}
