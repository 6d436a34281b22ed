package import Base

/// What an image is made to run on: `linux/arm64/v8`. See image-spec image-index.md, "platform".
package struct Platform: Hashable, Sendable, CustomStringConvertible {
    /// The operating system in Go's words: `linux`.
    package var os: String
    /// The processor in Go's words: `amd64`.
    package var architecture: String
    /// The processor's variant: `v7`.
    package var variant: String?
    /// What is needed beyond that: carried along, never chosen by.
    package var osVersion: String?
    package var osFeatures: [String]?
    package var features: [String]?

    package init(os: String, architecture: String, variant: String? = nil) {
        self.os = os
        self.architecture = architecture
        self.variant = variant
    }

    /// Reads `os/architecture[/variant]`, or an architecture alone, with uname's words translated.
    ///
    /// - Throws: `badValue` for anything else.
    package init(_ text: String) throws(Problem) {
        let parts = text.lowercased().split(separator: "/", omittingEmptySubsequences: false)
        let plain = parts.allSatisfy { part in
            !part.isEmpty && part.utf8.allSatisfy { $0.isLetterOrDigit || "._-".utf8.contains($0) }
        }
        guard plain, (1...3).contains(parts.count) else {
            throw Problem(
                .badValue, "\"\(text.printable)\" is no platform",
                next: "write it as os/architecture or os/architecture/variant: linux/arm64")
        }
        let words = parts.map(String.init)
        self.init(
            os: parts.count == 1 ? "linux" : words[0],
            architecture: parts.count == 1 ? words[0] : words[1],
            variant: parts.count == 3 ? words[2] : nil)
        self = normal
    }

    /// The machine this program was built for.
    package static var host: Platform {
        #if arch(x86_64)
            Platform(os: "linux", architecture: "amd64")
        #elseif arch(arm64)
            Platform(os: "linux", architecture: "arm64", variant: "v8")
        #elseif arch(arm)
            Platform(os: "linux", architecture: "arm", variant: "v7")
        #elseif arch(s390x)
            Platform(os: "linux", architecture: "s390x")
        #elseif arch(powerpc64le)
            Platform(os: "linux", architecture: "ppc64le")
        #elseif arch(riscv64)
            Platform(os: "linux", architecture: "riscv64")
        #else
            Platform(os: "linux", architecture: "unknown")
        #endif
    }

    /// `linux/arm64/v8`
    package var description: String {
        "\(os)/\(architecture)" + (variant.map { "/\($0)" } ?? "")
    }

    /// The same platform in the words of the image specification.
    package var normal: Platform {
        switch (architecture, variant) {
        case ("x86_64", _), ("x86-64", _): Platform(os: os, architecture: "amd64", variant: variant)
        case ("i386", _), ("i686", _), ("x86", _): Platform(os: os, architecture: "386")
        case ("aarch64", let variant):
            Platform(os: os, architecture: "arm64", variant: variant ?? "v8")
        case ("arm64", nil), ("arm64", "8"): Platform(os: os, architecture: "arm64", variant: "v8")
        case ("armhf", _): Platform(os: os, architecture: "arm", variant: "v7")
        case ("armel", _): Platform(os: os, architecture: "arm", variant: "v6")
        case ("arm", nil), ("arm", "7"): Platform(os: os, architecture: "arm", variant: "v7")
        case ("arm", "5"): Platform(os: os, architecture: "arm", variant: "v5")
        case ("arm", "6"): Platform(os: os, architecture: "arm", variant: "v6")
        case ("arm", "8"): Platform(os: os, architecture: "arm", variant: "v8")
        case ("amd64", "v1"): Platform(os: os, architecture: "amd64")
        default: self
        }
    }

    /// Returns how well `offered` runs here: 0 is the very same, higher is worse, nil is not at all.
    ///
    /// A newer variant of arm or amd64 runs what was made for an older one.
    package func preference(for offered: Platform) -> Int? {
        let (wanted, offered) = (normal, offered.normal)
        guard wanted.os == offered.os, wanted.architecture == offered.architecture else {
            return nil
        }
        if wanted.variant == offered.variant { return 0 }
        let base = wanted.architecture == "amd64" ? 1 : 0
        guard ["arm", "arm64", "amd64"].contains(wanted.architecture),
            let here = Platform.generation(wanted.variant, base),
            let there = Platform.generation(offered.variant, base), there <= here
        else { return offered.variant == nil ? 100 : nil }
        return here - there
    }

    private static func generation(_ variant: String?, _ base: Int) -> Int? {
        guard let variant else { return base == 0 ? nil : base }
        return variant.hasPrefix("v") ? Int(variant.dropFirst()) : nil
    }
}

extension Platform: Codable {
    private enum CodingKeys: String, CodingKey {
        case os, architecture, variant, features
        case osVersion = "os.version"
        case osFeatures = "os.features"
    }

    package init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        let variant = try members.decodeIfPresent(String.self, forKey: .variant)
        self.init(
            os: try members.decodeIfPresent(String.self, forKey: .os) ?? "",
            architecture: try members.decodeIfPresent(String.self, forKey: .architecture) ?? "",
            variant: variant == "" ? nil : variant)
        osVersion = try members.decodeIfPresent(String.self, forKey: .osVersion)
        osFeatures = try members.decodeIfPresent([String].self, forKey: .osFeatures)
        features = try members.decodeIfPresent([String].self, forKey: .features)
    }
}
