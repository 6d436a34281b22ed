import AsyncHTTPClient
import Base
import NIOCore
import NIOHTTP1
import Specs

extension Job {
    /// Fetches a text from the web: no credentials, and no way from https back to http.
    func document() async throws(Problem) {
        let address = request.address ?? ""
        let what = "cannot fetch \"\(address.printable)\""
        guard let start = Location(address) else {
            throw Problem(
                .badValue, what, why: "it is no address of the web",
                next: "write it like https://example.com/web.container")
        }
        let bytes: [UInt8]
        do {
            let response = try await answer(start, what)
            let buffer = try await response.body.collect(upTo: Limits.webDocumentBytes)
            bytes = Array(buffer.readableBytesView)
        } catch let problem as Problem {
            throw problem
        } catch is NIOTooManyBytesError {
            throw Problem(
                .remote, what, why: "it has more than \(Limits.webDocumentBytes) bytes")
        } catch {
            throw Fault(error, host: start.authority).problem(what)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Problem(.badDocument, what, why: "it is not UTF-8 text")
        }
        tell(text)
        report(.done)
    }

    /// Reports a text of any length.
    func tell(_ text: String) {
        let scalars = Array(text.unicodeScalars)
        for start in stride(from: 0, to: scalars.count, by: Job.pieceLength) {
            var piece = String.UnicodeScalarView()
            piece += scalars[start..<min(start + Job.pieceLength, scalars.count)]
            report(.text(String(piece)))
        }
    }

    /// Characters of one message: far below what fits, however they are written.
    private static let pieceLength = 16 << 10

    /// Follows redirects to the answer with the document.
    ///
    /// - Parameter understood: statuses beside 2xx that the caller understands.
    func answer(_ start: Location, _ what: String, understood: Set<UInt> = [])
        async throws -> HTTPClientResponse
    {
        var chain = [start]
        while true {
            let here = chain[chain.count - 1]
            let request = HTTPClientRequest(url: here.text)
            let response = try await web.send(request, to: here, verifies: true)
            let code = response.status.code
            if (200..<300).contains(code) || understood.contains(code) { return response }
            let host = here.authority
            guard [301, 302, 303, 307, 308].contains(response.status.code) else {
                throw Problem(
                    .remote, what,
                    why: "\(host) answered with \(response.status.code)", next: "check the address")
            }
            guard let text = response.headers.first(name: "location"),
                let next = Location(text, relativeTo: here)
            else { throw Problem(.remote, what, why: "\(host) redirects to nowhere") }
            guard next.isSecure || !here.isSecure else {
                throw Problem(.remote, what, why: "\(host) redirects from https to http")
            }
            guard !chain.contains(next), chain.count <= Limits.redirects else {
                throw Problem(.remote, what, why: "\(host) redirects without end")
            }
            chain.append(next)
        }
    }
}
