import Base

/// The eight kinds of unit file, in the order in which they are converted.
package enum UnitType: String, CaseIterable, Sendable {
    case image, artifact, volume, network, build, container, kube, pod

    /// The section that holds the type's own keys.
    package var section: String {
        switch self {
        case .image: "Image"
        case .artifact: "Artifact"
        case .volume: "Volume"
        case .network: "Network"
        case .build: "Build"
        case .container: "Container"
        case .kube: "Kube"
        case .pod: "Pod"
        }
    }

    /// What the service's name has after the file's: `data.volume` is `data-volume.service`.
    package var suffix: String {
        switch self {
        case .container, .kube: ""
        default: "-\(rawValue)"
        }
    }

    /// Returns the type that a file name's extension says, or nil where it is no unit file.
    package init?(fileName: String) {
        guard let dot = fileName.utf8.lastIndex(of: UInt8(ascii: ".")) else { return nil }
        self.init(rawValue: String(fileName[fileName.index(after: dot)...]))
    }
}

/// The name of a unit file taken apart: `data@x.volume` is `data`, the instance `x`, a volume.
package struct UnitName: Hashable, Sendable {
    package let file: String
    package let type: UnitType
    /// The file name without its extension.
    package let base: String
    /// The part before `@`, or the whole base.
    package let stem: String
    /// The part after `@`: empty for a template, nil where there is no `@`.
    package let instance: String?

    package init?(_ file: String) {
        guard let type = UnitType(fileName: file) else { return nil }
        self.file = file
        self.type = type
        base = String(file.dropLast(type.rawValue.utf8.count + 1))
        if let at = base.firstIndex(of: "@") {
            stem = String(base[..<at])
            instance = String(base[base.index(after: at)...])
        } else {
            stem = base
            instance = nil
        }
    }

    package var isTemplate: Bool { instance?.isEmpty == true }
    package var isInstance: Bool { instance?.isEmpty == false }

    /// The service's name without `.service`, where the file gives none with ServiceName=.
    package var defaultService: String {
        guard let instance else { return stem + type.suffix }
        return stem + type.suffix + "@" + instance
    }

    /// Returns the file of which this one is an instance.
    var template: String { "\(stem)@.\(type.rawValue)" }

    /// Returns the name that a volume, network or pod has where its file gives none.
    ///
    /// A template's has the specifier that systemd replaces with the instance.
    var defaultObject: String {
        guard let instance else { return "systemd-\(stem)" }
        return "systemd-\(stem)-\(instance.isEmpty ? "%i" : instance)"
    }

    /// Why systemd could never load a service of this name, or nil where it can (T-UNIT-4).
    ///
    /// See systemd.unit(5), "Description": the valid characters of a unit name.
    package static func refusal(of name: String) -> String? {
        if name.isEmpty || name.utf8.first == UInt8(ascii: "@") {
            return "nothing stands before its type"
        }
        if name.utf8.first == UInt8(ascii: "-") { return "it begins with \"-\"" }
        if name.utf8.count > 240 { return "it has more than 240 characters" }
        if name == "." || name == ".." { return "it is a directory's name" }
        for scalar in name.unicodeScalars {
            let plain = scalar.isASCII && UInt8(ascii: scalar).isLetterOrDigit
            guard plain || ":-_.\\@".unicodeScalars.contains(scalar) else {
                return "systemd allows no \"\(String(scalar).printable)\" in a unit's name"
            }
        }
        if name.utf8.filter({ $0 == UInt8(ascii: "@") }).count > 1 {
            return "it has more than one \"@\""
        }
        return nil
    }
}
