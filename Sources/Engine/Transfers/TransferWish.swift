package import Specs
package import Storages

/// How an image is brought from one place to another.
package struct TransferWish: Sendable {
    package var choices = ImageTransfer.Choices()
    /// Which image of an index; nil is this machine's.
    package var platform: Platform?
    /// The whole index with all its images.
    package var all = false
    /// How the registry that the image comes from is reached; verb and candidates are filled in.
    package var source = RegistryRequest(.fetch, [])
    /// How the registry that it goes to is reached.
    package var target = RegistryRequest(.push, [])
    /// For whom layers are encrypted on the way; nil leaves them as they are.
    package var encryption: EncryptionWish?
    /// The private keys that decrypt layers on the way; none leaves them as they are.
    package var decryption: [DecryptionWish] = []
    /// More names at the target.
    package var moreTags: [ImageReference] = []
    /// Called with what happens on the way.
    package var progress: (@Sendable (RegistryEvent) -> Void)?

    package init() {}
}
