import Base
import Specs

/// Reading images, their names and their layers out of a database, one's own or another store's.
struct ImageTable {
    let database: Database

    /// Returns every image, in no order.
    ///
    /// The documents are most of the database, and a listing shows nothing of them. The order is
    /// made by the caller: SQLite would sort whole rows, and write them to a temporary file for
    /// that.
    func images(withDocuments: Bool) throws(Problem) -> [ImageRecord] {
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
        let columns = withDocuments ? ImageTable.columns : ImageTable.outline
        return try database.query("SELECT \(columns) FROM images") {
            var image = withDocuments ? ImageTable.image($0) : ImageTable.outline($0)
            (image.names, image.digestNames) = names[image.id] ?? ([], [])
            return image
        }
    }

    func image(named name: String) throws(Problem) -> ImageRecord? {
        try withNames(
            try database.query(
                """
                SELECT \(ImageTable.columns) FROM names JOIN images ON images.id = names.image
                WHERE names.name = ?
                """, .text(name)
            ) { ImageTable.image($0) }.first)
    }

    func image(id: String) throws(Problem) -> ImageRecord? {
        try withNames(
            try database.query("SELECT \(ImageTable.columns) FROM images WHERE id = ?", .text(id)) {
                ImageTable.image($0)
            }.first)
    }

    func images(idPrefix prefix: String) throws(Problem) -> [ImageRecord] {
        var found: [ImageRecord] = []
        for image in try database.query(
            "SELECT \(ImageTable.columns) FROM images WHERE id >= ? AND id < ? LIMIT 8",
            .text(prefix), .text(prefix + "g"), make: { ImageTable.image($0) })
        {
            if let image = try withNames(image) { found.append(image) }
        }
        return found
    }

    func images(digest: String) throws(Problem) -> [ImageRecord] {
        var found: [ImageRecord] = []
        for image in try database.query(
            "SELECT \(ImageTable.columns) FROM images WHERE digest = ?", .text(digest),
            make: { ImageTable.image($0) })
        {
            if let image = try withNames(image) { found.append(image) }
        }
        return found
    }

    func layers() throws(Problem) -> [LayerRecord] {
        try database.query("SELECT \(ImageTable.layerColumns) FROM layers ORDER BY id") {
            ImageTable.layer($0)
        }
    }

    func layer(id: String) throws(Problem) -> LayerRecord? {
        try database.query(
            "SELECT \(ImageTable.layerColumns) FROM layers WHERE id = ?", .text(id)
        ) {
            ImageTable.layer($0)
        }.first
    }

    private func withNames(_ image: ImageRecord?) throws(Problem) -> ImageRecord? {
        guard var image else { return nil }
        for (name, kind) in try database.query(
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
