package import Base
package import Engine
import Kernel
import Records

/// `martlet system info`, `martlet info`
package enum SystemInfo: Verb {
    package struct Request: Equatable, Sendable {
        package var format = Format.standard
    }

    package typealias Reply = JSON

    package static var card: Card<Request> {
        Card(
            "system info", or: "info", summary: "Show what Martlet finds on this machine",
            .get("/libpod/info"), blank: Request(),
            fields: [
                .format {
                    $0.format = $1
                } write: {
                    $0.format
                },
                .flag("debug", short: "D", "Change nothing") { _, _ in
                } write: { _ in
                    false
                }.hidden,
            ])
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        let overlay = try house.overlayChoice()
        let containers = try ContainerRows.all(in: house, ledger)
        let images = try ledger.images(withDocuments: false).count
        let others = try house.additionalStores().map { store in
            JSON.record([
                ("path", .string(store.path)),
                ("status", .string(store.problem.map { $0.why ?? $0.what } ?? "in use")),
            ])
        }
        func count(_ word: String) -> JSON {
            .integer(containers.count { $0.condition.word == word })
        }
        return .record([
            (
                "host",
                .record([
                    ("arch", .string(Release.architecture)),
                    ("hostname", .string(Caller.hostName())),
                    ("kernel", .text(line("/proc/sys/kernel/osrelease"))),
                    ("os", .string("linux")),
                    ("cgroupVersion", .string("v2")),
                    ("ociRuntime", .record([("name", .string("martlet-runtime"))])),
                    ("security", .record([("rootless", .boolean(house.caller.uid != 0))])),
                    (
                        "uptime",
                        .text(
                            line("/proc/uptime")?.split(separator: " ").first.map {
                                "\($0) seconds"
                            })
                    ),
                ])
            ),
            (
                "store",
                .record([
                    ("graphDriverName", .string(overlay.driver.rawValue)),
                    ("graphDriverReason", .string(overlay.why)),
                    ("graphRoot", .string(house.dataPath)),
                    ("runRoot", .string(house.runPath)),
                    ("volumePath", .string(house.dataPath + "/volumes")),
                    (
                        "containerStore",
                        .record([
                            ("number", .integer(containers.count)), ("running", count("running")),
                            ("paused", count("paused")), ("stopped", count("exited")),
                        ])
                    ),
                    ("imageStore", .record([("number", .integer(images))])),
                    ("additionalImageStores", .array(others)),
                ])
            ),
            (
                "version",
                .record([
                    ("Version", .string(Release.version)),
                    ("APIVersion", .string(Release.apiVersion)),
                    ("OsArch", .string("linux/" + Release.architecture)),
                ])
            ),
        ])
    }

    /// The first line of a file of the kernel's, or nil where it cannot be read.
    private static func line(_ path: String) -> String? {
        (try? Files.readText(path))?.split(separator: "\n").first.map(String.init)
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(request.format.content(of: reply))
    }
}
