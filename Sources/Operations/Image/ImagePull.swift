package import Base
package import Engine
import Specs

/// `martlet image pull`, `martlet pull`
package enum ImagePull: Verb {
    package struct Request: Equatable, Sendable, Pulling {
        package var names: [String] = []
        package var pull = PullChoices(policy: .always)
        package var quiet = false
        package var progress = NewsStyle.auto
        package var allTags = false
    }

    /// The ids of the images.
    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "image pull", or: "pull", summary: "Fetch images from a registry",
            .post("/libpod/images/pull"), blank: Request(),
            fields: [
                .flag("all-tags", short: "a", "Fetch every tag of the repository") {
                    $0.allTags = $1
                } write: {
                    $0.allTags
                }.wire("allTags"),
                .flag("quiet", short: "q", "Print the image's id alone") {
                    $0.quiet = $1
                } write: {
                    $0.quiet
                },
                .value(
                    "policy", "POLICY", "When to fetch the image",
                    Choice.of(PullChoices.Policy.self)
                ) {
                    $0.pull.policy = $1
                } write: {
                    $0.pull.policy.rawValue
                }.standard("always").completing(
                    .words(PullChoices.Policy.allCases.map(\.rawValue))),
                .progress(\.progress),
            ] + Field.pullFields + [
                .arguments("image", "The images, such as docker.io/library/debian:12", atLeast: 1) {
                    $0.names.append($1)
                } write: {
                    $0.names
                }.completing(.image).wire("reference")
            ]
        ).details(
            "Prints the id of each image. Digests are checked before anything of an image is used."
        ).example("martlet pull docker.io/library/debian:12", "Fetch Debian 12")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        var wish = try request.pull.wish(quiet: request.quiet)
        wish.progress = TransferNews.teller(request.progress, quiet: request.quiet)
        var names = request.names
        if request.allTags {
            names = []
            for name in request.names {
                names += try house.tags(of: name, wish).map(\.description)
            }
        }
        return Batch(names) { (name) throws(Problem) in
            try house.image(name, wish, ledger: ledger).id
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.view }
}
