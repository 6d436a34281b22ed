package import Specs

/// The variables a container's process starts with.
package enum EnvironmentPlan {
    package static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    private static let proxies = ["http_proxy", "https_proxy", "ftp_proxy", "no_proxy"]

    /// Joins, later ones winning: our own, the image's, the host's where asked for, the user's.
    ///
    /// Entries of the image without "=" or with an odd name are dropped: a bare name never copies a
    /// variable of the host (T-ENV-1).
    package static func variables(
        _ spec: ContainerSpec, _ situation: Situation, identity: Accounts.Identity,
        hostname: String?
    ) -> [String] {
        let choices = spec.process
        var list = OrderedVariables()
        list["PATH"] = path
        list["container"] = "oci"
        if choices.terminal { list["TERM"] = "xterm" }
        if choices.proxyVariables {
            for name in proxies + proxies.map({ $0.uppercased() }) {
                if let value = situation.callerEnvironment[name] { list[name] = value }
            }
        }
        if choices.hostEnvironment {
            for (name, value) in situation.callerEnvironment.sorted(by: { $0.key < $1.key }) {
                list[name] = value
            }
        }
        if !choices.unsetAll {
            for entry in situation.image?.environment ?? [] {
                guard let equals = entry.firstIndex(of: "="), equals > entry.startIndex,
                    !entry.utf8.contains(0)
                else { continue }
                list[String(entry[..<equals])] = String(entry[entry.index(after: equals)...])
            }
        }
        for name in choices.unset { list[name] = nil }
        for variable in choices.environment {
            if let value = variable.value {
                list[variable.name] = value
            } else if variable.name.hasSuffix("*") {
                let prefix = variable.name.dropLast()
                for (name, value) in situation.callerEnvironment.sorted(by: { $0.key < $1.key })
                where name.hasPrefix(prefix) { list[name] = value }
            } else if let value = situation.callerEnvironment[variable.name] {
                list[variable.name] = value
            }
        }
        for (name, value) in situation.secretVariables.sorted(by: { $0.key < $1.key }) {
            list[name] = value
        }
        if list["HOME"] == nil { list["HOME"] = identity.home }
        if let hostname, list["HOSTNAME"] == nil { list["HOSTNAME"] = hostname }
        return list.entries
    }
}

/// Variables in the order in which they first came.
private struct OrderedVariables {
    private var names: [String] = []
    private var values: [String: String] = [:]

    subscript(name: String) -> String? {
        get { values[name] }
        set {
            if newValue != nil, values[name] == nil { names.append(name) }
            if newValue == nil { names.removeAll { $0 == name } }
            values[name] = newValue
        }
    }

    var entries: [String] { names.compactMap { name in values[name].map { "\(name)=\($0)" } } }
}
