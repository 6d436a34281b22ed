package import Base
package import Engine
import Specs

extension PullChoices {
    /// Returns what the engine is told of a fetch.
    package func wish(quiet: Bool) throws(Problem) -> PullWish {
        var wish = PullWish()
        wish.policy =
            switch policy {
            case .always: .always
            case .missing: .missing
            case .never: .never
            case .newer: .newer
            }
        if os != nil || architecture != nil || variant != nil {
            var platform = Platform.host
            if let os { platform.os = os }
            if let architecture { platform.architecture = architecture }
            platform.variant = variant
            wish.request.platform = platform
        }
        wish.request.authFile = authFile
        wish.request.certificateDirectory = certificateDirectory
        wish.request.verifiesTLS = verifiesTLS
        wish.request.policyFile = policyFile
        wish.request.decryption = try DecryptionKeyWord.wishes(decryptionKeys)
        wish.request.retries = retries
        wish.request.retryPauseMilliseconds = retryDelay.map { Int($0 / 1_000_000) }
        wish.request.credentials = try credentials.map { words throws(Problem) in
            try RegistryAccess.credentials(words, "--creds")
        }
        wish.progress = TransferNews.teller(.auto, quiet: quiet)
        return wish
    }
}
