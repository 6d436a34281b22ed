import Base
import Quadlet
import UnitFiles

// The parser of unit files and the whole converter under libFuzzer.
//
// Rooms: Base Kernel Documents Specs UnitFiles Checksums Systemd Records Storages Engine Operations Quadlet
// Libraries: -lsqlite3 -lzstd -lz -lisal -lcrypto -lyaml
// Memory: 64
//
// One input is a directory of files: each begins with a line "=== NAME". A name in a directory
// "X.d" is a drop-in of X; "martlet.env" has the variables. What must hold of every input is
// asserted below: a failed precondition is a crash, which libFuzzer keeps.

/// One file of an input.
private struct File {
    var name: String
    var bytes: [UInt8]
}

private let mark = Array("=== ".utf8)

private func files(of input: ArraySlice<UInt8>) -> [File] {
    var files: [File] = []
    for line in input.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
        if line.starts(with: mark) {
            files.append(
                File(name: String(decoding: line.dropFirst(mark.count), as: UTF8.self), bytes: []))
        } else if files.isEmpty {
            files.append(File(name: "x.container", bytes: Array(line) + [10]))
        } else {
            files[files.count - 1].bytes += line + [10]
        }
    }
    return files
}

private func library(of files: [File]) -> Library {
    var library = Library()
    library.roots = ["/units"]
    var taken: Set<String> = []
    for file in files where !file.name.utf8.contains(where: { $0 == 0 || $0 == 0x2F }) {
        // Of two files of one name the loader takes the first.
        guard let name = UnitName(file.name), taken.insert(file.name).inserted else { continue }
        let full = "/units/\(file.name)"
        var unit = LoadedUnit(
            name: name, directory: "/units", file: UnitFile(parsing: file.bytes, name: full))
        unit.findings = unit.file.problems.map { Finding(.error, "syntax", $0) }
        library.units.append(unit)
    }
    var variables = Variables()
    for file in files {
        if file.name == "martlet.env" { variables.read(file.bytes, name: "/units/martlet.env") }
        guard let slash = file.name.firstIndex(of: "/") else { continue }
        let directory = String(file.name[..<slash])
        for index in library.units.indices
        where Loader.dropInDirectories(of: library.units[index].name).contains(directory) {
            let path = "/units/\(file.name)"
            library.units[index].file.merge(UnitFile(parsing: file.bytes, name: path))
            library.units[index].dropIns.append(path)
        }
    }
    if files.contains(where: { $0.name == "martlet.env" }) {
        for index in library.units.indices {
            let result = variables.replace(in: &library.units[index].file)
            library.units[index].variables = result.used
            library.units[index].findings += result.findings
        }
    }
    return library
}

/// What must be true of whatever was generated.
private func check(_ plan: Plan) {
    for service in plan.services {
        precondition(UnitName.refusal(of: String(service.name.dropLast(8))) == nil, service.name)
        let bytes = Output.bytes(of: service)
        precondition(String(validating: bytes, as: UTF8.self) != nil, "not UTF-8")
        var isContinued = false
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            // systemd ends a line at these two as well; other control characters are text to it.
            precondition(!line.contains(0) && !line.contains(0x0D), "a line that is two")
            // A line that went on below would swallow the next one.
            let isComment = line.first == UInt8(ascii: "#") || line.first == UInt8(ascii: ";")
            precondition(!isContinued || isComment, "a line swallows the next")
            isContinued = line.last == UInt8(ascii: "\\") && !isComment
            let isFine =
                isComment || line.first == UInt8(ascii: "[") || line.contains(UInt8(ascii: "="))
            precondition(isFine, String(decoding: line, as: UTF8.self))
        }
        let again = UnitFile(parsing: bytes, name: service.name)
        precondition(again.problems.isEmpty, "\(again.problems)")
    }
    // A file with a good name has its service, or somebody has said why not.
    if plan.services.count < plan.library.units.count { precondition(!plan.findings.isEmpty) }
}

/// libFuzzer's entry: one input, one try. See llvm.org/docs/LibFuzzer.html, "Fuzz Target".
@_cdecl("LLVMFuzzerTestOneInput")
public func attempt(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let bytes = unsafe bytes, count > 1 else { return 0 }
    let input = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
    let isUser = input[0] & 1 == 0
    let library = library(of: files(of: input.dropFirst()))
    let plan = Plan(
        library, Plan.Settings(engine: "/usr/bin/martlet", isUser: isUser) { $0.count % 2 == 0 })
    check(plan)
    let graph = Graph(plan)
    _ = (graph.lines, graph.dot, graph.svg)
    let machine = Machine(
        isUser: isUser, firstFreePort: 1024, controllers: ["memory"], exists: { $0.count % 2 == 0 })
    for unit in plan.library.units { _ = Advice.on(unit, machine).map(\.description) }
    // The command lines as the engine would read them; one input in four, as this takes its time.
    if input[0] & 6 == 6 {
        for service in plan.services {
            _ = Rehearsal.of(service, from: plan.library.units[service.unit])
        }
    }
    for finding in plan.findings { _ = (finding.description, finding.brief(below: "/units")) }
    // A bundle is refused with a reason, or taken apart.
    _ = try? Bundle.split(Array(input.dropFirst()), name: "x.quadlets")
    return 0
}
