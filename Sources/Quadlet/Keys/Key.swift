/// One key of a unit file: how its value is read and what it becomes on the engine's command line.
///
/// The option says its own form: `--pull` is two words with the value, `--pull=` is one word with
/// it, `--security-opt apparmor=` puts text before the value in the second word. A boolean key
/// writes `--init` or `--init=false`; one whose option has a text behind it is written only when
/// true.
package struct Key: Sendable {
    package let name: String
    package let reader: Reader
    package let option: Option
    package let group: Group
    /// The first release line of the incumbent that accepts the key.
    package let since: String

    /// How a value is read; see docs/quadlet-compatibility.md, "Values".
    package enum Reader: Sendable {
        /// The last assignment, one pair of surrounding double quotes removed.
        case single
        /// 1, yes, true, on in any case are true; all else is false.
        case flag
        case number
        /// Every line is one value, literally.
        case repeated
        /// Words without escapes.
        case list
        /// Words with C escapes.
        case arguments
        /// Words of the last assignment, with C escapes.
        case command
        /// `NAME=VALUE` or `NAME` words, the last of a name wins.
        case pairs
    }

    /// Where the key's words stand on the command line; the rows of a group keep their order there.
    package enum Group: Int, Sendable, CaseIterable {
        /// The conversion of the type writes this key.
        case own
        case logging, values, repeats, flags, security, sysctls, ports, pairs, masking, secrets,
            health
    }

    /// The words of an option around its value.
    package struct Option: Sendable {
        /// The option as the table has it.
        package let text: String
        /// The word that stands alone before the value's word, or empty.
        let word: String
        /// What the value's word begins with.
        let prefix: String
        /// Whether a true value writes all of `text` and a false one nothing.
        let isFixed: Bool

        init(_ text: String) {
            self.text = text
            if let space = text.firstIndex(of: " ") {
                word = String(text[..<space])
                prefix = String(text[text.index(after: space)...])
                isFixed = !text.hasSuffix("=") && !text.hasSuffix(":")
            } else if text.hasSuffix("=") {
                (word, prefix, isFixed) = ("", text, false)
            } else {
                (word, prefix, isFixed) = (text, "", text.utf8.contains(UInt8(ascii: "=")))
            }
        }
    }

    init(
        _ name: String, _ reader: Reader, _ option: String = "", _ group: Group = .own,
        since: String
    ) {
        self.name = name
        self.reader = reader
        self.option = Option(option)
        self.group = group
        self.since = since
    }
}

/// All keys of one section.
package struct KeyTable: Sendable {
    package let section: String
    package let keys: [Key]
    let rows: [String: Int]
    /// The rows of each group, by the group's number.
    private let groups: [[Int]]

    init(_ section: String, _ keys: [Key]) {
        self.section = section
        self.keys = keys
        var rows: [String: Int] = [:]
        rows.reserveCapacity(keys.count)
        for (index, key) in keys.enumerated() { rows[key.name] = index }
        self.rows = rows
        var groups: [[Int]] = Array(repeating: [], count: Key.Group.allCases.count)
        for (index, key) in keys.enumerated() { groups[key.group.rawValue].append(index) }
        self.groups = groups
    }

    /// Returns the rows of a group, in the order of the table.
    func rows(of group: Key.Group) -> [Int] { groups[group.rawValue] }

    /// The table of a type's own section.
    package static func table(of type: UnitType) -> KeyTable {
        switch type {
        case .container: .container
        case .pod: .pod
        case .volume: .volume
        case .network: .network
        case .image: .image
        case .build: .build
        case .kube: .kube
        case .artifact: .artifact
        }
    }
}
