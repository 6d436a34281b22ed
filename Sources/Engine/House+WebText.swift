package import Base
import Specs

extension House {
    /// Fetches a text from the web, such as a unit file.
    ///
    /// - Throws: `remote` where it cannot be had, `badDocument` where it is no text.
    package func webText(at address: String) throws(Problem) -> String {
        var request = RegistryRequest(.document, [])
        request.address = address
        var text = ""
        try RegistryClient(self).ask(request) { event in
            if case .text(let piece) = event { text += piece }
        }
        return text
    }
}
