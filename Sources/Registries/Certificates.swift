import Base
import NIOSSL
import Specs

/// The TLS settings for one host: the system's authorities, and what certs.d adds.
///
/// Of the directories `--cert-dir`, `~/.config/containers/certs.d/HOST`,
/// `/etc/containers/certs.d/HOST` and `/etc/docker/certs.d/HOST` the first there is counts.
/// `*.crt` are authorities, `*.cert` and `*.key` pairs the client's own. See containers-certs.d(5).
struct Certificates: Sendable {
    let explicit: String?
    let files: ConfigurationFiles
    let view: FileView

    /// Returns the settings for `host`, which has its port where one was given.
    ///
    /// - Parameter verifies: false accepts any certificate; only where the user said so.
    func settings(for host: String, verifies: Bool) throws(Problem) -> TLSConfiguration {
        var settings = TLSConfiguration.makeClientConfiguration()
        settings.minimumTLSVersion = .tlsv12
        settings.certificateVerification = verifies ? .fullVerification : .none
        settings.applicationProtocols = ["http/1.1"]
        guard let (directory, names) = try directory(for: host) else { return settings }
        for name in names where name.hasSuffix(".crt") {
            let path = "\(directory)/\(name)"
            let authorities = try load(path) { try NIOSSLCertificate.fromPEMBytes($0) }
            settings.additionalTrustRoots.append(.certificates(authorities))
        }
        if let name = names.first(where: { $0.hasSuffix(".cert") }) {
            let key = String(name.dropLast(5)) + ".key"
            guard names.contains(key) else {
                throw Problem(
                    .missingOnMachine, "the certificate \"\(directory)/\(name)\" cannot be used",
                    why: "there is no \"\(key)\" beside it")
            }
            let chain = try load("\(directory)/\(name)") { try NIOSSLCertificate.fromPEMBytes($0) }
            settings.certificateChain = chain.map { .certificate($0) }
            settings.privateKey = .privateKey(
                try load("\(directory)/\(key)") { try NIOSSLPrivateKey(bytes: $0, format: .pem) })
        }
        return settings
    }

    private func directory(for host: String) throws(Problem) -> (String, [String])? {
        if let explicit { return (explicit, try view.names(explicit)) }
        let bases =
            (files.userDirectory.map { ["\($0)/containers/certs.d"] } ?? [])
            + ["/etc/containers/certs.d", "/etc/docker/certs.d"]
        for base in bases {
            let names = try view.names("\(base)/\(host)")
            if !names.isEmpty { return ("\(base)/\(host)", names) }
        }
        return nil
    }

    private func load<Value>(_ path: String, _ read: ([UInt8]) throws -> Value)
        throws(Problem) -> Value
    {
        guard let bytes = try view.read(path) else {
            throw Problem(.missingOnMachine, "there is no file \"\(path)\"")
        }
        do {
            return try read(bytes)
        } catch {
            throw Problem(
                .badDocument, "\"\(path)\" is not what it should be",
                why: "it cannot be read as PEM")
        }
    }
}
