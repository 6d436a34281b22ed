import Base
package import Specs

/// How a registry is reached: the words that login, search and the like share.
package struct RegistryAccess: Equatable, Sendable {
    package var authFile: String?
    package var certificateDirectory: String?
    /// nil follows registries.conf.
    package var verifiesTLS: Bool?

    package init() {}

    /// Returns the request for martlet-registry, as far as these words say.
    package func request(_ verb: RegistryRequest.Verb) -> RegistryRequest {
        var request = RegistryRequest(verb, [])
        request.authFile = authFile
        request.certificateDirectory = certificateDirectory
        request.verifiesTLS = verifiesTLS
        return request
    }
}

/// A request that deals with a registry.
package protocol ReachingRegistry: SendableMetatype {
    var access: RegistryAccess { get set }
}

extension Field where Request: ReachingRegistry {
    /// `--authfile`
    package static var authFile: Field {
        .value("authfile", "FILE", "Keep and read credentials in this file") {
            $0.access.authFile = $1
        } write: {
            $0.access.authFile
        }.from("REGISTRY_AUTH_FILE").completing(.file)
    }

    /// `--cert-dir`
    package static var certificateDirectory: Field {
        .value("cert-dir", "DIRECTORY", "Trust the registry by the certificates in here") {
            $0.access.certificateDirectory = $1
        } write: {
            $0.access.certificateDirectory
        }.completing(.directory)
    }

    /// `--tls-verify`
    package static var verifiesTLS: Field {
        .value(
            "tls-verify", "BOOL", "Insist on HTTPS with a valid certificate", Boolean.parse,
            read: { $0.access.verifiesTLS = $1 },
            write: { $0.access.verifiesTLS.map { "\($0)" } }
        ).valueWhenBare("true").standard("as registries.conf says")
    }
}
