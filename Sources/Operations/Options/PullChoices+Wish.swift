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
        wish.request.retries = retries
        wish.request.retryPauseMilliseconds = retryDelay.map { Int($0 / 1_000_000) }
        if let credentials {
            let parts = credentials.split(separator: ":", maxSplits: 1).map(String.init)
            guard parts.count == 2 else {
                throw Problem(
                    .badValue, "--creds has no password", next: "write it as --creds USER:PASSWORD")
            }
            wish.request.credentials = RegistryCredentials(user: parts[0], password: parts[1])
        }
        if !quiet { wish.progress = { PullNews.tell($0) } }
        return wish
    }
}
