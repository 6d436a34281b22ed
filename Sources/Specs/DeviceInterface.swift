package import Base

/// A file that says what a device of a vendor's needs inside a container. See the Container Device
/// Interface, SPEC.md.
package struct DeviceInterface: Codable, Equatable, Sendable {
    package var cdiVersion: String
    /// `VENDOR/CLASS`
    package var kind: String
    package var devices: [Device]
    /// What any of the devices needs.
    package var containerEdits: Edits?

    package struct Device: Codable, Equatable, Sendable {
        package var name: String
        package var containerEdits: Edits
    }

    /// Changes to a container's configuration.
    package struct Edits: Codable, Equatable, Sendable {
        package var env: [String]?
        package var deviceNodes: [Node]?
        package var mounts: [Mount]?
        package var hooks: [Hook]?
        package var additionalGids: [UInt32]?
    }

    package struct Node: Codable, Equatable, Sendable {
        /// Inside the container, and on the host where `hostPath` says nothing else.
        package var path: String
        package var hostPath: String?
        /// Some of r, w and m.
        package var permissions: String?
    }

    package struct Mount: Codable, Equatable, Sendable {
        package var hostPath: String
        package var containerPath: String
        package var options: [String]?
        /// A type of file system; nil is a bind.
        package var type: String?
    }

    package struct Hook: Codable, Equatable, Sendable {
        /// As runtime-spec config.md, "POSIX-platform Hooks" calls it.
        package var hookName: String
        package var path: String
        package var args: [String]?
        package var env: [String]?
        package var timeout: Int?
    }
}

extension DeviceInterface {
    /// The name of a device: `VENDOR/CLASS=NAME`, such as `nvidia.com/gpu=all`.
    package struct Name: Equatable, Sendable {
        /// `VENDOR/CLASS`
        package let kind: String
        package let device: String

        /// Returns nil for what is no such name. See SPEC.md, "Kind requirements".
        package init?(_ text: String) {
            let parts = text.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, Self.isKind(parts[0]), Self.isName(parts[1], in: "_-.:", true)
            else { return nil }
            kind = String(parts[0])
            device = String(parts[1])
        }

        static func isKind(_ text: Substring) -> Bool {
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            return parts.count == 2 && isName(parts[0], in: "_-.", false)
                && isName(parts[1], in: "_-", false)
        }

        /// Whether a part begins and ends with a letter or digit and has only those and `signs` between.
        private static func isName(_ text: Substring, in signs: String, _ digitFirst: Bool) -> Bool
        {
            func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
            func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
            guard let first = text.utf8.first, let last = text.utf8.last,
                isLetter(first) || digitFirst && isDigit(first), isLetter(last) || isDigit(last)
            else { return false }
            return text.utf8.allSatisfy { isLetter($0) || isDigit($0) || signs.utf8.contains($0) }
        }
    }

    /// Reads one file's tree.
    ///
    /// - Throws: `badDocument` with the file's name and what is wrong with it.
    package init(_ json: JSON, name: String) throws(Problem) {
        self = try json.decode(DeviceInterface.self, name: name)
        func refuse(_ why: String) -> Problem {
            Problem(.badDocument, "\"\(name)\" describes no devices", why: why)
        }
        let version = cdiVersion.split(separator: ".").map { Int($0) }
        guard let major = version.first ?? nil, version.count == 3, major <= 1 else {
            throw refuse("its version is \"\(cdiVersion.printable)\", and 0.3.0 to 1.1.0 are known")
        }
        guard Name.isKind(kind[...]) else {
            throw refuse("\"\(kind.printable)\" is no kind such as vendor.com/class")
        }
        for edits in [containerEdits].compactMap({ $0 }) + devices.map(\.containerEdits) {
            try edits.check(refuse)
        }
    }
}

extension DeviceInterface.Edits {
    fileprivate func check(_ refuse: (String) -> Problem) throws(Problem) {
        for variable in env ?? [] where !variable.contains("=") {
            throw refuse("the variable \"\(variable.printable)\" has no value")
        }
        for path in (deviceNodes ?? []).map(\.path) + (mounts ?? []).map(\.containerPath)
            + (hooks ?? []).map(\.path)
        where !path.hasPrefix("/") {
            throw refuse("\"\(path.printable)\" is not absolute")
        }
        for hook in hooks ?? [] where RuntimeConfig.Hooks.places[hook.hookName] == nil {
            throw refuse("there is no hook \"\(hook.hookName.printable)\"")
        }
    }

    /// Changes a container's configuration: variables, hooks and groups. Devices and mounts are the
    /// caller's, who knows which there are already.
    package func apply(to config: inout RuntimeConfig) {
        for variable in env ?? [] {
            let name = variable.split(separator: "=", maxSplits: 1)[0] + "="
            config.process?.env?.removeAll { $0.hasPrefix(name) }
            config.process?.env?.append(variable)
        }
        for hook in hooks ?? [] {
            guard let place = RuntimeConfig.Hooks.places[hook.hookName] else { continue }
            var hooks = config.hooks ?? .init()
            hooks[keyPath: place] =
                (hooks[keyPath: place] ?? [])
                + [.init(path: hook.path, args: hook.args, env: hook.env, timeout: hook.timeout)]
            config.hooks = hooks
        }
        let known = config.process?.user?.additionalGids ?? []
        let added = (additionalGids ?? []).filter { $0 != 0 && !known.contains($0) }
        if !added.isEmpty { config.process?.user?.additionalGids = known + added }
    }
}

extension RuntimeConfig.Hooks {
    fileprivate static var places: [String: WritableKeyPath<Self, [RuntimeConfig.Hook]?>] {
        [
            "prestart": \.prestart, "createRuntime": \.createRuntime,
            "createContainer": \.createContainer, "startContainer": \.startContainer,
            "poststart": \.poststart, "poststop": \.poststop,
        ]
    }
}
