import Base
import Specs
import Testing

@testable import Networks

struct AddressPoolTests {
    private func subnet(_ text: String, range: (String, String)? = nil) throws
        -> NetworkRecord.Subnet
    {
        var ends: NetworkRecord.AddressRange?
        if let range {
            ends = .init(
                first: try #require(IPAddress(range.0)), last: try #require(IPAddress(range.1)))
        }
        return .init(network: try #require(IPNetwork(text)), range: ends)
    }

    private func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

    @Test func addressesAreGivenOutBehindTheGatewayAndNeverTwice() throws {
        var pool = AddressPool([try subnet("10.89.0.0/29")])
        var given: [IPAddress] = []
        for holder in 1...5 {
            given += try pool.lease(to: UInt64(holder), container: "c\(holder)", wishes: [])
        }
        #expect(
            given.map(\.description) == [
                "10.89.0.2", "10.89.0.3", "10.89.0.4", "10.89.0.5", "10.89.0.6",
            ])
        let problem = #expect(throws: Problem.self) {
            _ = try pool.lease(to: 6, container: "c6", wishes: [])
        }
        #expect(problem?.what == "the subnet 10.89.0.0/29 has no free address left")
    }

    @Test func whatIsGivenBackIsGivenOutLast() throws {
        var pool = AddressPool([try subnet("10.89.0.0/29")])
        _ = try pool.lease(to: 1, container: "a", wishes: [])
        pool.giveBack(1)
        let later = try (2...5).map { try pool.lease(to: $0, container: "b", wishes: [])[0] }
        #expect(later.map(\.description) == ["10.89.0.3", "10.89.0.4", "10.89.0.5", "10.89.0.6"])
        #expect(try pool.lease(to: 6, container: "c", wishes: [])[0].description == "10.89.0.2")
    }

    @Test func aWishIsGrantedOrRefusedByName() throws {
        var pool = AddressPool([try subnet("10.89.0.0/24"), try subnet("fd00::/64")])
        let wish = try address("10.89.0.77")
        let given = try pool.lease(to: 1, container: "a", wishes: [wish])
        #expect(given.map(\.description) == ["10.89.0.77", "fd00::2"])
        func refusal(_ text: String) throws -> String? {
            let wish = try address(text)
            return #expect(throws: Problem.self) {
                _ = try pool.lease(to: 2, container: "b", wishes: [wish])
            }?.what
        }
        #expect(try refusal("10.89.0.77") == "the address 10.89.0.77 is in use")
        #expect(try refusal("10.89.0.1") == "the address 10.89.0.1 cannot be a container's")
        #expect(try refusal("10.89.0.255") == "the address 10.89.0.255 cannot be a container's")
        #expect(try refusal("10.90.0.7") == "the address 10.90.0.7 is not of this network")
        // A lease that was refused has taken nothing.
        #expect(!pool.isHeld(try address("fd00::3")))
    }

    @Test func aRangeLimitsWhatIsGivenOutButNotWhatIsWished() throws {
        var pool = AddressPool([try subnet("10.89.0.0/24", range: ("10.89.0.100", "10.89.0.101"))])
        #expect(try pool.lease(to: 1, container: "a", wishes: [])[0].description == "10.89.0.100")
        #expect(try pool.lease(to: 2, container: "b", wishes: [])[0].description == "10.89.0.101")
        #expect(throws: Problem.self) { _ = try pool.lease(to: 3, container: "c", wishes: []) }
        let wish = try address("10.89.0.5")
        #expect(try pool.lease(to: 4, container: "d", wishes: [wish]) == [wish])
    }

    /// F-09: after its process was killed each container finds its own address again.
    @Test func addressesOfRunningContainersAreKeptForThem() throws {
        var pool = AddressPool([try subnet("10.89.0.0/24")])
        let own = try address("10.89.0.2")
        pool.keep([own], for: "old")
        #expect(try pool.lease(to: 1, container: "new", wishes: [])[0].description == "10.89.0.3")
        #expect(throws: Problem.self) {
            _ = try pool.lease(to: 2, container: "other", wishes: [own])
        }
        #expect(try pool.lease(to: 3, container: "old", wishes: []) == [own])
        pool.endKeeping()
        pool.giveBack(3)
        #expect(try pool.lease(to: 4, container: "any", wishes: [own]) == [own])
    }

    @Test func aThousandLeasesAndReturnsNeverClash() throws {
        var generator = SystemRandomNumberGenerator()
        var pool = AddressPool([try subnet("10.89.0.0/26")])
        var held: [UInt64: IPAddress] = [:]
        for holder in UInt64(1)...1000 {
            if held.count > 50, let other = held.keys.randomElement(using: &generator) {
                pool.giveBack(other)
                held[other] = nil
            }
            let given = try pool.lease(to: holder, container: "\(holder)", wishes: [])[0]
            #expect(!held.values.contains(given))
            held[holder] = given
        }
    }
}
