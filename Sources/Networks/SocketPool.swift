import Base
import Kernel

/// Sockets of the container's network namespace, made in advance by the socket maker.
///
/// A socket stays in the namespace it was made in, so this process, which is outside, can bind and
/// connect it there. A new connection takes one that is ready and waits for nobody.
final class SocketPool {
    private let maker: SharedDescriptor
    private var ready: [SocketKind: [CInt]] = [:]
    private var asked: Set<SocketKind> = []

    /// Fewer than this many left: more are asked for.
    static let low = 2
    /// Made together with the link, which nobody should wait for long.
    static let first = 4

    /// - Parameter maker: our end of the socket whose other end the maker reads.
    init(maker: SharedDescriptor) { self.maker = maker }

    /// For the loop: readable when the maker has answered.
    func watch(in loop: borrowing Loop, token: UInt64) throws(KernelFault) {
        try loop.add(maker.descriptor, for: .readable, token: token)
    }

    /// Takes in sockets that were made together with the link.
    func fill(_ kind: SocketKind, numbers: [CInt]) { ready[kind, default: []] += numbers }

    /// Returns a fresh socket, or nil where `refill` must first be waited for.
    func take(_ kind: SocketKind) -> Descriptor? {
        let number = ready[kind, default: []].popLast()
        let left = ready[kind]?.count ?? 0
        if left < Self.low, !asked.contains(kind) {
            let request = AgentMessage.request(
                kind, count: UInt8(AgentMessage.descriptors)
            ).bytes
            // A full socket means that the maker is busy; it is asked again at the next shortage.
            if (try? Sockets.send(request, to: maker.descriptor, waiting: false)) != nil {
                asked.insert(kind)
            }
        }
        return number.map { Descriptor(owning: $0) }
    }

    /// Takes in what the maker has made.
    ///
    /// - Returns: the kind, and how many there are now; none where none could be made.
    /// - Throws: `helper` where the maker has ended.
    func refill() throws(Problem) -> (kind: SocketKind, made: Int)? {
        let bytes: [UInt8]
        let numbers: [CInt]
        do {
            let message = try Sockets.receive(from: maker.descriptor, limit: 64, waiting: false)
            bytes = message.bytes
            numbers = message.descriptors
        } catch  where error.isWaiting {
            return nil
        } catch {
            throw error.problem("the socket maker cannot be heard")
        }
        guard case .sockets(let kind) = try AgentMessage(bytes) else { return nil }
        asked.remove(kind)
        fill(kind, numbers: numbers)
        return (kind, numbers.count)
    }
}
