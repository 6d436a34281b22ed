import AsyncHTTPClient
import Base
import NIOCore
import NIOPosix
import NIOSSL

/// Why a request got no answer: what happened below HTTP, in words for people.
struct Fault: Error {
    /// Whether a later attempt may succeed.
    var isPassing: Bool
    /// Whether there was no TLS to speak of, or not one that can be trusted.
    var isTLS: Bool
    var why: String
    var next: String?

    /// Reads what the libraries throw.
    init(_ error: any Error, host: String) {
        isPassing = true
        isTLS = false
        switch error {
        case let error as NIOConnectionError:
            why = Fault.describe(error)
            isPassing = error.dnsAError == nil && error.dnsAAAAError == nil
            // The registry of images that were made here: hardly ever there is one.
            if host == "localhost" {
                isPassing = false
                next = "images of \"localhost\" are made or tagged here; see \"martlet images\""
            }
        case let error as HTTPClientError where error == .deadlineExceeded || error == .readTimeout:
            why = "it stood still for too long"
        case let error as HTTPClientError where error == .connectTimeout:
            why = "no connection came about in time"
        case let error as HTTPClientError
        where error == .remoteConnectionClosed || error == .uncleanShutdown:
            why = "it closed the connection too early"
        case let error as HTTPClientError where error == .tlsHandshakeTimeout:
            why = "the TLS handshake stood still for too long"
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
            (why, next) = Fault.describeTLS("\(error)", host: host)
            isTLS = true
            isPassing = false
        case let error as Slowness:
            why = "it sent \(error.bytes) bytes in \(error.seconds) seconds"
        case let error as IOError:
            why = "the connection failed: \(Fault.errorName(error.errnoCode))"
        default:
            why = Fault.plain("\(error)")
        }
    }

    /// Returns the Problem for people.
    func problem(_ what: String) -> Problem {
        Problem(isTLS ? .notVerified : .remote, what, why: why, next: next)
    }

    private static func describe(_ error: NIOConnectionError) -> String {
        if error.dnsAError != nil || error.dnsAAAAError != nil, error.connectionErrors.isEmpty {
            return "the name \"\(error.host)\" does not resolve"
        }
        guard let first = error.connectionErrors.first else { return "no connection came about" }
        let address = first.target.ipAddress ?? "\(first.target)"
        let place = (address.contains(":") ? "[\(address)]" : address) + ":\(error.port)"
        if let refused = first.error as? IOError {
            return "\(place) did not take the connection: \(errorName(refused.errnoCode))"
        }
        return "\(place) did not take the connection"
    }

    private static func errorName(_ number: CInt) -> String {
        switch number {
        case 111: "connection refused"
        case 110: "connection timed out"
        case 113: "no route to the host"
        case 101: "the network is unreachable"
        case 104: "connection reset"
        default: "error \(number)"
        }
    }

    private static func describeTLS(_ text: String, host: String) -> (String, String?) {
        let plain =
            "mark the registry insecure in registries.conf, or use --tls-verify=false, "
            + "if you trust the network"
        if text.contains("WRONG_VERSION_NUMBER") || text.contains("HTTP_REQUEST")
            || text.contains("PACKET_LENGTH")
        {
            return ("it does not speak TLS", plain)
        }
        if text.contains("CERTIFICATE_VERIFY_FAILED") || text.contains("unableToValidate") {
            return (
                "its certificate is not signed by an authority known here, or not valid now",
                "put the authority's certificate into ~/.config/containers/certs.d/\(host)/ca.crt"
            )
        }
        if text.contains("ostname") {
            return ("its certificate is for another host than \(host)", nil)
        }
        return ("TLS did not come about (\(self.plain(text)))", nil)
    }

    /// A library's words, on one line and not too many.
    private static func plain(_ text: String) -> String {
        String(text.split(separator: "\n").joined(separator: " ").prefix(200)).printable
    }
}

/// A transfer that moves, but so slowly that it would never end.
struct Slowness: Error {
    let bytes: Int
    let seconds: Int
}
