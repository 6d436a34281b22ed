package import Base

/// The name of a slice of systemd, whose dashes tell its place. See systemd.slice(5).
package enum SliceName {
    private static let ending = ".slice"

    /// Reads what stands behind `--cgroup-parent`: a slice, or the path of its group.
    ///
    /// - Throws: `badValue` for what is no slice.
    package static func parse(_ text: String) throws(Problem) -> String {
        let name = text.split(separator: "/").last.map(String.init) ?? ""
        let stem = name.dropLast(ending.count)
        let isFine =
            name.hasSuffix(ending) && name.utf8.count < 256
            && (stem == "-" || !stem.isEmpty && !stem.hasPrefix("-") && !stem.hasSuffix("-"))
            && !stem.contains("--")
            && stem.utf8.allSatisfy { $0.isLetterOrDigit || "-_.:\\".utf8.contains($0) }
        guard isFine else {
            throw Problem(
                .badValue, "\"\(text.printable)\" cannot be used for --cgroup-parent",
                why: "it is no slice of systemd",
                next: "write NAME.slice, such as machine.slice")
        }
        return name
    }

    /// Returns the name of a slice that lies in another one.
    package static func child(_ stem: String, of parent: String) -> String {
        parent == "-.slice" ? stem + ending : "\(parent.dropLast(ending.count))-\(stem)\(ending)"
    }
}
