import Base
import UnitFiles

extension Conversion {
    /// Adds `--mount` for every Mount= word, with sources resolved as those of Volume= are.
    mutating func addMounts(to command: inout Command) {
        for word in reading.arguments("Mount") {
            if let value = resolveMount(word) { command.add("--mount", value, from: word.place) }
        }
    }

    private mutating func resolveMount(_ word: Word) -> String? {
        guard var fields = CommaList.split(word.text) else {
            refuse(
                "mount-format", "nothing closes a quote in Mount=", at: word.place,
                next: "close it with \"", familiar: "parse error on mount")
            return nil
        }
        var type = "volume"
        var source: String?
        fields.removeAll { field in
            let (key, value) = field.cut(at: "=")
            switch key {
            case "type":
                type = value ?? type
                return true
            case "source", "src":
                source = value ?? ""
                return true
            default: return false
            }
        }
        guard ["volume", "bind", "glob", "image", "artifact"].contains(type) else {
            return word.text
        }
        var head = ["type=\(type)"]
        if let source {
            guard let resolved = resolveMountSource(Word(source, at: word.place), type) else {
                return nil
            }
            head.append("source=\(resolved)")
        } else if type != "volume" {
            refuse(
                "mount-source", "Mount= of type \(type) has no source", at: word.place,
                next: "add source=",
                familiar: "source parameter is required for mount type \(type)")
            return nil
        }
        return CommaList.join(head + fields)
    }

    private mutating func resolveMountSource(_ word: Word, _ type: String) -> String? {
        if type == "image",
            UnitType(fileName: word.text) == .image || UnitType(fileName: word.text) == .build
        {
            return resolveImage(word)
        }
        if type == "image" { return word.text }
        return resolveSource(word)
    }
}

/// Lists of fields between commas, where quotes hide a comma. See RFC 4180.
enum CommaList {
    /// Returns the fields, or nil where nothing closes a quote.
    static func split(_ text: String) -> [String]? {
        var fields: [String] = []
        var field: [UInt8] = []
        var isQuoted = false
        let bytes = Array(text.utf8)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if isQuoted, byte == UInt8(ascii: "\""), index < bytes.count, bytes[index] == byte {
                field.append(byte)
                index += 1
            } else if byte == UInt8(ascii: "\""), isQuoted || field.isEmpty {
                isQuoted.toggle()
            } else if byte == UInt8(ascii: ","), !isQuoted {
                fields.append(String(decoding: field, as: UTF8.self))
                field.removeAll()
            } else {
                field.append(byte)
            }
        }
        guard !isQuoted else { return nil }
        fields.append(String(decoding: field, as: UTF8.self))
        return fields
    }

    /// Returns one text that `split` takes apart into the same fields.
    static func join(_ fields: [String]) -> String {
        fields.map { field in
            let plain = !field.utf8.contains {
                $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") || $0 == 10
            }
            return plain ? field : "\"\(field.replacing("\"", with: "\"\""))\""
        }.joined(separator: ",")
    }
}
