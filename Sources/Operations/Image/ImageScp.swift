package import Base
package import Engine
import Kernel
import Storages

/// `martlet image scp`: an image to another machine or account, or from one, over ssh(1).
///
/// The archive is never a file: it goes from the one store through ssh into the other.
package enum ImageScp: Verb {
    package struct Request: Equatable, Sendable {
        package var source = ""
        package var target = ""
        package var form = "docker-archive"
        package var quiet = false
    }

    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "image scp", summary: "Send an image to another machine, or fetch one from there",
            .post("/libpod/images/scp/{name}"), blank: Request(),
            fields: [
                .value("format", "FORMAT", "Send this form of archive", Choice.of(forms)) {
                    $0.form = $1
                } write: {
                    $0.form
                }.standard("docker-archive").completing(.words(forms)),
                .flag("quiet", short: "q", "Show neither progress nor names") {
                    $0.quiet = $1
                } write: {
                    $0.quiet
                },
                .argument("source", "An image here, or HOST::IMAGE") {
                    $0.source = $1
                } write: {
                    $0.source
                }.completing(.image).wire("name"),
                .argument("target", "HOST:: to send to", isRequired: false) {
                    $0.target = $1
                } write: {
                    $0.target.isEmpty ? nil : $0.target
                }.wire("destination"),
            ]
        ).details(
            "HOST is what ssh(1) takes: a machine, USER@MACHINE, a name of ssh's configuration, or "
                + "ssh://USER@MACHINE:PORT; USER@localhost is another account of this machine. The "
                + "other side needs martlet or podman. With a host on both sides the archive goes "
                + "through here and is not stored.",
            "Nothing is asked for: where ssh wants a password, it asks for it itself."
        )
        .example("martlet image scp localhost/web ada@server::", "Send an image to a server")
        .example("martlet image scp server::localhost/web", "Fetch an image from a server")
        .checking { (request) throws(Problem) in _ = try journey(request) }
    }

    static let forms = ["docker-archive", "oci-archive"]

    /// Where the image is and where it goes; nil is this store.
    struct Journey: Equatable {
        var from: String?
        var image: String
        var to: String?
    }

    static func journey(_ request: Request) throws(Problem) -> Journey {
        let source = try endpoint(request.source)
        let target = request.target.isEmpty ? nil : try endpoint(request.target)
        guard !source.image.isEmpty else {
            throw Problem(
                .badUsage, "\"\(request.source.printable)\" names no image", next: "say HOST::IMAGE"
            )
        }
        if let target, target.host == nil || !target.image.isEmpty {
            throw Problem(
                .badUsage, "\"\(request.target.printable)\" is not a place to send an image to",
                why: "an image keeps its name on its way",
                next: "say HOST::, and tag the image before or after")
        }
        guard source.host != nil || target != nil else {
            throw Problem(
                .badUsage, "\"\(source.image.printable)\" stays where it is",
                next: "say where to: martlet image scp IMAGE HOST::")
        }
        return Journey(from: source.host, image: source.image, to: target?.host)
    }

    /// The parts of HOST::IMAGE; what reaches a shell of the other side has harmless characters.
    private static func endpoint(_ words: String) throws(Problem) -> (host: String?, image: String)
    {
        // The last "::", for a host can be an address of IPv6.
        let bytes = Array(words.utf8)
        let colons = UInt8(ascii: ":")
        let found = bytes.indices.dropFirst().last {
            bytes[$0] == colons && bytes[$0 - 1] == colons
        }
        guard let found else { return (nil, words) }
        let host = String(decoding: bytes[..<(found - 1)], as: UTF8.self)
        let image = String(decoding: bytes[(found + 1)...], as: UTF8.self)
        guard !host.isEmpty, !host.hasPrefix("-"), host.utf8.allSatisfy({ $0 > 32 && $0 < 127 })
        else {
            throw Problem(
                .badValue, "\"\(host.printable)\" is no host", next: "say it as ssh takes it")
        }
        guard !image.hasPrefix("-"),
            image.utf8.allSatisfy({ $0.isLetterOrDigit || "._-/:@".utf8.contains($0) })
        else {
            throw Problem(.badValue, "\"\(image.printable)\" is no name of an image")
        }
        return (host, image)
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let journey = try journey(request)
        let ssh = try Shell(house.caller.environment)
        var reply = Batch()
        switch (journey.from, journey.to) {
        case (nil, let to?):
            // Without the image nobody is called.
            _ = try house.shelf(house.ledger()).find(journey.image)
            try send(journey.image, to: to, by: ssh, request, house)
        case (let from?, nil):
            reply.done = try fetch(journey.image, from: from, by: ssh, request, house)
        case (let from?, let to?):
            try pass(journey.image, from: from, to: to, by: ssh, request)
        case (nil, nil): break
        }
        return reply
    }

    private static func send(
        _ image: String, to host: String, by ssh: Shell, _ request: Request, _ house: House
    ) throws(Problem) {
        let ends = try pipe()
        let reading = Descriptor(owning: ends.reading)
        let writing = Descriptor(owning: ends.writing)
        let call = try ssh.call(
            host, loading(request), [.init(reading, as: 0)] + (request.quiet ? [] : [.standard(1)]))
        _ = consume reading
        var choices = ImageShelf.SaveChoices()
        choices.form = request.form == "oci-archive" ? .ociArchive : .dockerArchive
        choices.compression = Compression(request.form == "oci-archive" ? .gzip : .none)
        // A pipe that nobody reads any more is a fault to tell of, not a death.
        Signals.ignore(13)
        var trouble: Problem?
        var isOurs = false
        do throws(Problem) { try house.save([image], to: writing, choices) } catch {
            trouble = error
            isOurs = try !readiness(of: writing, .writable).contains(.failed)
        }
        _ = consume writing
        try call.finish(besides: trouble, isCause: isOurs)
    }

    private static func fetch(
        _ image: String, from host: String, by ssh: Shell, _ request: Request, _ house: House
    ) throws(Problem) -> [String] {
        let ends = try pipe()
        let reading = Descriptor(owning: ends.reading)
        let writing = Descriptor(owning: ends.writing)
        let call = try ssh.call(host, saving(image, request), [.init(writing, as: 1)])
        _ = consume writing
        var trouble: Problem?
        var isOurs = false
        var names: [String] = []
        do throws(Problem) { names = try house.load(reading) } catch {
            trouble = error
            // An archive that was cut off is ssh's trouble; one that we refused ends ssh.
            isOurs = try readiness(of: reading, .readable) != .hangUp
        }
        _ = consume reading
        try call.finish(besides: trouble, isCause: isOurs)
        return names
    }

    /// How a pipe stands now.
    private static func readiness(of pipe: borrowing Descriptor, _ wanted: PollSet.Readiness)
        throws(Problem) -> PollSet.Readiness
    {
        var set = PollSet()
        let place = set.add(pipe, for: wanted)
        do throws(KernelFault) { _ = try set.wait(upTo: 0) } catch {
            throw error.problem("cannot ask for the state of a pipe")
        }
        return set.readiness(at: place)
    }

    private static func pass(
        _ image: String, from: String, to: String, by ssh: Shell, _ request: Request
    ) throws(Problem) {
        let ends = try pipe()
        let reading = Descriptor(owning: ends.reading)
        let writing = Descriptor(owning: ends.writing)
        let source = try ssh.call(from, saving(image, request), [.init(writing, as: 1)])
        _ = consume writing
        let target = try ssh.call(
            to, loading(request), [.init(reading, as: 0)] + (request.quiet ? [] : [.standard(1)]))
        // The one that ends first takes the other with it; it does so when we let go of the pipe,
        // so that it is known which it was.
        var set = PollSet()
        let place = set.add(target.child.descriptor, for: .readable)
        _ = set.add(source.child.descriptor, for: .readable)
        do throws(KernelFault) { while try set.wait(upTo: nil) == 0 {} } catch {
            throw error.problem("cannot wait for ssh")
        }
        _ = consume reading
        if set.readiness(at: place).contains(.readable) {
            try finish(target, then: source)
        } else {
            try finish(source, then: target)
        }
    }

    private static func finish(_ first: consuming Shell.Call, then second: consuming Shell.Call)
        throws(Problem)
    {
        do throws(Problem) { try first.finish() } catch {
            // What it led to needs no telling.
            try? second.finish()
            throw error
        }
        try second.finish()
    }

    private static func pipe() throws(Problem) -> (reading: CInt, writing: CInt) {
        try explaining("cannot make a pipe") { () throws(KernelFault) in
            try Descriptor.pipe().ends()
        }
    }

    private static func loading(_ request: Request) -> String {
        onEither("load" + (request.quiet ? " --quiet" : ""))
    }

    private static func saving(_ image: String, _ request: Request) -> String {
        onEither("save --quiet --format \(request.form) \(image)")
    }

    /// For whatever shell the account has: the words in quotes are sh's.
    private static func onEither(_ words: String) -> String {
        "sh -c 'if command -v martlet > /dev/null; then exec martlet \(words); "
            + "else exec podman \(words); fi'"
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(
            .lines(request.quiet ? [] : reply.done.map { "Loaded image: " + $0 }),
            problems: reply.problems)
    }
}

/// ssh(1) of this machine.
private struct Shell {
    private let program: String
    private let environment: [String]

    init(_ environment: [String: String]) throws(Problem) {
        guard let program = Files.program("ssh", in: environment["PATH"]) else {
            throw Problem(
                .missingOnMachine, "there is no program \"ssh\"",
                next: "install it (Debian: openssh-client)")
        }
        self.program = program
        self.environment = environment.map { "\($0.key)=\($0.value)" }
    }

    /// Runs a command on a host; what it says of itself goes to standard error.
    func call(_ host: String, _ command: String, _ descriptors: [Spawn.Handing]) throws(Problem)
        -> Call
    {
        var spawn = Spawn(program, ["ssh", "--", host, command])
        spawn.environment = environment
        spawn.descriptors = descriptors + [.standard(2)]
        let settled = spawn
        let child = try explaining("cannot run \"\(program)\"") { () throws(KernelFault) in
            try settled.start()
        }
        return Call(host: host, child: child)
    }

    struct Call: ~Copyable {
        let host: String
        let child: ProcessHandle

        /// Waits for it to end well, where something else failed or nothing did.
        ///
        /// - Parameter isCause: whether `trouble` ended ssh, and not ssh's end led to it.
        consuming func finish(besides trouble: Problem?, isCause: Bool) throws(Problem) {
            guard let trouble else { return try finish() }
            do throws(Problem) { try finish() } catch {
                if isCause { throw trouble }
                var cause = error
                cause.others.append(trouble)
                throw cause
            }
            throw trouble
        }

        /// Waits for it to end well.
        consuming func finish() throws(Problem) {
            let handle = child
            let code = try explaining("cannot wait for ssh") { () throws(KernelFault) in
                try handle.wait().exitCode
            }
            guard code != 0 else { return }
            throw Problem(
                .remote, "\"\(host.printable)\" did not take part",
                why: "ssh ended with \(code)"
                    + (code == 127 ? ": neither martlet nor podman is there" : ""),
                next: "see what it says above; try: ssh \(host.printable) martlet version")
        }
    }
}
