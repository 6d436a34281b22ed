package import Base
package import Engine
import Specs

/// `martlet container run`, `martlet run`
package enum ContainerRun: Verb {
    package typealias Request = LaunchRequest
    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "container run", or: "run", summary: "Run a command in a new container",
            .create("/libpod/containers/run"), blank: Request(),
            fields: Field.attachFields + Field.launchFields
        ).checking { (request) throws(Problem) in
            try request.check()
        }.details(
            "Makes a container from the image, which is fetched where it is missing, and starts it. "
                + "Without --detach the command's output and exit status are those of martlet.",
            "The exit status is 125 where Martlet failed, 126 where the command cannot be executed, "
                + "127 where there is none of that name, and the command's own otherwise."
        ).example("martlet run --rm -it debian bash", "Try something in a throw-away Debian")
            .example(
                "martlet run -d --name web -p 8080:80 -v ./site:/usr/share/nginx/html:ro nginx",
                "Serve a directory at port 8080")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        try house.sweep(ledger)
        house.startsWhatItMakes = true
        let container = try Launching.create(request, in: house, ledger)
        let outcome: StartOutcome
        do throws(Problem) {
            outcome = try house.start(
                container, ledger: ledger, options: Launching.options(request))
        } catch {
            throw Launching.clear(container, in: house, ledger, after: error)
        }
        switch outcome {
        case .running(let id): return Batch(made: request.detach ? id : nil)
        case .ended(_, let code):
            if request.removeImage, let image = container.imageName {
                try house.removeImages([image], force: false, ledger: ledger)
            }
            var reply = Batch()
            reply.status = CInt(clamping: code ?? 255)
            return reply
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.view }
}
