package import Base
import Kernel
package import Records
package import Specs
import Storages

/// Fetching images, whose layers are unpacked while they arrive.
extension House {
    /// Fetches an image from its registry into the store.
    package func pull(_ words: String, _ wish: PullWish, ledger: Ledger) throws(Problem)
        -> ImageRecord
    {
        do throws(Problem) {
            let reference = try ImageReference(words)
            var request = wish.request
            request.verb = .pull
            request.candidates = try registries().candidates(for: reference)
            let shelf = try shelf(ledger)
            for attempt in 0..<House.pullAttempts {
                request.known = try knownBlobs(ledger)
                // Where bytes that were unpacked already have come anew, they all come first.
                if let id = try fetch(request, wish, shelf, unpacksOnTheWay: attempt == 0) {
                    return try shelf.find(id)
                }
            }
            throw Problem(
                .wrongState, "the image's blobs are removed as soon as they arrive",
                why: "others are pulling it, too", next: "pull it again")
        } catch {
            throw error.during("pulling \"\(words.printable)\"")
        }
    }

    /// Each of those who pull one image at the same time can be in another's way once.
    private static let pullAttempts = 5

    /// Fetches an image and adds it to the store.
    ///
    /// - Returns: its id; nil where what was unpacked on the way may not be what came in the end, and
    ///   where somebody else has unpacked and removed it.
    private func fetch(
        _ request: RegistryRequest, _ wish: PullWish, _ shelf: ImageShelf, unpacksOnTheWay: Bool
    ) throws(Problem) -> String? {
        let blobs = SharedDescriptor(try shelf.blobs())
        var isDoubtful = House.holdsParts(blobs)
        var arriving: ArrivingImage?
        let image: RegistryImage?
        do throws(Problem) {
            image = try RegistryClient(self).pull(
                request, into: blobs.descriptor, until: { arriving?.work.reading }
            ) { event in
                switch event {
                case .warning(let text): warn(text)
                case .retrying: isDoubtful = true
                case .resolved(let found) where unpacksOnTheWay:
                    // Another mirror may have another image.
                    arriving?.giveUp()
                    // Where it cannot be begun now it is done afterwards.
                    arriving = try? begin(unpacking: found)
                default: break
                }
                wish.progress?(event)
            }
        } catch {
            arriving?.giveUp()
            throw error
        }
        guard let arriving else {
            guard let image else {
                throw Problem(.helper, "martlet-registry ended without an answer")
            }
            do throws(Problem) {
                return try inStore { (shelf) throws(Problem) in
                    try shelf.add(pulled: image, names: House.names(of: image)).id
                }
            } catch  where error.code == .wrongState {
                return nil
            }
        }
        if image != nil { arriving.confirm() }
        do throws(Problem) {
            let id = told(try arriving.work.answer())
            // Where all layers were stored already, the helper may have written after the image was
            // whole; it has ended now.
            ImageShelf.drop(arriving.blobs, in: blobs)
            return id
        } catch  where error.code == .wrongState {
            return nil
        } catch  where isDoubtful && [.notVerified, .badDocument].contains(error.code) {
            return nil
        }
    }

    /// Whether something of an earlier transfer is there, which may have to be thrown away.
    private static func holdsParts(_ blobs: SharedDescriptor) -> Bool {
        guard let names = try? Files.names(in: blobs.descriptor) else { return true }
        return names.contains { $0.hasSuffix(".part") }
    }

    private static func names(of image: RegistryImage) -> [String] {
        image.reference.digest == nil ? [image.reference.complete.description] : []
    }

    private func begin(unpacking image: RegistryImage) throws(Problem) -> ArrivingImage {
        let ends = try explaining("cannot make a pipe") { () throws(KernelFault) in
            try Descriptor.pipe().ends()
        }
        let word = SharedDescriptor(owning: ends.reading)
        let writing = SharedDescriptor(owning: ends.writing)
        let work = try begin(inside: { () throws(Problem) -> Told<String> in
            // Only its maker's end of the pipe is to keep it open.
            Descriptor.drop(ends.writing)
            return try telling { (shelf) throws(Problem) in
                try shelf.add(pulled: image, names: House.names(of: image), until: word).id
            }
        })
        return ArrivingImage(
            work, of: image.blobs, word: word, writing: writing)
    }
}

/// An image whose layers are unpacked, in another process, while they arrive.
private final class ArrivingImage {
    let work: Inside<Told<String>>
    let blobs: [Digest]
    private var writing: SharedDescriptor?
    /// Kept so that a word to one who is gone is no signal to us.
    private let word: SharedDescriptor

    init(
        _ work: Inside<Told<String>>, of blobs: [Digest], word: SharedDescriptor,
        writing: SharedDescriptor
    ) {
        self.work = work
        self.blobs = blobs
        self.word = word
        self.writing = writing
    }

    /// Says that all blobs are there and verified.
    func confirm() {
        // One that has ended already does not need to hear it.
        try? writing?.descriptor.writeAll([1])
        writing = nil
    }

    /// Says that nothing more comes, and waits for the end.
    func giveUp() {
        writing = nil
        work.abandon(after: 5000)
    }
}
