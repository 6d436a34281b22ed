package import Base
package import Specs

/// What stands behind `--network`, and how it changes the choices.
package enum NetworkOption {
    /// The network that the word `bridge` means.
    package static let standardBridge = "podman"

    /// - Throws: `badValue` where modes are mixed or names are wrong.
    package static func apply(_ text: String, to choices: inout NetworkChoices) throws(Problem) {
        let next = try mode(text)
        switch (choices.mode, next) {
        case (nil, _): choices.mode = next
        case (.named(let before)?, .named(let more)): choices.mode = .named(before + more)
        default:
            throw Problem(
                .badValue, "\"--network \(text.printable)\" cannot stand beside another network",
                why: "only networks with names can be combined",
                next: "give --network once, or only names of networks")
        }
    }

    private static func mode(_ text: String) throws(Problem) -> NetworkChoices.Mode {
        let border = text.firstIndex(of: ":")
        let word = String(border.map { text[..<$0] } ?? text[...])
        let rest = border.map { String(text[text.index(after: $0)...]) } ?? ""
        let options = rest.split(separator: ",").map(String.init)
        switch word {
        case "none" where border == nil: return .none
        case "host" where border == nil: return .host
        case "private", "default": if border == nil { return .stack(options: []) }
        case "slirp4netns", "pasta": return .stack(options: options)
        case "container": if !rest.isEmpty { return .container(rest) }
        case "ns": if rest.hasPrefix("/") { return .path(rest) }
        case "bridge": return .named([.init(network: standardBridge, options: options)])
        case "": break
        default:
            _ = try ObjectName(word, of: "network")
            return .named([.init(network: word, options: options)])
        }
        throw Problem(
            .badValue, "--network cannot be \"\(text.printable)\"",
            next: "use none, host, private, slirp4netns[:OPTIONS], container:NAME, ns:PATH or the "
                + "name of a network")
    }

    /// Returns the texts that `apply` makes this mode of.
    package static func texts(of mode: NetworkChoices.Mode?) -> [String] {
        switch mode {
        case nil: []
        case .none?: ["none"]
        case .host?: ["host"]
        case .container(let name)?: ["container:" + name]
        case .path(let path)?: ["ns:" + path]
        case .stack(let options)?:
            if options.isEmpty {
                ["private"]
            } else {
                // pasta's options are those of a command line, slirp4netns's are words.
                [
                    (options.contains { $0.hasPrefix("-") } ? "pasta:" : "slirp4netns:")
                        + options.joined(separator: ",")
                ]
            }
        case .named(let networks)?:
            networks.map {
                $0.network + ($0.options.isEmpty ? "" : ":" + $0.options.joined(separator: ","))
            }
        }
    }
}

/// What stands behind `--add-host`: `NAME[;NAME…]:ADDRESS`.
package enum HostEntryOption {
    /// - Throws: `badValue` where one of the two is missing.
    package static func parse(_ text: String, for field: String) throws(Problem) -> String {
        guard let border = text.firstIndex(of: ":"), border != text.startIndex,
            text.index(after: border) != text.endIndex
        else {
            throw Problem(
                .badValue, "\"\(text.printable)\" is no host for \(field)",
                next: "write NAME:ADDRESS, such as db:192.0.2.7")
        }
        return text
    }
}
