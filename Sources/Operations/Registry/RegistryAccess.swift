package import Base
package import Specs

/// How a registry is reached: the words that login, search, push and the like share.
package struct RegistryAccess: Equatable, Sendable {
    package var authFile: String?
    package var certificateDirectory: String?
    /// nil follows registries.conf.
    package var verifiesTLS: Bool?
    /// `USER:PASSWORD`
    package var credentials: String?
    /// A file of credentials with the keys that docker writes; in place of `authFile`.
    package var dockerFile: String?
    package var retries: Int?
    /// Nanoseconds before the first repetition.
    package var retryDelay: Int64?

    package init() {}

    /// Returns the request for martlet-registry, as far as these words say.
    package func request(_ verb: RegistryRequest.Verb) throws(Problem) -> RegistryRequest {
        var request = RegistryRequest(verb, [])
        request.authFile = dockerFile ?? authFile
        request.writesDockerKeys = dockerFile != nil
        request.certificateDirectory = certificateDirectory
        request.verifiesTLS = verifiesTLS
        request.retries = retries
        request.retryPauseMilliseconds = retryDelay.map { Int($0 / 1_000_000) }
        request.credentials = try credentials.map { words throws(Problem) in
            try RegistryAccess.credentials(words, "--creds")
        }
        return request
    }

    /// - Throws: `badUsage` where two files of credentials are named; the environment's is none.
    package func checkFiles(_ environment: [String: String]) throws(Problem) {
        guard dockerFile == nil || authFile == nil || authFile == environment["REGISTRY_AUTH_FILE"]
        else {
            throw Problem(.badUsage, "--authfile and --compat-auth-file cannot go together")
        }
    }

    /// Reads `USER:PASSWORD`.
    package static func credentials(_ words: String, _ option: String) throws(Problem)
        -> RegistryCredentials
    {
        let parts = words.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2 else {
            throw Problem(
                .badValue, "\(option) has no password",
                next: "write it as \(option) USER:PASSWORD")
        }
        return RegistryCredentials(user: parts[0], password: parts[1])
    }
}

/// A request that deals with a registry.
package protocol ReachingRegistry: SendableMetatype {
    var access: RegistryAccess { get set }
}

extension Field {
    /// Where a request keeps how it reaches a registry.
    package typealias AccessPath = any (WritableKeyPath<Request, RegistryAccess> & Sendable)

    /// `--authfile`
    package static func authFile(_ path: AccessPath, _ prefix: String = "") -> Field {
        let field = Field.value(
            prefix + "authfile", "FILE", "Keep and read credentials in this file"
        ) {
            $0[keyPath: path].authFile = $1
        } write: {
            $0[keyPath: path].authFile
        }.completing(.file)
        return prefix.isEmpty ? field.from("REGISTRY_AUTH_FILE") : field
    }

    /// `--cert-dir`
    package static func certificateDirectory(_ path: AccessPath, _ prefix: String = "") -> Field {
        .value(
            prefix + "cert-dir", "DIRECTORY", "Trust the registry by the certificates in here"
        ) {
            $0[keyPath: path].certificateDirectory = $1
        } write: {
            $0[keyPath: path].certificateDirectory
        }.completing(.directory)
    }

    /// `--tls-verify`
    package static func verifiesTLS(_ path: AccessPath, _ prefix: String = "") -> Field {
        .value(
            prefix + "tls-verify", "BOOL", "Insist on HTTPS with a valid certificate",
            Boolean.parse, read: { $0[keyPath: path].verifiesTLS = $1 },
            write: { $0[keyPath: path].verifiesTLS.map { "\($0)" } }
        ).valueWhenBare("true").standard("as registries.conf says")
    }

    /// `--creds`
    package static func credentials(_ path: AccessPath, _ prefix: String = "") -> Field {
        .value(
            prefix + "creds", "USER:PASSWORD", "Sign in to the registry with these credentials"
        ) { (request, text) throws(Problem) in
            _ = try RegistryAccess.credentials(text, "--\(prefix)creds")
            request[keyPath: path].credentials = text
        } write: {
            $0[keyPath: path].credentials
        }
    }

    /// All four, with `src-` or `dest-` before each where there are two registries.
    package static func access(_ path: AccessPath, _ prefix: String = "") -> [Field] {
        [
            authFile(path, prefix), certificateDirectory(path, prefix),
            credentials(path, prefix), verifiesTLS(path, prefix),
        ]
    }

    /// All that is said of one registry.
    package static func registry(_ path: AccessPath) -> [Field] {
        access(path) + retrying(path)
    }

    /// `--retry` and `--retry-delay`
    package static func retrying(_ path: AccessPath) -> [Field] {
        [
            .value(
                "retry", "COUNT", "Try this often", Whole<Int>.within(0...100),
                read: { $0[keyPath: path].retries = $1 },
                write: { $0[keyPath: path].retries.map { "\($0)" } }
            ).alias("retry-times").standard("3"),
            .value(
                "retry-delay", "SPAN", "Wait this long between two tries", Span.parse,
                read: { $0[keyPath: path].retryDelay = $1 },
                write: { $0[keyPath: path].retryDelay.map(SpanOption.text) }),
        ]
    }
}

extension Field where Request: ReachingRegistry {
    /// `--compat-auth-file`
    package static var dockerFile: Field {
        .value("compat-auth-file", "FILE", "Change this file as docker does, and no other") {
            $0.access.dockerFile = $1
        } write: {
            $0.access.dockerFile
        }.completing(.file)
    }

    /// `--insecure`, podman's older word for `--tls-verify=false`.
    package static var insecure: Field {
        .flag("insecure", "Take plain HTTP, and any certificate") {
            $0.access.verifiesTLS = $1 ? false : nil
        } write: { _ in
            false
        }.hidden
    }

    /// `--authfile`
    package static var authFile: Field { .authFile(\.access) }
    /// `--cert-dir`
    package static var certificateDirectory: Field { .certificateDirectory(\.access) }
    /// `--tls-verify`
    package static var verifiesTLS: Field { .verifiesTLS(\.access) }
}
