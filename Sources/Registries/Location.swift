import Base
import FoundationEssentials
import Specs

/// An absolute address on the web: http or https, a host, no user, no fragment.
package struct Location: Hashable, Sendable {
    package let isSecure: Bool
    /// In lower case; an IPv6 address in brackets.
    package let host: String
    package let port: Int
    /// Host, and port where one was written.
    package let authority: String
    /// Path and query, with the first slash.
    package let target: String

    /// `https://quay.io/v2/`
    package var text: String { "\(isSecure ? "https" : "http")://\(authority)\(target)" }

    /// The address without its query, which may hold secrets: for messages.
    var printable: String {
        "\(isSecure ? "https" : "http")://\(authority)\(target.prefix { $0 != "?" })".printable
    }

    /// Whether both lead to the same server by the same way.
    func isSameOrigin(as other: Location) -> Bool {
        isSecure == other.isSecure && host == other.host && port == other.port
    }

    /// Whether the host is this machine or one on the same wire, by the look of its name.
    package var isNear: Bool {
        let name = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        return name == "localhost" || name.hasSuffix(".localhost") || name.hasPrefix("127.")
            || name.hasPrefix("169.254.") || name == "0.0.0.0" || name == "::" || name == "::1"
            || name.hasPrefix("fe80:") || name.hasPrefix("::ffff:127.")
            || name.hasPrefix("::ffff:169.254.")
    }

    /// Makes the address of a path on a registry, which may be `[::1]:5000`.
    init(registry: String, secure: Bool, target: String) {
        var host = registry.lowercased()
        var port = secure ? 443 : 80
        if let colon = host.lastIndex(of: ":"), !host.hasSuffix("]"),
            let number = UInt16(host[host.index(after: colon)...])
        {
            port = Int(number)
            host = String(host[..<colon])
        }
        self.isSecure = secure
        self.host = host
        self.port = port
        self.authority = registry.lowercased()
        self.target = target
    }

    /// Reads an address that a server sent, relative to the one it answers for.
    ///
    /// - Returns: nil for what is no address of the web, or has a user in it.
    package init?(_ text: String, relativeTo base: Location? = nil) {
        guard text.utf8.count <= 8192, text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }),
            let url = URL(string: text, relativeTo: base.flatMap { URL(string: $0.text) })?
                .absoluteURL,
            let scheme = url.scheme?.lowercased(), scheme == "https" || scheme == "http",
            let host = url.host(percentEncoded: true)?.lowercased(), !host.isEmpty,
            url.user == nil, url.password == nil
        else { return nil }
        let name = host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
        let authority = url.port.map { "\(name):\($0)" } ?? name
        guard ImageReference.isRegistry(authority) else { return nil }
        let path = url.path(percentEncoded: true)
        let query = url.query(percentEncoded: true).map { "?\($0)" } ?? ""
        self.init(
            registry: authority, secure: scheme == "https",
            target: (path.isEmpty ? "/" : path) + query)
    }

    /// Returns the same address with something added to its query.
    func adding(query: String) -> Location {
        Location(
            registry: authority, secure: isSecure,
            target: target + (target.contains("?") ? "&" : "?") + query)
    }
}
