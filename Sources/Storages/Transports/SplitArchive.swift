import Base
import Kernel

/// Makes a tar archive again from unpacked files and the description that tar-split keeps of it.
///
/// The description is a line of JSON for each part: bytes as they were (in base64), or the content
/// of a file that is to be put there. What comes of it is compared with a digest by whoever reads it.
struct SplitArchive {
    /// The files, in a directory that no name in the description leads out of.
    let files: SharedDescriptor
    /// What cannot be done if this fails.
    let what: String
    let write: (ByteSpan) throws(Problem) -> Void

    private var line: [UInt8] = []
    private var buffer = [UInt8](repeating: 0, count: 256 << 10)

    init(
        files: SharedDescriptor, what: String,
        write: @escaping (ByteSpan) throws(Problem) -> Void
    ) {
        self.files = files
        self.what = what
        self.write = write
    }

    /// Reads the description, which is packed by gzip, and writes the archive.
    mutating func make(from description: ByteRange) throws(Problem) {
        var source = description
        var unpacker = Unpacker()
        var packed = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = try source.read(into: &packed)
            if count == 0 { break }
            try unpacker.feed(packed.span.extracting(0..<count)) { (bytes) throws(Problem) in
                try take(bytes)
            }
        }
        try unpacker.finish { (bytes) throws(Problem) in try take(bytes) }
        if !line.isEmpty { try part() }
    }

    private mutating func take(_ bytes: ByteSpan) throws(Problem) {
        for place in 0..<bytes.count {
            if bytes[place] == UInt8(ascii: "\n") { try part() } else { line.append(bytes[place]) }
        }
        guard line.count <= SplitArchive.lineBytes else { throw damage("a part is too large") }
    }

    private mutating func part() throws(Problem) {
        let json = try JSON(parsing: line, name: "tar-split", limit: SplitArchive.lineBytes + 1)
        line.removeAll(keepingCapacity: true)
        switch json["type"] {
        case .number("1"): try file(json)
        case .number("2"):
            guard let bytes = Base64.decode(json["payload"]?.text ?? "") else {
                throw damage("a part is not in base64")
            }
            try write(bytes.span)
        default: throw damage("it has a part of an unknown kind")
        }
    }

    private mutating func file(_ json: JSON) throws(Problem) {
        guard case .number(let digits)? = json["size"], let size = Int64(digits), size > 0 else {
            return
        }
        var name = json["name"]?.text ?? ""
        if let raw = json["name_raw"]?.text, let bytes = Base64.decode(raw) {
            name = String(decoding: bytes, as: UTF8.self)
        }
        let path = name
        let file = try explaining("\(what): \"\(path.printable)\"") { () throws(KernelFault) in
            // A link of the layer leads where it leads in the layer.
            try Files.openBeneath(files.descriptor, path, [.read, .nonBlocking], [.inRoot])
        }
        var left = size
        while left > 0 {
            let wanted = Int(min(left, Int64(buffer.count)))
            let position = size - left
            let got = try explaining("\(what): \"\(path.printable)\"") {
                () throws(KernelFault) in
                try file.read(into: &buffer, upTo: wanted, at: position)
            }
            guard got > 0 else { throw damage("\"\(path.printable)\" has become shorter") }
            try write(buffer.span.extracting(0..<got))
            left -= Int64(got)
        }
    }

    private func damage(_ why: String) -> Problem {
        Problem(.badDocument, what, why: why, next: "podman system check")
    }

    /// What a part may have: headers, long names and attributes of one file.
    private static let lineBytes = 16 << 20
}
