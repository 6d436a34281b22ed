import Base
import Kernel

/// The options of an overlay as mount(2) wants them: short, because they must fit into one page.
struct OverlayWords: Equatable {
    /// The directory that the paths in `text` start from.
    let base: String
    let text: String

    /// Names every directory from the deepest one they have in common.
    init(_ overlay: Launch.Overlay) {
        let all = overlay.lower + [overlay.upper, overlay.work].compactMap { $0 }
        var common = Array(all.first?.split(separator: "/").dropLast() ?? [])
        for path in all.dropFirst() {
            let parts = path.split(separator: "/").dropLast()
            common = Array(common.prefix(zip(common, parts).prefix { $0 == $1 }.count))
        }
        let base = "/" + common.joined(separator: "/")
        let count = common.count
        func short(_ path: String) -> String {
            let rest = path.split(separator: "/").dropFirst(count).joined(separator: "/")
            return rest.map { "\\:,".contains($0) ? "\\\($0)" : "\($0)" }.joined()
        }
        var words = ["lowerdir=" + overlay.lower.map(short).joined(separator: ":")]
        if let upper = overlay.upper { words.append("upperdir=" + short(upper)) }
        if let work = overlay.work { words.append("workdir=" + short(work)) }
        self.base = base
        text = (words + overlay.options).joined(separator: ",")
    }
}

extension Launch.Overlay {
    /// Reads the options of a mount of type overlay.
    init(words: [String]) {
        func value(_ key: String) -> String? {
            words.last { $0.hasPrefix(key) }.map { String($0.dropFirst(key.count)) }
        }
        self.init(
            lower: (value("lowerdir=") ?? "").split(separator: ":").map(String.init),
            upper: value("upperdir="), work: value("workdir="),
            options: words.filter { word in
                !["lowerdir=", "upperdir=", "workdir="].contains { word.hasPrefix($0) }
            })
    }
}

extension Launch.Root {
    /// Returns the root as it must be mounted there: in a user namespace the overlay keeps its
    /// marks
    /// in attributes that an ordinary user may set. See the kernel's overlayfs.rst, "userxattr".
    func inside(_ surroundings: LaunchPlan.Surroundings) -> Launch.Root {
        guard case .overlay(var overlay) = self, !surroundings.isInitialUserNamespace,
            !overlay.options.contains("userxattr")
        else { return self }
        overlay.options.append("userxattr")
        return .overlay(overlay)
    }
}
