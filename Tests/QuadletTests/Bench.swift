import Base
import UnitFiles

import Quadlet

/// Unit files of a test, converted without any file system.
struct Bench {
    var plan: Plan

    /// Converts files that lie in `/units`; names may have a directory before them.
    init(
        _ files: [(String, String)], dropIns: [(unit: String, file: String, text: String)] = [],
        isUser: Bool = true, existing: Set<String> = []
    ) {
        var library = Library()
        library.roots = ["/units"]
        for (path, text) in files {
            guard let name = UnitName(path) else { continue }
            let full = "/units/\(path)"
            var unit = LoadedUnit(
                name: name, directory: "/units",
                file: UnitFile(parsing: Array(text.utf8), name: full))
            unit.findings = unit.file.problems.map { Finding(.error, "syntax", $0) }
            for dropIn in dropIns where dropIn.unit == path {
                unit.file.merge(
                    UnitFile(parsing: Array(dropIn.text.utf8), name: "/units/\(dropIn.file)"))
                unit.dropIns.append("/units/\(dropIn.file)")
            }
            library.units.append(unit)
        }
        plan = Plan(
            library,
            Plan.Settings(engine: "/usr/bin/martlet", isUser: isUser) { existing.contains($0) })
    }

    init(_ name: String, _ text: String, isUser: Bool = true) {
        self.init([(name, text)], isUser: isUser)
    }

    /// The service that a file became.
    func service(of file: String) -> Plan.Service? {
        plan.services.first { plan.library.units[$0.unit].name.file == file }
    }

    /// The generated text of a file's service.
    func text(_ file: String) -> String { service(of: file)?.text.text ?? "" }

    /// All values of a key, in their order.
    func values(_ file: String, _ section: String, _ key: String) -> [String] {
        let lines = service(of: file)?.text.sections.first { $0.name == section }?.lines ?? []
        return lines.filter { $0.key == key }.map(\.value)
    }

    /// The words of the last command line of a key, as systemd reads them.
    func words(_ file: String, _ key: String = "ExecStart") -> [String] {
        guard let line = values(file, "Service", key).last else { return [] }
        let place = Problem.Place(file: "generated", line: 1)
        return (try? Assignment(key: key, value: line, place: place).arguments().map(\.text)) ?? []
    }

    /// What is wrong, as a person reads it, without the directory.
    var complaints: [String] {
        plan.findings.map { finding in
            let text = finding.description
            return text.hasPrefix("/units/") ? String(text.dropFirst("/units/".count)) : text
        }
    }
}
