import Base
import Glibc

/// A file's name or path as the very bytes the kernel keeps, which need not be UTF-8.
///
/// Names out of images are never turned into a String on their way to the kernel: the repair of
/// invalid UTF-8 would make two names one.
package struct FileName: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The bytes with the zero that ends them.
    private let terminated: [UInt8]

    /// Takes `bytes` as they are.
    ///
    /// - Returns: nil where a zero byte is among them.
    package init?(_ bytes: some Collection<UInt8>) {
        guard !bytes.contains(0) else { return nil }
        var terminated = [UInt8]()
        terminated.reserveCapacity(bytes.count + 1)
        terminated += bytes
        terminated.append(0)
        self.terminated = terminated
    }

    package init(stringLiteral text: StaticString) {
        terminated = Array("\(text)".utf8) + [0]
    }

    /// Takes a text of our own making; nothing from a zero byte on.
    package init(_ text: String) {
        terminated = Array(text.utf8.prefix { $0 != 0 }) + [0]
    }

    /// Takes a copy of what a C library hands over, which ends with a zero.
    package init(copying text: UnsafePointer<CChar>) {
        let count = unsafe strlen(text) + 1
        terminated = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, length in
            unsafe memcpy(buffer.baseAddress!, text, count)
            length = count
        }
    }

    /// How many bytes the name has.
    package var count: Int { terminated.count - 1 }

    /// The bytes without the zero that ends them.
    package var bytes: ArraySlice<UInt8> { terminated.dropLast() }

    /// The name for people, with what is no text made visible.
    package var description: String { text.printable }

    /// The name as text, with what is no UTF-8 replaced.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Lends the terminated bytes to a C library.
    package func lending<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        unsafe pointing(body)
    }

    /// Lends the terminated bytes to a system call.
    func pointing<Result>(_ call: (UnsafePointer<CChar>) -> Result) -> Result {
        unsafe terminated.withUnsafeBytes { buffer in
            // Safety: the array is never empty, so it has an address, and it ends with a zero.
            unsafe call(buffer.assumingMemoryBound(to: CChar.self).baseAddress!)
        }
    }
}
