import AsyncHTTPClient
import Base
import FoundationEssentials
import NIOCore
import NIOHTTP1
import Specs

/// How a token is got from the server that a registry's challenge names.
///
/// The challenge is a stranger's word. Credentials go to the registry's own host or one of the same
/// domain, over TLS, and nowhere else; without them the token is asked for as a guest (T-CRED-3).
/// See distribution's "Token Authentication Specification".
struct Token {
    /// The registry that sent the challenge.
    let registry: Location
    let insecure: Bool
    let credentials: RegistryCredentials?
    /// What is wanted, where the challenge does not say it better.
    let scopes: [String]

    /// Returns the token.
    func fetch(
        _ challenge: Challenge, by web: Web, report: @Sendable (RegistryEvent) -> Void
    ) async throws -> String {
        let what = "cannot get a token for \(registry.authority)"
        guard let realm = challenge.parameters["realm"].flatMap({ Location($0) }) else {
            throw Problem(.remote, what, why: "its challenge names no token server")
        }
        guard realm.isSecure || insecure else {
            throw Problem(
                .refused, what, why: "its token server \(realm.printable) is not reached by TLS",
                next: "mark the registry insecure in registries.conf, if you trust the network")
        }
        guard !realm.isNear || registry.isNear else {
            throw Problem(
                .refused, what,
                why: "its token server \(realm.printable) is a host of this machine or its own wire"
            )
        }
        var trusted = credentials
        if credentials != nil, !isTrusted(realm) {
            trusted = nil
            report(
                .warning(
                    "credentials for \(registry.authority) are not sent to \(realm.authority), "
                        + "continuing without them"))
        }
        let request = request(challenge, realm, trusted)
        let answer: (status: UInt, body: [UInt8])
        do {
            answer = try await Deadline.within(seconds: web.stallSeconds) {
                let response = try await web.send(
                    request.request, to: request.location, verifies: !insecure)
                let buffer = try await response.body.collect(upTo: Limits.answerBytes)
                return (response.status.code, Array(buffer.readableBytesView))
            }
        } catch is NIOTooManyBytesError {
            throw Problem(
                .remote, what, why: "the answer has more than \(Limits.answerBytes) bytes")
        } catch let problem as Problem {
            throw problem
        } catch {
            var fault = Fault(error, host: realm.authority)
            fault.why = "\(realm.authority): \(fault.why)"
            throw fault
        }
        guard (200..<300).contains(answer.status) else {
            if [401, 403].contains(answer.status) {
                throw Problem(
                    .noPermission, what,
                    why: "\(realm.authority) answered with \(answer.status)"
                        + (Answer.message(answer.body).map { ": \($0)" } ?? ""),
                    next: "log in with \"martlet login \(registry.authority)\"")
            }
            throw Problem(.remote, what, why: "\(realm.authority) answered with \(answer.status)")
        }
        let json = try JSON(parsing: answer.body, name: "token", limit: Limits.answerBytes)
        guard let token = json["token"]?.text ?? json["access_token"]?.text, !token.isEmpty,
            token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else {
            throw Problem(.remote, what, why: "\(realm.authority) sent no token")
        }
        return token
    }

    /// The registry's own host, or a neighbour below the same domain.
    private func isTrusted(_ realm: Location) -> Bool {
        if realm.host == registry.host { return true }
        if realm.isNear || registry.isNear || !realm.isSecure { return false }
        func domain(_ host: String) -> [Substring] { host.split(separator: ".").suffix(2) }
        let isAddress = registry.host.hasPrefix("[") || registry.host.last?.isNumber == true
        return !isAddress && domain(realm.host).count == 2
            && domain(realm.host) == domain(registry.host)
    }

    private func request(
        _ challenge: Challenge, _ realm: Location, _ credentials: RegistryCredentials?
    ) -> (request: HTTPClientRequest, location: Location) {
        var fields: [(String, String)] = []
        if let service = challenge.parameters["service"] { fields.append(("service", service)) }
        let stated = challenge.parameters["scope"].map { [$0] } ?? []
        for scope in scopes.isEmpty ? stated : scopes {
            fields.append(("scope", scope))
        }
        if let credentials, let refresh = credentials.identityToken {
            fields += [
                ("grant_type", "refresh_token"), ("refresh_token", refresh),
                ("client_id", "martlet"),
            ]
            var request = HTTPClientRequest(url: realm.text)
            request.method = .POST
            request.headers.add(name: "content-type", value: "application/x-www-form-urlencoded")
            request.body = .bytes(ByteBuffer(string: Token.form(fields)))
            return (request, realm)
        }
        if let credentials { fields.append(("account", credentials.user)) }
        let location = fields.isEmpty ? realm : realm.adding(query: Token.form(fields))
        var request = HTTPClientRequest(url: location.text)
        if let credentials {
            request.headers.add(name: "authorization", value: Token.basic(credentials))
        }
        return (request, location)
    }

    /// The value of an Authorization header with name and password.
    static func basic(_ credentials: RegistryCredentials) -> String {
        "Basic " + Data("\(credentials.user):\(credentials.password)".utf8).base64EncodedString()
    }

    /// Joins fields as a form or a query, with everything that is not plain escaped.
    static func form(_ fields: [(String, String)]) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        func escape(_ text: String) -> String {
            var out: [UInt8] = []
            for byte in text.utf8 {
                if byte.isLetterOrDigit || "-_.~".utf8.contains(byte) {
                    out.append(byte)
                } else {
                    out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
                }
            }
            return String(decoding: out, as: UTF8.self)
        }
        return fields.map { "\(escape($0.0))=\(escape($0.1))" }.joined(separator: "&")
    }
}
