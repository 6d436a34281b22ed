package import Base
package import Records
package import Specs

extension House {
    /// Returns the configuration of an image that is in the store.
    package func imageConfig(_ id: String, ledger: Ledger) throws(Problem) -> ImageConfig {
        guard let image = try ledger.image(id: id) else {
            throw Problem(
                .noSuchImage, "the image \(id.prefix(12)) is not in the store any more",
                next: "pull it again, and create the container anew")
        }
        return try imageConfig(image)
    }

    /// Returns the configuration of an image.
    package func imageConfig(_ image: ImageRecord) throws(Problem) -> ImageConfig {
        try ImageConfig(parsing: image.config, layers: nil, name: "image \(image.id.prefix(12))")
    }
}
