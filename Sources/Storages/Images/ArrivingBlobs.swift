import Base
import Kernel
import Specs

/// Blobs that the registry helper is fetching while their layers are unpacked already.
///
/// A file on its way is called `.sha256:….part`. What it holds has not been compared with the
/// blob's digest yet: nothing made of it counts before `allAreVerified`.
struct ArrivingBlobs: Sendable {
    private let directory: SharedDescriptor
    /// Says with one byte that all is there and verified; an end without it says the contrary.
    private let word: SharedDescriptor

    /// - Parameter word: a pipe's reading end, which others wait on and nobody else reads.
    init(in directory: SharedDescriptor, until word: SharedDescriptor) {
        self.directory = directory
        self.word = word
    }

    /// Opens a blob, waiting until its first byte is there; its readers wait for all others.
    func open(_ content: ContentDescriptor) throws(Problem) -> ByteRange {
        do throws(KernelFault) {
            let watch = try GrowthWatch(directory: directory.descriptor)
            var goesOn = true
            while true {
                for name in ["\(content.digest)", ".\(content.digest).part"] {
                    guard let file = try find(name) else { continue }
                    let growth = Growth(
                        watch: try GrowthWatch(file: file.descriptor), word: word)
                    return ByteRange(file, from: 0, end: content.size, growth: growth)
                }
                guard goesOn else { break }
                goesOn = try watch.wait(or: word.descriptor)
            }
        } catch {
            throw error.problem("cannot read the blob \(content.digest.short)")
        }
        throw ArrivingBlobs.missing
    }

    private func find(_ name: String) throws(KernelFault) -> SharedDescriptor? {
        do throws(KernelFault) {
            return SharedDescriptor(
                try Files.open(at: directory.descriptor, name, [.read, .noFollow]))
        } catch  where error.isAbsence {
            return nil
        }
    }

    /// Waits until all blobs are there and have been compared with their digests.
    func allAreVerified() throws(Problem) {
        let answer = try explaining("cannot wait for the blobs") { () throws(KernelFault) in
            try word.descriptor.read(upTo: 1)
        }
        guard !answer.isEmpty else { throw ArrivingBlobs.missing }
    }

    static let missing = Problem(
        .wrongState, "a blob is not there, or not any more", next: "pull the image again")

    /// How a file that somebody else is writing goes on.
    struct Growth: Sendable {
        let watch: GrowthWatch
        let word: SharedDescriptor
        /// Waiting for every single piece would wake the reader too often.
        static let step: Int64 = 256 << 10

        /// Waits until the file has bytes up to `wanted`.
        func reach(_ wanted: Int64, of file: SharedDescriptor) throws(Problem) {
            var goesOn = true
            while true {
                do throws(KernelFault) {
                    if try file.descriptor.status().size >= wanted { return }
                    guard goesOn else { break }
                    goesOn = try watch.wait(or: word.descriptor)
                } catch {
                    throw error.problem("cannot read a blob that is on its way")
                }
            }
            throw ArrivingBlobs.missing
        }
    }
}
