import Specs

/// How a transfer goes in words: one line a step, fit for a log.
enum PullNews {
    static func line(_ event: RegistryEvent) -> String? {
        switch event {
        case .trying(let name): "Trying to pull \(name)..."
        case .blobStarted(let digest, let size): "Copying blob \(digest.short) (\(size) bytes)"
        case .blobSkipped(let digest): "Copying blob \(digest.short) skipped: already exists"
        case .blobFinished(let digest): "Copying blob \(digest.short) done"
        case .retrying(let what, let seconds): "\(what), trying again in \(Int(seconds)) s"
        case .blobProgress, .resolved, .warning, .pulled, .pushed, .fetched, .made, .listed, .tags,
            .text, .user, .found, .done, .failed:
            nil
        }
    }
}
