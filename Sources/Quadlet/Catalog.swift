import Base
import UnitFiles

/// The names of all units of a run: what a reference from one file to another becomes.
///
/// All names follow from the files alone, so they are known before anything is converted.
struct Catalog {
    /// One unit as others refer to it.
    struct Entry {
        /// The unit's index in the library.
        let index: Int
        let type: UnitType
        /// The service's name without `.service`.
        let service: String
        /// The name of the container, pod, volume, network, image or artifact; empty where the file
        /// gives none.
        let object: String
        let isMasked: Bool
    }

    private var entries: [String: Entry] = [:]

    init(_ units: [LoadedUnit]) {
        entries.reserveCapacity(units.count)
        for (index, unit) in units.enumerated() {
            entries[unit.name.file] = Catalog.entry(unit, index)
        }
    }

    /// Returns the unit of that file name; an instance without a file of its own is its template's.
    func find(_ file: String) -> Entry? {
        if let entry = entries[file] { return entry }
        guard let name = UnitName(file), let instance = name.instance, !instance.isEmpty,
            let template = entries[name.template]
        else { return nil }
        return Entry(
            index: template.index, type: template.type,
            service: template.service.hasSuffix("@")
                ? template.service + instance : template.service,
            object: template.object.replacing("%i", with: instance), isMasked: template.isMasked)
    }

    /// Returns the known file name that is most like one that is not known.
    func nearest(to file: String) -> String? { entries.keys.sorted().nearest(to: file) }

    private static func entry(_ unit: LoadedUnit, _ index: Int) -> Entry {
        let name = unit.name
        func value(_ key: String) -> String? {
            guard let value = unit.file.last(name.type.section, key)?.value else { return nil }
            var text = value[...]
            if text.utf8.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") {
                text = text.dropFirst().dropLast()
            }
            return text.isEmpty ? nil : String(text)
        }
        let service = value("ServiceName") ?? name.defaultService
        let object: String =
            switch name.type {
            case .container: value("ContainerName") ?? containerName(name)
            case .kube: ""
            case .pod: value("PodName") ?? name.defaultObject
            case .volume: value("VolumeName") ?? name.defaultObject
            case .network: value("NetworkName") ?? name.defaultObject
            case .image: value("ImageTag") ?? value("Image") ?? ""
            case .artifact: value("Artifact") ?? ""
            case .build: unit.file.values("Build", "ImageTag").first?.value ?? ""
            }
        return Entry(
            index: index, type: name.type, service: service, object: object, isMasked: unit.isMasked
        )
    }

    /// Returns the name a container has where its file gives none, with systemd's specifiers in it.
    static func containerName(_ name: UnitName) -> String {
        name.instance == nil ? "systemd-%N" : "systemd-%p_%i"
    }
}

extension String {
    /// Returns the text with every occurrence of `part` replaced.
    func replacing(_ part: String, with other: String) -> String {
        guard let first = part.utf8.first, utf8.contains(first) else { return self }
        var out = ""
        var rest = self[...]
        while !rest.isEmpty {
            if rest.hasPrefix(part) {
                out += other
                rest = rest.dropFirst(part.count)
            } else {
                out.append(rest.removeFirst())
            }
        }
        return out
    }
}
