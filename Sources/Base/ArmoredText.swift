/// Binary data between `-----BEGIN LABEL-----` and `-----END LABEL-----`, in base64.
///
/// Keys and certificates come so (RFC 7468), and OpenPGP keys with headers and a checksum (RFC 9580,
/// section 6).
package enum ArmoredText {
    /// One block: its label and what it holds.
    package struct Block: Equatable, Sendable {
        package let label: String
        package let bytes: [UInt8]
    }

    /// Returns the blocks of a text in their order; text around them is left out.
    ///
    /// - Throws: `badDocument` where a block is not whole or is no base64.
    package static func blocks(_ bytes: [UInt8], name: String) throws(Problem) -> [Block] {
        func refuse(_ why: String) -> Problem {
            Problem(.badDocument, "\"\(name)\" cannot be read", why: why)
        }
        var blocks: [Block] = []
        var label: String?
        var body = ""
        var inHeaders = false
        let text = String(decoding: bytes, as: UTF8.self)
        // A carriage return and a line feed are one character to Swift.
        for raw in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            let line = trimmed(raw)
            guard let open = label else {
                if line.hasPrefix("-----BEGIN "), line.hasSuffix("-----"), line.utf8.count > 16 {
                    label = String(line.dropFirst(11).dropLast(5))
                    body = ""
                    inHeaders = true
                }
                continue
            }
            if line == "-----END \(open)-----" {
                guard let bytes = Base64.decode(body) else {
                    throw refuse("its block \"\(open.printable)\" is no base64")
                }
                blocks.append(Block(label: open, bytes: bytes))
                label = nil
            } else if inHeaders, line.contains(": ") || line.isEmpty {
                inHeaders = !line.isEmpty
            } else if line.hasPrefix("="), line.utf8.count == 5 {
                // The checksum of OpenPGP's armor guards against accidents alone.
                continue
            } else {
                inHeaders = false
                body += line
            }
        }
        if let label { throw refuse("its block \"\(label.printable)\" has no end") }
        return blocks
    }

    private static func trimmed(_ line: Substring) -> Substring {
        var line = line
        while let last = line.last, last == " " || last == "\t" { line = line.dropLast() }
        return line
    }

    /// Returns a block of that label, in lines of 64 characters.
    package static func write(_ bytes: [UInt8], label: String) -> String {
        var text = "-----BEGIN \(label)-----\n"
        var rest = Base64.encode(bytes)[...]
        while !rest.isEmpty {
            text += rest.prefix(64) + "\n"
            rest = rest.dropFirst(64)
        }
        return text + "-----END \(label)-----\n"
    }
}
