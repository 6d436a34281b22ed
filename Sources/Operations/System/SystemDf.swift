package import Base
package import Engine
import Kernel
import Records
import Specs

/// `martlet system df`
package enum SystemDf: Verb {
    package struct Request: Equatable, Sendable {
        package var verbose = false
        package var format = Format.standard
    }

    package struct Reply: Sendable {
        /// Images, containers and volumes, a row for each kind.
        package var kinds: [JSON]
        package var images: [JSON]
        package var containers: [JSON]
        package var volumes: [JSON]
    }

    package static var card: Card<Request> {
        Card(
            "system df", summary: "Show what images, containers and volumes take on the disk",
            .get("/libpod/system/df"), blank: Request(),
            fields: [
                .listFormat {
                    $0.format = $1
                } write: {
                    $0.format
                },
                .flag("verbose", short: "v", "Show each image, container and volume") {
                    $0.verbose = $1
                } write: {
                    $0.verbose
                }.local,
            ]
        ).checking { (request) throws(Problem) in
            if request.verbose, request.format != .standard {
                throw Problem(.badUsage, "--verbose and --format contradict each other")
            }
        }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        let use = try house.diskUse(ledger)
        let rows = try ContainerRows.all(in: house, ledger)
        let images = try ledger.images()
        let volumes = try ledger.volumes()
        let used = Set(rows.compactMap(\.container.imageID))
        let mounted = rows.flatMap { $0.container.volumes + $0.container.anonymousVolumes }
        // A layer counts once, and is kept by whatever image in use has it.
        func bytes(_ images: [ImageRecord]) -> Int64 {
            Set(images.flatMap(\.layers)).reduce(0) { $0 + (use.layers[$1] ?? 0) }
        }
        let kept = images.filter { used.contains($0.id) }
        let running = rows.filter(\.condition.isRunning)
        func written(_ rows: [ContainerRow]) -> Int64 {
            rows.reduce(0) { $0 + (use.containers[$1.container.id] ?? 0) }
        }
        let active = volumes.filter { mounted.contains($0.name) }
        func held(_ volumes: [VolumeRecord]) -> Int64 {
            volumes.reduce(0) { $0 + (use.volumes[$1.name] ?? 0) }
        }
        return Reply(
            kinds: [
                row("Images", (images.count, kept.count), bytes(images), kept: bytes(kept)),
                row(
                    "Containers", (rows.count, running.count), written(rows), kept: written(running)
                ),
                row(
                    "Local Volumes", (volumes.count, active.count), held(volumes),
                    kept: held(active)),
            ],
            images: imageRows(images, use, rows),
            containers: rows.map { containerRow($0, use) },
            volumes: volumes.map { volume in
                let links = mounted.count { $0 == volume.name }
                return .record([
                    ("VolumeName", .string(volume.name)), ("Links", .integer(links)),
                    ("Size", .string(Human.compact(use.volumes[volume.name] ?? 0))),
                ])
            })
    }

    private static func row(
        _ kind: String, _ count: (total: Int, active: Int), _ bytes: Int64, kept: Int64
    ) -> JSON {
        let free = bytes - kept
        let share = bytes == 0 ? 0 : Int((Double(free) / Double(bytes) * 100).rounded())
        return .record([
            ("Type", .string(kind)), ("Total", .integer(count.total)),
            ("Active", .integer(count.active)), ("RawSize", .integer(bytes)),
            ("RawReclaimable", .integer(free)), ("TotalCount", .integer(count.total)),
            ("Size", .string(Human.compact(bytes))),
            ("Reclaimable", .string("\(Human.compact(free)) (\(share)%)")),
        ])
    }

    private static func imageRows(_ images: [ImageRecord], _ use: DiskUse, _ rows: [ContainerRow])
        -> [JSON]
    {
        var holders: [String: Int] = [:]
        for image in images { for layer in Set(image.layers) { holders[layer, default: 0] += 1 } }
        let now = Clock.wall()
        return images.flatMap { image in
            let shared = Set(image.layers).filter { holders[$0, default: 0] > 1 }
                .reduce(Int64(0)) { $0 + (use.layers[$1] ?? 0) }
            let users = rows.count { $0.container.imageID == image.id }
            let names = image.names.isEmpty ? ["<none>:<none>"] : image.names
            return names.map { name -> JSON in
                let (repository, tag) = ImageRow.parted(name)
                return .record([
                    ("Repository", .string(repository)), ("Tag", .string(tag)),
                    ("ImageID", .string(String(image.id.prefix(12)))),
                    ("Created", .string(Human.ago(image.created, now: now))),
                    ("Size", .string(Human.compact(image.size))),
                    ("SharedSize", .string(Human.compact(shared))),
                    ("UniqueSize", .string(Human.compact(image.size - shared))),
                    ("Containers", .integer(users)),
                ])
            }
        }
    }

    private static func containerRow(_ row: ContainerRow, _ use: DiskUse) -> JSON {
        let container = row.container
        let volumes = container.volumes.count + container.anonymousVolumes.count
        return .record([
            ("ContainerID", .string(String(container.id.prefix(12)))),
            ("Image", .text(container.imageName)),
            ("Command", .string(container.spec.command.joined(separator: " "))),
            ("LocalVolumes", .integer(volumes)),
            ("Size", .string(Human.compact(use.containers[container.id] ?? 0))),
            ("Created", .string(Human.ago(container.created, now: Clock.wall()))),
            ("Status", .string(row.condition.word)), ("Names", .string(container.name)),
        ])
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        guard request.verbose else {
            let table = View.Table(
                reply.kinds,
                "table {{.Type}}\t{{.Total}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}")
            return View(request.format.content(of: table))
        }
        let images = View.Table(
            reply.images,
            "table {{.Repository}}\t{{.Tag}}\t{{.ImageID}}\t{{.Created}}\t{{.Size}}\t"
                + "{{.SharedSize}}\t{{.UniqueSize}}\t{{.Containers}}",
            headings: [
                "ImageID": "IMAGE ID", "SharedSize": "SHARED SIZE", "UniqueSize": "UNIQUE SIZE",
            ])
        let containers = View.Table(
            reply.containers,
            "table {{.ContainerID}}\t{{.Image}}\t{{.Command}}\t{{.LocalVolumes}}\t{{.Size}}\t"
                + "{{.Created}}\t{{.Status}}\t{{.Names}}",
            headings: ["ContainerID": "CONTAINER ID", "LocalVolumes": "LOCAL VOLUMES"])
        let volumes = View.Table(
            reply.volumes, "table {{.VolumeName}}\t{{.Links}}\t{{.Size}}",
            headings: ["VolumeName": "VOLUME NAME"])
        return View(
            .sections([
                ("Images space usage:", .table(images)),
                ("Containers space usage:", .table(containers)),
                ("Local Volumes space usage:", .table(volumes)),
            ]))
    }
}
