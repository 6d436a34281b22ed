import Base
import Kernel
import Specs

/// A container's place on a named network: the connection that it ends with.
final class NetworkPlace {
    let number: UInt32
    let membership: Membership
    let socket: SharedDescriptor

    init(_ number: UInt32, _ membership: Membership, _ socket: SharedDescriptor) {
        self.number = number
        self.membership = membership
        self.socket = socket
    }

    var watched: Watched { Watched(.place, number) }
}

/// A monitor's connections to the processes of named networks.
final class NetworkPlaces {
    private(set) var all: [NetworkPlace] = []
    private var next: UInt32 = 1

    /// Milliseconds that a process has to answer when the container has ended.
    private static let patience = 3000

    var states: [NetworkState]? { all.isEmpty ? nil : all.map(\.membership.state) }

    @discardableResult
    func add(_ membership: Membership, _ socket: SharedDescriptor) -> NetworkPlace {
        let place = NetworkPlace(next, membership, socket)
        next += 1
        all.append(place)
        return place
    }

    func place(number: UInt32) -> NetworkPlace? { all.first { $0.number == number } }

    func place(on network: String) -> NetworkPlace? {
        all.first { $0.membership.state.id == network }
    }

    func remove(_ place: NetworkPlace) { all.removeAll { $0 === place } }

    /// Makes the container's names known on each network, and returns the bridges' network
    /// namespaces by the networks' ids.
    ///
    /// - Parameter wait: waits until a socket is readable.
    func join(_ wait: (SharedDescriptor) throws(Problem) -> Void) throws(Problem)
        -> [String: SharedDescriptor]
    {
        let ways = try waysBetween()
        var bridges: [String: SharedDescriptor] = [:]
        for (index, place) in all.enumerated() {
            let name = place.membership.state.name
            let socket = place.socket
            let request = NetworkRequest.join(place.membership.join)
            try explaining("cannot join network \"\(name)\"") { () throws(KernelFault) in
                try Sockets.send(
                    JSON(encoding: request).bytes(),
                    descriptors: ways[index].map { $0.descriptor.number }, to: socket.descriptor)
            }
            try wait(socket)
            let (reply, descriptor) = try Self.answer(from: socket, name)
            if case .refused(let problem)? = reply { throw problem }
            guard let descriptor else {
                throw Problem(
                    .helper, "the process of network \"\(name)\" has ended",
                    next: "start the container again")
            }
            bridges[place.membership.state.id] = descriptor
        }
        return bridges
    }

    /// Sockets between the networks' name servers, so that each answers for the others too.
    private func waysBetween() throws(Problem) -> [[SharedDescriptor]] {
        var ways = [[SharedDescriptor]](repeating: [], count: all.count)
        for one in all.indices {
            for other in all.indices where other > one {
                let ends = try explaining("cannot join the container's networks") {
                    () throws(KernelFault) in try Sockets.pair().ends()
                }
                ways[one].append(SharedDescriptor(owning: ends.ours))
                ways[other].append(SharedDescriptor(owning: ends.theirs))
            }
        }
        return ways
    }

    private static func answer(from socket: SharedDescriptor, _ name: String) throws(Problem)
        -> (reply: NetworkReply?, descriptor: SharedDescriptor?)
    {
        let message: Sockets.Message
        do throws(KernelFault) {
            message = try Sockets.receive(
                from: socket.descriptor, limit: Limits.messageBytes, waiting: false)
        } catch {
            throw error.problem("cannot hear network \"\(name)\"")
        }
        let descriptors = message.descriptors.map { SharedDescriptor(owning: $0) }
        if message.bytes.isEmpty { return (nil, nil) }
        let reply = try JSON(parsing: message.bytes, name: "the network's answer")
            .decode(NetworkReply.self, name: "the network's answer")
        return (reply, descriptors.first)
    }

    /// Lets the names go; the addresses stay for the next launch.
    func leave() {
        for place in all {
            // A process that has ended has forgotten them already.
            try? Sockets.send(
                JSON(encoding: NetworkRequest.leave).bytes(), to: place.socket.descriptor,
                waiting: false)
        }
    }

    /// Gives a place up; the process that ends with it leaves no socket behind.
    func end(_ place: NetworkPlace) {
        remove(place)
        let socket = place.socket
        let sent: Void? = try? Sockets.send(
            JSON(encoding: NetworkRequest.farewell).bytes(), to: socket.descriptor, waiting: false)
        guard sent != nil, Self.isReadable(socket),
            case .parted(isLast: true)? = try? Self.answer(
                from: socket, place.membership.state.name
            ).reply
        else { return }
        removeSocket(place.membership.socket)
    }

    private static func isReadable(_ socket: SharedDescriptor) -> Bool {
        var poll = PollSet()
        _ = poll.add(socket.descriptor, for: .readable)
        return (try? poll.wait(upTo: patience)) == 1
    }

    /// Removes the socket of a process that no longer listens, unless another one listens there by now.
    private func removeSocket(_ path: String) {
        guard let slash = path.lastIndex(of: "/") else { return }
        let name = String(path[path.index(after: slash)...])
        // Whoever has the lock starts a process there, or sweeps.
        guard let directory = try? Files.open(String(path[..<slash]), [.read, .directory]),
            (try? directory.lock(exclusive: true, waiting: false)) == true,
            (try? Sockets.connect(at: directory, name)) == nil
        else { return }
        try? Files.remove(at: directory, name)
    }
}
