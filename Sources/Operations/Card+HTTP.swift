package import Base

/// A request of the API as far as a Card cares: no headers, no transport.
package struct Exchange: Equatable, Sendable {
    package var method: Route.Method
    /// The path with every placeholder filled and percent-encoded.
    package var path: String
    /// Decoded names and values, in order; a name may come again.
    package var query: [Pair]
    /// The members of the body, or nil where the route has none.
    package var body: JSON?

    package init(_ method: Route.Method, _ path: String, query: [Pair] = [], body: JSON? = nil) {
        self.method = method
        self.path = path
        self.query = query
        self.body = body
    }

    /// One name and value of a query.
    package struct Pair: Equatable, Sendable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }
}

extension Card {
    /// Returns the HTTP form of a request; the inverse of `request(from:)`.
    ///
    /// Several names stand in the path with commas between them, and `*` where there is none: the
    /// request then chooses by its other fields, such as `all`.
    package func exchange(for request: Request) -> Exchange {
        let route = signature.route
        var path = route.path
        var query: [Exchange.Pair] = []
        var members: [JSON.Member] = []
        let placeholders = route.placeholders
        for field in fields where !field.parameter.isLocal {
            let texts = values(of: field, in: request)
            let name = field.parameter.wire
            if placeholders.contains(name) {
                let segment = texts.isEmpty ? "*" : texts.map(Percent.encode).joined(separator: ",")
                path = path.replacing("{\(name)}", by: segment)
            } else if route.hasBody {
                guard let value = json(texts, of: field.parameter) else { continue }
                members.append(JSON.Member(name, value))
            } else {
                query += texts.map { Exchange.Pair(name, $0) }
            }
        }
        return Exchange(
            route.method, path, query: query, body: route.hasBody ? .object(members) : nil)
    }

    private func json(_ texts: [String], of parameter: Parameter) -> JSON? {
        guard let first = texts.first else { return nil }
        if parameter.isList { return .array(texts.map(JSON.string)) }
        return parameter.kind == .flag ? .boolean(first == "true") : .string(first)
    }

    /// Returns the request that an API client asks for.
    ///
    /// - Throws: `badUsage` for an unknown parameter, `badValue` for a value out of place.
    package func request(from exchange: Exchange) throws(Problem) -> Request {
        var request = blank
        for (name, text) in try placeholders(in: exchange.path) where text != "*" {
            for part in text.split(separator: ",") {
                try read(name, try Percent.decode(String(part)), into: &request)
            }
        }
        for pair in exchange.query { try read(pair.name, pair.value, into: &request) }
        if case .object(let members) = exchange.body {
            for member in members { try read(member, into: &request) }
        }
        adjust(&request)
        try check(request)
        return request
    }

    private func read(_ name: String, _ text: String, into request: inout Request) throws(Problem) {
        let field = fields.first { !$0.parameter.isLocal && $0.parameter.wire == name }
        guard let field else {
            let names = fields.filter { !$0.parameter.isLocal }.map(\.parameter.wire)
            throw Problem(
                .badUsage, "\(signature.command) has no parameter \"\(name.printable)\"",
                next: names.nearest(to: name).map { "did you mean \"\($0)\"?" })
        }
        do throws(Problem) {
            try field.read(&request, text)
        } catch {
            throw error.during("reading the parameter \"\(name)\"")
        }
    }

    private func read(_ member: JSON.Member, into request: inout Request) throws(Problem) {
        switch member.value {
        case .null: return
        case .boolean(let value): try read(member.name, "\(value)", into: &request)
        case .number(let text), .string(let text): try read(member.name, text, into: &request)
        case .array(let elements):
            for element in elements {
                guard let text = element.text else { throw notText(member.name) }
                try read(member.name, text, into: &request)
            }
        case .object: throw notText(member.name)
        }
    }

    private func notText(_ name: String) -> Problem {
        Problem(.badValue, "the parameter \"\(name.printable)\" is no text or list of texts")
    }

    /// Returns what stands in `path` at the places of the route's placeholders, still encoded.
    private func placeholders(in path: String) throws(Problem) -> [(String, String)] {
        let pattern = signature.route.path.split(separator: "/")
        let parts = path.split(separator: "/")
        guard pattern.count == parts.count else {
            throw Problem(.badUsage, "\"\(path.printable)\" is no path of \(signature.command)")
        }
        var found: [(String, String)] = []
        for (pattern, part) in zip(pattern, parts) where pattern != part {
            guard pattern.hasPrefix("{") else {
                throw Problem(.badUsage, "\"\(path.printable)\" is no path of \(signature.command)")
            }
            found.append((String(pattern.dropFirst().dropLast()), String(part)))
        }
        return found
    }
}

/// Percent-encoding of path segments and query parts. See RFC 3986, 2.1.
package enum Percent {
    /// Returns `text` with everything but unreserved characters encoded.
    package static func encode(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var out: [UInt8] = []
        for byte in text.utf8 {
            if byte.isLetterOrDigit || "-._~".utf8.contains(byte) {
                out.append(byte)
            } else {
                out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// - Throws: `badValue` for a `%` that two hexadecimal digits do not follow.
    package static func decode(_ text: String) throws(Problem) -> String {
        var out: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                out.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2, digits.allSatisfy(\.isLetterOrDigit),
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            else { throw Problem(.badValue, "\"\(text.printable)\" is not percent-encoded") }
            out.append(value)
            rest = rest.dropFirst(2)
        }
        return String(decoding: out, as: UTF8.self)
    }
}

extension String {
    /// Returns the text with the first `part` replaced; needs no regular expressions.
    fileprivate func replacing(_ part: String, by other: String) -> String {
        guard let first = part.first else { return self }
        var start = startIndex
        while let found = self[start...].firstIndex(of: first) {
            if self[found...].hasPrefix(part) {
                return self[..<found] + other + self[index(found, offsetBy: part.count)...]
            }
            start = index(after: found)
        }
        return self
    }
}
