import Base
import Specs
import Testing

@testable import Runtimes

/// Classic BPF over one `struct seccomp_data`, as the kernel runs it. See seccomp(2).
private func answer(_ program: [UInt32], _ data: [UInt32]) -> UInt32? {
    var (accumulator, place) = (UInt32(0), 0)
    while place * 2 + 1 < program.count {
        let (head, value) = (program[place * 2], program[place * 2 + 1])
        let (taken, missed) = (Int(head >> 16 & 0xff), Int(head >> 24))
        place += 1
        switch UInt16(truncatingIfNeeded: head) {
        case 0x20: accumulator = data[Int(value / 4)]
        case 0x54: accumulator &= value
        case 0x05: place += Int(value)
        case 0x15: place += accumulator == value ? taken : missed
        case 0x25: place += accumulator > value ? taken : missed
        case 0x35: place += accumulator >= value ? taken : missed
        case 0x45: place += accumulator & value != 0 ? taken : missed
        case 0x06: return value
        default: return nil
        }
    }
    return nil
}

/// The same numbers in every run (splitmix64).
private struct Repeatable: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = (state ^ state >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}

@Suite struct FilterAgreementTests {
    private typealias Argument = RuntimeConfig.Linux.Seccomp.Argument

    private func holds(_ test: Argument, _ value: UInt64) -> Bool {
        switch test.op {
        case .notEqual: value != test.value
        case .less: value < test.value
        case .lessOrEqual: value <= test.value
        case .equal: value == test.value
        case .greaterOrEqual: value >= test.value
        case .greater: value > test.value
        case .maskedEqual: value & test.value == test.valueTwo ?? 0
        }
    }

    /// T-SECCOMP-6: tests on different arguments hold together; tests on one argument are
    /// alternatives, as profiles for docker and podman mean them.
    private func matches(_ tests: [Argument], _ values: [UInt64]) -> Bool {
        let isTwice = Set(tests.map(\.index)).count < tests.count
        return isTwice
            ? tests.contains { holds($0, values[Int($0.index)]) }
            : tests.allSatisfy { holds($0, values[Int($0.index)]) }
    }

    /// T-SECCOMP-6
    @Test func theCompiledFilterAgreesWithTheRules() throws {
        var random = Repeatable(state: 20_261_125)
        // Values near each other, so that both outcomes of a test are common.
        let values: [UInt64] = [
            0, 1, 2, 0xffff_ffff, 0x1_0000_0000, 0x1_0000_0001, 0xffff_ffff_ffff_ffff, 0x8000_0000,
        ]
        func any<Value>(_ values: [Value]) -> Value {
            values[Int(random.next(upperBound: UInt(values.count)))]
        }
        let operators: [RuntimeConfig.Linux.Seccomp.Operator] = [
            .notEqual, .less, .lessOrEqual, .equal, .greaterOrEqual, .greater, .maskedEqual,
        ]
        for round in 0..<100 {
            var profile = RuntimeConfig.Linux.Seccomp(defaultAction: .allow)
            var tests: [Argument] = []
            for _ in 0...Int(random.next(upperBound: UInt(3))) {
                var test = Argument(index: any([0, 1, 2]), value: any(values), op: any(operators))
                if test.op == .maskedEqual { test.valueTwo = any(values) & test.value }
                tests.append(test)
            }
            profile.syscalls = [.init(["personality"], .errno, errnoRet: 7, args: tests)]
            let bytes = try FilterCompiler.compile(profile)
            let program = stride(from: 0, to: bytes.count, by: 4).map { place in
                (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[place + $1]) << UInt32($1 * 8) }
            }
            for _ in 0..<10_000 {
                let arguments = (0..<6).map { _ in any(values) }
                #if arch(x86_64)
                    var data: [UInt32] = [135, 0xc000_003e, 0, 0]
                #else
                    var data: [UInt32] = [92, 0xc000_00b7, 0, 0]
                #endif
                for argument in arguments {
                    data += [
                        UInt32(truncatingIfNeeded: argument), UInt32(argument >> 32),
                    ]
                }
                let expected: UInt32 = matches(tests, arguments) ? 0x0005_0007 : 0x7fff_0000
                let got = answer(program, data)
                try #require(got == expected, "round \(round): \(tests) \(arguments)")
            }
        }
    }
}
