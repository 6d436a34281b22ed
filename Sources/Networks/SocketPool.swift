import Base
import Kernel

/// Sockets of the container's network namespace, made in advance by the socket maker.
///
/// A socket stays in the namespace it was made in, so this process, which is outside, can bind and
/// connect it there. A new connection takes one that is ready and waits for nobody.
final class SocketPool {
    private let maker: Descriptor
    private var ready: [SocketKind: [CInt]] = [:]
    private var asked: Set<SocketKind> = []

    /// Fewer than this many left: more are asked for.
    static let low = 2
    /// Made together with the link, which nobody should wait for long.
    static let first = 4
    static let portion = 16
    static let bigPortion = 64

    /// - Parameter maker: our end of the socket whose other end the maker reads.
    init(maker: consuming Descriptor) { self.maker = maker }

    /// For the loop: readable when the maker has answered.
    func watch(in loop: borrowing Loop, token: UInt64) throws(KernelFault) {
        try loop.add(maker, for: .readable, token: token)
    }

    /// Takes in sockets that were made together with the link.
    func fill(_ kind: SocketKind, numbers: [CInt]) { ready[kind, default: []] += numbers }

    /// Returns a fresh socket, or nil where `refill` must first be waited for.
    func take(_ kind: SocketKind) -> Descriptor? {
        let number = ready[kind, default: []].popLast()
        let left = ready[kind]?.count ?? 0
        if left < Self.low, !asked.contains(kind) {
            let count = UInt8(number == nil ? Self.bigPortion : Self.portion)
            let request = AgentMessage.request(kind, count: count).bytes
            // A full socket means that the maker is busy; it is asked again at the next shortage.
            if (try? Sockets.send(request, to: maker, waiting: false)) != nil { asked.insert(kind) }
        }
        return number.map { Descriptor(owning: $0) }
    }

    /// Takes in what the maker has made.
    ///
    /// - Returns: the kind that can be had again, or nil where the maker could make none.
    /// - Throws: `helper` where the maker has ended.
    func refill() throws(Problem) -> (kind: SocketKind, made: Int)? {
        let bytes: [UInt8]
        do {
            bytes = try Sockets.receive(from: maker, limit: 512, waiting: false).bytes
        } catch  where error.isWaiting {
            return nil
        } catch {
            throw error.problem("the socket maker cannot be heard")
        }
        let message = try AgentMessage(bytes)
        guard case .sockets(let kind, let numbers) = message else { return nil }
        asked.remove(kind)
        fill(kind, numbers: numbers)
        return (kind, numbers.count)
    }
}
