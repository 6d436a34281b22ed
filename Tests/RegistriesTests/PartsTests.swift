import Base
import Registries
import Specs
import Testing

/// The parts that need no registry.
@Suite struct PartsTests {
    @Test func challengesAreRead() {
        let headers = [
            #"Bearer realm="https://a.example/token?x=1,2",service="a \"b\"", scope=repository:x:pull"#,
            "Basic realm=\"x\", Negotiate",
        ]
        #expect(
            Challenge.parse(headers).map(\.scheme) == ["bearer", "basic", "negotiate"])
        let first = Challenge.parse(headers)[0].parameters
        #expect(first["realm"] == "https://a.example/token?x=1,2")
        #expect(first["service"] == "a \"b\"")
        #expect(first["scope"] == "repository:x:pull")
    }

    /// Bytes of all kinds: the reader ends, and gives nothing that is not there.
    @Test func challengeReaderSurvivesAnything() {
        var generator = SystemRandomNumberGenerator()
        let seed = UInt64.random(in: 0...UInt64.max, using: &generator)
        var state = seed
        let pieces = [
            "Bearer", "Basic", "realm", "=", "\"", ",", " ", "\\", "a", "\u{0}", "é", "\t", "==",
        ]
        for _ in 0..<20_000 {
            var text = ""
            for _ in 0..<12 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                text += pieces[Int((state >> 33) % UInt64(pieces.count))]
            }
            let found = Challenge.parse([text])
            #expect(found.count <= 12, "seed \(seed): \(text)")
        }
        #expect(Challenge.parse([String(repeating: "a=b,", count: 100_000)]).count <= 1)
        #expect(
            Challenge.parse(["Bearer realm=\"" + String(repeating: "\\", count: 100_000)]).count
                == 1)
    }

    /// F-44
    @Test func retryAfterIsBounded() {
        let now: Int64 = 1_445_412_480 * 1_000_000_000  // Wed, 21 Oct 2015 07:28:00 GMT
        #expect(Retry.seconds("120", now: now) == 120)
        #expect(Retry.seconds("Wed, 21 Oct 2015 07:28:30 GMT", now: now) == 30)
        #expect(Retry.seconds("Wed, 21 Oct 2015 07:27:00 GMT", now: now) == nil)
        for text in ["-5", "", "soon", "1.5", "Wed, 99 Oct 2015 07:28:30 GMT", "٣"] {
            #expect(Retry.seconds(text, now: now) == nil)
        }
        #expect(Retry().pause(0, retryAfter: "99999999999999999999") == 60)
        #expect(Retry().pause(100, retryAfter: nil) <= 60)
    }

    @Test func addressesAreRead() throws {
        let base = try #require(Location("https://a.example/v2/x"))
        #expect(Location("/y?z=1", relativeTo: base)?.text == "https://a.example/y?z=1")
        #expect(Location("https://[::1]:5000/a")?.isNear == true)
        #expect(Location("https://169.254.169.254/a")?.isNear == true)
        for text in [
            "file:///x", "ftp://x/", "https://u@x/", "https:///x", "//u:p@x/", "https://x\n/",
            "http://",
        ] {
            #expect(Location(text, relativeTo: base) == nil, "\(text)")
        }
    }

    @Test func proxiesFollowTheVariables() throws {
        let proxies = try Proxies(environment: [
            "HTTPS_PROXY": "http://me:p%40ss@proxy.example:3128",
            "NO_PROXY": "quay.io,.inner.example,10.0.0.1:5000",
        ])
        let proxy = proxies.proxy(forHost: "docker.io", port: 443, secure: true)
        #expect(proxy?.host == "proxy.example" && proxy?.port == 3128 && proxy?.password == "p@ss")
        for (host, port) in [
            ("quay.io", 443), ("a.quay.io", 443), ("x.inner.example", 443), ("10.0.0.1", 5000),
            ("localhost", 443),
        ] {
            #expect(proxies.proxy(forHost: host, port: port, secure: true) == nil, "\(host)")
        }
        #expect(proxies.proxy(forHost: "docker.io", port: 80, secure: false) == nil)
        #expect {
            try Proxies(environment: ["HTTPS_PROXY": "socks5://me:hunter2@x"])
        } throws: {
            !"\($0)".contains("hunter2")
        }
    }
}
