import Base
import Kernel
import Specs

/// The filters that every verb which prunes has: `label=`, `label!=` and `until=`.
struct PruneFilter {
    private var labels: [(name: String, value: String?)] = []
    private var unwanted: [(name: String, value: String?)] = []
    private var until: Int64?

    /// - Throws: `badUsage` for a key there is not.
    init(_ filters: [String]) throws(Problem) {
        for filter in filters {
            let (key, value) = Assignments.parted(filter)
            switch key {
            case "label": labels.append(PruneFilter.label(value ?? ""))
            case "label!": unwanted.append(PruneFilter.label(value ?? ""))
            case "until":
                until = try TimeOption.parse(
                    value ?? "", for: "--filter until", now: Clock.wall())
            default:
                throw Problem(
                    .badUsage, "there is no filter \"\(key.printable)\" here",
                    next: "filter by label, label! or until")
            }
        }
    }

    private static func label(_ text: String) -> (name: String, value: String?) {
        let (name, value) = Assignments.parted(text)
        return (name, value)
    }

    func takes(_ container: ContainerRecord) -> Bool {
        takes(container.spec.labels, container.created)
    }

    func takes(_ volume: VolumeRecord) -> Bool { takes(volume.labels, volume.created) }

    func takes(_ image: ImageRecord) -> Bool {
        takes(ImageRow(image, containers: 0).labels, image.created)
    }

    private func takes(_ found: [String: String], _ created: Int64) -> Bool {
        func holds(_ label: (name: String, value: String?)) -> Bool {
            found[label.name].map { label.value == nil || $0 == label.value } ?? false
        }
        if let until, created >= until { return false }
        return labels.allSatisfy(holds) && !unwanted.contains(where: holds)
    }
}
