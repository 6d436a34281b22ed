import Base
import Kernel
import Specs

/// The programs `docker-credential-NAME`, which keep passwords in a keyring or fetch them.
///
/// They read a registry's name on standard input and answer in JSON. See
/// github.com/docker/docker-credential-helpers, "Development".
enum CredentialHelper {
    /// Asks the helper; nil where it knows nothing of the registry.
    static func ask(
        _ suffix: String, for registry: String, environment: [String: String]
    ) throws(Problem) -> RegistryCredentials? {
        let name = "docker-credential-\(suffix)"
        guard !suffix.isEmpty,
            suffix.utf8.allSatisfy({ $0.isLetterOrDigit || "-_.".utf8.contains($0) })
        else {
            throw Problem(.badValue, "\"\(suffix.printable)\" is no credential helper")
        }
        guard let path = Files.program(name, in: environment["PATH"]) else {
            throw Problem(
                .missingOnMachine, "there is no credential helper \"\(name)\"",
                why: "it is in none of the directories of PATH",
                next: "install it, or take it out of the credentials file")
        }
        let (code, output) = try explaining("cannot run \"\(path)\"") { () throws(KernelFault) in
            try run(path, registry, environment)
        }
        let text = String(decoding: output, as: UTF8.self)
        guard code == 0 else {
            // The helpers' own way to say that they have nothing.
            if text.contains("credentials not found") { return nil }
            throw Problem(
                .helper, "the credential helper \"\(name)\" did not answer for \"\(registry)\"",
                why: String(text.prefix(200)).printable)
        }
        let json = try JSON(parsing: output, name: name, limit: 1 << 20)
        guard let user = json["Username"]?.text, let secret = json["Secret"]?.text else {
            return nil
        }
        return user == "<token>"
            ? RegistryCredentials(user: "", password: "", identityToken: secret)
            : RegistryCredentials(user: user, password: secret)
    }

    private static func run(_ path: String, _ registry: String, _ environment: [String: String])
        throws(KernelFault) -> (code: Int, output: [UInt8])
    {
        // A file and not a pipe: the helper may end without reading, and nobody waits for anybody.
        let input = try MemoryFile.sealed(Array(registry.utf8), name: "registry")
        let output = try Descriptor.pipe().ends()
        let reading = Descriptor(owning: output.reading)
        let writing = Descriptor(owning: output.writing)
        var spawn = Spawn(path, [path, "get"])
        spawn.environment = environment.map { "\($0.key)=\($0.value)" }
        spawn.descriptors = [.init(input, as: 0), .init(writing, as: 1), .standard(2)]
        let child = try spawn.start()
        try writing.close()
        let bytes = try reading.readAll(limit: 1 << 20, name: path)
        return (try child.wait().exitCode, bytes)
    }
}
