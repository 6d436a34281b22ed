import Base
import UnitFiles

/// A symbolic link that makes another unit start a service, or gives it a second name.
package struct Link: Equatable, Hashable, Sendable {
    /// The link's path below the output directory.
    package let path: String
    package let target: String

    package init(path: String, target: String) {
        self.path = path
        self.target = target
    }
}

extension Conversion {
    /// Returns the links that [Install] asks for. See systemd.unit(5), "[Install] Section Options".
    mutating func installLinks() -> [Link] {
        guard unit.file["Install"] != nil else { return [] }
        let service = "\(ownEntry.service).service"
        var links: [Link] = []
        for word in installWords("Alias") {
            let path = Paths.clean(word.text)
            guard !path.hasPrefix("/"), !path.hasPrefix(".."), path != "." else {
                warn(
                    "install",
                    "the alias \"\(word.text.printable)\" leaves the unit directory, ignoring",
                    at: word.place, next: "write a unit's name such as web.service")
                continue
            }
            let depth = path.split(separator: "/").count - 1
            links.append(Link(path: path, target: String(repeating: "../", count: depth) + service))
        }
        guard let started = startedName(service) else { return links }
        for (key, directory) in [
            ("WantedBy", "wants"), ("RequiredBy", "requires"), ("UpheldBy", "upholds"),
        ] {
            for word in installWords(key) where !word.text.utf8.contains(UInt8(ascii: "/")) {
                links.append(
                    Link(path: "\(word.text).\(directory)/\(started)", target: "../\(service)"))
            }
        }
        return links
    }

    /// Returns the name under which other units start the service; nil for a template that names no
    /// instance of its own.
    private func startedName(_ service: String) -> String? {
        guard service.hasSuffix("@.service") else { return service }
        guard let instance = unit.file.last("Install", "DefaultInstance")?.value, !instance.isEmpty,
            !instance.utf8.contains(UInt8(ascii: "/"))
        else { return nil }
        return "\(service.dropLast("@.service".count))@\(instance).service"
    }

    private mutating func installWords(_ key: String) -> [Word] {
        var words: [Word] = []
        for line in unit.file.values("Install", key) {
            do {
                words += try line.words()
            } catch {
                reading.findings.append(Finding(.warning, "open-quote", error))
            }
        }
        return words.filter { !$0.text.isEmpty }
    }
}
