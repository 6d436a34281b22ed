import AsyncHTTPClient
import Base
import Kernel
import NIOCore
import NIOHTTP1
import Specs

/// Dealings with one repository of one registry: authorization, redirects, repetition.
///
/// What is sent where is decided here alone: credentials go to the registry and to its token
/// server, and to nobody a redirect names (T-CRED-1 to T-CRED-4).
actor Session {
    let reference: ImageReference
    let isMirror: Bool
    private let insecure: Bool
    let web: Web
    private let credentials: RegistryCredentials?
    let retry: Retry
    let report: @Sendable (RegistryEvent) -> Void
    /// Whether plain HTTP is spoken, which only an insecure registry may need.
    private var isSecure = true
    private var settledScheme = false
    private var authorization: String?
    private var scopes: Set<String> = []
    /// Other repositories of the registry that are read from.
    let sources: [String]

    init(
        _ endpoint: RegistriesConfiguration.Endpoint, web: Web, credentials: RegistryCredentials?,
        retry: Retry, sources: [String] = [],
        report: @escaping @Sendable (RegistryEvent) -> Void
    ) {
        self.sources = sources
        reference = endpoint.reference
        isMirror = endpoint.isMirror
        insecure = endpoint.insecure
        self.web = web
        self.credentials = credentials
        self.retry = retry
        self.report = report
    }

    /// One request as it is meant; what it takes to be heard is the session's business.
    struct Call: Sendable {
        var method: HTTPMethod = .GET
        /// Below the registry: `/v2/library/nginx/manifests/latest`, or a whole address it gave us.
        var target: String
        var headers = HTTPHeaders()
        /// Makes the body anew for each attempt.
        var body: (@Sendable () throws(Problem) -> HTTPClientRequest.Body)?
        /// What the token must allow: `pull` or `pull,push`.
        var actions = "pull"
        /// What is being done, for messages: `cannot read the manifest of "…"`.
        var what: String
        /// Statuses that the caller understands beside 2xx.
        var understood: Set<UInt> = []

        /// Whether a failed attempt may be made again just so; a part of an upload may not.
        var isRepeatable: Bool { method != .PATCH }

        init(_ target: String, what: String) {
            self.target = target
            self.what = what
        }
    }

    /// The registry's host as connections know it.
    nonisolated var host: String {
        reference.registry == "docker.io" ? "registry-1.docker.io" : reference.registry ?? ""
    }

    /// Returns the answer, with a status of 2xx or one that the caller understands.
    ///
    /// - Throws: a Problem once the attempts that are allowed are used up.
    func send(_ call: Call) async throws(Problem) -> HTTPClientResponse {
        scopes.insert(call.actions)
        var attempt = 0
        var refusals = 0
        while true {
            let pause: Double
            let reason: String
            do {
                let used = authorization
                let response = try await settled(call)
                let code = response.status.code
                if (200..<300).contains(code) || call.understood.contains(code) { return response }
                if code == 401, refusals < 2 {
                    refusals += 1
                    // Another transfer may have got a new token in the meantime.
                    if authorization == used || authorization == nil {
                        try await authorize(response.headers["www-authenticate"], call)
                    }
                    continue
                }
                let problem = await Answer.problem(response, call: call, host: host)
                guard Retry.isPassing(code), attempt < retry.count, call.isRepeatable else {
                    throw problem
                }
                pause = retry.pause(
                    attempt, retryAfter: response.headers.first(name: "retry-after"))
                reason = problem.why ?? problem.what
            } catch let fault as Fault {
                guard fault.isPassing, attempt < retry.count, call.isRepeatable else {
                    throw fault.problem(call.what)
                }
                pause = retry.pause(attempt, retryAfter: nil)
                reason = fault.why
            } catch let problem as Problem {
                throw problem
            } catch {
                throw Problem(.remote, call.what, why: "\(error)".printable)
            }
            attempt += 1
            report(.retrying("\(host): \(reason)", seconds: pause))
            try await retry.wait(pause)
        }
    }

    /// Sends the request by TLS, and by plain HTTP where the user allows that and TLS fails.
    private func settled(_ call: Call) async throws -> HTTPClientResponse {
        let wasSecure = isSecure
        do {
            let response = try await follow(call, secure: wasSecure)
            settledScheme = true
            return response
        } catch let fault as Fault
            // Another request at the same time may have found out in the meantime.
            where insecure && wasSecure && (call.body == nil || fault.isTLS)
                && (!settledScheme || !isSecure)
        {
            do {
                let response = try await follow(call, secure: false)
                isSecure = false
                settledScheme = true
                return response
            } catch {
                throw fault.isTLS ? error : fault
            }
        }
    }

    /// Sends the request and follows its redirects; the token goes to the registry alone.
    private func follow(_ call: Call, secure: Bool) async throws -> HTTPClientResponse {
        let start = try address(call, secure)
        let own = Location(registry: host, secure: secure, target: "/")
        var chain = [start]
        while true {
            let here = chain[chain.count - 1]
            var request = HTTPClientRequest(url: here.text)
            request.method = call.method
            request.headers = call.headers
            if let authorization, here.isSameOrigin(as: own) {
                request.headers.replaceOrAdd(name: "authorization", value: authorization)
            }
            request.body = try call.body?()
            let response: HTTPClientResponse
            do {
                response = try await web.send(request, to: here, verifies: !insecure)
            } catch let problem as Problem {
                throw problem
            } catch {
                var fault = Fault(error, host: here.authority)
                if chain.count > 1 { fault.why += " (\(Session.describe(chain)))" }
                throw fault
            }
            guard [301, 302, 303, 307, 308].contains(response.status.code),
                call.method == .GET || call.method == .HEAD
            else { return response }
            chain.append(try next(after: chain, response.headers.first(name: "location"), call))
        }
    }

    /// Checks where a redirect leads (T-CRED-2).
    private func next(after chain: [Location], _ text: String?, _ call: Call)
        throws(Problem) -> Location
    {
        func refuse(_ why: String) -> Problem {
            Problem(.remote, call.what, why: "\(why) (\(Session.describe(chain)))")
        }
        let here = chain[chain.count - 1]
        guard let text else { throw refuse("it redirects to nowhere") }
        guard let next = Location(text, relativeTo: here) else {
            throw refuse("it redirects to what is no address of the web")
        }
        guard next.isSecure || !here.isSecure || insecure else {
            throw refuse("it redirects from https to http at \(next.authority)")
        }
        guard !chain.contains(next) else { throw refuse("it redirects in a circle") }
        guard chain.count <= Limits.redirects else {
            throw refuse("it redirects more than \(Limits.redirects) times")
        }
        return next
    }

    /// Where a request goes: a target of ours, or a whole address that the registry gave.
    private func address(_ call: Call, _ secure: Bool) throws(Problem) -> Location {
        let base = Location(registry: host, secure: secure, target: "/")
        guard !call.target.hasPrefix("/") else {
            return Location(registry: host, secure: secure, target: call.target)
        }
        guard let location = Location(call.target, relativeTo: base) else {
            throw Problem(.remote, call.what, why: "the registry gave an address that is none")
        }
        guard location.isSecure || !secure || insecure else {
            throw Problem(.remote, call.what, why: "the registry gave an address without TLS")
        }
        return location
    }

    private static func describe(_ chain: [Location]) -> String {
        "asked " + chain.map(\.printable).joined(separator: ", then ")
    }

    /// Answers a challenge: gets a token, or falls back to name and password.
    private func authorize(_ headers: [String], _ call: Call) async throws {
        let challenges = Challenge.parse(headers)
        if let bearer = challenges.first(where: { $0.scheme == "bearer" }) {
            let actions = scopes.contains("pull,push") ? "pull,push" : call.actions
            let isOurs =
                call.target.hasPrefix("/v2/\(reference.path)/") || !call.target.hasPrefix("/")
            let token = Token(
                registry: Location(registry: host, secure: isSecure, target: "/"),
                insecure: insecure, credentials: credentials,
                scopes: isOurs
                    ? ["repository:\(reference.path):\(actions)"]
                        + sources.map { "repository:\($0):pull" } : [])
            authorization = "Bearer \(try await token.fetch(bearer, by: web, report: report))"
            return
        }
        guard challenges.contains(where: { $0.scheme == "basic" }) else {
            throw Problem(
                .remote, call.what,
                why: "\(host) wants to know who asks, and offers no way that is known here")
        }
        guard let credentials else {
            throw Problem(
                .noPermission, call.what, why: "\(host) wants a name and a password",
                next: "log in with \"martlet login \(reference.registry ?? host)\"")
        }
        authorization = Token.basic(credentials)
    }
}
