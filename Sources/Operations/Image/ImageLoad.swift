package import Base
package import Engine

/// `martlet image load`, `martlet load`
package enum ImageLoad: Verb {
    package struct Request: Equatable, Sendable {
        /// nil is standard input.
        package var file: String?
        package var quiet = false
        package var policyFile: String?
    }

    /// The names of the images.
    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "image load", or: "load", summary: "Read images from an archive",
            .post("/libpod/images/load"), blank: Request(),
            fields: [
                .value("input", short: "i", "FILE", "Read this file in place of standard input") {
                    $0.file = $1
                } write: {
                    $0.file
                }.completing(.file),
                .flag("quiet", short: "q", "Show no progress") {
                    $0.quiet = $1
                } write: {
                    $0.quiet
                },
                .value("signature-policy", "FILE", "Accept images by this policy") {
                    $0.policyFile = $1
                } write: {
                    $0.policyFile
                }.completing(.file).hidden,
            ]
        ).details("Reads oci-archive and docker-archive, plain or compressed with gzip or zstd.")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let file = try InputFile.open(request.file)
        var reply = Batch()
        reply.done = try house.load(file, policyFile: request.policyFile)
        return reply
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(.lines(reply.done.map { "Loaded image: " + $0 }), problems: reply.problems)
    }
}
