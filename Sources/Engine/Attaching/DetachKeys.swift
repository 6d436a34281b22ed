package import Base

/// The keys that let a person leave a container's terminal without ending it: `ctrl-p,ctrl-q`.
package struct DetachKeys: Equatable, Sendable {
    package let bytes: [UInt8]
    private var matched = 0

    /// - Parameter text: letters, or `ctrl-` and one of `a-z@[\]^_`, with commas between; empty is none.
    package init(_ text: String) throws(Problem) {
        var bytes: [UInt8] = []
        for word in text.split(separator: ",") {
            if word.utf8.count == 1, let byte = word.utf8.first {
                bytes.append(byte)
            } else if word.hasPrefix("ctrl-"), word.utf8.count == 6,
                let byte = word.uppercased().utf8.last, (64...95).contains(byte)
            {
                bytes.append(byte - 64)
            } else {
                throw Problem(
                    .badValue, "\"\(word)\" is no key for --detach-keys",
                    next: "write single letters, or ctrl- and one of a-z, @, [, \\, ], ^ and _")
            }
        }
        self.bytes = bytes
    }

    /// What passes on to the container, and whether the keys are complete.
    package mutating func filter(_ typed: [UInt8]) -> (passed: [UInt8], detach: Bool) {
        guard !bytes.isEmpty else { return (typed, false) }
        var passed: [UInt8] = []
        for byte in typed {
            if byte == bytes[matched] {
                matched += 1
                if matched == bytes.count {
                    matched = 0
                    return (passed, true)
                }
                continue
            }
            // What looked like the keys was ordinary input after all.
            passed += bytes[..<matched]
            matched = 0
            if byte == bytes[0] { matched = 1 } else { passed.append(byte) }
        }
        return (passed, false)
    }
}
