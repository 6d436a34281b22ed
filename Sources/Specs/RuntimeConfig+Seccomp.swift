extension RuntimeConfig.Linux {
    /// The system-call filter. See runtime-spec config-linux.md, "Seccomp", and seccomp(2).
    package struct Seccomp: Encodable, Equatable, Sendable {
        package var defaultAction: Action
        package var defaultErrnoRet: UInt32?
        package var architectures: [String]?
        package var flags: [String]?
        /// The socket of the program that decides notified calls, and what it is told.
        package var listenerPath: String?
        package var listenerMetadata: String?
        package var syscalls: [Rule]?

        package init(defaultAction: Action, defaultErrnoRet: UInt32? = nil) {
            self.defaultAction = defaultAction
            self.defaultErrnoRet = defaultErrnoRet
        }
    }
}

extension RuntimeConfig.Linux.Seccomp {
    /// What happens to a call.
    package enum Action: String, Codable, Sendable {
        case kill = "SCMP_ACT_KILL"
        case killProcess = "SCMP_ACT_KILL_PROCESS"
        case killThread = "SCMP_ACT_KILL_THREAD"
        case trap = "SCMP_ACT_TRAP"
        case errno = "SCMP_ACT_ERRNO"
        case trace = "SCMP_ACT_TRACE"
        case allow = "SCMP_ACT_ALLOW"
        case log = "SCMP_ACT_LOG"
        case notify = "SCMP_ACT_NOTIFY"
    }

    /// How an argument is compared.
    package enum Operator: String, Codable, Sendable {
        case notEqual = "SCMP_CMP_NE"
        case less = "SCMP_CMP_LT"
        case lessOrEqual = "SCMP_CMP_LE"
        case equal = "SCMP_CMP_EQ"
        case greaterOrEqual = "SCMP_CMP_GE"
        case greater = "SCMP_CMP_GT"
        case maskedEqual = "SCMP_CMP_MASKED_EQ"
    }

    /// What happens to the calls named, where every argument test holds.
    package struct Rule: Encodable, Equatable, Sendable {
        package var names: [String]
        package var action: Action
        package var errnoRet: UInt32?
        package var args: [Argument]?

        package init(
            _ names: [String], _ action: Action, errnoRet: UInt32? = nil, args: [Argument]? = nil
        ) {
            self.names = names
            self.action = action
            self.errnoRet = errnoRet
            self.args = args
        }
    }

    /// A test on one argument of a call; a mask is `value`, and `valueTwo` what must remain.
    package struct Argument: Encodable, Equatable, Sendable {
        package var index: UInt32
        package var value: UInt64
        package var valueTwo: UInt64?
        package var op: Operator

        package init(index: UInt32, value: UInt64, valueTwo: UInt64? = nil, op: Operator) {
            self.index = index
            self.value = value
            self.valueTwo = valueTwo
            self.op = op
        }
    }
}
