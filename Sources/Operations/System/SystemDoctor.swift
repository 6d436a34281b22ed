package import Base
package import Engine

/// `martlet system doctor`, `martlet doctor`
package enum SystemDoctor: Verb {
    package struct Request: Equatable, Sendable {
        package var format = Format.standard
    }

    /// One thing that was looked at.
    package struct Finding: Codable, Equatable, Sendable {
        package enum Grade: String, Codable, Sendable { case good, warning, bad }
        package var grade: Grade
        /// What was looked at, and how it is.
        package var what: String
        /// The command that mends it.
        package var mend: String?

        package init(_ grade: Grade, _ what: String, mend: String? = nil) {
            self.grade = grade
            self.what = what
            self.mend = mend
        }
    }

    package typealias Reply = [Finding]

    package static var card: Card<Request> {
        Card(
            "system doctor", or: "doctor",
            summary: "Show what this machine lacks, and the command that mends it",
            .get("/libpod/doctor"), blank: Request(),
            fields: [
                .format {
                    $0.format = $1
                } write: {
                    $0.format
                }
            ]
        ).details("The exit status is 0 where nothing is wrong, 1 otherwise.")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        Doctor(house).findings().map { finding in
            let grade: Finding.Grade =
                switch finding.grade {
                case .good: .good
                case .warning: .warning
                case .bad: .bad
                }
            return Finding(grade, finding.what, mend: finding.mend)
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        let status: CInt = reply.contains { $0.grade == .bad } ? 1 : 0
        guard request.format == .standard else {
            let documents = reply.map { JSON(encoding: $0) }
            return View(request.format.content(of: .array(documents)), status: status)
        }
        let lines = reply.flatMap { finding in
            let mark =
                switch finding.grade {
                case .good: "ok       "
                case .warning: "warning  "
                case .bad: "missing  "
                }
            return [mark + finding.what]
                + (finding.mend.map { ["         mend it with: " + $0] } ?? [])
        }
        return View(.lines(lines), status: status)
    }
}
