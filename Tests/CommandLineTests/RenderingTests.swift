import Base
import Operations
import Testing

@testable import CommandLine

private let rows = [
    "{\"ID\":\"1\",\"Names\":\"web\",\"RunningFor\":\"2s\"}",
    "{\"ID\":\"22\",\"Names\":\"a-long-name\",\"RunningFor\":\"\"}",
]
.map { try! JSON(parsing: Array($0.utf8), name: "row") }

private func rendered(_ template: String, headings: Bool = true) -> String {
    let table = View.Table(
        rows, template, headings: ["ID": "CONTAINER ID"], showsHeadings: headings)
    do throws(Problem) {
        return try Rendering.text(of: .table(table))
    } catch {
        return "\(error)"
    }
}

@Suite struct RenderingTests {
    @Test func tablesAreAlignedBelowTheirHeadings() {
        #expect(
            rendered("table {{.ID}}\\t{{.Names}}\\t{{.RunningFor}}") == """
                CONTAINER ID  NAMES        RUNNING FOR
                1             web          2s
                22            a-long-name

                """)
        #expect(
            rendered("table {{.ID}}\\t{{.Names}}", headings: false)
                == "1           web\n22          a-long-name\n")
    }

    @Test func headingsFollowTheLastFieldOfAnAction() throws {
        let template = try Template(
            "{{.ID | truncate 2}} {{if .Up}}{{.Size}}{{end}} {{range .Ports}}x{{end}}")
        #expect(template.headings(["ID": "CONTAINER ID"]) == "CONTAINER ID SIZE x")
    }

    @Test func templatesApplyToEachRowOrGoThroughAll() {
        #expect(rendered("{{.ID}}") == "1\n22\n")
        #expect(rendered("{{range .}}{{.ID}},{{end}}") == "1,22,\n")
        #expect(rendered("{{.ID}}\n") == "1\n22\n")
    }
}
