package import Base

/// What a starting monitor reports to the engine, one JSON message each, over the start channel.
package enum StartReport: Codable, Equatable, Sendable {
    /// The payload runs: its program has been executed.
    case started(pid: Int32)
    /// Nothing was started, and nothing is left.
    case failed(Problem)
}

/// What the engine says over the start channel: `attach` first where the plan is `attached`, then
/// the group where the plan's is `granted`.
package enum StartOrder: Codable, Equatable, Sendable {
    /// The monitor now is in this delegated group (a path below /sys/fs/cgroup).
    case cgroup(path: String)
    /// The monitor was born in the group `supervisor` of this delegated one, which containers
    /// share; the container's own is `leaf` in it.
    case shared(path: String, leaf: String)
    /// There is no group to be had; go on without one.
    case noCgroup
    /// With the descriptors of `ControlRequest.attach`. From `started` on the channel is such a
    /// client's connection.
    case attach(ControlRequest.Attach)

    /// The group of monitors, beside those of their containers.
    package static let supervisor = "supervisor"
}

/// What a client asks of a monitor over the socket `ctl`: the first message of a connection.
package enum ControlRequest: Codable, Equatable, Sendable {
    /// Takes part in the container's streams: descriptors beside the message are the pipes for
    /// standard input, output and error, as far as the flags say so, in this order.
    case attach(Attach)
    /// Starts a further process inside.
    case exec(Exec)
    case kill(signal: Signal)
    /// Ends the container; answered when it has ended. nil takes the plan's grace.
    case stop(graceSeconds: Int?)
    /// Ends the container and launches it again; answered with `done` when it runs. nil takes the
    /// plan's grace.
    case restart(graceSeconds: Int?)
    case pause
    case resume
    /// Sets the size of the container's terminal.
    case resize(TerminalSize)
    /// Answered with `ended` when the container has ended for good.
    case wait
    case state
    /// Says to the monitor of a pod's own container that the asker's container belongs to the pod
    /// and lives, for as long as the connection stands. There is no answer.
    case join
    /// Runs the health check now; answered with `health`.
    case probe
    /// Links the container to a network, anew where it is on it; the connection to the network's
    /// process comes beside.
    case connect(Connect)
    /// Takes the container from the network of this id.
    case disconnect(network: String)

    package struct Connect: Codable, Equatable, Sendable {
        package var membership: Membership
        package var helper: MonitorPlan.NetworkHelper

        package init(membership: Membership, helper: MonitorPlan.NetworkHelper) {
            self.membership = membership
            self.helper = helper
        }
    }

    package struct Attach: Codable, Equatable, Sendable {
        package var input: Bool
        package var output: Bool
        package var error: Bool
        /// Whether the container waits for this client to read. Without it a client that does not
        /// read for some seconds is let go.
        package var holds: Bool
        package var size: TerminalSize?

        package init(input: Bool, output: Bool, error: Bool, holds: Bool = false) {
            self.input = input
            self.output = output
            self.error = error
            self.holds = holds
        }
    }

    /// A process to run in a running container.
    ///
    /// Without a terminal the message brings three descriptors that become its standard streams.
    /// With one the reply `started` brings the master end of its terminal.
    package struct Exec: Codable, Equatable, Sendable {
        /// The OCI runtime specification's `process`.
        package var process: RuntimeConfig.Process
        package var terminal: Bool
        package var size: TerminalSize?

        package init(process: RuntimeConfig.Process, terminal: Bool = false) {
            self.process = process
            self.terminal = terminal
        }
    }
}

/// What a monitor answers.
package enum ControlReply: Codable, Equatable, Sendable {
    case done
    case refused(Problem)
    case state(MonitorRecord)
    /// The process inside runs; `pid` is its number outside.
    case started(pid: Int32)
    /// The process (of an exec), or the container (attach, wait, stop) has ended with this code, as
    /// `run` passes it on.
    case ended(exitCode: Int)
    /// What came of the health check that was asked for, and what the health now is.
    case health(HealthStatus, succeeded: Bool)
}

/// Columns and rows of a terminal.
package struct TerminalSize: Codable, Equatable, Sendable {
    package var columns: UInt16
    package var rows: UInt16

    package init(columns: UInt16, rows: UInt16) {
        self.columns = columns
        self.rows = rows
    }
}
