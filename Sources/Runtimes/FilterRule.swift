import Specs

/// The tests of one rule for one system call: it speaks where all of them hold.
struct FilterRule: Equatable {
    typealias Test = RuntimeConfig.Linux.Seccomp.Argument

    let number: Int32
    let action: UInt32
    var tests: [Test]
    /// For messages: where the rule stands in the profile.
    let name: String

    var hasOrder: Bool { tests.contains { $0.hasOrder } }

    /// Returns the rules with every comparison by order written as comparisons of bits, where a
    /// system call has several rules and one of them compares by order.
    ///
    /// libseccomp 2.5.4 merges such rules into a filter that answers wrongly for some values above
    /// 32 bits; each of them alone, and any number of comparisons of bits, it compiles rightly.
    static func withoutMergedOrder(_ rules: [FilterRule]) -> [FilterRule] {
        var counts: [Int32: (rules: Int, hasOrder: Bool)] = [:]
        for rule in rules {
            let (count, hasOrder) = counts[rule.number] ?? (0, false)
            counts[rule.number] = (count + 1, hasOrder || rule.hasOrder)
        }
        if !counts.values.contains(where: { $0.rules > 1 && $0.hasOrder }) { return rules }
        return rules.flatMap { rule in
            (counts[rule.number]?.rules ?? 0) > 1 ? rule.inBits : [rule]
        }
    }

    /// The same rule as alternatives that compare bits alone; none where it can never hold.
    private var inBits: [FilterRule] {
        var alternatives: [[Test]] = [[]]
        for test in tests {
            let inBits = test.hasOrder ? test.inBits : [test]
            alternatives = alternatives.flatMap { chosen in
                // Bits that are not looked at are no test.
                inBits.map { $0.op == .maskedEqual && $0.value == 0 ? chosen : chosen + [$0] }
            }
        }
        return alternatives.map { tests in
            var rule = self
            rule.tests = tests
            return rule
        }
    }
}

extension RuntimeConfig.Linux.Seccomp.Argument {
    /// Whether the test is one of the four that compare by size.
    var hasOrder: Bool {
        switch op {
        case .less, .lessOrEqual, .greaterOrEqual, .greater: true
        case .notEqual, .equal, .maskedEqual: false
        }
    }

    /// A comparison by size as alternatives that compare the topmost bits: a smaller number agrees
    /// with the value down to some bit, which is 1 in the value and 0 in the number.
    fileprivate var inBits: [Self] {
        var alternatives: [Self] = []
        let isSmaller = op == .less || op == .lessOrEqual
        for bit in (0..<64).reversed() {
            let one = UInt64(1) << UInt64(bit)
            guard (value & one != 0) == isSmaller else { continue }
            let mask = ~(one - 1)
            alternatives.append(
                Self(index: index, value: mask, valueTwo: (value ^ one) & mask, op: .maskedEqual))
        }
        if op == .lessOrEqual || op == .greaterOrEqual {
            alternatives.append(Self(index: index, value: value, op: .equal))
        }
        // A full list says nothing but "any number".
        let isAny =
            (op == .lessOrEqual && value == .max) || (op == .greaterOrEqual && value == 0)
        return isAny ? [Self(index: index, value: 0, valueTwo: 0, op: .maskedEqual)] : alternatives
    }
}
