import Base
import Engine
import Kernel
import Records
import Specs

/// What `run` and `create` have in common: an image, a container made of it, the way to start it.
enum Launching {
    /// Finds or fetches the image, and makes the container; nothing is left where that fails.
    static func create(_ request: LaunchRequest, in house: House, _ ledger: Ledger)
        throws(Problem) -> ContainerRecord
    {
        var spec = try settled(request.resolved(), request, house)
        if spec.rootDirectory == nil, spec.image.isEmpty {
            throw Problem(.badUsage, "no image is named", next: "name one: \"martlet run IMAGE\"")
        }
        if request.removeImage { spec.life.remove = true }
        while true {
            let image =
                spec.rootDirectory == nil
                ? try house.image(
                    spec.image, request.pull.wish(quiet: request.quiet), ledger: ledger) : nil
            let hold = try house.holdImages()
            // From here on nobody removes it; until here somebody may have (F-32).
            if let image, try ledger.image(id: image.id) == nil { continue }
            let settled = spec
            let container = try Undo.guarding { (undo) throws(Problem) in
                if request.replace { try replace(settled.name, in: house, ledger) }
                let joined = try join(settled, request, house, ledger, &undo)
                let container = try house.create(
                    joined, image: image, ledger: ledger, undo: &undo)
                if let path = request.idFile { try writeID(container.id, to: path) }
                return container
            }
            _ = consume hold
            return container
        }
    }

    /// Puts the container into its pod, which is made where the option says `new:NAME`.
    private static func join(
        _ spec: ContainerSpec, _ request: LaunchRequest, _ house: House, _ ledger: Ledger,
        _ undo: inout Undo
    ) throws(Problem) -> ContainerSpec {
        var spec = spec
        if let path = request.podIDFile {
            let text = try explaining("cannot read the pod's id in \"\(path)\"") {
                () throws(KernelFault) in try Files.readText(path, limit: 4096)
            }
            spec.pod = text.split(separator: "\n").first.map(String.init) ?? ""
        }
        guard let text = spec.pod else { return spec }
        guard let name = text.rest(after: "new:") else {
            return try house.joining(spec, to: try ledger.findPod(text), ledger: ledger)
        }
        var wish = PodWish()
        wish.name = name
        wish.record.shared = PodCreate.standardShare
        // What is the container's alone without a pod is the pod's.
        var infra = ContainerSpec()
        (infra.network, spec.network) = (spec.network, NetworkChoices())
        (infra.spaces.hostname, spec.spaces.hostname) = (spec.spaces.hostname, nil)
        wish.infra = infra
        let pod = try house.makePod(wish, ledger: ledger)
        undo.push("removing pod \"\(pod.name)\"") { () throws(Problem) in
            try house.remove(pod, ledger: ledger, options: RemoveOptions())
        }
        return try house.joining(spec, to: pod, ledger: ledger)
    }

    /// How `run` goes on after it has made the container.
    static func options(_ request: LaunchRequest) -> StartOptions {
        var options = StartOptions()
        options.detach = request.detach
        options.streams = Set(request.attach)
        options.proxiesSignals = request.proxiesSignals
        if let keys = request.detachKeys { options.detachKeys = keys }
        return options
    }

    /// Removes a container that was made to be run once and did not start.
    static func clear(
        _ container: ContainerRecord, in house: House, _ ledger: Ledger, after cause: Problem
    ) -> Problem {
        guard container.ephemeral else { return cause }
        var problem = cause
        do throws(Problem) {
            var options = RemoveOptions()
            options.force = true
            options.volumes = true
            try house.remove(container, ledger: ledger, options: options)
        } catch {
            problem.others.append(error)
        }
        return problem
    }

    /// Reads what is named by files, and what is the caller's, once and for all.
    static func settled(
        _ spec: ContainerSpec, _ request: LaunchRequest, _ house: House
    ) throws(Problem) -> ContainerSpec {
        var spec = spec
        let choices = spec.process
        spec.process.environment =
            try EnvironmentFiles.variables(choices.environmentFiles) + choices.environment
        spec.process.environment = spec.process.environment.flatMap {
            settled($0, house.caller.environment)
        }
        spec.process.environmentFiles = []
        for index in spec.storage.mounts.indices {
            let mount = spec.storage.mounts[index]
            guard mount.kind == .bind || mount.kind == .overlay else { continue }
            spec.storage.mounts[index].source = try AbsolutePath.here(mount.source)
        }
        if let root = spec.rootDirectory {
            spec.rootDirectory?.path = try AbsolutePath.here(root.path)
        }
        for variable in try EnvironmentFiles.variables(request.labelFiles)
        where spec.labels[variable.name] == nil {
            spec.labels[variable.name] = variable.value ?? ""
        }
        return spec
    }

    /// A bare name takes the caller's value now: later starts have other callers.
    private static func settled(
        _ variable: ProcessChoices.Variable, _ caller: [String: String]
    ) -> [ProcessChoices.Variable] {
        if variable.value != nil { return [variable] }
        if variable.name.hasSuffix("*") {
            let prefix = variable.name.dropLast()
            return caller.filter { $0.key.hasPrefix(prefix) }.sorted { $0.key < $1.key }
                .map { .init($0.key, $0.value) }
        }
        return caller[variable.name].map { [.init(variable.name, $0)] } ?? []
    }

    private static func replace(_ name: String, in house: House, _ ledger: Ledger) throws(Problem) {
        guard !name.isEmpty else { return }
        let standing: ContainerRecord
        do throws(Problem) {
            standing = try ledger.find(name)
        } catch  where error.code == .noSuchContainer {
            return
        }
        // An id that begins with the name is not the name.
        guard standing.name == name else { return }
        var options = RemoveOptions()
        options.force = true
        options.volumes = true
        try house.remove(standing, ledger: ledger, options: options)
    }

    private static func writeID(_ id: String, to path: String) throws(Problem) {
        try explaining(
            "cannot write the container's id to \"\(path)\"",
            next: "choose a file that does not exist yet"
        ) { () throws(KernelFault) in
            try Files.open(path, [.write, .create, .exclusive], permissions: 0o644).writeAll(id)
        }
    }
}
