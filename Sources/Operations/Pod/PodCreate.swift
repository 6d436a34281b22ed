package import Base
package import Engine
import Kernel
import Records
package import Specs

/// `martlet pod create`
package enum PodCreate: Verb {
    package struct Request: Equatable, Sendable {
        /// Empty makes one up.
        package var name = ""
        /// The container that holds the pod together, by the fields of `run`.
        package var launch = LaunchRequest()
        package var hasInfra = true
        package var infraName: String?
        package var shared = standardShare
        package var sharesParent = true
        package var exitPolicy = PodRecord.ExitPolicy.goOn
        /// Where the id is written.
        package var idFile: String?
        /// Whether a pod of the same name goes first.
        package var replace = false
    }

    /// The pod's id.
    package typealias Reply = String

    package static let standardShare: [PodRecord.Space] = [.ipc, .net, .uts]

    /// Fields of `run` that are the pod's own container's here.
    private static let launchFields: Set<String> = [
        "add-host", "blkio-weight", "blkio-weight-device", "cgroup-parent", "cpu-shares", "cpus",
        "cpuset-cpus", "cpuset-mems", "device", "device-read-bps", "dns", "dns-option",
        "dns-search", "gidmap", "gpus", "hostname", "hosts-file", "ip", "ip6", "label",
        "label-file", "mac-address", "memory", "memory-swap", "network", "network-alias",
        "no-hostname", "no-hosts", "pid", "publish", "restart", "security-opt", "shm-size",
        "shm-size-systemd", "subgidname", "subuidname", "sysctl", "uidmap", "userns", "uts",
        "volume", "volumes-from",
    ]

    package static var card: Card<Request> {
        Card(
            "pod create", summary: "Make a pod without starting it",
            .create("/libpod/pods/create"), blank: Request(),
            fields: ownFields + podFields + infraFields
        ).checking { (request) throws(Problem) in
            try request.launch.check()
            if !request.hasInfra, request.launch != LaunchRequest() || request.infraName != nil {
                var plain = LaunchRequest()
                plain.spec.labels = request.launch.spec.labels
                plain.labelFiles = request.launch.labelFiles
                guard request.launch == plain, request.infraName == nil else {
                    throw Problem(
                        .badUsage, "a pod without an infra container has nothing of its own",
                        why: "nobody holds its namespaces, network and volumes",
                        next: "leave --infra=false out, or give these options to each container")
                }
            }
        }.details(
            "Containers join it with run --pod. What --share names is one for all of them, and "
                + "belongs to the pod's infra container: a process of some kilobytes that waits. "
                + "It needs no image. Published ports, network, host name, volumes and, with the "
                + "IPC namespace, /dev/shm are its."
        ).example("martlet pod create --name shop -p 8080:80", "Make a pod with a published port")
    }

    private static var ownFields: [Field<Request>] {
        Field<LaunchRequest>.launchFields.filter {
            launchFields.contains($0.parameter.name)
        }.map { $0.lifted(\.launch) }
    }

    private static var podFields: [Field<Request>] {
        [
            .value("name", short: "n", "NAME", "Name the pod") { (request, text) throws(Problem) in
                request.name = try ObjectName(text, of: "pod").text
            } write: {
                $0.name.isEmpty ? nil : $0.name
            },
            .value("pod-id-file", "FILE", "Write the pod's id to this file") {
                $0.idFile = $1
            } write: {
                $0.idFile
            }.completing(.file),
            .flag("replace", "Remove a pod of the same name first") {
                $0.replace = $1
            } write: {
                $0.replace
            },
            .value("share", "NAMES", "Namespaces that are one for all; + before one adds it") {
                (request, text) throws(Problem) in
                request.shared = try share(text)
            } write: {
                $0.shared.isEmpty ? "none" : $0.shared.map(\.rawValue).joined(separator: ",")
            }.standard("ipc,net,uts"),
            .flag("share-parent", "Put containers below the pod's control group") {
                $0.sharesParent = $1
            } write: {
                $0.sharesParent
            }.standard("true"),
            // --name says the same, and is how the name is written.
            .argument("pod", "Its name; without one, a name is made up", isRequired: false) {
                (request, text) throws(Problem) in
                request.name = try ObjectName(text, of: "pod").text
            } write: { _ in
                nil
            }.local,
            .value(
                "exit-policy", "POLICY", "What follows when the last container has ended",
                Choice.of(PodRecord.ExitPolicy.self)
            ) {
                $0.exitPolicy = $1
            } write: {
                $0.exitPolicy.rawValue
            }.standard("continue").completing(.words(["continue", "stop"])),
        ]
    }

    private static var infraFields: [Field<Request>] {
        [
            .flag("infra", "Have a container that holds the pod together") {
                $0.hasInfra = $1
            } write: {
                $0.hasInfra
            }.standard("true"),
            .notBuilt("infra-command", next: "leave it out: the infra container runs our program"),
            .notBuilt("infra-image", next: "leave it out: the infra container needs no image"),
            .value("infra-conmon-pidfile", "FILE", "Write the pid of its monitor to this file") {
                $0.launch.spec.life.monitorPidFile = $1
            } write: {
                $0.launch.spec.life.monitorPidFile
            }.completing(.file),
            .value("infra-name", "NAME", "Name the infra container") {
                (request, text) throws(Problem) in
                request.infraName = try ObjectName(text, of: "container").text
            } write: {
                $0.infraName
            },
        ]
    }

    /// Reads `--share`: names parted by commas, in place of the usual ones or, with `+`, beside.
    private static func share(_ text: String) throws(Problem) -> [PodRecord.Space] {
        let words = text.split(separator: ",").map(String.init)
        var chosen: Set<PodRecord.Space> =
            words.contains { $0.hasPrefix("+") } ? Set(standardShare) : []
        if text == "none" || text.isEmpty { return [] }
        for word in words {
            let name = word.rest(after: "+") ?? word
            guard let space = PodRecord.Space(rawValue: name) else {
                let known = PodRecord.Space.allCases.map(\.rawValue)
                throw Problem(
                    .badValue, "--share cannot be \"\(word.printable)\"",
                    next: known.nearest(to: name).map { "did you mean \"\($0)\"?" }
                        ?? "use none or some of \(known.joined(separator: ", "))")
            }
            chosen.insert(space)
        }
        return PodRecord.Space.allCases.filter(chosen.contains)
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        try house.sweep(ledger)
        let wish = try wish(request, house)
        if request.replace, !request.name.isEmpty, let old = try ledger.pod(named: request.name) {
            var options = RemoveOptions()
            options.force = true
            try house.remove(old, ledger: ledger, options: options)
        }
        let pod = try house.makePod(wish, ledger: ledger)
        if let path = request.idFile {
            try explaining("cannot write the pod's id to \"\(path)\"") {
                () throws(KernelFault) in
                try Files.open(path, [.write, .create, .truncate], permissions: 0o644)
                    .writeAll(pod.id)
            }
        }
        return pod.id
    }

    private static func wish(_ request: Request, _ house: House) throws(Problem) -> PodWish {
        var spec = try Launching.settled(request.launch.spec, request.launch, house)
        var wish = PodWish()
        wish.name = request.name
        wish.infraName = request.infraName
        wish.record.labels = spec.labels
        wish.record.exitPolicy = request.exitPolicy
        wish.record.restart = spec.life.restart
        wish.record.sharesParent = request.sharesParent
        wish.record.words = card.arguments(for: request)
        wish.record.limits = spec.resources
        wish.record.limits.sysctls = [:]
        try checkLimits(wish.record.limits)
        wish.record.parent = try spec.life.cgroupParent.map(SliceName.parse)
        spec.life.cgroupParent = nil
        guard request.hasInfra else { return wish }
        wish.record.shared = request.shared
        spec.labels = [:]
        spec.life.restart = .never
        let sysctls = spec.resources.sysctls
        spec.resources = ResourceChoices()
        spec.resources.sysctls = sysctls
        wish.infra = spec
        return wish
    }

    /// Refuses what a slice of the user's manager is not given.
    private static func checkLimits(_ limits: ResourceChoices) throws(Problem) {
        let refused: [(String, Bool)] = [
            ("--cpuset-cpus", limits.cpusetCPUs != nil),
            ("--cpuset-mems", limits.cpusetMemory != nil),
            ("limits of block devices", !limits.blockLimits.isEmpty),
        ]
        for (what, isGiven) in refused where isGiven {
            throw Problem(
                .notBuilt, "\(what) for a pod as a whole is not built yet",
                next: "give it to each container of the pod")
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(.lines([reply]))
    }
}
