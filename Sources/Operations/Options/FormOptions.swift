package import Base
import Kernel
package import Storages

/// The form that an image is to have at its target: the words of push, copy and sync.
package struct FormChoices: Equatable, Sendable {
    package var form: String?
    package var compression: String?
    package var level: Int?
    package var repacks = false
    package var keepsDigests = false

    package init() {}

    package static let forms = ["oci", "v2s2"]
    package static let compressions = ["gzip", "zstd"]

    /// Returns what the store is told.
    package var choices: ImageTransfer.Choices {
        var choices = ImageTransfer.Choices()
        choices.form = form.flatMap { ImageTransfer.Choices.Form(rawValue: $0) }
        choices.repacks = repacks
        choices.keepsDigests = keepsDigests
        if compression != nil || level != nil {
            let kind = compression.flatMap { Compression.Kind(rawValue: $0) } ?? .gzip
            choices.compression = Compression(kind, level: level)
        }
        return choices
    }

    /// Refuses levels that a form of packing has not.
    package func check() throws(Problem) {
        guard let level else { return }
        let highest = compression == "zstd" ? 20 : 9
        guard (1...highest).contains(level) else {
            throw Problem(
                .badValue, "\(compression ?? "gzip") has no level \(level)",
                next: "use 1 to \(highest)")
        }
    }

    /// Reads `--format`; Docker's oldest form is known and refused.
    static func form(_ text: String, _ option: String) throws(Problem) -> String {
        guard text != "v2s1" else {
            throw Problem(
                .notBuilt, "Docker's schema 1 is not written",
                why: "it is obsolete and cannot be verified", next: "use oci or v2s2")
        }
        return try Choice.of(forms)(text, option)
    }

    /// Reads a compression; zstd:chunked is an ordinary zstd to all readers and is not written.
    static func compression(_ text: String, _ option: String) throws(Problem) -> String {
        guard text != "zstd:chunked" else {
            throw Problem(
                .notBuilt, "layers in the form zstd:chunked are not written",
                next: "use zstd, which every reader of zstd:chunked reads")
        }
        return try Choice.of(compressions)(text, option)
    }
}

extension Field {
    /// Where a request keeps the form.
    package typealias FormPath = any (WritableKeyPath<Request, FormChoices> & Sendable)

    /// `--format`, and how layers are packed.
    package static func form(
        _ path: FormPath, kind: String = "compression-format", level: String = "compression-level"
    ) -> [Field] {
        [
            .value("format", short: "f", "FORM", "Write manifests in this form: oci or v2s2") {
                (request, text) throws(Problem) in
                request[keyPath: path].form = try FormChoices.form(text, "--format")
            } write: {
                $0[keyPath: path].form
            }.completing(.words(FormChoices.forms)).standard("as the image has it"),
            .value(kind, "KIND", "Pack layers so: gzip or zstd") {
                (request, text) throws(Problem) in
                request[keyPath: path].compression = try FormChoices.compression(
                    text, "--\(kind)")
            } write: {
                $0[keyPath: path].compression
            }.completing(.words(FormChoices.compressions)),
            .value(
                level, "LEVEL", "Pack more tightly: up to 9 for gzip, up to 20 for zstd",
                Whole<Int>.within(1...20), read: { $0[keyPath: path].level = $1 },
                write: { $0[keyPath: path].level.map { "\($0)" } }),
            .flag("force-compression", "Pack layers anew that are packed otherwise") {
                $0[keyPath: path].repacks = $1
            } write: {
                $0[keyPath: path].repacks
            },
        ]
    }

    /// `--digestfile`
    package static func digestFile(
        _ path: any (WritableKeyPath<Request, String?> & Sendable)
    ) -> Field {
        .value("digestfile", "FILE", "Write the manifest's digest into this file") {
            $0[keyPath: path] = $1
        } write: {
            $0[keyPath: path]
        }.completing(.file).local
    }
}

/// Writing a digest where the user wants it.
enum DigestFile {
    static func write(_ digest: String, to path: String?) throws(Problem) {
        guard let path else { return }
        try explaining("cannot write \"\(path.printable)\"") { () throws(KernelFault) in
            try Files.open(path, [.write, .create, .truncate], permissions: 0o644)
                .writeAll(digest)
        }
    }
}
