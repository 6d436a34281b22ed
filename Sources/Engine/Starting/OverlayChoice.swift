package import Base
import Kernel
package import Specs

/// Which overlay serves the root file systems of containers, and why that one.
package struct OverlayChoice: Codable, Equatable, Sendable {
    package enum Driver: String, Codable, Sendable {
        /// The kernel's own, which costs nothing.
        case kernel = "overlay"
        /// `martlet-fuse`: where the kernel's cannot serve.
        case fuse = "fuse-overlay"
    }
    package let driver: Driver
    package let why: String

    /// The words of `--storage-driver`, and of storage.conf's `driver`.
    package static let words = [Driver.kernel.rawValue, Driver.fuse.rawValue]
}

extension OverlayChoice {
    /// Returns a map in which the id that stands for all that are not in this user namespace is
    /// root's. See user_namespaces(7), "overflowuid".
    static func squashed(_ map: [IDRange]) -> [IDRange] {
        let nobody: UInt32 = 65_534
        let root = map.first { $0.inside == 0 }?.outside ?? 0
        let rest = map.isEmpty ? [IDRange(inside: 0, outside: 0, count: nobody)] : map
        return [IDRange(inside: nobody, outside: root, count: 1)] + rest
    }
}

extension House {
    /// Chooses the overlay for containers whose ids are those of the standing namespace.
    ///
    /// Asked for comes first, then what the machine can do; that is tried once a session.
    package func overlayChoice() throws(Problem) -> OverlayChoice {
        if storageDriver == OverlayChoice.Driver.fuse.rawValue {
            return OverlayChoice(driver: .fuse, why: "--storage-driver asks for it")
        }
        if storageDriver == nil, let chosen = try storageSettings().overlay { return chosen }
        if let refusal = try kernelRefusal() { return OverlayChoice(driver: .fuse, why: refusal) }
        return OverlayChoice(
            driver: .kernel, why: "the kernel's overlay works in \"\(dataPath)\"")
    }

    /// Chooses the overlay for a container whose ids are arranged in a way of its own: only ours
    /// can show files with other owners. nil where it cannot run, so that layers must be copied.
    package func overlayForOtherIDs() throws(Problem) -> OverlayChoice? {
        let choice = try overlayChoice()
        if choice.driver == .fuse { return choice }
        if storageDriver == OverlayChoice.Driver.kernel.rawValue { return nil }
        guard (try? Files.open("/dev/fuse", [.readWrite])) != nil else { return nil }
        return OverlayChoice(driver: .fuse, why: "the container's ids are arranged differently")
    }

    /// Returns the plan of a root file system that `martlet-fuse` serves.
    ///
    /// - Parameters:
    ///   - lower: the layers as they are stored, the uppermost first.
    ///   - maps: the container's ids as the standing namespace counts them; nil for the same ones.
    ///   - isVolatile: whether the upper directory goes with the container.
    package func servedRoot(
        _ lower: [String], upper: String?, work: String?,
        maps: (uid: [IDRange], gid: [IDRange])?, isVolatile: Bool = false
    ) throws(Problem) -> MonitorPlan.Root {
        var plan = OverlayPlan(lower: lower, upper: upper, work: work)
        plan.isVolatile = isVolatile
        plan.isBrief = plan.isVolatile
        plan.uids = maps?.uid ?? []
        plan.gids = maps?.gid ?? []
        return .served(
            MonitorPlan.OverlayHelper(program: try helper("martlet-fuse"), plan: plan))
    }

    /// What storage.conf says, read once.
    func storageSettings() throws(Problem) -> StorageSettings {
        if let knownSettings { return knownSettings }
        let settings = try StorageSettings(
            ConfigurationFiles(environment: caller.environment, uid: caller.uid), in: .disk)
        knownSettings = settings
        settings.warnings.forEach(warn)
        return settings
    }

    // MARK: What the machine can do

    /// Returns why the kernel's overlay cannot serve; nil where it can.
    private func kernelRefusal() throws(Problem) -> String? {
        let run = try run()
        let name = "overlay-trial"
        if let known = try? Files.target(at: run, name), known.hasPrefix(dataPath + "\n") {
            let answer = known.dropFirst(dataPath.utf8.count + 1)
            return answer == "works" ? nil : String(answer)
        }
        let answer: String?
        do throws(Problem) {
            answer = try inside { () throws(Problem) in Trial(answer: self.trial()) }.answer
        } catch {
            // A machine without user namespaces starts no container: the start says why.
            return nil
        }
        // A note that cannot be kept is made again at the next start.
        try? Files.removeIfPresent(at: run, name)
        try? Files.link(at: run, name, to: "\(dataPath)\n\(answer ?? "works")")
        return answer
    }

    private struct Trial: Codable { var answer: String? }

    /// Mounts an overlay in a mount namespace that goes with this process.
    private func trial() -> String? {
        let path = "\(dataPath)/tmp/\(ProcessIdentity.own()).overlay"
        do throws(KernelFault) {
            let place = try Files.ensureDirectory(path)
            for name in ["lower", "upper", "work"] { try Files.makeDirectory(at: place, name) }
            // Without them the kernel's overlay mounts, and fails at the first directory that is
            // removed and made again.
            do throws(KernelFault) {
                try place.setAttribute("user.overlay.opaque", [UInt8(ascii: "y")])
            } catch  where error.isUnsupported {
                removeTrial()
                return "the file system of \"\(dataPath)\" keeps no attributes of users"
            }
            if caller.uid == 0 { return nil }
            try Namespaces.unshare(.mount)
            try Mounts.mount(
                "overlay", at: path + "/lower",
                options:
                    "lowerdir=\(path)/lower,upperdir=\(path)/upper,workdir=\(path)/work,userxattr")
            try Mounts.detach(path + "/lower")
        } catch {
            removeTrial()
            return error.isMissingKind
                ? "the kernel has no overlay file system"
                : "the kernel's overlay cannot serve in \"\(dataPath)\": \(error)"
        }
        removeTrial()
        return nil
    }

    private func removeTrial() {
        // What is left of it is swept up with other commands' leavings.
        guard let place = try? Files.open(dataPath + "/tmp", [.read, .directory]) else { return }
        try? Files.removeTree(at: place, "\(ProcessIdentity.own()).overlay")
    }
}
