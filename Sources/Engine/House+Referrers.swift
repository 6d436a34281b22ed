package import Base
package import Specs

extension House {
    /// Lists what refers to an image in its registry.
    ///
    /// - Returns: the image's full name with its digest, and the index of what refers to it.
    package func referrers(of words: String, _ request: RegistryRequest) throws(Problem) -> (
        name: ImageReference, index: JSON
    ) {
        var request = request
        request.candidates = try registries().candidates(for: ImageReference(words))
        var name = request.candidates.first
        var text = ""
        try RegistryClient(self).ask(request) { event in
            switch event {
            case .listed(let found): name = found
            case .text(let piece): text += piece
            case .warning(let text): warn(text)
            default: break
            }
        }
        guard let name else { throw Problem(.badUsage, "no image was named") }
        return (name, try JSON(parsing: Array(text.utf8), name: "referrers of \(name)"))
    }
}
