package import Base
import Kernel
import Records
package import Specs
import Storages
import Systemd

/// How containers are brought up to date. See podman-auto-update(1).
package struct UpdateOptions: Equatable, Sendable {
    /// Only tells what would be done.
    package var isDry = false
    /// Whether a service that does not come up with its new image gets the old one back.
    package var rollsBack = true
    package var authFile: String?
    package var verifiesTLS: Bool?

    package init() {}
}

/// A container that wants to be kept up to date, and what came of it.
package struct UpdateRow: Equatable, Sendable {
    /// What came of it, in podman's words.
    package enum Outcome: String, Sendable {
        case updated = "true"
        case upToDate = "false"
        case failed
        case pending
        case rolledBack = "rolled back"
    }

    package let container: ContainerRecord
    package let unit: String
    /// `registry` or `local`.
    package let policy: String
    package var outcome: Outcome
}

/// Brings the containers up to date that say they want to be, service by service.
package final class UpdateRound {
    private let house: House
    private let ledger: Ledger
    private let options: UpdateOptions
    private let manager: UserManager
    /// What is newer, by image and file of credentials: each is asked for once.
    private var known: [String: Bool] = [:]
    package private(set) var rows: [UpdateRow] = []
    package private(set) var problems: [Problem] = []

    /// The labels by which a container says what it wants.
    package static let label = "io.containers.autoupdate"
    package static let authFileLabel = label + ".authfile"

    /// Seconds that a service may take to stop and start again: its own time-outs come first.
    private static let restartSeconds: Int64 = 24 * 3600

    /// - Throws: `missingOnMachine` where no service manager runs for this user.
    package init(_ house: House, _ options: UpdateOptions) throws(Problem) {
        self.house = house
        self.options = options
        ledger = try house.ledger()
        manager = try UserManager()
    }

    /// Does it; what fails for one service does not stop the others.
    package func run() throws(Problem) {
        var outdated: [String: [Int]] = [:]
        var units: [String] = []
        for container in try ledger.containers() {
            guard case .monitored(let record) = try house.condition(of: container.id),
                record.status == .running
            else { continue }
            do throws(Problem) {
                guard let row = try addRow(container, record), try isOutdated(row) else { continue }
                rows[rows.count - 1].outcome = .pending
                if outdated[row.unit] == nil { units.append(row.unit) }
                outdated[row.unit, default: []].append(rows.count - 1)
            } catch {
                problems.append(error.during("updating container \"\(container.name)\""))
                if rows.last?.container.id == container.id {
                    rows[rows.count - 1].outcome = .failed
                }
            }
        }
        if options.isDry { return }
        for unit in units { update(unit, outdated[unit] ?? []) }
    }

    // MARK: What is wanted

    /// Adds the row of a container that wants to be kept up to date, and returns it.
    private func addRow(_ container: ContainerRecord, _ record: MonitorRecord)
        throws(Problem) -> UpdateRow?
    {
        let image = try container.imageID.map { (id) throws(Problem) in
            try house.imageConfig(id, ledger: ledger)
        }
        let own = container.spec.labels[UpdateRound.label]
        guard let words = own ?? image?.config?.labels?[UpdateRound.label], !words.isEmpty,
            words != "disabled"
        else { return nil }
        guard let policy = ["registry": "registry", "image": "registry", "local": "local"][words]
        else {
            throw Problem(
                .badValue, "\"\(words.printable)\" is no policy for updates",
                next: "use registry, local or disabled for the label \(UpdateRound.label)")
        }
        let unit = try manager.unit(of: record.monitor.pid)
        guard unit.hasSuffix(".service") else {
            throw Problem(
                .wrongState, "it belongs to no service, so nothing could start it again",
                next: "run it from a .container file")
        }
        rows.append(
            UpdateRow(container: container, unit: unit, policy: policy, outcome: .upToDate))
        return rows.last
    }

    private func isOutdated(_ row: UpdateRow) throws(Problem) -> Bool {
        let container = row.container
        guard let id = container.imageID else { return false }
        if row.policy == "local" {
            let image = try house.shelf(ledger).lookUp(container.spec.image)
            return image.map { $0.id != id } ?? false
        }
        let key = [container.spec.image, id, authFile(of: container) ?? ""].joined(separator: "\n")
        if let answer = known[key] { return answer }
        let answer = try isNewer(container, than: id)
        known[key] = answer
        return answer
    }

    private func authFile(of container: ContainerRecord) -> String? {
        container.spec.labels[UpdateRound.authFileLabel] ?? options.authFile
    }

    private func wish(for container: ContainerRecord) -> PullWish {
        var wish = PullWish()
        wish.policy = .always
        wish.request.authFile = authFile(of: container)
        wish.request.verifiesTLS = options.verifiesTLS
        return wish
    }

    /// Asks the registry what the name now stands for; nothing but the manifest is fetched.
    private func isNewer(_ container: ContainerRecord, than id: String) throws(Problem) -> Bool {
        let reference = try ImageReference(container.spec.image)
        guard !reference.isShort else {
            throw Problem(
                .badValue,
                "\"\(container.spec.image.printable)\" may mean several images",
                why: "it names no registry",
                next: "write the image's full name, such as docker.io/library/debian:12")
        }
        let registries = try RegistriesConfiguration(
            ConfigurationFiles(environment: house.caller.environment, uid: house.caller.uid),
            in: .disk)
        var request = wish(for: container).request
        request.verb = .inspect
        request.candidates = try registries.candidates(for: reference)
        let blobs = try house.shelf(ledger).blobs()
        let warn = house.warn
        let remote = try RegistryClient(house).pull(request, into: blobs) { event in
            if case .warning(let text) = event { warn(text) }
        }
        guard let local = try ledger.image(id: id) else { return true }
        let same = ["\(remote.digest)", "\(remote.manifest.digest)"]
        return !local.digestNames.contains { name in same.contains { name.hasSuffix("@\($0)") } }
    }

    // MARK: What is done

    private func update(_ unit: String, _ members: [Int]) {
        // The images as they were, to go back to.
        var before: [(name: String, id: String)] = []
        do throws(Problem) {
            for index in members {
                let container = rows[index].container
                if let id = container.imageID { before.append((container.spec.image, id)) }
                guard rows[index].policy == "registry" else { continue }
                _ = try house.pull(container.spec.image, wish(for: container), ledger: ledger)
            }
        } catch {
            problems.append(error.during("updating \(unit)"))
            return mark(members, .failed)
        }
        if let failure = restart(unit) {
            problems.append(failure)
            mark(members, options.rollsBack && goBack(unit, before) ? .rolledBack : .failed)
        } else {
            mark(members, .updated)
        }
    }

    private func mark(_ members: [Int], _ outcome: UpdateRow.Outcome) {
        for index in members { rows[index].outcome = outcome }
    }

    /// Starts a service anew and waits until it is ready; returns why it is not.
    private func restart(_ unit: String) -> Problem? {
        do throws(Problem) {
            let end = try manager.restart(unit, waitSeconds: UpdateRound.restartSeconds)
            if end == "done" { return nil }
            return Problem(
                .helper, "\(unit) did not become ready with its new image",
                why: "its start ended as \"\(end)\"",
                next: "look at it with \"systemctl --user status \(unit)\"")
        } catch {
            return error.during("starting \(unit) with its new image")
        }
    }

    /// Gives the old images their names back and starts the service with them.
    private func goBack(_ unit: String, _ before: [(name: String, id: String)]) -> Bool {
        do throws(Problem) {
            let shelf = try house.shelf(ledger)
            for (name, id) in before { try shelf.tag(id, as: name) }
            // A service that has failed too often would not be started again.
            try? manager.resetFailed(unit)
            let end = try manager.restart(unit, waitSeconds: UpdateRound.restartSeconds)
            if end == "done" { return true }
            problems.append(
                Problem(
                    .helper, "\(unit) did not become ready with its old image either",
                    why: "its start ended as \"\(end)\"",
                    next: "look at it with \"systemctl --user status \(unit)\""))
        } catch {
            problems.append(error.during("rolling \(unit) back"))
        }
        return false
    }
}
