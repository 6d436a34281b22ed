package import Base
package import Specs

/// What `run` and `create` ask for: a container, its image, and how to begin.
package struct LaunchRequest: Equatable, Sendable {
    /// The container itself: what is stored.
    package var spec = ContainerSpec()
    package var pull = PullChoices(policy: .missing)
    /// Where the id is written (`--cidfile`).
    package var idFile: String?
    /// A file whose first line is the id of the container's pod (`--pod-id-file`).
    package var podIDFile: String?
    /// Files of `KEY=VALUE` labels, read at creation.
    package var labelFiles: [String] = []
    /// Whether a container of the same name goes first.
    package var replace = false
    /// Whether the argument is a directory of the host, not an image.
    package var isRootDirectory = false
    /// Whether the image goes too when the container ends (`--rmi`).
    package var removeImage = false
    package var quiet = false

    // Only `run` has these.
    package var detach = false
    /// Keys that end the attachment: `ctrl-p,ctrl-q`; empty switches them off.
    package var detachKeys: String?
    /// Whether signals reach the container.
    package var proxiesSignals = true
    /// Streams to attach to; empty means as the other options have it.
    package var attach: [String] = []

    package init() {}

    /// Returns the container with the first argument in its place: an image or a directory.
    package func resolved() -> ContainerSpec {
        guard isRootDirectory else { return spec }
        var spec = spec
        let (path, option) = Self.parted(spec.image)
        var root = ContainerSpec.RootDirectory(path: path)
        root.overlay = option == "O"
        root.idMapped = option == "idmap"
        spec.rootDirectory = root
        spec.image = ""
        return spec
    }

    /// Parts `PATH[:O|:idmap]`.
    private static func parted(_ text: String) -> (path: String, option: String?) {
        for option in ["O", "idmap"] where text.hasSuffix(":" + option) {
            return (String(text.dropLast(option.count + 1)), option)
        }
        return (text, nil)
    }

    /// Refuses what contradicts itself.
    package func check() throws(Problem) {
        if spec.life.remove, spec.life.restart != .never {
            throw Problem(
                .badUsage, "--rm and --restart contradict each other",
                why: "a container that is removed cannot start again")
        }
        // Some of what the runtime takes is for /proc, /dev and the like.
        let room = Limits.mounts - 64
        guard spec.storage.mounts.count <= room else {
            throw Problem(
                .badUsage,
                "\(spec.storage.mounts.count) mounts are asked for, and \(room) are allowed",
                next: "mount a directory that holds several")
        }
        if podIDFile != nil, spec.pod != nil {
            throw Problem(.badUsage, "--pod and --pod-id-file contradict each other")
        }
        if detach, !attach.isEmpty {
            throw Problem(.badUsage, "--detach and --attach contradict each other")
        }
        if spec.network.noHosts, !spec.network.hosts.isEmpty {
            throw Problem(.badUsage, "--no-hosts and --add-host contradict each other")
        }
        if spec.resources.milliCPUs != nil, spec.resources.cpuQuotaMicroseconds != nil {
            throw Problem(
                .badUsage, "--cpus and --cpu-quota contradict each other",
                next: "give one of the two")
        }
        if let wrong = attach.first(where: { !["stdin", "stdout", "stderr"].contains($0) }) {
            throw Problem(
                .badValue, "--attach cannot be \"\(wrong.printable)\"",
                next: "use stdin, stdout or stderr")
        }
        if spec.storage.sharedMemoryBytes != nil, ![.own, .shareable].contains(spec.spaces.ipc) {
            throw Problem(
                .badUsage, "--shm-size and --ipc contradict each other",
                why: "/dev/shm comes with the IPC namespace that is shared",
                next: "leave --shm-size out")
        }
        try checkMounts()
        try checkPorts()
    }

    private func checkMounts() throws(Problem) {
        var seen: Set<String> = []
        for mount in spec.storage.mounts where !seen.insert(mount.destination).inserted {
            throw Problem(
                .badValue, "two mounts have the destination \"\(mount.destination.printable)\"",
                next: "give each --volume, --mount and --tmpfs a destination of its own")
        }
    }

    private func checkPorts() throws(Problem) {
        for (index, port) in spec.network.ports.enumerated() {
            guard let other = spec.network.ports[..<index].first(where: { $0.overlaps(port) })
            else { continue }
            throw Problem(
                .badValue,
                "\"\(port.argument)\" and \"\(other.argument)\" publish the same host port",
                next: "give each --publish its own host port")
        }
    }
}

/// How an image is fetched.
package struct PullChoices: Equatable, Sendable {
    package enum Policy: String, CaseIterable, Sendable { case always, missing, never, newer }
    package var policy: Policy
    /// `--platform`, or `--os`, `--arch` and `--variant` together.
    package var os: String?
    package var architecture: String?
    package var variant: String?
    package var authFile: String?
    package var certificateDirectory: String?
    package var credentials: String?
    /// nil follows registries.conf.
    package var verifiesTLS: Bool?
    package var retries: Int?
    package var retryDelay: Int64?
    package var policyFile: String?
    /// As they were written, so that no passphrase is read before it is needed.
    package var decryptionKeys: [String] = []

    package init(policy: Policy) { self.policy = policy }
}

/// A request that may have to fetch an image.
package protocol Pulling: SendableMetatype {
    var pull: PullChoices { get set }
}

extension LaunchRequest: Pulling {}
