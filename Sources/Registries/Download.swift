import AsyncHTTPClient
import Base
import Kernel
import NIOCore
import NIOHTTP1
import Specs

extension Session {
    /// Fetches a blob into the directory, going on where an earlier attempt ended.
    ///
    /// The digest decides in the end. What was there before and does not fit is thrown away once,
    /// and the blob fetched anew; bytes that are wrong from the start are not asked for again.
    func fetch(_ blob: ContentDescriptor, into directory: BlobDirectory) async throws(Problem) {
        if try directory.has(blob) {
            report(.blobSkipped(blob.digest))
            return
        }
        guard let part = try await begin(blob, in: directory) else {
            report(.blobSkipped(blob.digest))
            return
        }
        report(.blobStarted(blob.digest, size: blob.size))
        var failures = 0
        var reached = part.count
        while true {
            do {
                if part.count < blob.size || blob.size == 0 { try await transfer(blob, to: part) }
                let wasResumed = part.isResumed
                do {
                    try part.finish()
                } catch {
                    guard wasResumed else { throw error }
                    try await fetchAnew(blob, in: directory)
                }
                report(.blobFinished(blob.digest))
                return
            } catch let fault as Fault {
                // What moves on may take many attempts; what does not, only the usual number.
                failures = part.count > reached + 1 << 20 ? 1 : failures + 1
                reached = part.count
                guard fault.isPassing, failures <= retry.count else {
                    throw fault.problem("cannot fetch the blob \(blob.digest.short) from \(host)")
                }
                part.pause()
                let pause = retry.pause(failures - 1, retryAfter: nil)
                report(.retrying("\(host): \(fault.why)", seconds: pause))
                try await retry.wait(pause)
            } catch let problem as Problem {
                if problem.code == .notVerified { part.discard() }
                throw problem
            } catch {
                throw Problem(
                    .remote, "cannot fetch the blob \(blob.digest.short)", why: "\(error)")
            }
        }
    }

    /// Fetches a blob once more from its first byte, as what an earlier attempt left was wrong.
    private func fetchAnew(_ blob: ContentDescriptor, in directory: BlobDirectory) async throws {
        guard let part = try await begin(blob, in: directory) else { return }
        do {
            try await transfer(blob, to: part)
            try part.finish()
        } catch let problem as Problem {
            part.discard()
            throw problem
        }
    }

    /// Opens the file for a blob; waits while another pull fetches it, and shares what that brings.
    ///
    /// - Returns: nil where the other pull has brought the blob.
    private func begin(_ blob: ContentDescriptor, in directory: BlobDirectory)
        async throws(Problem) -> PartialBlob?
    {
        var reached = directory.progress(of: blob)
        var since = Clock.monotonic()
        while true {
            if let part = try directory.begin(blob) { return part }
            // The kernel has no way to wait for a lock and for a time-out both, so it is asked again.
            try await retry.wait(0.1)
            if try directory.has(blob) { return nil }
            let now = directory.progress(of: blob)
            if now != reached { (reached, since) = (now, Clock.monotonic()) }
            guard Clock.monotonic() - since < Int64(web.stallSeconds) * 2_000_000_000 else {
                throw Problem(
                    .timedOut, "cannot fetch the blob \(blob.digest.short)",
                    why: "another pull fetches it and stands still",
                    next: "end that pull, then try again")
            }
        }
    }

    /// One request for what is missing of a blob, and its answer's bytes into the file.
    private func transfer(_ blob: ContentDescriptor, to part: PartialBlob) async throws {
        var call = Call(
            "/v2/\(reference.path)/blobs/\(blob.digest)",
            what: "cannot fetch the blob \(blob.digest.short) from \(host)")
        call.headers.add(name: "accept-encoding", value: "identity")
        if part.count > 0 {
            call.headers.add(name: "range", value: "bytes=\(part.count)-")
            call.understood = [416]
        }
        let response = try await send(call)
        if response.status.code == 206 {
            guard let range = response.headers.first(name: "content-range"),
                let start = Session.rangeStart(range, size: blob.size), start == part.count
            else {
                // Not the bytes that were asked for: nothing of them is used (F-46).
                try part.restart()
                throw Fault(Misfit(), host: host)
            }
        } else if part.count > 0 {
            try part.restart()
            if response.status.code == 416 { throw Fault(Misfit(), host: host) }
        }
        if let text = response.headers.first(name: "content-length"), let length = Int64(text),
            length != blob.size - part.count
        {
            throw part.wrong("\(part.count + length) bytes were announced instead of \(blob.size)")
        }
        try await receive(response, blob, part)
    }

    private func receive(
        _ response: HTTPClientResponse, _ blob: ContentDescriptor, _ part: PartialBlob
    ) async throws {
        var told = Clock.monotonic()
        var window = (start: told, count: part.count)
        do {
            for try await buffer in response.body {
                try part.append(buffer)
                let now = Clock.monotonic()
                if now - told > 100_000_000 {
                    told = now
                    report(.blobProgress(blob.digest, bytes: part.count))
                }
                let span = Int64(web.stallSeconds) * 1_000_000_000
                if now - window.start > span {
                    let moved = part.count - window.count
                    if moved < Int64(web.stallSeconds) * Session.slowestBytesPerSecond {
                        throw Slowness(bytes: Int(moved), seconds: web.stallSeconds)
                    }
                    window = (now, part.count)
                }
            }
        } catch let problem as Problem {
            throw problem
        } catch {
            throw Fault(error, host: host)
        }
        guard part.count == blob.size else { throw Fault(Cut(), host: host) }
    }

    /// Below this a transfer counts as standing still.
    private static let slowestBytesPerSecond: Int64 = 256

    /// `bytes 5-9/10`: where the bytes begin, if they are of a whole of that size.
    static func rangeStart(_ text: String, size: Int64) -> Int64? {
        let parts = text.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bytes" else { return nil }
        let sides = parts[1].split(separator: "/", omittingEmptySubsequences: false)
        guard sides.count == 2, sides[1] == "*" || Int64(sides[1]) == size else { return nil }
        let ends = sides[0].split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let start = Int64(ends[0]), let end = Int64(ends[1]),
            start >= 0, end < size, start <= end
        else { return nil }
        return start
    }
}

/// Another part of a blob than the one that was asked for.
struct Misfit: Error, CustomStringConvertible {
    var description: String { "it sent another part of the blob than it was asked for" }
}

/// An end before all was there.
struct Cut: Error, CustomStringConvertible {
    var description: String { "it ended the transfer too early" }
}
