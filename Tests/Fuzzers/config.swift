import Base
import Specs

// Rooms: Base Kernel Documents Specs Runtimes
// Libraries: -lseccomp -lyaml
// Memory: 96

@testable import Runtimes

// The reader of config.json and everything that is made of it without the kernel, under libFuzzer.
//
// What must hold of every input is asserted below: a failed precondition is a crash, which
// libFuzzer keeps.

/// A refusal says what and why, and of a document that is JSON where in it the fault lies.
private func check(_ problem: Problem) {
    precondition(!problem.what.isEmpty, "nothing is said")
    for byte in "\(problem)".utf8 { precondition(byte >= 0x20 || byte == 0x0A, "\(problem)") }
}

/// What is read is written and read again without a loss.
private func checkRound(_ config: RuntimeConfig) {
    let bytes = JSON(encoding: config).bytes()
    do throws(Problem) {
        let again = try JSON(parsing: bytes, name: "again").read(RuntimeConfig.self, name: "again")
        precondition(again == config, "a member was lost")
    } catch {
        preconditionFailure("\(error)")
    }
}

/// Makes the plan, as root and as an ordinary user, and what goes with it.
private func makePlans(_ config: RuntimeConfig) {
    for isInitial in [true, false] {
        var surroundings = LaunchPlan.Surroundings()
        surroundings.isInitialUserNamespace = isInitial
        surroundings.setGroupsDenied = !isInitial
        surroundings.hasFilter = config.linux?.seccomp != nil
        var launch = Launch(config: config, root: .directory("/root"))
        launch.stdio = config.process?.terminal == true ? .terminal : .inherited
        attempt { () throws(Problem) in
            let plan = try LaunchPlan(launch, in: surroundings)
            for step in plan.steps { precondition(!step.reason.isEmpty) }
            let again = try LaunchPlan(launch, in: surroundings)
            precondition(plan == again, "two plans of one configuration")
        }
        attempt { () throws(Problem) in _ = try LaunchNamespaces(launch) }
    }
    let resources = config.linux?.resources
    if let resources {
        attempt { () throws(Problem) in _ = try CgroupResources.settings(resources) }
    }
    attempt { () throws(Problem) in _ = try CgroupResources.properties(resources) }
    if let rules = resources?.devices, !rules.isEmpty {
        attempt { () throws(Problem) in _ = try DeviceProgram(rules) }
    }
    if let profile = config.linux?.seccomp, profile.syscalls?.count ?? 0 < 20 {
        attempt { () throws(Problem) in
            let filter = try FilterProgram(profile, cache: nil, isStrict: false)
            precondition(!filter.instructions.isEmpty && filter.instructions.count % 8 == 0)
        }
    }
}

private func attempt(_ body: () throws(Problem) -> Void) {
    do throws(Problem) { try body() } catch { check(error) }
}

/// libFuzzer's entry: one input, one try. See llvm.org/docs/LibFuzzer.html, "Fuzz Target".
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let bytes = unsafe bytes, count > 1 else { return 0 }
    let input = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
    attempt { () throws(Problem) in
        let json = try JSON(parsing: input, name: "config.json")
        var config: RuntimeConfig
        do throws(JSONFault) {
            config = try RuntimeConfig(json)
        } catch {
            precondition(!error.path.isEmpty && !error.reason.isEmpty, "no path")
            throw error.problem(in: "config.json")
        }
        checkRound(config)
        _ = config.process?.capabilities?.dropUnknown()
        makePlans(config)
    }
    return 0
}
