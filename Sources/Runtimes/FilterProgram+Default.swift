import Base
import Kernel
import Specs

extension FilterProgram {
    /// Returns the program of the default filter for a container with these capabilities.
    ///
    /// The profile has 400 names and a start is short: it is not even made where the program was
    /// compiled before, by this very file of ours.
    static func usual(_ capabilities: [String], cache: String?) throws(Problem) -> FilterProgram {
        guard let cache, let own = try? Files.status("/proc/self/exe") else {
            return try FilterProgram(
                DefaultSeccomp.profile(capabilities: capabilities), cache: nil, isStrict: false)
        }
        let identity = [own.device, own.inode, UInt64(own.size)].map { "\($0)" }
        let changed = ["\(own.modified)", "\(own.modifiedNanoseconds)"]
        let words = identity + changed + capabilities.sorted()
        let store = FilterCache(
            directory: cache, name: "usual-" + Fingerprint.text(words.flatMap { [32] + $0.utf8 }))
        if let kept = store.load() { return FilterProgram(kept) }
        let made = try FilterProgram(
            DefaultSeccomp.profile(capabilities: capabilities), cache: nil, isStrict: false)
        store.save(made.instructions)
        return made
    }
}

extension FilterCache {
    init(directory: String, name: String) {
        self.directory = directory
        self.name = name
    }
}

extension RuntimeConfig {
    /// What the default filter is made for.
    var boundingCapabilities: [String] { process?.capabilities?.bounding ?? [] }
}
