package import Base
package import Kernel
import Storages

/// Where the engine keeps its things and finds its helpers, for one user.
///
/// Made once per process, and cheap: directories are opened when they are first needed.
package final class House {
    package let caller: Caller
    /// What lasts: images, layers, volumes, records. `$XDG_DATA_HOME/martlet`.
    package let dataPath: String
    /// What dies with the session: sockets, states. `$XDG_RUNTIME_DIR/martlet`.
    package let runPath: String
    /// What can be made anew. `$XDG_CACHE_HOME/martlet`.
    package let cachePath: String
    /// Anonymous volumes of the container that was started last.
    var anonymousVolumes: [String] = []
    /// Called with each warning; the front shows them.
    package var warn: (String) -> Void = { _ in }

    /// Whether containers that are made here are started by this process, so that nobody takes them
    /// for idle in between (F-32).
    package var startsWhatItMakes = false

    /// The OCI runtime for containers that name none; nil is the built-in one.
    package var usualRuntime: String?
    /// What `--cdi-spec-dir` says, the directory that counts most last; none are the usual ones.
    package var deviceInterfaceDirectories: [String] = []
    /// What storage.conf says, once it was read.
    var knownSettings: StorageSettings?
    /// The layers of other stores, once they were looked for.
    var openedLayers: [OtherLayers]?
    /// The other stores whose faults were told.
    var toldOfStores: Set<String> = []
    /// What `--storage-driver` says; nil leaves the choice to storage.conf and the machine.
    package var storageDriver: String?

    /// - Parameters:
    ///   - data: a directory in place of the usual one for what lasts.
    ///   - run: a directory in place of the usual one for what dies with the session.
    /// - Throws: where neither `HOME` nor the XDG variables say where things belong.
    package init(caller: Caller = .present(), data: String? = nil, run: String? = nil)
        throws(Problem)
    {
        self.caller = caller
        let variables = caller.environment
        func base(_ name: String, _ fallback: String) throws(Problem) -> String {
            if let path = variables[name], path.hasPrefix("/") { return path }
            if let home = variables["HOME"], home.hasPrefix("/") { return home + fallback }
            throw Problem(
                .missingOnMachine, "there is no home directory",
                why: "neither \(name) nor HOME is set to an absolute path",
                next:
                    "set HOME, for example with \"export HOME=$(getent passwd $(id -u) | cut -d: -f6)\""
            )
        }
        if let chosen = try House.absolute(data) {
            dataPath = chosen
        } else {
            dataPath = try base("XDG_DATA_HOME", "/.local/share") + "/martlet"
        }
        cachePath = try base("XDG_CACHE_HOME", "/.cache") + "/martlet"
        runPath = try House.absolute(run) ?? House.runBase(caller) + "/martlet"
    }

    private static func absolute(_ path: String?) throws(Problem) -> String? {
        guard let path, !path.hasPrefix("/") else { return path }
        throw Problem(
            .badValue, "\"\(path.printable)\" is no directory for the engine",
            why: "it is not an absolute path")
    }

    /// The session's directory: the variable, the usual place, or a private one below /tmp.
    private static func runBase(_ caller: Caller) -> String {
        if let path = caller.environment["XDG_RUNTIME_DIR"], path.hasPrefix("/") { return path }
        let usual = caller.uid == 0 ? "/run" : "/run/user/\(caller.uid)"
        if let status = try? Files.status(usual), status.kind == .directory,
            status.uid == caller.uid
        {
            return usual
        }
        return "/tmp/martlet-\(caller.uid)"
    }

    /// Opens the data directory, made with mode 0700 if need be.
    package func data() throws(Problem) -> Descriptor { try own(dataPath) }

    /// Opens the run-time directory, made with mode 0700 if need be.
    package func run() throws(Problem) -> Descriptor { try own(runPath) }

    /// Opens the cache directory, made with mode 0700 if need be.
    package func cache() throws(Problem) -> Descriptor { try own(cachePath) }

    /// Opens a directory that nobody else may have prepared for us (T-PERM-1).
    private func own(_ path: String) throws(Problem) -> Descriptor {
        let directory = try explaining(
            "cannot open the directory \"\(path)\"", next: House.elsewhere(path, data: dataPath)
        ) { () throws(KernelFault) in try Files.ensureDirectory(path) }
        let status = try explaining("cannot examine the directory \"\(path)\"") {
            () throws(KernelFault) in
            try directory.status()
        }
        // Inside the standing namespace the user's own files belong to its id 0, as this process does.
        let uid = Caller.effectiveUID()
        guard status.uid == uid else {
            throw Problem(
                .refused, "the directory \"\(path)\" is not yours",
                why: "it belongs to uid \(status.uid) and you are uid \(uid)",
                next:
                    "remove it, or set XDG_RUNTIME_DIR and XDG_DATA_HOME to directories of your own"
            )
        }
        if status.permissions & 0o077 != 0 {
            try explaining("cannot close the directory \"\(path)\" to others") {
                () throws(KernelFault) in
                try directory.setPermissions(0o700)
            }
        }
        return directory
    }

    /// What helps where a directory of the engine's cannot be used.
    private static func elsewhere(_ path: String, data: String) -> String {
        path == data
            ? "see who owns it with \"ls -ld\", or keep images and containers elsewhere, with "
                + "--root DIRECTORY or XDG_DATA_HOME"
            : "see who owns it with \"ls -ld\""
    }

    /// Returns the path of a helper program of ours.
    ///
    /// `MARTLET_LIBEXEC` names their directory; else it is `../libexec/martlet` beside this
    /// program's own directory, or that directory itself, as in a build tree.
    package func helper(_ name: String) throws(Problem) -> String {
        let program = try explaining("cannot find this program's own file") {
            () throws(KernelFault) in
            try Caller.program()
        }
        let directory = program.split(separator: "/").dropLast()
        let above = "/" + directory.dropLast().joined(separator: "/")
        var places = [
            above + "/libexec/martlet/" + name,
            "/" + (directory + [name[...]]).joined(separator: "/"),
        ]
        if let chosen = caller.environment["MARTLET_LIBEXEC"] {
            places.insert(chosen + "/" + name, at: 0)
        }
        for place in places where Files.exists(place) { return place }
        throw Problem(
            .missingOnMachine, "the program \"\(name)\" is not installed",
            why: "it is neither at \(places.joined(separator: " nor at "))",
            next: "install Martlet again, or set MARTLET_LIBEXEC to the directory of its helpers")
    }
}
