package import Base
package import Engine
import Records
import Specs

/// `martlet container cp`, `martlet cp`
package enum ContainerCp: Verb {
    package struct Request: Equatable, Sendable {
        package var source = ""
        package var target = ""
        package var givesAway = true
        package var overwrites = false
    }

    package typealias Reply = Void

    package static var card: Card<Request> {
        Card(
            "container cp", or: "cp", summary: "Copy files into or out of containers",
            .create("/libpod/containers/copy"), blank: Request(),
            fields: [
                .flag("archive", short: "a", "Give what is copied in to the container's user") {
                    $0.givesAway = $1
                } write: {
                    $0.givesAway
                }.standard("true"),
                .flag("overwrite", "Let a directory take a file's place") {
                    $0.overwrites = $1
                } write: {
                    $0.overwrites
                },
                .argument("source", "CONTAINER:PATH, a path, or - for an archive") {
                    $0.source = $1
                } write: {
                    $0.source
                }.completing(.file),
                .argument("target", "CONTAINER:PATH, a path, or - for an archive") {
                    $0.target = $1
                } write: {
                    $0.target
                }.completing(.file),
            ]
        ).details(
            "A directory is copied into a directory that is there, and becomes one that is not. "
                + "With \"/.\" at its end, what is in it is copied. Links of the container's are "
                + "followed within it.",
            "What comes out belongs to you; what goes in, to the container's user."
        ).example("martlet cp web:/etc/nginx .", "Copy a directory out of a container")
            .example("tar -c . | martlet cp - web:/srv", "Unpack an archive in a container")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) {
        let ledger = try house.ledger()
        let source = try place(request.source, ledger)
        let target = try place(request.target, ledger)
        switch (source, target) {
        case (.host, .host), (.stream, .stream), (.host, .stream), (.stream, .host):
            throw Problem(
                .badUsage, "neither end is a container", next: "write one as CONTAINER:PATH")
        default: break
        }
        do throws(Problem) {
            try house.copy(
                from: source, to: target, givesAway: request.givesAway,
                overwrites: request.overwrites)
        } catch {
            throw error.during("copying \"\(request.source.printable)\"")
        }
    }

    /// A path with a slash or dot first is the host's, whatever else is in it.
    private static func place(_ text: String, _ ledger: Ledger) throws(Problem) -> CopyPlace {
        if text == "-" { return .stream }
        guard !text.hasPrefix("/"), !text.hasPrefix("."), let colon = text.firstIndex(of: ":")
        else { return .host(text) }
        let path = String(text[text.index(after: colon)...])
        return .container(
            try ledger.find(String(text[..<colon])),
            path: path.hasPrefix("/") ? path : "/" + path)
    }

    package static func view(of reply: Reply, for request: Request) -> View { View() }
}
