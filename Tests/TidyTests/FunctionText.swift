/// A function as its text shows it.
struct FunctionText {
    let name: String
    let line: Int
    /// Besides closures, which are read as blocks.
    let parameterCount: Int
    let lineCount: Int
}

extension SourceFile {
    /// The functions and initializers with a body.
    var functions: [FunctionText] {
        code.indices.compactMap { index in
            let line = code[index]
            let start = /\b(?:func\s+(?<name>[^\s(<]+)|(?<name2>init)[?]?)\s*[(<]/
            guard let match = line.firstMatch(of: start), !line.contains(".init(") else {
                return nil
            }
            let name = match.output.name ?? match.output.name2 ?? ""
            let rest =
                line[match.range.lowerBound...] + "\n"
                + code[(index + 1)...].joined(separator: "\n")
            return FunctionText(name: String(name), line: index + 1, declaration: rest)
        }
    }
}

extension FunctionText {
    /// Reads the declaration and its body; nil if it has none (a protocol's requirement).
    init?(name: some StringProtocol, line: Int, declaration: some StringProtocol) {
        var depth = (round: 0, angle: 0, curly: 0)
        var lines = 1
        var parameters = [""]
        var isPastParameters = false
        var last: Character = " "
        for character in declaration {
            defer { last = character }
            switch character {
            case "(", "[": depth.round += 1
            case ")", "]":
                depth.round -= 1
                if depth.round == 0 { isPastParameters = true }
            case "<" where depth.curly == 0: depth.angle += 1
            case ">" where last != "-" && depth.angle > 0: depth.angle -= 1
            case "{": depth.curly += 1
            case "}": depth.curly -= 1
            case "\n": lines += 1
            default: break
            }
            if !isPastParameters, depth.round == 1, depth.angle == 0, character == "," {
                parameters.append("")
            } else if !isPastParameters, depth.round > 0 {
                parameters[parameters.count - 1].append(character)
            }
            let isOutside = depth.round == 0 && depth.curly == 0 && isPastParameters
            if isOutside, character == "}" { break }
            // A requirement of a protocol, or a comma's worth of text that is no function.
            if depth.curly < 0 || isOutside && lines > 12 { return nil }
        }
        guard isPastParameters else { return nil }
        let values = parameters.filter {
            $0.contains(":") && !$0.contains("->") && !$0.contains("@escaping")
        }
        self.init(
            name: String(name), line: line, parameterCount: values.count, lineCount: lines)
    }
}
