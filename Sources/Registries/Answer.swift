import AsyncHTTPClient
import Base
import NIOCore
import NIOHTTP1
import Specs

/// What a registry's answers say when they do not bring what was asked for.
enum Answer {
    /// Reads as much of an error as is worth showing, and names the next step.
    static func problem(_ response: HTTPClientResponse, call: Session.Call, host: String)
        async -> Problem
    {
        let code = response.status.code
        var why = "\(host) answered with \(code)"
        let phrase = response.status.reasonPhrase
        if !phrase.isEmpty { why += " \(String(phrase.prefix(60)).printable)" }
        // An error whose text cannot be read is told by its status alone.
        let body = try? await Deadline.within(seconds: 10) {
            let buffer = try await response.body.collect(upTo: Limits.answerBytes)
            return Array(buffer.readableBytesView)
        }
        if let message = body.flatMap(message) { why += ": \(message)" }
        switch code {
        case 401, 403:
            return Problem(
                .noPermission, call.what, why: why,
                next: "check the name, or log in with \"martlet login \(host)\"")
        case 404: return Problem(.noSuchImage, call.what, why: why, next: "check name and tag")
        case 429:
            return Problem(
                .remote, call.what, why: why,
                next: "wait a while; many registries allow more to users who are logged in")
        default: return Problem(.remote, call.what, why: why)
        }
    }

    /// Returns the words of an error document: `{"errors": [{"code", "message"}]}`, else nothing.
    static func message(_ body: [UInt8]) -> String? {
        guard let json = try? JSON(parsing: body, name: "error", limit: Limits.answerBytes) else {
            return nil
        }
        let words = (json["errors"]?.elements ?? []).prefix(3).compactMap {
            $0["message"]?.text ?? $0["code"]?.text
        }
        let text =
            words.isEmpty
            ? json["message"]?.text ?? json["details"]?.text : words.joined(separator: "; ")
        guard let text, !text.isEmpty else { return nil }
        return String(text.prefix(300)).printable
    }
}

/// A bound on the time of something that would otherwise wait for ever.
enum Deadline {
    /// Runs `work` and gives it up after so many seconds.
    ///
    /// - Throws: what `work` throws, or `timedOut`.
    static func within<Value: Sendable>(
        seconds: Int, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await work() }
            group.addTask {
                try await Task.sleep(nanoseconds: UInt64(seconds) * 1_000_000_000)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let value = first else {
                throw HTTPClientError.readTimeout
            }
            return value
        }
    }
}
