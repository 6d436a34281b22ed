package import Base
package import Engine
import Kernel
package import Records
package import Specs

/// Which pods a verb is about.
package struct PodSelection: Equatable, Sendable {
    package var names: [String] = []
    package var all = false
    package var latest = false
    /// Files whose first line is an id.
    package var idFiles: [String] = []
    /// Whether a pod that is not there is no error.
    package var ignoresMissing = false

    package init() {}

    /// Refuses a selection of nothing, and one of names and all at once.
    package func check() throws(Problem) {
        guard !names.isEmpty || all || latest || !idFiles.isEmpty else {
            throw Problem(.badUsage, "no pod is named", next: "name one, or use --all")
        }
        if !names.isEmpty, all || latest {
            throw Problem(
                .badUsage, "names and \(all ? "--all" : "--latest") contradict each other",
                next: "leave one of them out")
        }
    }

    /// Does `body` with each pod selected; a failure does not stop the others.
    package func batch(
        in house: House, _ body: (PodRecord, Ledger) throws(Problem) -> [Problem]
    ) throws(Problem) -> Batch {
        let ledger = try house.ledger()
        try house.sweep(ledger)
        var batch = Batch()
        for name in try wanted(ledger) {
            do throws(Problem) {
                let pod = try ledger.findPod(name)
                let problems = try body(pod, ledger)
                batch.problems += problems
                // Whatever a container's own start would end with: it is the pod's that failed.
                if !problems.isEmpty { batch.status = 125 }
                if problems.isEmpty { batch.done.append(name) }
            } catch {
                if error.code == .noSuchPod, ignoresMissing { continue }
                batch.problems.append(error)
            }
        }
        return batch
    }

    /// Returns the one pod selected.
    package func one(_ ledger: Ledger) throws(Problem) -> PodRecord {
        let names = try wanted(ledger)
        guard let name = names.first, names.count == 1 else {
            throw Problem(
                .badUsage, names.isEmpty ? "no pod is named" : "more than one pod is named",
                next: "name one pod")
        }
        return try ledger.findPod(name)
    }

    /// The names as the user gave them, or ids where a rule selects.
    package func wanted(_ ledger: Ledger) throws(Problem) -> [String] {
        var wanted = names
        for path in idFiles {
            do throws(KernelFault) {
                let text = try Files.readText(path, limit: 4096)
                wanted.append(text.split(separator: "\n").first.map(String.init) ?? "")
            } catch {
                if error.name == "ENOENT", ignoresMissing { continue }
                throw error.problem("cannot read the id in \"\(path)\"")
            }
        }
        if all { wanted += try ledger.pods().map(\.id) }
        if latest { wanted += try ledger.pods().suffix(1).map(\.id) }
        return wanted
    }
}

/// A request about pods that a selection names.
package protocol PodSelecting: SendableMetatype {
    var selection: PodSelection { get set }
}

extension Field where Request: PodSelecting {
    package static var podNames: Field {
        .arguments("pod", "The pods, by name or id") {
            $0.selection.names.append($1)
        } write: {
            $0.selection.names
        }.completing(.pod).wire("name")
    }

    /// One pod, which --latest may stand for.
    package static var podOne: Field {
        .argument("pod", "The pod, by name or id", isRequired: false) {
            $0.selection.names.append($1)
        } write: {
            $0.selection.names.first
        }.completing(.pod).wire("name")
    }

    package static func podAll(_ summary: String) -> Field {
        .flag("all", short: "a", summary) {
            $0.selection.all = $1
        } write: {
            $0.selection.all
        }
    }

    package static var podLatest: Field {
        .flag("latest", short: "l", "Take the newest pod") {
            $0.selection.latest = $1
        } write: {
            $0.selection.latest
        }
    }

    package static var podIDFile: Field {
        .repeated("pod-id-file", "FILE", "Take the pod whose id is in this file") {
            $0.selection.idFiles.append($1)
        } write: {
            $0.selection.idFiles
        }.completing(.file)
    }

    package static var podIgnore: Field {
        .flag("ignore", short: "i", "Take no offence at pods that are not there") {
            $0.selection.ignoresMissing = $1
        } write: {
            $0.selection.ignoresMissing
        }
    }
}
