package import Base
import Kernel
package import Specs

extension House {
    /// Lists the tags that the repository of `words` has in its registry, as full names.
    package func tags(of words: String, _ wish: PullWish) throws(Problem) -> [ImageReference] {
        let reference = try ImageReference(words)
        guard reference.tag == nil, reference.digest == nil else {
            throw Problem(
                .badUsage, "\"\(words.printable)\" names one image and not a repository",
                next: "leave the tag out to fetch all tags: \(reference.name)")
        }
        var request = wish.request
        request.verb = .listTags
        request.candidates = try registries().candidates(for: reference)
        var name = request.candidates.first
        var tags: [ImageReference] = []
        try RegistryClient(self).ask(request) { event in
            switch event {
            case .listed(let candidate): name = candidate
            case .tags(let some):
                for tag in some {
                    guard var full = name else { continue }
                    full.tag = tag
                    tags.append(full)
                }
            case .warning(let text): warn(text)
            default: break
            }
        }
        return tags
    }
}
