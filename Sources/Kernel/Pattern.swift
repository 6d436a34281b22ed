import Glibc

/// A POSIX extended regular expression. See regex(7).
// Safety: the compiled form is made once, only read, and freed with the object.
@safe package final class Pattern {
    private var compiled = unsafe regex_t()

    /// - Returns: nil where the text is no regular expression.
    package init?(_ text: String) {
        // Safety: a failed regcomp leaves nothing to free, and then no value exists to free it.
        guard unsafe regcomp(&compiled, text, REG_EXTENDED | REG_NOSUB) == 0 else { return nil }
    }

    deinit { unsafe regfree(&compiled) }

    /// Whether the expression matches anywhere in `text`.
    package func matches(_ text: String) -> Bool { unsafe regexec(&compiled, text, 0, nil, 0) == 0 }
}
