package import Base

/// What may stand behind a network's name: `NAME:ip=…,ip6=…,mac=…,alias=…,interface_name=…`. See
/// podman-run(1), --network.
package struct AttachmentOptions: Equatable, Sendable {
    package var addresses: [IPAddress] = []
    package var mac: HardwareAddress?
    package var aliases: [String] = []
    package var interface: String?

    package init() {}

    /// - Throws: `badValue` for a word that is no option.
    package init(_ words: [String]) throws(Problem) {
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count == 2 ? String(parts[1]) : ""
            func refuse(_ why: String) -> Problem {
                Problem(
                    .badValue, "\"\(word.printable)\" is no option of a network", why: why,
                    next: "use alias=NAME, ip=ADDRESS, ip6=ADDRESS, mac=ADDRESS or "
                        + "interface_name=NAME")
            }
            switch parts[0] {
            case "ip", "ip6":
                guard let address = IPAddress(value), address.isV4 == (parts[0] == "ip") else {
                    throw refuse("an IPv\(parts[0] == "ip" ? 4 : 6) address was expected")
                }
                addresses.append(address)
            case "mac":
                guard let mac = HardwareAddress(value) else {
                    throw refuse("a hardware address like 02:00:5e:00:53:01 was expected")
                }
                self.mac = mac
            case "alias":
                guard !value.isEmpty else { throw refuse("a name was expected") }
                aliases.append(value)
            case "interface_name":
                try NetworkPlan.checkLinkName(value)
                interface = value
            default: throw refuse("nothing of that name is known")
            }
        }
    }
}
