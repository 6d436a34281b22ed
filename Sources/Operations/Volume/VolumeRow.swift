import Base
import Kernel
import Records
import Specs

/// One volume as listings and `inspect` see it.
struct VolumeRow {
    private let volume: VolumeRecord
    private let path: String

    init(_ volume: VolumeRecord, path: String) {
        self.volume = volume
        self.path = path
    }

    /// What is shown, in podman's words.
    var document: JSON {
        .record([
            ("Name", .string(volume.name)),
            ("Driver", .string(volume.driver)),
            ("Mountpoint", .string(path)),
            ("CreatedAt", .time(volume.created)),
            ("Labels", .map(volume.labels)),
            ("Scope", .string("local")),
            ("Options", .map(volume.options)),
            ("Anonymous", .boolean(volume.anonymous)),
            ("NeedsCopyUp", .boolean(volume.needsCopyUp)),
        ])
    }

    /// Whether every filter holds.
    func matches(_ filters: [String], _ ledger: Ledger) throws(Problem) -> Bool {
        for filter in filters {
            let (key, value) = Assignments.parted(filter)
            guard try matches(key, value ?? "", ledger) else { return false }
        }
        return true
    }

    private func matches(_ key: String, _ value: String, _ ledger: Ledger) throws(Problem) -> Bool {
        switch key {
        case "name": return try Filter.isNamed(volume.name, value)
        case "driver": return volume.driver == value
        case "scope": return value == "local"
        case "label":
            let (name, wanted) = Assignments.parted(value)
            return volume.labels[name].map { wanted == nil || $0 == wanted } ?? false
        case "opt":
            let (name, wanted) = Assignments.parted(value)
            return volume.options[name].map { wanted == nil || $0 == wanted } ?? false
        case "label!":
            let (name, wanted) = Assignments.parted(value)
            return volume.labels[name].map { wanted != nil && $0 != wanted } ?? true
        case "until", "since":
            let border = try TimeOption.parse(value, for: "--filter \(key)", now: Clock.wall())
            return key == "until" ? volume.created < border : volume.created >= border
        case "anonymous":
            return try Boolean.parse(value, for: "--filter anonymous") == volume.anonymous
        case "all": return true
        case "dangling":
            let isUnused = try ledger.users(ofVolume: volume.name).isEmpty
            return try Boolean.parse(value, for: "--filter dangling") == isUnused
        default:
            throw Problem(
                .badUsage, "volumes cannot be filtered by \"\(key.printable)\"",
                next: "filter by anonymous, dangling, driver, label, label!, name, opt, scope, "
                    + "since or until")
        }
    }
}
