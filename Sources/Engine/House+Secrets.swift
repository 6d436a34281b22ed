package import Base
import Kernel
package import Records
package import Specs

/// Secrets: content in files that only the user can read, apart from everything that is shown.
///
/// A mounted secret is copied at creation, as podman-secret-create(1) has it: a container keeps
/// what it was made with. One in a variable is looked up at each start.
extension House {
    /// Bytes of one secret. See podman-secret-create(1).
    package static let secretBytes = 512_000

    private var secretsPath: String { "\(dataPath)/secrets" }

    /// Makes a secret: its file first, so that a record never stands without one (I2).
    ///
    /// - Throws: `nameInUse` where there is one of that name and `replacing` is off.
    package func makeSecret(
        _ record: SecretRecord, content: [UInt8], replacing: Bool, ledger: Ledger
    ) throws(Problem) {
        guard (1...House.secretBytes).contains(content.count) else {
            throw Problem(
                .badValue, "cannot make secret \"\(record.name)\"",
                why: content.isEmpty
                    ? "it has no content"
                    : "its content is larger than \(House.secretBytes) bytes")
        }
        let directory = try secretsDirectory()
        let what = "cannot write secret \"\(record.name)\""
        try explaining(what) { () throws(KernelFault) in
            try Files.replace(at: directory, record.id, with: content, durable: true)
        }
        do throws(Problem) {
            if let old = try ledger.insert(record, replacing: replacing) {
                // What cannot be removed now is swept by the next one.
                try? Files.remove(at: directory, old.id)
            }
        } catch {
            try? Files.remove(at: directory, record.id)
            throw error
        }
        try sweepSecrets(ledger)
    }

    /// Returns what a secret holds.
    package func content(of secret: SecretRecord) throws(Problem) -> [UInt8] {
        try explaining("cannot read secret \"\(secret.name)\"") { () throws(KernelFault) in
            try Files.read("\(secretsPath)/\(secret.id)", limit: House.secretBytes)
        }
    }

    /// Removes a secret; containers that were made with it keep their copy.
    package func remove(_ secret: SecretRecord, ledger: Ledger) throws(Problem) {
        try ledger.remove(secret)
        let directory = try secretsDirectory()
        try explaining("cannot remove the content of secret \"\(secret.name)\"") {
            () throws(KernelFault) in
            try Files.removeIfPresent(at: directory, secret.id)
        }
        try sweepSecrets(ledger)
    }

    /// Copies what a new container mounts into its own directory, and checks that the rest exists.
    func keepSecrets(of container: ContainerRecord, ledger: Ledger) throws(Problem) {
        for choice in container.spec.secrets {
            let secret = try ledger.findSecret(choice.name)
            if choice.variable != nil { continue }
            let bytes = try content(of: secret)
            try explaining("cannot keep secret \"\(choice.name)\" for \"\(container.name)\"") {
                () throws(KernelFault) in
                let own = try Files.ensureDirectory(dataDirectory(of: container.id) + "/secrets")
                try Files.replace(at: own, choice.name, with: bytes)
            }
        }
    }

    /// Returns the variables that hold secrets, with their values.
    func secretVariables(_ spec: ContainerSpec, ledger: Ledger) throws(Problem)
        -> [String: String]
    {
        var variables: [String: String] = [:]
        for choice in spec.secrets {
            guard let variable = choice.variable else { continue }
            let bytes = try content(of: try ledger.findSecret(choice.name))
            guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
                throw Problem(
                    .badValue, "secret \"\(choice.name)\" cannot be the variable \"\(variable)\"",
                    why: "it is no text", next: "mount it: --secret \(choice.name)")
            }
            variables[variable] = text
        }
        return variables
    }

    private func secretsDirectory() throws(Problem) -> Descriptor {
        try explaining("cannot open the directory of secrets") { () throws(KernelFault) in
            let directory = try Files.ensureDirectory(secretsPath)
            // Whatever a umask or a copying user made of it (T-PERM-1).
            try directory.setPermissions(0o700)
            return directory
        }
    }

    /// Removes content without a record: a command was killed half-way (F-01). Young files stay:
    /// their record may be about to be written.
    private func sweepSecrets(_ ledger: Ledger) throws(Problem) {
        let directory = try secretsDirectory()
        let known = Set(try ledger.secrets().map(\.id))
        try explaining("cannot look through the secrets") { () throws(KernelFault) in
            let old = Clock.wall() / 1_000_000_000 - 60
            for name in try Files.names(in: directory) where !known.contains(name) {
                guard let status = try Files.statusIfPresent(at: directory, FileName(name)),
                    status.modified < old
                else { continue }
                try Files.removeIfPresent(at: directory, name)
            }
        }
    }
}
