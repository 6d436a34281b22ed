package import Base
import Kernel
package import Specs

/// policy.json as users read and change it.
extension House {
    /// Where this user's configuration files lie.
    package var configurationFiles: ConfigurationFiles {
        ConfigurationFiles(environment: caller.environment, uid: caller.uid)
    }

    /// Returns the policy in force, or that of the file the user named; nil where there is none.
    package func trustFile(_ explicit: String?) throws(Problem) -> (
        path: String, bytes: [UInt8]
    )? {
        guard let explicit else {
            let found = try configurationFiles.first("policy.json", in: .disk)
            return found.map { ($0.path, $0.bytes) }
        }
        return try FileView.disk.read(explicit).map { (explicit, $0) }
    }

    /// Changes the policy in force; a reader, or a power cut, finds the old file or the new, and
    /// nobody loses what another changes at the same time.
    package func changeTrust(
        _ explicit: String?, _ body: (inout TrustDocument) throws(Problem) -> Void
    ) throws(Problem) {
        var path = explicit ?? ""
        if explicit == nil { path = try trustPlace(trustFile(nil)?.path) }
        let place = path
        let what = "cannot write \"\(place.printable)\""
        let kept = try explaining(what) { () throws(KernelFault) in
            // Others of the machine are to read it too.
            try KeptFile(place, directoryPermissions: 0o755)
        }
        let found = try trustFile(explicit)
        var document = TrustDocument()
        if let found { document = try TrustDocument(parsing: found.bytes, name: found.path) }
        try body(&document)
        let bytes = Array(document.text.utf8)
        do throws(KernelFault) { try kept.replace(with: bytes, permissions: 0o644) } catch {
            throw error.problem(what)
        }
    }

    /// The file to write: the one in force if it is the caller's to change.
    private func trustPlace(_ found: String?) throws(Problem) -> String {
        let machine = ["/etc/containers/policy.json", "/usr/share/containers/policy.json"]
        if let found, !machine.contains(found) { return found }
        if caller.uid == 0 { return machine[0] }
        guard let user = configurationFiles.userDirectory else {
            throw Problem(
                .missingOnMachine, "there is no place for a policy.json of your own",
                why: "neither HOME nor XDG_CONFIG_HOME is set", next: "give --signature-policy FILE"
            )
        }
        return "\(user)/containers/policy.json"
    }
}
