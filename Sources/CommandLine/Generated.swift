import Base

import Operations

/// The files of the project that are made from the Cards; a test checks that they are current.
package enum Generated {
    /// One file, by its path from the project's root.
    package struct File: Sendable {
        package let path: String
        package let text: String
    }

    /// Returns all of them, by their paths.
    package static func files() -> [File] {
        let signatures = AllVerbs.all.map { $0.signature() }
        let program = Manual.program(signatures, options: ProgramOptions.parameters)
        var files = [File(path: "man/martlet.1", text: program)]
        for signature in signatures where !signature.isHidden {
            files.append(
                File(path: "man/\(signature.page).1", text: Manual.page(of: signature)))
            for words in signature.synonyms {
                let page = "man/martlet-\(words.joined(separator: "-")).1"
                files.append(File(path: page, text: Manual.synonym(of: signature)))
            }
        }
        for shell in CompletionScript.shells {
            files.append(
                File(path: "completions/martlet.\(shell)", text: CompletionScript.text(for: shell)))
        }
        let api = APIDocument.make(signatures).text(indent: 2) + "\n"
        files.append(File(path: "docs/api.json", text: api))
        return files.sorted { $0.path < $1.path }
    }
}
