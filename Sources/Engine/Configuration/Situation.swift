package import Specs

/// Everything beyond the container's own spec that its runtime configuration depends on, gathered
/// before, so that `RuntimeConfigPlan` is a pure function and can be compared whole in tests.
package struct Situation: Equatable, Sendable {
    package var id: String
    /// What the image says of its containers; nil with a root directory of the user's own.
    package var image: ImageConfig.Execution?
    /// /etc/passwd and /etc/group as the image has them.
    package var accounts = Accounts()
    /// Variables of the caller that a spec may copy.
    package var callerEnvironment: [String: String] = [:]
    /// Variables that hold secrets: nothing of them is ever in a record.
    package var secretVariables: [String: String] = [:]
    /// The host name of the container's pod, where that is shared.
    package var podHostname: String?
    package var callerGroups: [UInt32] = []
    /// Ids that exist in the container's user namespace, per kind, as runs from `inside`.
    package var uidMap: [IDRange] = []
    package var gidMap: [IDRange] = []
    /// The caller's own ids as the container sees them, for keep-id; nil elsewhere.
    package var keptUser: (uid: UInt32, gid: UInt32)? {
        get { keptUID.flatMap { uid in keptGID.map { (uid, $0) } } }
        set {
            keptUID = newValue?.uid
            keptGID = newValue?.gid
        }
    }
    private var keptUID: UInt32?
    private var keptGID: UInt32?
    /// Mounts with their sources found: volumes as paths, images as paths.
    package var mounts: [RuntimeConfig.Mount] = []
    /// Files of ours that stand in for the image's: hosts, resolv.conf, hostname …
    package var files: [RuntimeConfig.Mount] = []
    /// Paths of namespaces that are joined, by kind.
    package var joined: [RuntimeConfig.Linux.Namespace.Kind: String] = [:]
    /// The largest number of open files a process may ask for here.
    package var openFilesLimit: UInt64 = 1024
    /// The largest number of processes a process may ask for here.
    package var processesLimit: UInt64?

    package init(id: String) { self.id = id }
}
