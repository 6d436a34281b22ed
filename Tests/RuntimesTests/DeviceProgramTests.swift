import Base
import Specs
import Testing

@testable import Runtimes

/// The rules of `DeviceProgram` as the kernel's machine would run them.
private struct Machine {
    var registers = [UInt64](repeating: 0, count: 11)

    /// Returns r0, or nil for a program the kernel would not take.
    mutating func run(
        _ program: [UInt8], kind: UInt32, access: UInt32, major: UInt32, minor: UInt32
    )
        -> UInt64?
    {
        let context = [access << 16 | kind, major, minor]
        var place = 0
        while place * 8 + 8 <= program.count {
            let bytes = Array(program[place * 8..<place * 8 + 8])
            let (target, source) = (Int(bytes[1] & 15), Int(bytes[1] >> 4))
            let jump = Int(bytes[2]) | Int(bytes[3]) << 8
            var value: UInt32 = 0
            for shift in 0..<4 { value |= UInt32(bytes[4 + shift]) << UInt32(shift * 8) }
            place += 1
            switch bytes[0] {
            case 0x61: registers[target] = UInt64(context[jump / 4])
            case 0x57: registers[target] &= UInt64(value)
            case 0x77: registers[target] >>= UInt64(value)
            case 0xbf: registers[target] = registers[source]
            case 0xb7: registers[target] = UInt64(value)
            case 0x55: if registers[target] != UInt64(value) { place += jump }
            case 0x15: if registers[target] == UInt64(value) { place += jump }
            case 0x25: if registers[target] > UInt64(value) { place += jump }
            case 0xb5: if registers[target] <= UInt64(value) { place += jump }
            case 0x7f: registers[target] >>= registers[source] & 63
            case 0x5d: if registers[target] != registers[source] { place += jump }
            case 0x95: return registers[0]
            default: return nil
            }
        }
        return nil
    }
}

@Suite struct DeviceProgramTests {
    private typealias Rule = RuntimeConfig.Linux.Resources.DeviceRule

    /// What the rules mean, said in another way.
    private func isAllowed(
        _ rules: [Rule], _ kind: UInt32, _ access: UInt32, _ major: UInt32, _ minor: UInt32
    ) -> Bool {
        if access & ~1 == 0 { return true }
        let defaults: [UInt32: [UInt32]] = [1: [3, 5, 7, 8, 9], 5: [0, 1, 2]]
        if kind == 2, major == 136 || defaults[major]?.contains(minor) == true { return true }
        for rule in rules.reversed() {
            var bits: UInt32 = 0
            for letter in rule.access ?? "rwm" { bits |= letter == "m" ? 1 : letter == "r" ? 2 : 4 }
            let speaks =
                ["b": 1, "c": 2][rule.type ?? "a"].map { $0 == kind } ?? true
                && (rule.major ?? -1 < 0 || rule.major == Int64(major))
                && (rule.minor ?? -1 < 0 || rule.minor == Int64(minor))
            guard speaks, bits != 0 else { continue }
            if rule.allow ? access & ~bits == 0 : access & bits != 0 { return rule.allow }
        }
        return false
    }

    @Test func theProgramAgreesWithTheRules() throws {
        var random = SystemRandomNumberGenerator()
        func any<Value>(_ values: [Value]) -> Value {
            values[Int(random.next(upperBound: UInt(values.count)))]
        }
        for round in 0..<20_000 {
            var rules: [Rule] = []
            for _ in 0...Int(random.next(upperBound: UInt(4))) {
                var rule = Rule(
                    allow: any([true, false]), access: any([nil, "r", "rw", "m", "rwm"]))
                rule.type = any([nil, "a", "b", "c"])
                rule.major = any([nil, -1, 1, 8, 10])
                rule.minor = any([nil, -1, 3, 5, 229])
                rules.append(rule)
            }
            let program = try DeviceProgram(rules).instructions
            let (kind, access) = (any([UInt32(1), 2]), any([UInt32(1), 2, 4, 6, 7]))
            let major = any([UInt32(1), 5, 8, 10, 136])
            let minor = any([UInt32(0), 1, 2, 3, 4, 5, 7, 8, 9, 10, 31, 32, 35, 64, 229, 1 << 20])
            var machine = Machine()
            let answer = machine.run(
                program, kind: kind, access: access, major: major, minor: minor)
            let expected: UInt64 = isAllowed(rules, kind, access, major, minor) ? 1 : 0
            try #require(answer == expected, "round \(round): \(rules)")
        }
    }

    /// The kernel takes no program with instructions that are never reached.
    @Test func nothingStandsBehindARuleForEverything() throws {
        let program = try DeviceProgram([Rule(allow: true, access: "r"), Rule(allow: false)])
        let shorter = try DeviceProgram([Rule(allow: false)])
        #expect(program == shorter)
        #expect(program.instructions.suffix(16).first == 0xb7)
    }

    @Test(arguments: ["x", "rwx"])
    func anUnknownAccessIsRefused(_ access: String) {
        #expect(throws: Problem.self) { try DeviceProgram([Rule(allow: true, access: access)]) }
    }
}
