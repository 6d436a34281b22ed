import Base
import Testing

import Quadlet

struct VerbTests {
    @Test func aQuadletsFileIsTakenApart() throws {
        let text = """
            # FileName=web
            [Container]
            Image=localhost/i
            ---
            # FileName=data
            [Volume]

            """
        let files = try Bundle.split(Array(text.utf8), name: "app.quadlets")
        #expect(files.map(\.name) == ["web.container", "data.volume"])
        #expect(String(decoding: files[0].bytes, as: UTF8.self).hasSuffix("Image=localhost/i\n"))
    }

    @Test(
        arguments: [
            (
                "[Container]\n",
                "app:1:1: error: this part has no name\n  hint: add a comment \"# FileName=NAME\""
            ),
            (
                "# FileName=a/b\n[Volume]\n",
                "app:1:1: error: this part has no name\n  hint: add a comment \"# FileName=NAME\""
            ),
            (
                "# FileName=a\n[Volume]\n---\n# FileName=b\n",
                "app:4:1: error: this part is no unit file: it has no section such as [Container]"
            ),
        ])
    func aPartThatIsIncompleteIsRefused(_ text: String, _ complaint: String) {
        let problem = #expect(throws: Problem.self) {
            try Bundle.split(Array(text.utf8), name: "app")
        }
        #expect(problem?.description == complaint)
    }

    @Test(
        arguments: [
            ("https://example.com/a/web.container", "web.container"),
            ("https://example.com/app.quadlets?x=/y#z", "app.quadlets"),
            ("https://example.com/", ""), ("https://example.com", ""),
        ])
    func aFileOfTheWebIsCalledAsItsPathEnds(_ address: String, _ name: String) {
        #expect(Bundle.webName(address) == name)
    }

    @Test(arguments: ["", ".", "..", "a/b", "-x", "x.container", "x.d", "a\nb"])
    func anApplicationsNameIsOneDirectory(_ name: String) {
        #expect(throws: Problem.self) { try Bundle.checkApplication(name) }
    }

    @Test func theGraphDrawsAFileOnceThoughItCameTwice() {
        let graph = Graph(Bench([("v.volume", "[Volume]\n"), ("v.volume", "[Volume]\n")]).plan)
        #expect(graph.lines == ["v.volume"])
        #expect(graph.svg.filter { $0.contains("<rect") }.count == 1)
    }

    @Test func theGraphMarksBrokenEdges() {
        let graph = Graph(
            Bench([
                (
                    "a.container",
                    "[Container]\nImage=localhost/i\nVolume=v.volume:/v\nNetwork=no.network\n"
                ),
                ("v.volume", "[Volume]\n"),
            ]).plan)
        #expect(
            graph.lines == [
                "a.container  ✗ has an error", "  network: no.network (line 4)  ✗ is missing",
                "  volume: v.volume (line 3)", "v.volume", "no.network",
            ])
        #expect(
            graph.dot.contains(
                "  \"a.container\" -> \"no.network\" [label=\"network\", color=red, style=dashed];")
        )
        #expect(graph.svg.first?.hasPrefix("<svg ") == true && graph.svg.last == "</svg>")
    }

    @Test func flagsOfTheGeneratorAreGoFlags() throws {
        let options = try Generator.read(
            ["--user", "-no-kmsg-log=true", "-v=0", "a", "b"], isUser: false)
        #expect(options.isUser && options.logsToStandardError && !options.isVerbose)
        #expect(options.directories == ["a", "b"])
        let problem = #expect(throws: Problem.self) { try Generator.read(["-x"], isUser: false) }
        #expect(
            problem?.description == """
                error: unknown flag "-x"
                  hint: use -user, -dryrun, -v, -no-kmsg-log, -version
                """)
    }
}
