package import Base
package import Records
package import Specs

/// Which containers need which others.
extension House {
    /// Removes a container and, before it, those that need it.
    ///
    /// - Throws: `wrongState` where one of them runs and `force` is off; all of them stay then.
    package func removeWithDependents(
        _ container: ContainerRecord, ledger: Ledger, options: RemoveOptions
    ) throws(Problem) {
        let all = try dependents(of: container, ledger: ledger) + [container]
        for one in all where !options.force {
            if try condition(of: one.id).isRunning { throw House.isRunning(one) }
        }
        for one in all { try remove(one, ledger: ledger, options: options) }
    }

    /// Returns the containers that need one, directly or by others, those first that nobody needs.
    ///
    /// A container needs those that it requires (`--requires`), whose namespaces it shares, and whose
    /// mounts it uses. See podman-rm(1), "--depend".
    func dependents(of container: ContainerRecord, ledger: Ledger) throws(Problem)
        -> [ContainerRecord]
    {
        let all = try ledger.containers()
        var found: [ContainerRecord] = []
        var waiting = [container]
        while let next = waiting.popLast() {
            let fresh = all.filter { other in
                other.id != container.id && !found.contains { $0.id == other.id }
                    && other.spec.neededContainers.contains(where: next.isMeant)
            }
            found += fresh
            waiting += fresh
        }
        return found.reversed()
    }
}

extension ContainerRecord {
    /// Whether somebody who writes `text` means this container.
    func isMeant(by text: String) -> Bool {
        name == text || text.utf8.count >= 12 && id.hasPrefix(text)
    }
}

extension ContainerSpec {
    /// The containers without which one of this spec cannot start, as they were written.
    var neededContainers: [String] {
        var needed = requires
        for space in [spaces.pid, spaces.ipc, spaces.uts, spaces.cgroup] {
            if case .container(let name) = space { needed.append(name) }
        }
        if case .container(let name) = spaces.user { needed.append(name) }
        if case .container(let name)? = network.mode { needed.append(name) }
        needed += storage.volumesFrom.map { String($0.prefix { $0 != ":" }) }
        return needed
    }
}
