package import Base

/// The text of /etc/resolv.conf. See resolv.conf(5).
package enum ResolverFile {
    /// Reads the `nameserver` lines; addresses with a zone are left out, as they mean nothing
    /// elsewhere.
    package static func servers(in text: String) -> [IPAddress] {
        var servers: [IPAddress] = []
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split { $0 == " " || $0 == "\t" }
            if words.count >= 2, words[0] == "nameserver", let address = IPAddress(String(words[1]))
            {
                servers.append(address)
            }
        }
        return servers
    }
}
