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

    /// Returns every image, those of other stores too, the newest first; without documents, `config`
    /// and `manifest` are empty.
    package func images(withDocuments: Bool) throws(Problem) -> [ImageRecord] {
        var images = try table().images(withDocuments: withDocuments)
        var ids = Set(images.map(\.id))
        var names = Set(images.flatMap { $0.names + $0.digestNames })
        let theirs = try gatherFromOthers { (other) throws(Problem) in
            try other.images(withDocuments: withDocuments)
        }
        for var image in theirs where ids.insert(image.id).inserted {
            // A name means the image of the first store that has it.
            image.names.removeAll { !names.insert($0).inserted }
            image.digestNames.removeAll { !names.insert($0).inserted }
            images.append(image)
        }
        return images.sorted { ($1.created, $0.id) < ($0.created, $1.id) }
    }

    /// Returns the image of a full name with tag or digest, or nil.
    package func image(named name: String) throws(Problem) -> ImageRecord? {
        if let image = try table().image(named: name) { return image }
        return try askOthers { (other) throws(Problem) in try other.image(named: name) }
    }

    /// Returns the image with exactly this id, or nil.
    package func image(id: String) throws(Problem) -> ImageRecord? {
        if let image = try table().image(id: id) { return image }
        return try askOthers { (other) throws(Problem) in try other.image(id: id) }
    }

    /// Returns the images whose id begins so.
    package func images(idPrefix prefix: String) throws(Problem) -> [ImageRecord] {
        try merged(try table().images(idPrefix: prefix)) { (other) throws(Problem) in
            try other.images(idPrefix: prefix)
        }
    }

    /// Returns the images with a manifest of this digest (`sha256:…`).
    package func images(digest: String) throws(Problem) -> [ImageRecord] {
        try merged(try table().images(digest: digest)) { (other) throws(Problem) in
            try other.images(digest: digest)
        }
    }

    private func merged(
        _ own: [ImageRecord], _ find: (OtherImages) throws(Problem) -> [ImageRecord]
    ) throws(Problem) -> [ImageRecord] {
        var images = own
        for image in try gatherFromOthers(find)
        where !images.contains(where: { $0.id == image.id }) { images.append(image) }
        return images
    }

    private func table() throws(Problem) -> ImageTable { ImageTable(database: try database()) }

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

    /// Returns every layer that is recorded here.
    package func layers() throws(Problem) -> [LayerRecord] { try table().layers() }

    /// Returns the layer of this id that is recorded here, or nil.
    package func layer(id: String) throws(Problem) -> LayerRecord? { try table().layer(id: id) }

    /// Returns the layer of this id, recorded here or in another store, or nil.
    package func layerAnywhere(id: String) throws(Problem) -> LayerRecord? {
        if let layer = try table().layer(id: id) { return layer }
        return try askOthers { (other) throws(Problem) in try other.layer(id: id) }
    }

    /// Returns the layers that other stores have.
    package func layersElsewhere() throws(Problem) -> [LayerRecord] {
        try gatherFromOthers { (other) throws(Problem) in try other.layers() }
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
}
