import Base
import Specs

// How images are fetched: the same words for `run`, `create` and `pull`.
extension Field where Request: Pulling {
    package static var pullFields: [Field] {
        [
            .value(
                "platform", "OS/ARCH[/VARIANT]", "Fetch the image for this platform", platform,
                read: {
                    $0.pull.os = $1.os
                    $0.pull.architecture = $1.architecture
                    $0.pull.variant = $1.variant
                }, write: { _ in nil }),
            .value("os", "OS", "Fetch the image for this operating system") {
                $0.pull.os = $1
            } write: {
                $0.pull.os
            }.alias("override-os"),
            .value("arch", "ARCH", "Fetch the image for this processor architecture") {
                $0.pull.architecture = $1
            } write: {
                $0.pull.architecture
            }.alias("override-arch"),
            .value("variant", "VARIANT", "Fetch the image for this variant of the architecture") {
                $0.pull.variant = $1
            } write: {
                $0.pull.variant
            }.alias("override-variant"),
            .value("authfile", "FILE", "Read credentials for registries from this file") {
                $0.pull.authFile = $1
            } write: {
                $0.pull.authFile
            }.from("REGISTRY_AUTH_FILE").completing(.file),
            .value("cert-dir", "DIRECTORY", "Trust the registry by the certificates in here") {
                $0.pull.certificateDirectory = $1
            } write: {
                $0.pull.certificateDirectory
            }.completing(.directory),
            .value("creds", "USER[:PASSWORD]", "Sign in to the registry with these credentials") {
                $0.pull.credentials = $1
            } write: {
                $0.pull.credentials
            },
            .value(
                "tls-verify", "BOOL", "Insist on HTTPS with a valid certificate", Boolean.parse,
                read: { $0.pull.verifiesTLS = $1 },
                write: { $0.pull.verifiesTLS.map { "\($0)" } }
            ).valueWhenBare("true").standard("as registries.conf says"),
            .value(
                "retry", "COUNT", "Try this often to fetch", Whole<Int>.within(0...100),
                read: { $0.pull.retries = $1 }, write: { $0.pull.retries.map { "\($0)" } }
            ).standard("3"),
            .value(
                "retry-delay", "SPAN", "Wait this long between two tries", Span.parse,
                read: { $0.pull.retryDelay = $1 },
                write: { $0.pull.retryDelay.map(SpanOption.text) }),
            .value("signature-policy", "FILE", "Check signatures by this policy") {
                $0.pull.policyFile = $1
            } write: {
                $0.pull.policyFile
            }.completing(.file).hidden,
            // Docker's word, which changes nothing in podman either.
            .flag("disable-content-trust", "Change nothing") { _, _ in
            } write: { _ in
                false
            }.hidden,
            .decryptionKey(\.pull.decryptionKeys),
        ]
    }

    private static var platform: ValueParser<Platform> {
        { (text, _) throws(Problem) in try Platform(text) }
    }
}
