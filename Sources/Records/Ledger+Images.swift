package import Base
import Kernel
package import Specs

/// Images, their names and their layers.
extension Ledger {
    /// Records an image with those of its layers that are new; names it had before move to it.
    ///
    /// The layers' directories must be complete and on the disk before.
    ///
    /// - Returns: the names that were another image's before this (T-DIGEST-6).
    @discardableResult
    package func insert(_ image: ImageRecord, layers: [LayerRecord]) throws(Problem) -> [String] {
        let database = try database()
        defer {
            database.checkpoint()
            keepBallast()
        }
        return try database.transaction { () throws(Problem) in
            for layer in layers {
                try database.run(
                    """
                    INSERT INTO layers(id, chain, diff, parent, size, blob, blob_size, media_type)
                    VALUES(?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(id) DO UPDATE SET
                    blob = coalesce(blob, excluded.blob),
                    blob_size = coalesce(blob_size, excluded.blob_size),
                    media_type = coalesce(media_type, excluded.media_type)
                    """, .text(layer.id), .text(layer.chain), .text(layer.diff),
                    Database.Value(layer.parent), .integer(layer.size), Database.Value(layer.blob),
                    Database.Value(layer.blobSize), Database.Value(layer.mediaType))
            }
            try database.run(
                """
                INSERT INTO images(id, digest, created, added, size, layers, top, config, manifest)
                VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT(id) DO UPDATE SET digest = excluded.digest, manifest = excluded.manifest
                """, .text(image.id), .text(image.digest), .integer(image.created),
                .integer(image.added), .integer(image.size),
                .text(image.layers.joined(separator: " ")), Database.Value(image.layers.last),
                .bytes(image.config), .bytes(image.manifest))
            var moved: [String] = []
            for name in image.names where try give(name, to: image.id, kind: 0) {
                moved.append(name)
            }
            for name in image.digestNames { _ = try give(name, to: image.id, kind: 1) }
            return moved
        }
    }

    /// Returns every image with its documents, the newest first.
    package func images() throws(Problem) -> [ImageRecord] { try images(withDocuments: true) }

    /// Returns every image, the newest first; without documents, `config` and `manifest` are empty.
    ///
    /// The documents are most of the database, and a listing shows nothing of them. The order is
    /// made here: SQLite would sort whole rows, and write them to a temporary file for that.
    package func images(withDocuments: Bool) throws(Problem) -> [ImageRecord] {
        let database = try database()
        var names: [String: (tags: [String], digests: [String])] = [:]
        for row in try database.query(
            "SELECT image, kind, name FROM names ORDER BY name",
            make: { (image: $0.text(0), kind: $0.integer(1), name: $0.text(2)) })
        {
            if row.kind == 0 {
                names[row.image, default: ([], [])].tags.append(row.name)
            } else {
                names[row.image, default: ([], [])].digests.append(row.name)
            }
        }
        let columns = withDocuments ? Ledger.columns : Ledger.outline
        let images = try database.query("SELECT \(columns) FROM images") {
            var image = withDocuments ? Ledger.image($0) : Ledger.outline($0)
            (image.names, image.digestNames) = names[image.id] ?? ([], [])
            return image
        }
        return images.sorted { ($1.created, $0.id) < ($0.created, $1.id) }
    }

    /// Returns the image of a full name with tag or digest, or nil.
    package func image(named name: String) throws(Problem) -> ImageRecord? {
        try withNames(
            try database().query(
                """
                SELECT \(Ledger.columns) FROM names JOIN images ON images.id = names.image
                WHERE names.name = ?
                """, .text(name)
            ) { Ledger.image($0) }.first)
    }

    /// Returns the image with exactly this id, or nil.
    package func image(id: String) throws(Problem) -> ImageRecord? {
        try withNames(
            try database().query("SELECT \(Ledger.columns) FROM images WHERE id = ?", .text(id)) {
                Ledger.image($0)
            }.first)
    }

    /// Returns the images whose id begins so.
    package func images(idPrefix prefix: String) throws(Problem) -> [ImageRecord] {
        var found: [ImageRecord] = []
        for image in try database().query(
            "SELECT \(Ledger.columns) FROM images WHERE id >= ? AND id < ? LIMIT 8", .text(prefix),
            .text(prefix + "g"), make: { Ledger.image($0) })
        {
            if let image = try withNames(image) { found.append(image) }
        }
        return found
    }

    /// Returns the images with a manifest of this digest (`sha256:…`).
    package func images(digest: String) throws(Problem) -> [ImageRecord] {
        var found: [ImageRecord] = []
        for image in try database().query(
            "SELECT \(Ledger.columns) FROM images WHERE digest = ?", .text(digest),
            make: { Ledger.image($0) })
        {
            if let image = try withNames(image) { found.append(image) }
        }
        return found
    }

    /// Gives an image one more name.
    ///
    /// - Returns: whether the name was another image's before.
    @discardableResult
    package func tag(image id: String, name: String) throws(Problem) -> Bool {
        let database = try database()
        return try database.transaction { () throws(Problem) in try give(name, to: id, kind: 0) }
    }

    /// Takes a name away; false where no image had it.
    @discardableResult
    package func untag(name: String) throws(Problem) -> Bool {
        try makingRoom { () throws(Problem) in
            try database().run("DELETE FROM names WHERE name = ?", .text(name)) > 0
        }
    }

    /// Forgets an image, its names, and those of its layers that nothing else stands on.
    ///
    /// - Returns: the layers forgotten, topmost first; their directories are the caller's to
    ///   remove.
    /// - Throws: `objectInUse` where a lasting container was made from it.
    package func remove(image id: String) throws(Problem) -> [LayerRecord] {
        try makingRoom { () throws(Problem) in try forget(image: id) }
    }

    private func forget(image id: String) throws(Problem) -> [LayerRecord] {
        let database = try database()
        defer { database.checkpoint() }
        return try database.transaction { () throws(Problem) in
            let users = try database.query("SELECT name FROM containers WHERE image = ?", .text(id))
            {
                $0.text(0)
            }
            guard users.isEmpty else {
                throw Problem(
                    .objectInUse, "image \(id.prefix(12)) is in use",
                    why:
                        "it is of container \(users.map { "\"\($0)\"" }.joined(separator: ", "))",
                    next: "remove it with \"martlet rm \(users.joined(separator: " "))\"")
            }
            let top =
                try database.query("SELECT top FROM images WHERE id = ?", .text(id)) {
                    $0.optionalText(0)
                }.first ?? nil
            try database.run("DELETE FROM names WHERE image = ?", .text(id))
            try database.run("DELETE FROM images WHERE id = ?", .text(id))
            return try forgetUnused(from: top)
        }
    }

    /// Returns every layer.
    package func layers() throws(Problem) -> [LayerRecord] {
        try database().query("SELECT \(Ledger.layerColumns) FROM layers ORDER BY id") {
            Ledger.layer($0)
        }
    }

    /// Returns the layer of this id, or nil.
    package func layer(id: String) throws(Problem) -> LayerRecord? {
        try database().query("SELECT \(Ledger.layerColumns) FROM layers WHERE id = ?", .text(id)) {
            Ledger.layer($0)
        }.first
    }

    private func forgetUnused(from top: String?) throws(Problem) -> [LayerRecord] {
        let database = try database()
        var forgotten: [LayerRecord] = []
        var next = top
        while let id = next, let layer = try layer(id: id) {
            let users =
                try database.query(
                    """
                    SELECT (SELECT count(*) FROM layers WHERE parent = ?1)
                        + (SELECT count(*) FROM images WHERE top = ?1)
                    """, .text(id)
                ) { $0.integer(0) }.first ?? 1
            if users > 0 { break }
            try database.run("DELETE FROM layers WHERE id = ?", .text(id))
            forgotten.append(layer)
            next = layer.parent
        }
        return forgotten
    }

    /// Writes one name; true where it was another image's before.
    private func give(_ name: String, to image: String, kind: Int64) throws(Problem) -> Bool {
        let database = try database()
        let before = try database.query("SELECT image FROM names WHERE name = ?", .text(name)) {
            $0.text(0)
        }.first
        if before == image { return false }
        try database.run(
            "INSERT OR REPLACE INTO names(name, kind, image) VALUES(?, ?, ?)", .text(name),
            .integer(kind), .text(image))
        return before != nil
    }

    private func withNames(_ image: ImageRecord?) throws(Problem) -> ImageRecord? {
        guard var image else { return nil }
        for (name, kind) in try database().query(
            "SELECT name, kind FROM names WHERE image = ? ORDER BY name", .text(image.id),
            make: { ($0.text(0), $0.integer(1)) })
        {
            if kind == 0 { image.names.append(name) } else { image.digestNames.append(name) }
        }
        return image
    }

    /// What stands before the documents in a row, so that SQLite reads no further.
    private static let outline = "images.id, digest, created, added, size, layers"
    private static let columns = outline + ", config, manifest"

    private static func image(_ row: Database.Row) -> ImageRecord {
        var image = outline(row)
        image.config = row.bytes(6)
        image.manifest = row.bytes(7)
        return image
    }

    private static func outline(_ row: Database.Row) -> ImageRecord {
        var image = ImageRecord(id: row.text(0), digest: row.text(1))
        image.created = row.integer(2)
        image.added = row.integer(3)
        image.size = row.integer(4)
        image.layers = row.text(5).split(separator: " ").map(String.init)
        return image
    }

    private static let layerColumns = "id, chain, diff, parent, size, blob, blob_size, media_type"

    private static func layer(_ row: Database.Row) -> LayerRecord {
        var layer = LayerRecord(
            id: row.text(0), chain: row.text(1), diff: row.text(2), parent: row.optionalText(3))
        layer.size = row.integer(4)
        layer.blob = row.optionalText(5)
        layer.blobSize = row.isNull(6) ? nil : row.integer(6)
        layer.mediaType = row.optionalText(7)
        return layer
    }
}
