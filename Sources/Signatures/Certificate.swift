package import Base
import CCrypto

/// A certificate of X.509, as a person's name and key. See RFC 5280.
package struct Certificate: Sendable {
    package let der: [UInt8]
    /// The key it vouches for.
    package let key: PublicKey
    /// The mail addresses among its alternative names.
    package let emails: [String]
    /// The OpenID issuer that a Fulcio wrote into it.
    package let issuer: String?

    /// Reads the certificates of a text.
    package static func all(pem: [UInt8], name: String) throws(Problem) -> [Certificate] {
        var certificates: [Certificate] = []
        for block in try ArmoredText.blocks(pem, name: name) where block.label == "CERTIFICATE" {
            certificates.append(try Certificate(der: block.bytes, name: name))
        }
        guard !certificates.isEmpty else {
            throw Problem(.badDocument, "\"\(name)\" has no certificate")
        }
        return certificates
    }

    package init(der: [UInt8], name: String) throws(Problem) {
        func refuse(_ why: String) -> Problem {
            Problem(.badDocument, "\"\(name)\" has a certificate that cannot be read", why: why)
        }
        self.der = der
        guard let parsed = unsafe Certificate.parse(der) else { throw refuse("it is malformed") }
        defer { unsafe X509_free(parsed) }
        guard let info = unsafe Certificate.keyInfo(of: parsed) else {
            throw refuse("it has no key")
        }
        key = try PublicKey(der: info, name: name)
        emails = unsafe Certificate.emails(of: parsed)
        let first = try unsafe Certificate.extension("1.3.6.1.4.1.57264.1.1", of: parsed, name)
        let second = try unsafe Certificate.extension("1.3.6.1.4.1.57264.1.8", of: parsed, name)
        let old = try first.map { bytes throws(Problem) in
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw refuse("its issuer is no text")
            }
            return text
        }
        let new = try second.map { bytes throws(Problem) in
            guard let text = Certificate.text(inside: bytes) else {
                throw refuse("its issuer is no UTF8String")
            }
            return text
        }
        if let old, let new, old != new { throw refuse("it names two issuers") }
        issuer = new ?? old
    }

    /// Whether a chain leads from here to one of `roots`, all of it valid at that time.
    ///
    /// - Parameter signsCode: also demands that each may vouch for signers of code.
    package func leads(
        to roots: [Certificate], by others: [Certificate], at seconds: Int64, signsCode: Bool
    ) -> Bool {
        guard let store = unsafe X509_STORE_new() else { return false }
        defer { unsafe X509_STORE_free(store) }
        for root in roots {
            guard let parsed = unsafe Certificate.parse(root.der) else { return false }
            defer { unsafe X509_free(parsed) }
            guard unsafe X509_STORE_add_cert(store, parsed) == 1 else { return false }
        }
        guard let chain = unsafe OPENSSL_sk_new_null() else { return false }
        defer {
            while let one = unsafe OPENSSL_sk_pop(chain) { unsafe X509_free(OpaquePointer(one)) }
            unsafe OPENSSL_sk_free(chain)
        }
        for other in others {
            guard let parsed = unsafe Certificate.parse(other.der) else { return false }
            guard unsafe OPENSSL_sk_push(chain, UnsafeRawPointer(parsed)) > 0 else {
                unsafe X509_free(parsed)
                return false
            }
        }
        guard let leaf = unsafe Certificate.parse(der), let walk = unsafe X509_STORE_CTX_new()
        else { return false }
        defer {
            unsafe X509_STORE_CTX_free(walk)
            unsafe X509_free(leaf)
        }
        guard unsafe X509_STORE_CTX_init(walk, store, leaf, chain) == 1,
            let rules = unsafe X509_STORE_CTX_get0_param(walk)
        else { return false }
        unsafe X509_VERIFY_PARAM_set_time(rules, time_t(seconds))
        // What the policy names is trusted, whether it signed itself or not.
        unsafe X509_VERIFY_PARAM_set_flags(rules, UInt(X509_V_FLAG_PARTIAL_CHAIN))
        guard unsafe X509_verify_cert(walk) == 1 else { return false }
        return unsafe !signsCode || Certificate.allSignCode(walk)
    }

    /// Whether one of its alternative names is that host.
    package func isFor(host: String) -> Bool {
        guard let parsed = unsafe Certificate.parse(der) else { return false }
        defer { unsafe X509_free(parsed) }
        let flags = UInt32(X509_CHECK_FLAG_NEVER_CHECK_SUBJECT)
        return unsafe X509_check_host(parsed, host, host.utf8.count, flags, nil) == 1
    }

    private static func allSignCode(_ walk: OpaquePointer) -> Bool {
        guard let chain = unsafe X509_STORE_CTX_get0_chain(walk) else { return false }
        for index in 0..<(unsafe OPENSSL_sk_num(chain)) {
            guard let one = unsafe OPENSSL_sk_value(chain, index) else { return false }
            // All bits are set where it is for every use.
            let uses = unsafe X509_get_extended_key_usage(OpaquePointer(one))
            guard uses & UInt32(XKU_CODE_SIGN | XKU_ANYEKU) != 0 else { return false }
        }
        return true
    }
}

extension Certificate {
    private static func parse(_ der: [UInt8]) -> OpaquePointer? {
        unsafe der.withUnsafeBufferPointer { bytes in
            var position = bytes.baseAddress
            guard let parsed = unsafe d2i_X509(nil, &position, bytes.count) else { return nil }
            guard unsafe position == bytes.baseAddress?.advanced(by: bytes.count) else {
                unsafe X509_free(parsed)
                return nil
            }
            return unsafe parsed
        }
    }

    private static func keyInfo(of parsed: OpaquePointer) -> [UInt8]? {
        guard let key = unsafe X509_get0_pubkey(parsed) else { return nil }
        var written: UnsafeMutablePointer<UInt8>?
        let count = unsafe i2d_PUBKEY(key, &written)
        guard count > 0, let bytes = unsafe written else { return nil }
        defer { unsafe CRYPTO_free(bytes, nil, 0) }
        // Safety: i2d allocates as many bytes as it returns.
        return unsafe Array(UnsafeBufferPointer(start: bytes, count: Int(count)))
    }

    /// Only the alternative names count: the subject of a certificate is free text.
    private static func emails(of parsed: OpaquePointer) -> [String] {
        guard let names = unsafe X509_get_ext_d2i(parsed, NID_subject_alt_name, nil, nil) else {
            return []
        }
        let list = OpaquePointer(names)
        defer { unsafe GENERAL_NAMES_free(list) }
        var emails: [String] = []
        for index in 0..<(unsafe OPENSSL_sk_num(list)) {
            guard let raw = unsafe OPENSSL_sk_value(list, index) else { continue }
            let name = unsafe raw.assumingMemoryBound(to: GENERAL_NAME.self)
            guard unsafe name.pointee.type == GEN_EMAIL,
                let bytes = unsafe bytes(of: name.pointee.d.rfc822Name),
                let text = String(validating: bytes, as: UTF8.self)
            else { continue }
            emails.append(text)
        }
        return emails
    }

    private static func bytes(of string: UnsafePointer<ASN1_STRING>?) -> [UInt8]? {
        guard let string = unsafe string, let data = unsafe ASN1_STRING_get0_data(string) else {
            return nil
        }
        let count = Int(unsafe ASN1_STRING_length(string))
        return unsafe Array(UnsafeBufferPointer(start: data, count: count))
    }

    /// Returns what an extension holds.
    ///
    /// - Throws: `badDocument` where it is there twice.
    private static func `extension`(_ number: String, of parsed: OpaquePointer, _ name: String)
        throws(Problem) -> [UInt8]?
    {
        guard let kind = unsafe OBJ_txt2obj(number, 1) else { return nil }
        defer { unsafe ASN1_OBJECT_free(kind) }
        let place = unsafe X509_get_ext_by_OBJ(parsed, kind, -1)
        guard place >= 0 else { return nil }
        guard unsafe X509_get_ext_by_OBJ(parsed, kind, place) < 0 else {
            throw Problem(
                .badDocument, "\"\(name)\" has a certificate that cannot be read",
                why: "an extension stands twice in it")
        }
        return unsafe bytes(of: X509_EXTENSION_get_data(X509_get_ext(parsed, place)))
    }

    /// Reads a UTF8String of DER, and nothing after it.
    static func text(inside bytes: [UInt8]) -> String? {
        guard bytes.count >= 2, bytes[0] == 0x0C else { return nil }
        var start = 2
        var count = Int(bytes[1])
        if count >= 0x80 {
            guard count == 0x81 && bytes.count > 2 && bytes[2] >= 0x80
                || count == 0x82 && bytes.count > 3 && bytes[2] > 0
            else { return nil }
            start = 2 + count - 0x80
            count = bytes[2..<start].reduce(0) { $0 << 8 | Int($1) }
        }
        guard bytes.count == start + count else { return nil }
        return String(validating: bytes[start...], as: UTF8.self)
    }
}
