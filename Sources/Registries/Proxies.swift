package import Base

/// Which proxy a request goes through, by the variables that curl and Go's programs read.
///
/// `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, in upper or lower case.
package struct Proxies: Sendable {
    /// A proxy's address, with a name and a password where its URL has them.
    package struct Proxy: Hashable, Sendable {
        package var host: String
        package var port: Int
        package var user: String?
        package var password: String?
    }

    private let secure: Proxy?
    private let plain: Proxy?
    private let exceptions: [String]

    /// Reads the variables.
    package init(environment: [String: String]) throws(Problem) {
        func variable(_ name: String) -> String? {
            [name.lowercased(), name].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
        }
        secure = try variable("HTTPS_PROXY").map { text throws(Problem) in try Proxies.parse(text) }
        plain = try variable("HTTP_PROXY").map { text throws(Problem) in try Proxies.parse(text) }
        exceptions = (variable("NO_PROXY") ?? "").split { $0 == "," || $0 == " " }.map {
            $0.lowercased()
        }
    }

    /// Returns the proxy for a host, or nil where it is reached directly.
    package func proxy(forHost host: String, port: Int, secure isSecure: Bool) -> Proxy? {
        guard let proxy = isSecure ? secure : plain else { return nil }
        let host = host.lowercased()
        // Go's rule, which users rely on: this machine is never asked for through a proxy.
        if host == "localhost" || host.hasPrefix("127.") || host == "::1" || host == "[::1]" {
            return nil
        }
        for exception in exceptions {
            if exception == "*" { return nil }
            let name = exception.hasPrefix("*.") ? String(exception.dropFirst()) : exception
            if name == host || name == "\(host):\(port)" { return nil }
            if host.hasSuffix(name.hasPrefix(".") ? name : ".\(name)") { return nil }
        }
        return proxy
    }

    private static func parse(_ text: String) throws(Problem) -> Proxy {
        var rest = text[...]
        var port = 80
        if rest.hasPrefix("http://") {
            rest = rest.dropFirst(7)
        } else if let scheme = rest.firstRange(of: "://") {
            throw Problem(
                .notBuilt, "the proxy \"\(redacted(text))\" cannot be used",
                why: "only http:// proxies are built, and it is \(rest[..<scheme.lowerBound])://")
        }
        rest = rest.prefix { $0 != "/" }
        var proxy = Proxy(host: "", port: 0)
        if let at = rest.lastIndex(of: "@") {
            let parts = rest[..<at].split(
                separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            proxy.user = unescaped(parts[0])
            proxy.password = parts.count == 2 ? unescaped(parts[1]) : ""
            rest = rest[rest.index(after: at)...]
        }
        var host = String(rest)
        if let colon = rest.lastIndex(of: ":"), !rest.hasSuffix("]") {
            guard let number = UInt16(rest[rest.index(after: colon)...]) else {
                throw Problem(
                    .badValue, "\"\(redacted(text))\" is no proxy", why: "its port is malformed")
            }
            port = Int(number)
            host = String(rest[..<colon])
        }
        guard !host.isEmpty else {
            throw Problem(.badValue, "\"\(redacted(text))\" is no proxy", why: "it names no host")
        }
        proxy.host = host
        proxy.port = port
        return proxy
    }

    /// Messages never show a proxy's password.
    private static func redacted(_ text: String) -> String {
        guard let at = text.lastIndex(of: "@") else { return text.printable }
        return "…\(text[at...])".printable
    }

    private static func unescaped(_ text: Substring) -> String {
        var out: [UInt8] = []
        var bytes = Array(text.utf8)[...]
        while let byte = bytes.popFirst() {
            if byte == UInt8(ascii: "%"), bytes.count >= 2,
                let value = UInt8(String(decoding: bytes.prefix(2), as: UTF8.self), radix: 16)
            {
                out.append(value)
                bytes = bytes.dropFirst(2)
            } else {
                out.append(byte)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
