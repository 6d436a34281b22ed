import Base
import Kernel
import Signatures
import Specs

/// Signatures in GnuPG's format, opened by gpgv with the keys of a policy and no others.
///
/// gpgv trusts every key it is given and knows no others: it looks into nobody's home. See gpgv(1) and
/// GnuPG's doc/DETAILS for the lines it answers with.
struct SimpleSigning {
    private let program: String
    private let keys: [[UInt8]]
    private let environment: [String: String]

    init(
        _ keys: TrustRequirement.Keys, _ environment: [String: String],
        read: (String) throws(Problem) -> [UInt8]
    ) throws(Problem) {
        self.environment = environment
        program = try Programs.find(
            "gpgv", in: environment,
            why: "signatures in GnuPG's format are checked by it", next: "install gpgv")
        self.keys = try keys.contents(read).map { content throws(Problem) in
            try SimpleSigning.binary(content.1, name: content.0)
        }
    }

    /// Returns what one trusted key signed.
    func open(_ signature: [UInt8]) throws(Problem) -> [UInt8] {
        let answer = try explaining("cannot run \"\(program)\"") { () throws(KernelFault) in
            try run(signature)
        }
        let lines = String(decoding: answer.status, as: UTF8.self)
            .split(separator: "\n").filter { $0.hasPrefix("[GNUPG:] ") }
            .map { $0.dropFirst(9).prefix { $0 != " " } }
        func count(_ word: String) -> Int { lines.count { $0 == word } }
        let doubts = ["BADSIG", "ERRSIG", "EXPSIG", "EXPKEYSIG", "REVKEYSIG", "NODATA", "FAILURE"]
        guard answer.code == 0, count("GOODSIG") == 1, count("VALIDSIG") == 1,
            count("NEWSIG") <= 1, count("PLAINTEXT") == 1,
            doubts.allSatisfy({ count($0) == 0 })
        else {
            let reason =
                count("NO_PUBKEY") > 0 || count("ERRSIG") > 0
                ? "no trusted key made it"
                : count("BADSIG") > 0
                    ? "what it signed was changed"
                    : count("EXPKEYSIG") + count("REVKEYSIG") + count("EXPSIG") > 0
                        ? "its key has expired or was revoked" : "it is none"
            throw Problem(.notVerified, "a signature does not count", why: reason)
        }
        return answer.content
    }

    private func run(_ signature: [UInt8]) throws(KernelFault)
        -> (code: Int, content: [UInt8], status: [UInt8])
    {
        let input = try MemoryFile.sealed(signature, name: "signature")
        let status = try MemoryFile.open(name: "status")
        let ends = try Descriptor.pipe().ends()
        let reading = Descriptor(owning: ends.reading)
        let writing = Descriptor(owning: ends.writing)
        var words = [program, "--homedir", "/nonexistent", "--status-fd", "4"]
        for number in 0..<keys.count { words += ["--keyring", "/proc/self/fd/\(5 + number)"] }
        words += ["--output", "-", "--", "/proc/self/fd/3"]
        var spawn = Spawn(program, words)
        spawn.environment = ["PATH=\(environment["PATH"] ?? "")", "LC_ALL=C"]
        spawn.descriptors = [.init(writing, as: 1), .init(input, as: 3), .init(status, as: 4)]
        let child = try start(&spawn, keys[...])
        try writing.close()
        // A signature that says more than an image's can is no longer read, and gpgv ends by itself.
        let content = try? reading.readAll(limit: Limits.answerBytes, name: "signature")
        try reading.close()
        let code = try child.wait().exitCode
        try status.seek(to: 0)
        let told = try status.readAll(limit: Limits.answerBytes, name: "status")
        return (content == nil ? 1 : code, content ?? [], told)
    }

    /// Hands each key over in a file of its own and starts the program.
    private func start(_ spawn: inout Spawn, _ rest: ArraySlice<[UInt8]>)
        throws(KernelFault) -> ProcessHandle
    {
        guard let key = rest.first else { return try spawn.start() }
        let file = try MemoryFile.sealed(key, name: "keys")
        spawn.descriptors.append(.init(file, as: CInt(5 + rest.startIndex)))
        return try start(&spawn, rest.dropFirst())
    }

    /// gpgv reads binary key rings alone.
    private static func binary(_ bytes: [UInt8], name: String) throws(Problem) -> [UInt8] {
        guard String(decoding: bytes.prefix(64), as: UTF8.self).contains("-----BEGIN PGP") else {
            return bytes
        }
        let blocks = try ArmoredText.blocks(bytes, name: name)
            .filter { $0.label == "PGP PUBLIC KEY BLOCK" }
        guard !blocks.isEmpty else {
            throw Problem(.badDocument, "\"\(name)\" has no public key of OpenPGP")
        }
        return blocks.flatMap(\.bytes)
    }
}

/// Programs of the machine that this one runs.
enum Programs {
    static func find(
        _ name: String, in environment: [String: String], why: String, next: String
    ) throws(Problem) -> String {
        if let path = Files.program(name, in: environment["PATH"]) { return path }
        throw Problem(.missingOnMachine, "there is no program \"\(name)\"", why: why, next: next)
    }
}
