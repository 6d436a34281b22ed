import Base
import Kernel
import Specs

/// What runs the container for a monitor: our own runtime or another maker's.
///
/// One launch is `begin`, then whatever is done from outside, then `finish` and `start`.
protocol Payload: AnyObject {
    /// Makes the container's first process, which waits, and returns its number.
    func begin(_ ends: LaunchEnds) throws(Problem) -> Int32

    /// Hands out the network namespace of the first process and the user namespace that owns it;
    /// only after a `begin` whose ends said that they are wanted.
    func namespaces() throws(Problem) -> (network: SharedDescriptor, user: SharedDescriptor)

    /// Lets the first process complete its root and settings: its group and network are in place.
    func finish() throws(Problem)

    /// Executes the container's program; has returned when that has succeeded.
    func start() throws(Problem)

    /// Gives the master end of the container's terminal away; nil where it has none.
    func takeTerminal() throws(Problem) -> SharedDescriptor?

    /// Starts a further process inside; `streams` become its standard streams where it gets no
    /// terminal, and stay the caller's. It is born in `group` where there is one, else in the
    /// container's own.
    func exec(
        _ request: ControlRequest.Exec, streams: [SharedDescriptor], in group: SharedDescriptor?
    ) throws(Problem) -> ExecProcess

    /// Sends a signal to the first process.
    func send(_ signal: Signal) throws(Problem)

    /// Kills the first process, at whatever stage it is; nothing where there is none.
    func kill()

    /// Forgets an ended or failed launch, with what the runtime keeps of it.
    func clear()
}

/// The container's ends of the streams, and where it is to be born.
struct LaunchEnds {
    /// The standard streams; nil where it gets a terminal or the monitor's own streams.
    var streams: (input: SharedDescriptor, output: SharedDescriptor, error: SharedDescriptor)?
    var isTerminal = false
    /// The root file system as a detached mount, where a helper serves it.
    var root: SharedDescriptor?
    /// Whether a helper serves the network, so that its namespace must be handed out.
    var showsNamespaces = false
    /// The directory of the group it is born in; nil where it stays in the monitor's.
    var group: SharedDescriptor?
    /// The same group as a path below the hierarchy's mount point.
    var groupPath: String?
}

/// A process started by `exec`: its number outside, and its terminal's master end.
struct ExecProcess {
    var pid: Int32
    var terminal: SharedDescriptor?
}
