package import Base
package import Specs

/// What stands behind `--restart`.
package enum RestartOption {
    /// - Throws: `badValue` for unknown words.
    package static func parse(_ text: String, for field: String)
        throws(Problem) -> LifeChoices.Restart
    {
        switch text {
        case "no", "never", "": return .never
        case "always": return .always
        case "unless-stopped": return .unlessStopped
        case "on-failure": return .onFailure(limit: nil)
        default:
            guard let count = text.rest(after: "on-failure:") else {
                throw Problem(
                    .badValue, "\(field) cannot be \"\(text.printable)\"",
                    next: "use no, always, unless-stopped, on-failure or on-failure:COUNT")
            }
            return .onFailure(limit: try Whole<UInt32>.parse(count, for: "\(field) on-failure"))
        }
    }

    /// Returns the text of a choice.
    package static func text(of restart: LifeChoices.Restart) -> String {
        switch restart {
        case .never: "no"
        case .always: "always"
        case .unlessStopped: "unless-stopped"
        case .onFailure(nil): "on-failure"
        case .onFailure(let limit?): "on-failure:\(limit)"
        }
    }
}

/// What stands behind `--log-driver` and `--log-opt`.
package enum LogOption {
    /// - Throws: `badValue` for unknown drivers.
    package static func driver(_ text: String, for field: String)
        throws(Problem) -> LogChoices.Driver
    {
        // Docker's word for a file; podman reads it the same way.
        if text == "json-file" { return .k8sFile }
        guard let driver = LogChoices.Driver(rawValue: text) else {
            throw Problem(
                .badValue, "\(field) cannot be \"\(text.printable)\"",
                next: "use journald, k8s-file, none, passthrough or passthrough-tty")
        }
        return driver
    }

    /// - Throws: `badValue` for unknown options.
    package static func apply(_ text: String, to log: inout LogChoices) throws(Problem) {
        let (key, value) = try Assignments.pair(text, for: "--log-opt")
        switch key {
        case "path": log.path = value
        case "tag": log.tag = value
        case "max-size", "size": log.maxBytes = try ByteSize.parse(value, for: "--log-opt \(key)")
        case "label", "labels":
            let label = try Assignments.pair(value, for: "--log-opt label")
            log.labels[label.key] = label.value
        case "max-file":
            guard let count = Int(value), (1...Limits.logFiles).contains(count) else {
                throw Problem(
                    .badValue, "--log-opt max-file cannot be \"\(value.printable)\"",
                    next: "write how many files are kept, from 1 to \(Limits.logFiles)")
            }
            log.maxFiles = count
        default:
            let keys = ["path", "tag", "max-size", "max-file", "label"]
            throw Problem(
                .badValue, "there is no log option \"\(key.printable)\"",
                next: keys.nearest(to: key).map { "did you mean \"\($0)\"?" }
                    ?? "use path, tag, max-size, max-file or label")
        }
    }

    /// Returns the texts that `apply` makes these choices of.
    package static func texts(of log: LogChoices) -> [String] {
        var texts: [String] = []
        if let path = log.path { texts.append("path=" + path) }
        if let bytes = log.maxBytes { texts.append("max-size=\(bytes)") }
        if let count = log.maxFiles { texts.append("max-file=\(count)") }
        if let tag = log.tag { texts.append("tag=" + tag) }
        return texts + Assignments.texts(of: log.labels).map { "label=" + $0 }
    }
}

/// What stands behind `--health-cmd`: a line for a shell, a JSON list of words, or `none`.
package enum HealthCommandOption {
    package static func parse(_ text: String, for field: String)
        throws(Problem) -> (words: [String], shell: Bool)
    {
        if text.hasPrefix("[") {
            var words = try EntrypointOption.parse(text, for: field)
            if words.first == "CMD-SHELL" { return (Array(words.dropFirst()), true) }
            if words.first == "CMD" { words.removeFirst() }
            return (words, false)
        }
        if let line = text.rest(after: "CMD-SHELL ") { return ([line], true) }
        return text == "none" || text.isEmpty ? ([], false) : ([text], true)
    }

    /// Returns the text that `parse` makes this command of.
    package static func text(of words: [String], shell: Bool) -> String {
        if words.isEmpty { return "none" }
        if shell, words.count == 1, !words[0].hasPrefix("["), words[0] != "none" { return words[0] }
        let list = shell ? ["CMD-SHELL"] + words : words
        return JSON.array(list.map(JSON.string)).text()
    }
}

/// What stands behind `--device`: `HOST[:CONTAINER][:ACCESS]`.
package enum DeviceOption {
    /// - Throws: `badValue` where a part is wrong.
    package static func parse(_ text: String, for field: String) throws(Problem) -> DeviceChoice {
        func refuse(_ why: String) -> Problem {
            Problem(
                .badValue, "\"\(text.printable)\" is no device for \(field)", why: why,
                next: "write HOST[:CONTAINER][:rwm] or VENDOR/CLASS=NAME, such as /dev/fuse")
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts[0].hasPrefix("/") else {
            if DeviceInterface.Name(text) != nil {
                return DeviceChoice(source: text, destination: text)
            }
            throw refuse("\"\(parts[0].printable)\" is not absolute")
        }
        guard parts.count <= 3 else { throw refuse("it has more than two colons") }
        var device = DeviceChoice(source: parts[0], destination: parts[0])
        for (index, part) in parts.enumerated().dropFirst() {
            let isAccess = !part.isEmpty && part.allSatisfy { "rwm".contains($0) }
            if isAccess, index == parts.count - 1 {
                device.access = part
            } else if index == 1, part.hasPrefix("/") {
                device.destination = part
            } else {
                throw refuse("\"\(part.printable)\" is neither a path nor an access of r, w and m")
            }
        }
        return device
    }

    /// Returns the text that `parse` makes this device of.
    package static func text(of device: DeviceChoice) -> String {
        var text = device.source
        if device.destination != device.source { text += ":" + device.destination }
        return device.access == "rwm" ? text : text + ":" + device.access
    }
}

/// What stands behind `--gpus`: `all`, or the name of one. See podman-run(1).
enum GraphicsOption {
    static func parse(_ text: String, for field: String) throws(Problem) -> DeviceChoice {
        let name = "nvidia.com/gpu=\(text)"
        guard DeviceInterface.Name(name) != nil else {
            throw Problem(
                .badValue, "\"\(text.printable)\" is no graphics processor for \(field)",
                next: "write all or a number, or name another vendor's with --device")
        }
        return DeviceChoice(source: name, destination: name)
    }
}
