import Base
import Kernel
import Registries
import Specs

/// Reads `--NAME=NUMBER` as a descriptor that the engine left open for this program.
func inherited(_ name: String, _ arguments: [String]) -> Descriptor? {
    let prefix = "--\(name)="
    guard let word = arguments.first(where: { $0.hasPrefix(prefix) }),
        let number = Int32(word.dropFirst(prefix.utf8.count)), number > 2
    else { return nil }
    let descriptor = Descriptor(owning: number)
    // Credential helpers are given nothing of ours.
    try? descriptor.inherit(false)
    return descriptor
}

/// Reads the plan; what is wrong with it is told on the channel like anything else.
func plan(_ arguments: [String]) throws(Problem) -> RegistryRequest {
    guard let file = inherited("plan-fd", arguments) else {
        throw Problem(
            .badUsage, "martlet-registry has no plan", next: "it is started by martlet alone")
    }
    let bytes = try explaining("cannot read the plan") { () throws(KernelFault) in
        try file.readAll(limit: Limits.documentBytes, name: "plan")
    }
    return try JSON(parsing: bytes, name: "plan").decode(RegistryRequest.self, name: "plan")
}

let caller = Caller.present()
guard let socket = inherited("channel-fd", caller.arguments) else {
    try? Descriptor(owning: 2).writeAll("error: martlet-registry is started by martlet alone\n")
    Processes.end(code: 125)
}
let channel = EventChannel(socket)
do {
    // Nobody would read what comes after the engine has gone.
    try? Processes.endWithParent(signal: 15)
    let request = try plan(caller.arguments)
    var blobs: BlobDirectory?
    if let directory = inherited("blobs-fd", caller.arguments) { blobs = BlobDirectory(directory) }
    let job = try Job(request, caller: caller, blobs: blobs) { channel.send($0) }
    await job.run()
} catch {
    channel.send(.failed(error))
}
