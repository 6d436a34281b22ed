import Specs
import Testing

@testable import Systemd

@Suite struct ScopeTests {
    @Test func scopeAsksForWhatWasAsked() {
        var scope = TransientScope.Request(
            unit: "a.scope", slice: "b.slice", description: "Container a", pid: 7)
        scope.properties = [
            UnitProperty("MemoryMax", .number(1 << 20)), UnitProperty("TasksMax", .number(10)),
        ]
        let words = scope.values.map { property -> String in
            guard case .structure(let members) = property, members.count == 2,
                case .variant(let value) = members[1]
            else { return "?" }
            return "\(members[0].text ?? "") \(value.signature)"
        }
        #expect(
            words == [
                "Description s", "PIDs au", "Delegate b", "CollectMode s", "DefaultDependencies b",
                "Slice s", "MemoryMax t", "TasksMax t",
            ])
        #expect(scope.values.allSatisfy { $0.signature.hasPrefix("(sv") })
    }

    @Test func signaturesAreThoseOfDBus() {
        let value = BusValue.array("{sv}", [.entry(.string("a"), .variant(.uint64(1)))])
        #expect(value.signature == "a{sv}")
        #expect(BusValue.structure([.path("/"), .int32(1), .double(0)]).signature == "(oid)")
    }
}
