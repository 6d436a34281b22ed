import AsyncHTTPClient
import Base
import NIOCore
import NIOHTTP1
import Specs

extension Session {
    /// Reads a whole document, again where it is cut off on the way.
    ///
    /// - Throws: `remote` where it is larger than `limit` (T-BOMB-1) or takes too long (F-43).
    func document(_ call: Call, limit: Int) async throws(Problem) -> (
        bytes: [UInt8], headers: HTTPHeaders
    ) {
        for attempt in 0... {
            let response = try await send(call)
            do {
                let bytes = try await Deadline.within(seconds: web.stallSeconds) {
                    let buffer = try await response.body.collect(upTo: limit)
                    return Array(buffer.readableBytesView)
                }
                return (bytes, response.headers)
            } catch is NIOTooManyBytesError {
                throw Problem(
                    .remote, call.what, why: "it has more than the \(limit) bytes that are allowed")
            } catch {
                let fault = Fault(error, host: host)
                guard attempt < retry.count else { throw fault.problem(call.what) }
                let pause = retry.pause(attempt, retryAfter: nil)
                report(.retrying("\(host): \(fault.why)", seconds: pause))
                try await retry.wait(pause)
            }
        }
        preconditionFailure("the loop above has no end of its own")
    }
}
