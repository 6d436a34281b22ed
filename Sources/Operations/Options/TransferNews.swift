import Base
import Kernel
import Specs
import Synchronization

/// How the progress of long work is shown.
package enum NewsStyle: String, CaseIterable, Sendable {
    /// Bars on a terminal, lines elsewhere.
    case auto
    /// One line a step, fit for a log.
    case plain
    /// One line a blob, with what there is of it, speed and time left.
    case tty
    /// One JSON document a line for each event.
    case json
}

/// Tells on standard error how a transfer goes.
final class TransferNews: Sendable {
    private let style: NewsStyle
    private let board = Mutex(TransferBoard())

    init(_ style: NewsStyle) {
        let isTerminal = Terminals.isTerminal(standard: 2)
        self.style = style == .auto ? (isTerminal ? .tty : .plain) : style
    }

    /// Returns what the engine calls with each event; nil where nothing is to be shown.
    static func teller(_ style: NewsStyle, quiet: Bool) -> (@Sendable (RegistryEvent) -> Void)? {
        // Whoever asked for JSON reads it, quiet or not.
        if quiet, style != .json { return nil }
        let news = TransferNews(style)
        return { news.tell($0) }
    }

    private func tell(_ event: RegistryEvent) {
        let text: String?
        switch style {
        case .json: text = TransferNews.document(event).map { $0.text() + "\n" }
        case .tty: text = board.withLock { $0.drawing(event, now: Clock.monotonic()) }
        case .plain, .auto: text = PullNews.line(event).map { $0 + "\n" }
        }
        guard let text, let error = try? Standard.duplicate(2) else { return }
        // Where standard error is gone there is nobody to tell.
        try? error.writeAll(text)
    }

    /// An event for programs: `{"event":"progress","blob":"sha256:…","bytes":1}`.
    static func document(_ event: RegistryEvent) -> JSON? {
        func object(_ name: String, _ members: (String, JSON)...) -> JSON {
            JSON.record([("event", .string(name))] + members)
        }
        func blob(_ digest: Digest) -> (String, JSON) { ("blob", .string("\(digest)")) }
        return switch event {
        case .trying(let name): object("trying", ("name", .string(name)))
        case .blobStarted(let digest, let size):
            object("started", blob(digest), ("size", .integer(size)))
        case .blobProgress(let digest, let bytes):
            object("progress", blob(digest), ("bytes", .integer(bytes)))
        case .blobFinished(let digest): object("finished", blob(digest))
        case .blobSkipped(let digest): object("skipped", blob(digest))
        case .retrying(let what, let seconds):
            object(
                "retrying", ("reason", .string(what)),
                ("milliseconds", .integer(Int(seconds * 1000))))
        case .pushed(let digest): object("pushed", ("digest", .string("\(digest)")))
        case .pulled(let image): object("pulled", ("digest", .string("\(image.digest)")))
        case .fetched(_, let root): object("fetched", ("digest", .string("\(root.digest)")))
        case .resolved, .warning, .made, .listed, .tags, .text, .user, .found, .done, .failed: nil
        }
    }
}

/// What a terminal shows of a transfer: lines that stay, and below them one for each blob under way.
struct TransferBoard {
    private struct Blob {
        let digest: Digest
        let size: Int64
        let began: Int64
        var bytes: Int64 = 0
    }

    private var blobs: [Blob] = []
    private var shown = 0
    private var drawn: Int64 = 0

    /// Nanoseconds between two drawings of the same lines.
    private static let pause: Int64 = 80_000_000

    /// Returns what to write for an event; nil where the picture stays.
    mutating func drawing(_ event: RegistryEvent, now: Int64) -> String? {
        var lasting = ""
        switch event {
        case .blobStarted(let digest, let size):
            blobs.append(Blob(digest: digest, size: size, began: now))
        case .blobProgress(let digest, let bytes):
            guard let place = blobs.firstIndex(where: { $0.digest == digest }) else { return nil }
            blobs[place].bytes = bytes
            if now - drawn < TransferBoard.pause { return nil }
        case .blobFinished(let digest):
            guard let place = blobs.firstIndex(where: { $0.digest == digest }) else { return nil }
            let blob = blobs.remove(at: place)
            let speed = TransferBoard.speed(blob.size, now - blob.began)
            lasting = "Copying blob \(digest.short)  \(Human.size(blob.size))  \(speed)  done\n"
        case .failed: blobs = []
        default:
            guard let line = PullNews.line(event) else { return nil }
            lasting = line + "\n"
        }
        drawn = now
        // Up to the first line of the last picture, and everything below it away.
        var text = shown > 0 ? "\u{1B}[\(shown)A\u{1B}[J" : ""
        text += lasting
        for blob in blobs { text += TransferBoard.line(blob, now) + "\n" }
        shown = blobs.count
        return text
    }

    private static func line(_ blob: Blob, _ now: Int64) -> String {
        let span = now - blob.began
        var text = "Copying blob \(blob.digest.short)  \(Human.size(blob.bytes))"
        text += " of \(Human.size(blob.size))"
        guard blob.bytes > 0, span > 0 else { return text }
        let left = Double(blob.size - blob.bytes) * Double(span) / Double(blob.bytes)
        return text + "  \(speed(blob.bytes, span))  \(Int(left / 1e9)) s left"
    }

    private static func speed(_ bytes: Int64, _ span: Int64) -> String {
        let rate = Double(bytes) / max(Double(span) / 1e9, 0.001)
        return Human.size(Int64(min(rate, 1e15))) + "/s"
    }
}

extension Field {
    /// `--progress`
    package static func progress(
        _ path: any (WritableKeyPath<Request, NewsStyle> & Sendable)
    ) -> Field {
        .value(
            "progress", "STYLE", "Show progress as auto, plain, tty or json",
            Choice.of(NewsStyle.self), read: { $0[keyPath: path] = $1 },
            write: { $0[keyPath: path] == .auto ? nil : $0[keyPath: path].rawValue }
        ).standard("auto").completing(.words(NewsStyle.allCases.map(\.rawValue))).local
    }
}
