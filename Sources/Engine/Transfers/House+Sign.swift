package import Base
package import Specs
import Storages

extension House {
    /// Signs an image that is in a registry.
    package func sign(_ reference: ImageReference, _ request: RegistryRequest) throws(Problem) {
        do throws(Problem) {
            var request = request
            request.candidates = try registries().candidates(for: reference)
            let blobs = try shelf(ledger()).blobs()
            try RegistryClient(self).sign(request, with: blobs) { event in
                if case .warning(let text) = event { self.warn(text) }
            }
        } catch {
            throw error.during("signing \"\(reference)\"")
        }
    }
}
