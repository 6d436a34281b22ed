import Base
import Specs
import Testing

@Suite struct ImageReferenceTests {
    static let digest = "sha256:" + String(repeating: "0a", count: 32)

    @Test(arguments: [
        ("nginx", "nginx", true), ("nginx:1.27", "nginx:1.27", true), ("a/b", "a/b", true),
        ("docker.io/nginx", "docker.io/library/nginx", false),
        ("index.docker.io/nginx", "docker.io/library/nginx", false),
        ("docker://quay.io/a/b:c", "quay.io/a/b:c", false),
        ("localhost/x", "localhost/x", false), ("localhost:5000/x", "localhost:5000/x", false),
        ("[::1]:5000/x:y", "[::1]:5000/x:y", false), ("Reg.Example/x", "reg.example/x", false),
        ("quay.io/a__b/c-d--e/f.g_h:v1.0_x-Y", "quay.io/a__b/c-d--e/f.g_h:v1.0_x-Y", false),
        ("x:t@\(digest)", "x:t@\(digest)", true), ("x@\(digest)", "x@\(digest)", true),
    ])
    func goodNamesAreRead(text: String, whole: String, short: Bool) throws {
        let reference = try ImageReference(text)
        #expect(reference.description == whole)
        #expect(reference.isShort == short)
        #expect(try ImageReference(whole) == reference)
    }

    /// T-NAME-1
    @Test(arguments: [
        "", ":", "/", "a/", "/a", "a//b", "..", "a/..", "../a", "quay.io/../a", "a\\b", "-x", "a-",
        "a___b",
        "a._b", "A", "quay.io/A", "a:", "a:-x", "a:b/c:", "a: b", "a\n", "a:b\n", "a\0", "é",
        "quay.io:0/a",
        "quay.io:99999/a", "quay.io:x/a", "user@quay.io/a", "qu ay.io/a", "quay..io/a", "-a.io/x",
        "[::1/x",
        "a@sha256:0a", "a:" + String(repeating: "t", count: 129),
        String(repeating: "a", count: 300),
        String(repeating: "0a", count: 32), "http://quay.io/a", "a?b", "a#b", "a%2e",
    ])
    func nameThatIsNoNameIsRefused(text: String) {
        #expect(throws: Problem.self) { try ImageReference(text) }
    }

    /// T-DIGEST-2
    @Test(arguments: [
        "", "sha256", "sha256:", "sha256:..", "sha256:../../etc/passwd",
        "md5:" + String(repeating: "0", count: 32),
        "SHA256:" + String(repeating: "0", count: 64),
        "sha256:" + String(repeating: "A", count: 64),
        "sha256:" + String(repeating: "0", count: 63),
        "sha256:" + String(repeating: "0", count: 65),
        "sha256:" + String(repeating: "0", count: 64) + "\n",
        "sha512:" + String(repeating: "0", count: 64),
        "sha256:" + String(repeating: "/", count: 64),
        " sha256:" + String(repeating: "0", count: 64),
    ])
    func digestThatIsNoDigestIsRefused(text: String) {
        #expect(throws: Problem.self) { try Digest(text) }
        #expect(throws: Problem.self) {
            try JSON.string(text).decode(Digest.self, name: "d")
        }
    }

    @Test func shortNamesAreQualified() throws {
        let nginx = try ImageReference("nginx:1")
        #expect("\(nginx.qualified(with: "docker.io"))" == "docker.io/library/nginx:1")
        #expect("\(nginx.qualified(with: "quay.io/team"))" == "quay.io/team/nginx:1")
        #expect(
            "\(try ImageReference("a/b").qualified(with: "docker.io").complete)"
                == "docker.io/a/b:latest")
    }
}
