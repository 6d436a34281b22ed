package import Base
package import Kernel
package import Specs

/// The engine's side of `martlet-registry`: starts it, and turns its events into results.
///
/// All that touches TLS and strangers' documents happens over there, in a process of its own. See
/// `RegistryRequest` for what travels.
package struct RegistryClient {
    private let program: String
    private let environment: [String: String]

    /// Finds the helper of this house.
    package init(_ house: House) throws(Problem) {
        self.init(
            program: try house.helper("martlet-registry"), environment: house.caller.environment)
    }

    /// Takes the helper at `program`, run with `environment`.
    package init(program: String, environment: [String: String]) {
        self.program = program
        self.environment = environment
    }

    /// An image that has been fetched; its layers are files in the blobs directory.
    package struct PulledImage: Sendable {
        /// The candidate that answered.
        package let reference: ImageReference
        /// What the name stands for in the registry: the index's digest, else the manifest's.
        package let digest: Digest
        package let manifestBytes: [UInt8]
        package let manifest: ContentDescriptor
        package let configBytes: [UInt8]
        package let config: ContentDescriptor
        /// Lowest first; those in `known` were not fetched.
        package let layers: [ContentDescriptor]
    }

    /// Fetches an image into `blobs`, or only its documents where the verb is `inspect`.
    ///
    /// - Parameter progress: called with each event, as it comes.
    package func pull(
        _ request: RegistryRequest, into blobs: borrowing Descriptor,
        progress: (RegistryEvent) -> Void
    ) throws(Problem) -> PulledImage {
        var image: RegistryImage?
        try converse(request, [.init(blobs, as: 5)]) { event in
            if case .pulled(let pulled) = event { image = pulled }
            progress(event)
        }
        guard let image else { throw RegistryClient.silence }
        return PulledImage(
            reference: image.reference, digest: image.digest,
            manifestBytes: try document(image.manifest.digest, Limits.manifestBytes, blobs),
            manifest: image.manifest,
            configBytes: try document(image.config.digest, Limits.imageConfigBytes, blobs),
            config: image.config, layers: image.layers)
    }

    /// Fetches an image into `blobs`, which others read while it arrives.
    ///
    /// - Parameter until: what ends the transfer once it is readable; asked before each event.
    /// - Returns: nil where that was so.
    func pull(
        _ request: RegistryRequest, into blobs: borrowing Descriptor,
        until: () -> SharedDescriptor?, progress: (RegistryEvent) -> Void
    ) throws(Problem) -> RegistryImage? {
        var image: RegistryImage?
        let isWhole = try converse(request, [.init(blobs, as: 5)], until: until) { event in
            if case .pulled(let pulled) = event { image = pulled }
            progress(event)
        }
        if !isWhole { return nil }
        guard let image else { throw RegistryClient.silence }
        return image
    }

    /// What was fetched as it is: the candidate that answered, and the document its name means.
    package struct Fetched: Sendable {
        package let reference: ImageReference
        package let root: ContentDescriptor
    }

    /// Fetches documents and blobs into `blobs` as they are.
    package func fetch(
        _ request: RegistryRequest, into blobs: borrowing Descriptor,
        progress: (RegistryEvent) -> Void
    ) throws(Problem) -> Fetched {
        var fetched: Fetched?
        try converse(request, [.init(blobs, as: 5)]) { event in
            if case .fetched(let reference, let root) = event {
                fetched = Fetched(reference: reference, root: root)
            }
            progress(event)
        }
        guard let fetched else { throw RegistryClient.silence }
        return fetched
    }

    /// Sends the image whose documents and layers lie in `blobs`.
    package func push(
        _ request: RegistryRequest, from blobs: borrowing Descriptor,
        progress: (RegistryEvent) -> Void
    ) throws(Problem) -> Digest {
        var digest: Digest?
        try converse(request, [.init(blobs, as: 5)]) { event in
            if case .pushed(let pushed) = event { digest = pushed }
            progress(event)
        }
        guard let digest else { throw RegistryClient.silence }
        return digest
    }

    /// Makes another image of the one in `blobs`: `encrypt` and `decrypt`.
    ///
    /// - Returns: what stands for the image that was made; it lies in `blobs`, too.
    package func make(_ request: RegistryRequest, in blobs: borrowing Descriptor)
        throws(Problem) -> ContentDescriptor
    {
        var root: ContentDescriptor?
        try converse(request, [.init(blobs, as: 5)]) { event in
            if case .made(let made) = event { root = made }
        }
        guard let root else { throw RegistryClient.silence }
        return root
    }

    /// Signs an image in its registry; `blobs` holds what is sent for a moment.
    package func sign(
        _ request: RegistryRequest, with blobs: borrowing Descriptor,
        progress: (RegistryEvent) -> Void
    ) throws(Problem) {
        try converse(request, [.init(blobs, as: 5)], progress: progress)
    }

    /// Does what needs no blobs: `login`, `logout`, `listTags`,
    /// `listReferrers`, `search`, `delete`, `probe`.
    package func ask(_ request: RegistryRequest, answer: (RegistryEvent) -> Void) throws(Problem) {
        try converse(request, [], progress: answer)
    }

    private static let silence = Problem(
        .helper, "martlet-registry ended without an answer", next: "try again")

    private func document(_ digest: Digest, _ limit: Int, _ blobs: borrowing Descriptor)
        throws(Problem) -> [UInt8]
    {
        do {
            return try Files.open(at: blobs, "\(digest)", [.read, .noFollow])
                .readAll(limit: limit, name: "\(digest)")
        } catch {
            throw error.problem("cannot read \"\(digest)\"")
        }
    }

    /// Starts the helper, passes its events on, and waits for its end.
    ///
    /// - Returns: false where `until` ended it.
    @discardableResult
    private func converse(
        _ request: RegistryRequest, _ blobs: [Spawn.Handing],
        until: () -> SharedDescriptor? = { nil }, progress: (RegistryEvent) -> Void
    ) throws(Problem) -> Bool {
        let talk = try explaining("cannot start \"\(program)\"") {
            () throws(KernelFault) in
            try start(request, blobs)
        }
        var failure: Problem?
        var isAnswered = false
        var isEnded = false
        while !isAnswered {
            if let other = until(), try isReady(other, before: talk.socket) {
                isEnded = true
                // It may have ended by itself just now.
                try? talk.child.send(signal: 15)
                break
            }
            guard let event = try next(talk.socket) else { break }
            switch event {
            case .failed(let problem):
                failure = problem
                isAnswered = true
            case .pulled, .pushed, .fetched, .made, .done:
                progress(event)
                isAnswered = true
            default: progress(event)
            }
        }
        let end = try explaining("cannot wait for \"\(program)\"") { () throws(KernelFault) in
            try talk.child.wait()
        }
        if isEnded { return false }
        if let failure { throw failure }
        guard isAnswered else {
            throw Problem(
                .helper, "martlet-registry ended in the middle of its work", why: "\(end)",
                next: "try again; what has arrived is kept")
        }
        return true
    }

    /// Waits for either; what comes from the helper is heard first.
    private func isReady(_ other: SharedDescriptor, before socket: borrowing Descriptor)
        throws(Problem) -> Bool
    {
        do throws(KernelFault) {
            while true {
                var set = PollSet()
                let ours = set.add(socket, for: .readable)
                let theirs = set.add(other.descriptor, for: .readable)
                _ = try set.wait(upTo: nil)
                if !set.readiness(at: ours).isEmpty { return false }
                if !set.readiness(at: theirs).isEmpty { return true }
            }
        } catch {
            throw error.problem("cannot hear martlet-registry")
        }
    }

    /// The helper while it works, and our end of its channel.
    private struct Conversation: ~Copyable {
        let child: ProcessHandle
        let socket: Descriptor
    }

    private func start(_ request: RegistryRequest, _ blobs: [Spawn.Handing])
        throws(KernelFault) -> Conversation
    {
        let plan = try MemoryFile.sealed(JSON(encoding: request).bytes(), name: "plan")
        let ends = try Sockets.pair().ends()
        let ours = Descriptor(owning: ends.ours)
        let theirs = Descriptor(owning: ends.theirs)
        var words = [program, "--plan-fd=3", "--channel-fd=4"]
        if !blobs.isEmpty { words.append("--blobs-fd=5") }
        var spawn = Spawn(program, words)
        spawn.environment = environment.map { "\($0.key)=\($0.value)" }
        spawn.descriptors = [.standard(2), .init(plan, as: 3), .init(theirs, as: 4)] + blobs
        let child = try spawn.start()
        // Only with our copy of their end gone does their death show here.
        try theirs.close()
        return Conversation(child: child, socket: ours)
    }

    private func next(_ socket: borrowing Descriptor) throws(Problem) -> RegistryEvent? {
        let bytes: [UInt8]
        do {
            bytes = try Sockets.receive(from: socket, limit: Limits.messageBytes).bytes
        } catch {
            throw error.problem("cannot hear martlet-registry")
        }
        if bytes.isEmpty { return nil }
        return try JSON(parsing: bytes, name: "event").decode(RegistryEvent.self, name: "event")
    }
}
