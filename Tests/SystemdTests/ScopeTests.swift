import Testing

@testable import Systemd

@Suite struct ScopeTests {
    @Test func scopeAsksForWhatWasAsked() {
        var scope = UserManager.Scope(name: "a.scope", description: "Container a", pids: [7, 8])
        scope.memoryMaxBytes = 1 << 20
        scope.tasksMax = 10
        let words = scope.properties.map { property -> String in
            guard case .structure(let members) = property, members.count == 2,
                case .variant(let value) = members[1]
            else { return "?" }
            return "\(members[0].text ?? "") \(value.signature)"
        }
        #expect(
            words == [
                "Description s", "PIDs au", "Delegate b", "CollectMode s", "DefaultDependencies b",
                "MemoryMax t", "TasksMax t",
            ])
        #expect(scope.properties.allSatisfy { $0.signature.hasPrefix("(sv") })
    }

    @Test func signaturesAreThoseOfDBus() {
        let value = BusValue.array("{sv}", [.entry(.string("a"), .variant(.uint64(1)))])
        #expect(value.signature == "a{sv}")
        #expect(BusValue.structure([.path("/"), .int32(1), .double(0)]).signature == "(oid)")
    }
}
