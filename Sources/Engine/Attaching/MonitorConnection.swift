package import Base
package import Kernel
package import Specs

/// A connection to the monitor of one container: one request, and the answers to it.
package struct MonitorConnection: ~Copyable {
    package let channel: Descriptor
    let name: String

    /// Connects to the container's control socket.
    ///
    /// - Throws: `wrongState` where no monitor listens.
    package init(house: House, id: String, name: String) throws(Problem) {
        self.name = name
        do throws(KernelFault) {
            let directory = try Files.open(house.runDirectory(of: id), [.read, .directory])
            channel = try Sockets.connect(at: directory, "ctl")
        } catch {
            if error.name == "ENOENT" || error.name == "ECONNREFUSED" {
                throw Problem(
                    .wrongState, "container \"\(name)\" is not running",
                    next: "start it with \"martlet start \(name)\"")
            }
            throw error.problem("cannot reach the monitor of container \"\(name)\"")
        }
    }

    /// Takes over a channel that speaks the same protocol, such as that of a start.
    package init(channel: consuming Descriptor, name: String) {
        self.channel = channel
        self.name = name
    }

    /// Gives the connection up as the descriptor that keeps it open.
    consuming func shared() -> SharedDescriptor { SharedDescriptor(channel) }

    /// Sends the request, with the descriptors that belong to it.
    package func send(_ request: ControlRequest, _ descriptors: [Int32] = []) throws(Problem) {
        try explaining("cannot speak to the monitor of container \"\(name)\"") {
            () throws(KernelFault) in
            try Sockets.send(
                JSON(encoding: request).bytes(), descriptors: descriptors, to: channel)
        }
    }

    /// An answer, and the descriptor that came beside it.
    package struct Answer: ~Copyable {
        package let reply: ControlReply
        package let descriptor: Descriptor?
    }

    /// Waits for the next answer; nil where the monitor has closed the connection.
    ///
    /// - Throws: the Problem of a refusal.
    package func answer() throws(Problem) -> Answer? {
        let message = try explaining("cannot hear from the monitor of container \"\(name)\"") {
            () throws(KernelFault) in
            try Sockets.receive(from: channel, limit: Limits.messageBytes)
        }
        var descriptor: Descriptor?
        for number in message.descriptors {
            // The last one counts; the protocol never sends more than one.
            descriptor = Descriptor(owning: number)
        }
        if message.bytes.isEmpty { return nil }
        let reply = try JSON(parsing: message.bytes, name: "the monitor's answer")
            .decode(ControlReply.self, name: "the monitor's answer")
        if case .refused(let problem) = reply { throw problem }
        return Answer(reply: reply, descriptor: descriptor)
    }

    /// Waits for the end of the process that was started or is watched.
    ///
    /// - Returns: the exit code, or nil where the monitor ended without telling.
    package func end() throws(Problem) -> Int? {
        while let answer = try answer() {
            if case .ended(let code) = answer.reply { return code }
        }
        return nil
    }
}

extension House {
    /// Asks the monitor of a container for one thing and waits until it is done.
    package func ask(_ record: ContainerRecord, _ request: ControlRequest) throws(Problem) {
        let connection = try MonitorConnection(house: self, id: record.id, name: record.name)
        try connection.send(request)
        _ = try connection.answer(within: MonitorConnection.patience)
    }
}
