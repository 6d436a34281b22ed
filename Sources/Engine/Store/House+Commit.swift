package import Base
package import Kernel
package import Records
package import Specs
package import Storages

extension House {
    /// Makes an image of a container and returns its id.
    ///
    /// - Parameter pauses: whether the container's processes stand still meanwhile.
    package func commit(
        _ container: ContainerRecord, _ choices: ImageShelf.CommitChoices, pauses: Bool,
        ledger: Ledger
    ) throws(Problem) -> String {
        do throws(Problem) {
            let base = try container.imageID.map { (id) throws(Problem) in
                try imageConfig(id, ledger: ledger)
            }
            var choices = choices
            choices.execution = House.execution(of: container.spec, base?.config)
            let stands: Bool
            if pauses, case .monitored(let record) = try condition(of: container.id),
                record.status == .running
            {
                try ask(container, .pause)
                stands = true
            } else {
                stands = false
            }
            let maps = try nestedMaps(of: container)
            let settled = choices
            var failure: Problem?
            var id = ""
            do throws(Problem) {
                id = try inStore { [self] (shelf) throws(Problem) in
                    // What lies below is read for one layer of everything alone.
                    let isWhole = settled.squashes || base == nil
                    let lower = isWhole ? try lowerDirectories(of: container) : []
                    let stack = try explaining("cannot open the container's files") {
                        () throws(KernelFault) in
                        [try writtenPart(of: container.id)] + (try TreePart.open(all: lower))
                    }
                    let source = ImageShelf.CommitSource(
                        stack: stack,
                        layers: container.layers,
                        base: base, owners: House.insideOwners(maps))
                    return try shelf.commit(source, settled).id
                }
            } catch {
                failure = error
            }
            if stands { try ask(container, .resume) }
            if let failure { throw failure }
            return id
        } catch {
            throw error.during("committing container \"\(container.name)\"")
        }
    }

    /// Returns what ids of the standing namespace are called in a container.
    static func insideOwners(_ maps: NestedMaps?) -> TreeArchive.Owners {
        guard let maps else { return { ($0, $1) } }
        func inside(_ id: UInt32, _ map: [IDRange]) -> UInt32 {
            for range in map where id >= range.outside && id - range.outside < range.count {
                return range.inside + (id - range.outside)
            }
            return 65534
        }
        return { (inside($0, maps.uid), inside($1, maps.gid)) }
    }

    /// How containers of the new image start: as this one does, as podman-commit(1) has it.
    private static func execution(of spec: ContainerSpec, _ base: ImageConfig.Execution?)
        -> ImageConfig.Execution
    {
        var execution = base ?? ImageConfig.Execution()
        if let entrypoint = spec.entrypoint {
            execution.entrypoint = entrypoint
            execution.command = nil
        }
        if !spec.command.isEmpty { execution.command = spec.command }
        for variable in spec.process.environment {
            guard let value = variable.value else { continue }
            execution.environment = (execution.environment ?? []).filter {
                !$0.hasPrefix(variable.name + "=")
            }
            execution.environment?.append("\(variable.name)=\(value)")
        }
        execution.user = spec.process.user ?? execution.user
        execution.workingDirectory = spec.process.workingDirectory ?? execution.workingDirectory
        execution.stopSignal = spec.life.stopSignal ?? execution.stopSignal
        if !spec.labels.isEmpty {
            execution.labels = (execution.labels ?? [:]).merging(spec.labels) { $1 }
        }
        return execution
    }

    /// Writes the archive of all that a container sees, without its volumes, to an open file.
    package func export(_ container: ContainerRecord, to file: borrowing Descriptor)
        throws(Problem)
    {
        let number = file.number
        do throws(Problem) {
            let maps = try nestedMaps(of: container)
            try inside { [self] () throws(Problem) in
                let lower = try lowerDirectories(of: container)
                let (out, stack) = try explaining("cannot open the container's files") {
                    () throws(KernelFault) in
                    var stack = try TreePart.open(all: lower)
                    if container.spec.rootDirectory?.overlay != false {
                        stack.insert(try writtenPart(of: container.id), at: 0)
                    }
                    return (SharedDescriptor(try Standard.duplicate(number)), stack)
                }
                try TreeArchive.write(stack, marks: .applied, owners: House.insideOwners(maps)) {
                    bytes throws(Problem) in
                    do throws(KernelFault) {
                        try out.descriptor.writeAll(bytes)
                    } catch {
                        throw error.problem("cannot write the archive")
                    }
                }
            }
        } catch {
            throw error.during("exporting container \"\(container.name)\"")
        }
    }
}
