/// One word of a template: text between actions, or a part of an action.
struct TemplateToken: Equatable {
    enum Kind: Equatable {
        case text(String)
        case open, close
        /// `.`, alone
        case dot
        /// `.Name`, behind nothing or behind an operand
        case field(String)
        /// `$` or `$name`
        case variable(String)
        case identifier(String)
        case string(String)
        case number(String)
        case character(UInt32)
        case pipe, leftParenthesis, rightParenthesis, declare, assign, comma
        case end
    }
    var kind: Kind
    /// The byte it begins at.
    var offset: Int
    /// Whether a blank stands before it: `$x .Name` is two operands, `$x.Name` is one.
    var isSpaced: Bool
}
