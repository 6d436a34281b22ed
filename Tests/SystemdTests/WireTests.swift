import Base
import Specs
import Testing

@testable import Systemd

/// See the D-Bus specification, "Marshaling"; the bytes were compared with what busctl sends.
@Suite struct WireTests {
    private func call() -> WireMessage {
        var message = WireMessage(.call, serial: 7)
        message.path = "/org/freedesktop/systemd1"
        message.interface = "org.freedesktop.systemd1.Manager"
        message.member = "Subscribe"
        message.destination = "org.freedesktop.systemd1"
        return message
    }

    @Test func aMessageComesBackAsItWent() throws {
        var message = call()
        message.body = [.string("a.scope"), .path("/job/1"), .uint32(9)]
        let bytes = message.bytes
        #expect(try WireMessage.length(of: bytes) == bytes.count)
        var back = try WireMessage(bytes)
        // Where it went is nothing a receiver needs.
        back.destination = message.destination
        #expect(back == message)
    }

    @Test func valuesStandAtTheirBorders() {
        var writer = WireWriter()
        writer.put(.byte(1))
        writer.put(.array("(sv)", [.structure([.string("A"), .variant(.uint64(2))])]))
        #expect(
            writer.bytes == [
                1, 0, 0, 0, 24, 0, 0, 0, 1, 0, 0, 0, 65, 0, 1, 116, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0,
                0, 0, 0, 0, 0,
            ])
    }

    /// The other side of a socket may send anything: it is refused, and nothing traps.
    @Test func cutAndTwistedMessagesAreRefused() throws {
        var message = call()
        message.body = [.string("word"), .uint32(3)]
        let bytes = message.bytes
        for length in 0..<bytes.count {
            #expect(throws: Problem.self) {
                let cut = try WireMessage(Array(bytes.prefix(length)))
                if cut != message { throw WireMessage.malformed }
            }
        }
        var random = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            var twisted = bytes
            let place = Int(random.next(upperBound: UInt(bytes.count)))
            twisted[place] = UInt8.random(in: 0...255, using: &random)
            _ = try? WireMessage.length(of: twisted)
            _ = try? WireMessage(twisted)
        }
    }

    @Test func thePathOfABusIsFound() {
        #expect(TransientScope.busPath("unix:path=/run/user/1/bus,guid=ab") == "/run/user/1/bus")
        #expect(TransientScope.busPath("tcp:host=a;unix:abstract=x") == "@x")
        #expect(TransientScope.busPath("") == nil)
    }
}
