package import Base
package import Specs

/// What the store must know of what is recorded; the records conform to it.
package protocol ImageCatalog: AnyObject {
    /// Records an image with its layers; returns the names that were another image's before.
    func insert(_ image: ImageRecord, layers: [LayerRecord]) throws(Problem) -> [String]
    /// Every image, the newest first.
    func images() throws(Problem) -> [ImageRecord]
    /// Every image, the newest first, with or without its configuration and manifest.
    func images(withDocuments: Bool) throws(Problem) -> [ImageRecord]
    /// The image of exactly this full name.
    func image(named name: String) throws(Problem) -> ImageRecord?
    /// The image of exactly this id.
    func image(id: String) throws(Problem) -> ImageRecord?
    /// The images whose id begins so.
    func images(idPrefix prefix: String) throws(Problem) -> [ImageRecord]
    /// The images with a manifest of this digest.
    func images(digest: String) throws(Problem) -> [ImageRecord]
    /// Gives an image a name; true where it was another image's before.
    func tag(image id: String, name: String) throws(Problem) -> Bool
    /// Takes a name away; false where no image had it.
    func untag(name: String) throws(Problem) -> Bool
    /// Forgets an image and returns the layers nothing else stands on.
    func remove(image id: String) throws(Problem) -> [LayerRecord]
    /// The layer of this id that is recorded here.
    func layer(id: String) throws(Problem) -> LayerRecord?
    /// The layer of this id, recorded here or in another store.
    func layerAnywhere(id: String) throws(Problem) -> LayerRecord?
    /// Every container, lasting or not.
    func containers() throws(Problem) -> [ContainerRecord]
}
