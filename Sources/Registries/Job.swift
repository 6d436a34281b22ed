package import Base
package import Kernel
package import Specs

/// One request of the engine's, from its plan to its last event.
package struct Job: Sendable {
    let request: RegistryRequest
    let configuration: RegistriesConfiguration
    let store: CredentialStore
    let policy: TrustPolicy
    let places: SignaturePlaces
    let view: FileView
    let environment: [String: String]
    let web: Web
    let blobs: BlobDirectory?
    let report: @Sendable (RegistryEvent) -> Void

    /// Reads the configuration of the user who runs this.
    ///
    /// - Parameter blobs: the directory for what is fetched or sent, where the verb needs one.
    package init(
        _ request: RegistryRequest, caller: Caller, blobs: BlobDirectory?,
        view: FileView = .disk, report: @escaping @Sendable (RegistryEvent) -> Void
    ) throws(Problem) {
        let files = ConfigurationFiles(environment: caller.environment, uid: caller.uid)
        let environment = caller.environment
        self.request = request
        self.report = report
        configuration = try RegistriesConfiguration(files, in: view)
        store = CredentialStore(
            files: files, view: view, explicit: request.authFile,
            helpers: configuration.credentialHelpers,
            writesDockerKeys: request.writesDockerKeys ?? false
        ) { suffix, registry throws(Problem) in
            try CredentialHelper.ask(suffix, for: registry, environment: environment)
        }
        policy = try TrustPolicy(files, explicit: request.policyFile, in: view)
        places = try SignaturePlaces(files, in: view)
        self.view = view
        self.environment = environment
        let certificates = Certificates(
            explicit: request.certificateDirectory, files: files, view: view)
        web = Web(
            stallSeconds: max(1, request.stallSeconds ?? 60),
            proxies: try Proxies(environment: environment), certificates: certificates)
        self.blobs = blobs
    }

    /// Does what was asked; the last event says how it ended.
    package func run() async {
        do {
            try await perform()
        } catch {
            report(.failed(error))
        }
        await web.close()
    }

    private func perform() async throws(Problem) {
        // Credentials are for one registry, and a short name may mean several (T-CRED-5).
        guard request.credentials == nil || Set(request.candidates.map(\.registry)).count <= 1
        else {
            throw Problem(
                .badUsage, "credentials were given for a name that may mean several registries",
                next: "write the full name: \(request.candidates[0])")
        }
        switch request.verb {
        case .pull: try await pull()
        case .inspect: try await inspect()
        case .push: try await push()
        case .fetch: try await fetch()
        case .probe: try await probe()
        case .listTags: try await listTags()
        case .listReferrers: try await listReferrers()
        case .login: try await login()
        case .logout: try logout()
        case .showUser: try showUser()
        case .delete: try await delete()
        case .search: try await search()
        case .document: try await document()
        case .vouch: try await vouch()
        case .encrypt: try encrypt()
        case .decrypt: try decrypt()
        case .sign: try await signRemote()
        }
    }

    /// Makes the dealings with one endpoint of a candidate.
    func session(_ endpoint: RegistriesConfiguration.Endpoint) throws(Problem) -> Session {
        var endpoint = endpoint
        if let verifies = request.verifiesTLS { endpoint.insecure = !verifies }
        var credentials = request.credentials
        // What the user gave is for the registry that was named, and not for its mirrors.
        if credentials == nil || endpoint.isMirror {
            credentials = try store.credentials(for: endpoint.reference)
        }
        return Session(
            endpoint, web: web, credentials: credentials, retry: retry,
            sources: request.mountFrom ?? [], report: report)
    }

    private var retry: Retry {
        Retry(
            count: max(0, min(request.retries ?? 3, 20)),
            firstPause: Double(max(0, request.retryPauseMilliseconds ?? 1000)) / 1000)
    }

    /// Returns the directory for blobs, which the engine has to have given.
    func directory() throws(Problem) -> BlobDirectory {
        guard let blobs else {
            throw Problem(.badUsage, "there is no directory for blobs", next: "give --blobs-fd=N")
        }
        return blobs
    }

    /// Tries every endpoint of every candidate until one succeeds.
    ///
    /// - Throws: what the last one met, with the others beside it.
    func firstOf<Value: Sendable>(
        _ work: (ImageReference, Session) async throws(Problem) -> Value
    ) async throws(Problem) -> Value {
        var problems: [Problem] = []
        for candidate in request.candidates {
            do throws(Problem) {
                if request.verb == .pull || request.verb == .fetch { try admit(candidate) }
                for endpoint in try configuration.endpoints(for: candidate) {
                    do throws(Problem) {
                        report(.trying(endpoint.reference.description))
                        return try await work(candidate, session(endpoint))
                    } catch {
                        // What is wrong here stays wrong with every other registry.
                        if error.code == .noSpace || error.code == .notBuilt { throw error }
                        problems.append(error)
                    }
                }
            } catch {
                if error.code == .noSpace { throw error }
                problems.append(error)
            }
        }
        guard var last = problems.popLast() else {
            throw Problem(.badUsage, "no image was named")
        }
        last.others += problems
        throw last
    }
}
