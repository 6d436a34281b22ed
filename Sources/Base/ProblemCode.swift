extension Problem {
    /// The kinds of problem: stable words that scripts and clients may rely on.
    package enum Code: String, Sendable, Codable, CaseIterable {
        /// The words of a command, a request or a file are wrong.
        case badUsage
        /// A value is outside what its field allows.
        case badValue
        /// A document (JSON, TOML, unit file, archive) cannot be read as what it claims to be.
        case badDocument
        case noSuchContainer
        case noSuchImage
        case noSuchVolume
        case noSuchNetwork
        case noSuchPod
        case noSuchObject
        case nameInUse
        case objectInUse
        /// The object's state does not allow the operation.
        case wrongState
        /// A digest, size or signature differs from what was promised.
        case notVerified
        /// A policy of the user's or the administrator's refuses the operation.
        case refused
        case noPermission
        case noSpace
        case portInUse
        /// The machine lacks something: a program, a kernel feature, a configuration.
        case missingOnMachine
        /// A registry or another remote end answered with an error, or not at all.
        case remote
        case timedOut
        /// The kernel refused a system call for a reason that has no word of its own here.
        case kernel
        /// The command cannot be executed inside the container.
        case notExecutable
        /// The command does not exist inside the container.
        case commandNotFound
        /// A helper program of ours ended in a way it should not.
        case helper
        /// What was asked for is not built yet; the message says so.
        case notBuilt

        /// The exit status of a command that ends with this problem, as podman-run(1) has them.
        package var exitStatus: CInt {
            switch self {
            case .notExecutable: 126
            case .commandNotFound: 127
            default: 125
            }
        }

        /// The HTTP status of a request that ends with this problem.
        package var httpStatus: Int {
            switch self {
            case .badUsage, .badValue, .badDocument: 400
            case .noSuchContainer, .noSuchImage, .noSuchVolume, .noSuchNetwork, .noSuchPod,
                .noSuchObject, .commandNotFound:
                404
            case .nameInUse, .objectInUse, .wrongState, .portInUse: 409
            case .refused, .noPermission: 403
            case .notBuilt: 501
            default: 500
            }
        }
    }
}
