import Base
import Specs
import Testing

@Suite struct ImageLocationTests {
    @Test(arguments: [
        "docker://quay.io/a/b:1", "oci:dir", "oci:/a/dir:1.2", "oci-archive:a.tar:name",
        "docker-archive:a.tar:docker.io/library/a:1", "dir:/x/y:z", "martlet-storage:a:1",
        "containers-storage:[/var/lib/x]a:1", "containers-storage:a",
    ])
    func locationSurvivesItsWords(text: String) throws {
        #expect(try ImageLocation(text).description == text)
    }

    @Test func plainNameIsOneInARegistry() throws {
        #expect(try ImageLocation(orName: "a/b:1") == .registry(ImageReference("a/b:1")))
        #expect(try ImageLocation(orName: "docker:1") == .registry(ImageReference("docker:1")))
        #expect(try ImageLocation(orName: "oci:a:b") == .layout(path: "a", name: "b"))
    }

    @Test func podmansWordsForItsStoreAreRead() throws {
        let words = "containers-storage:[overlay@/a/b+/run/c:opt=1]localhost/x:1"
        #expect(try ImageLocation(words) == .podmanStore(root: "/a/b", name: "localhost/x:1"))
    }

    /// T-NAME-1, T-DIGEST-5
    @Test(arguments: [
        ("nothing", "it names no transport"), ("docker:a", "\"//\" is missing"),
        ("oci:", "it names no file"), ("oci:a:", "the name after the file is malformed"),
        ("oci:a:b\nc", "the name after the file is malformed"), ("dir:", "it names no directory"),
        ("martlet-storage:", "it names no image"), ("ftp://x", "\"ftp\" is no transport"),
        ("containers-storage:[relative]a", "its store is no path"),
        ("docker-archive:a:B!", "its repository has upper-case letters"),
    ])
    func nonsenseIsRefused(text: String, why: String) throws {
        let problem = #expect(throws: Problem.self) { try ImageLocation(text) }
        #expect(problem?.why?.contains(why) == true, "\(problem?.why ?? "")")
    }

    @Test func transportsThatAreNotBuiltSaySo() throws {
        let problem = #expect(throws: Problem.self) { try ImageLocation("docker-daemon:a:1") }
        #expect(problem?.code == .notBuilt)
        #expect(problem?.what == "the transport \"docker-daemon\" is not built")
    }
}
