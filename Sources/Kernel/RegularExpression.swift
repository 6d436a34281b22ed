import Glibc

/// An extended regular expression. See regex(7).
// Safety: what regcomp made is this object's alone, and freed with it.
@safe package final class RegularExpression {
    private var compiled = unsafe regex_t()

    /// - Returns: nil where `text` is none.
    package init?(_ text: String) {
        guard unsafe regcomp(&compiled, text, REG_EXTENDED | REG_NOSUB) == 0 else { return nil }
    }

    deinit { unsafe regfree(&compiled) }

    /// Whether the expression stands for any part of `text`.
    package func matches(_ text: String) -> Bool {
        unsafe regexec(&compiled, text, 0, nil, 0) == 0
    }
}
