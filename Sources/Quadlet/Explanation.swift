import Base
import UnitFiles

extension Conversion {
    /// Errors that one service tells; the log and `martlet quadlet check` tell all.
    private static let errorLimit = 20

    /// Returns the service of a file that has errors: it fails at once and says why.
    ///
    /// `systemctl status` shows the first error as the unit's description, and all of them as its
    /// log and status text. Of a service that still runs from an earlier, good version of the file
    /// only the way it is watched and stopped must stay as it was.
    func explanation(_ errors: [Finding], engine: String) -> ServiceText {
        let briefs = errors.map { $0.brief(below: unit.directory) }
        var text = ServiceText()
        var description = briefs.first ?? ""
        if briefs.count > 1 { description += " … and \(briefs.count - 1) more" }
        text.add("Unit", "Description", Quoting.literal(description, variables: false))
        if let path = sourcePath { text.add("Unit", "SourcePath", path) }
        for line in service.sections.first(where: { $0.name == "Install" })?.lines ?? [] {
            text.add("Install", line.key, line.value, from: line.causes)
        }
        switch name.type {
        case .container, .kube, .pod:
            text.add("Service", "Type", "notify")
            text.add("Service", "NotifyAccess", "all")
            text.add("Service", "KillMode", "mixed")
            text.add("Service", "Delegate", "yes")
        case .image, .artifact, .volume, .network, .build:
            text.add("Service", "Type", "oneshot")
            text.add("Service", "NotifyAccess", "all")
            if name.type != .build { text.add("Service", "RemainAfterExit", "yes") }
        }
        text.add("Service", "SyslogIdentifier", "%N")
        var fail = Command([Command.Word(text: engine, cause: nil)])
        fail.add("quadlet", "fail", "--")
        for brief in briefs.prefix(Conversion.errorLimit) { fail.add(Quoting.literal(brief)) }
        let rest = briefs.count - Conversion.errorLimit
        if rest > 0 { fail.add("and \(rest) more: see \"martlet quadlet check\"") }
        text.add("ExecStart", fail)
        return text
    }
}
