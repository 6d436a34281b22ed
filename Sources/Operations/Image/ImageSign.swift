package import Base
package import Engine
import Kernel
import Specs

/// `martlet image sign`
package enum ImageSign: Verb {
    package struct Request: Equatable, Sendable {
        package var names: [String] = []
        package var access = RegistryAccess()
        package var signing = SigningChoices()
        package var directory: String?
        package var all = false
    }

    /// The images that were signed.
    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "image sign", summary: "Sign images that are in a registry, with gpg",
            .post("/libpod/images/sign"), blank: Request(), fields: fields
        ).checking { (request) throws(Problem) in
            guard request.signing.gpgKey != nil else {
                throw Problem(
                    .badUsage, "no key to sign with was named", next: "give --sign-by KEY")
            }
        }.details(
            "The signature goes where registries.d says (lookaside-staging, or lookaside), which "
                + "has to be a directory of this machine, or into --directory."
        ).example(
            "martlet image sign --sign-by me@example.com docker://quay.io/me/web:1",
            "Sign an image that was pushed")
    }

    private static var fields: [Field<Request>] {
        [
            .flag("all", short: "a", "Sign the images of an index too") {
                $0.all = $1
            } write: {
                $0.all
            },
            .authFile(\.access), .certificateDirectory(\.access),
            .value("directory", short: "d", "DIRECTORY", "Write the signatures into this one") {
                $0.directory = $1
            } write: {
                $0.directory
            }.completing(.directory),
            .value("sign-by", "KEY", "Sign by this key of yours, with gpg") {
                $0.signing.gpgKey = $1
            } write: {
                $0.signing.gpgKey
            },
            .arguments("image", "The images: docker://quay.io/me/web:1", atLeast: 1) {
                $0.names.append($1)
            } write: {
                $0.names
            },
        ]
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        var wish = try request.access.request(.sign)
        wish.signing = try request.signing.wish()
        wish.depth = request.all ? .all : .root
        if let directory = request.directory {
            wish.signatureDirectory = try SigningChoices.absolute(directory)
        }
        return Batch(request.names) { (name) throws(Problem) in
            guard case .registry(let reference) = try ImageLocation(orName: name) else {
                throw Problem(
                    .badUsage, "\"\(name.printable)\" is in no registry",
                    next: "write docker://REGISTRY/NAME:TAG")
            }
            try house.sign(reference, wish)
            return name
        }
    }

    /// podman prints nothing on standard output.
    package static func view(of reply: Reply, for request: Request) -> View {
        View(problems: reply.problems)
    }
}
