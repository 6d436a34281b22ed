import CKernel
import Glibc

/// The standard streams of this process.
package enum Console {
    /// One of the two streams a program writes.
    package enum Stream: CInt, Sendable { case output = 1, error = 2 }

    /// Writes all of `text`.
    ///
    /// - Throws: EPIPE where nobody reads any more and the signal of that name is ignored.
    package static func write(_ text: String, to stream: Stream = .output) throws(KernelFault) {
        var text = text
        var failure: KernelFault?
        text.withUTF8 { bytes in
            var start = 0
            while start < bytes.count, failure == nil {
                do throws(KernelFault) {
                    start += try Gate.call("write") {
                        unsafe Glibc.write(
                            stream.rawValue, bytes.baseAddress?.advanced(by: start),
                            bytes.count - start)
                    }
                } catch {
                    failure = error
                }
            }
        }
        if let failure { throw failure }
    }

    /// Returns the value of an environment variable. See getenv(3).
    package static func variable(_ name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }
}
