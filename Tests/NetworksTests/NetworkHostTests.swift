import Foundation
import Testing

/// The built `martlet-net` as a black box, each claim in a host of its own; see
/// Tests/Rigs/network-host.
@Suite(.serialized) struct NetworkHostTests {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
    static let rig = root.appending(path: "Tests/Rigs/network-host").standardizedFileURL.path

    /// The tests' own executable lies beside the programs.
    static let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appending(path: "martlet-net").path

    static func run(_ words: [String]) throws -> (status: Int32, text: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", rig, program] + words
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: bytes, as: UTF8.self))
    }

    static let claims = [
        "published_ports_show_the_client",  // T-NET-2
        "bytes_and_half_closes_pass",
        "thousand_connections_are_served",
        "address_that_was_asked_for_is_kept",  // T-NET-3
        "way_out_is_open",
        "host_loopback_is_out_of_reach",  // T-NET-1
        "names_are_asked_of_the_given_server",
        "helper_gives_everything_up",  // T-SLIRP-1
        "nothing_outlives_the_monitor",
        "nothing_outlives_a_killed_helper",  // T-SLIRP-3
        "mutated_frames_do_no_harm",  // T-SLIRP-2
        "lost_agent_is_reported",
        "port_in_use_is_named",
        "missing_address_is_named",
        "namespaces_may_come_by_the_channel",
    ]

    @Test(arguments: claims)
    func claimHolds(name: String) throws {
        let (status, text) = try Self.run([name])
        if status == 77 {
            print("skipped: \(name): \(text)")
            #expect(!required, "\(text)")
            return
        }
        #expect(status == 0, "\(text)")
    }

    private var required: Bool {
        let parts = ProcessInfo.processInfo.environment["MARTLET_REQUIRE"] ?? ""
        return parts.split(separator: ",").contains("userns")
    }

    @Test func everyClaimIsTried() throws {
        let (_, text) = try Self.run(["list"])
        #expect(text.split(separator: "\n").map(String.init) == Self.claims)
    }
}
