import Base
import Engine
import Specs

extension Field {
    /// Where a request keeps what is said of an image on a list.
    typealias EntryPath = any (WritableKeyPath<Request, ListEntryWish> & Sendable)

    /// `--all`
    static func allImages(_ path: EntryPath) -> Field {
        .flag("all", "Of an index take all images, not the one for a platform") {
            $0[keyPath: path].all = $1
        } write: {
            $0[keyPath: path].all
        }
    }

    /// `--annotation`
    static func annotations(_ path: EntryPath, _ summary: String) -> Field {
        .repeated("annotation", "KEY=VALUE", summary, Assignments.pair) {
            $0[keyPath: path].annotations[$1.key] = $1.value
        } write: {
            Assignments.texts(of: $0[keyPath: path].annotations)
        }
    }

    /// The options about the platform of an image.
    static func platform(_ path: EntryPath) -> [Field] {
        [
            .value("arch", "ARCH", "Say that the image is for this processor") {
                $0[keyPath: path].architecture = $1
            } write: {
                $0[keyPath: path].architecture
            },
            .value("os", "OS", "Say that the image is for this operating system") {
                $0[keyPath: path].os = $1
            } write: {
                $0[keyPath: path].os
            },
            .value("variant", "VARIANT", "Say that the image is for this variant of the processor")
            {
                $0[keyPath: path].variant = $1
            } write: {
                $0[keyPath: path].variant
            },
            .value("os-version", "VERSION", "Say which version of the operating system it needs") {
                $0[keyPath: path].osVersion = $1
            } write: {
                $0[keyPath: path].osVersion
            },
            .commaSeparated("os-features", "FEATURE", "Say what of the system the image needs") {
                $0[keyPath: path].osFeatures.append($1)
            } write: {
                $0[keyPath: path].osFeatures
            },
            .commaSeparated("features", "FEATURE", "Say what of the processor the image needs") {
                $0[keyPath: path].features.append($1)
            } write: {
                $0[keyPath: path].features
            },
        ]
    }

    /// The list a verb is about.
    static func list(
        _ path: any (WritableKeyPath<Request, String> & Sendable), _ summary: String
    ) -> Field {
        .argument("list", summary) {
            $0[keyPath: path] = $1
        } write: {
            $0[keyPath: path]
        }.wire("name")
    }
}
