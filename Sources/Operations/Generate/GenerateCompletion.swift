package import Base
package import Engine

/// `martlet generate completion`, `martlet completion`
package enum GenerateCompletion: Verb {
    package struct Request: Equatable, Sendable {
        package var shell = ""
    }

    /// The script.
    package typealias Reply = String

    package static var card: Card<Request> {
        Card(
            "generate completion", or: "completion",
            summary: "Print what a shell needs to complete martlet's words",
            .get("/libpod/completion/{shell}"), blank: Request(),
            fields: [
                .argument("shell", "The shell: bash, fish or zsh") {
                    (request, text) throws(Problem) in
                    request.shell = try Choice.of(CompletionScript.shells)(text, "SHELL")
                } write: {
                    $0.shell
                }.completing(.words(CompletionScript.shells))
            ]
        ).example("source <(martlet completion bash)", "Complete words in this bash")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        CompletionScript.text(for: request.shell)
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(
            .lines(
                reply.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(
                    String.init)))
    }
}
