import Base
import Quadlet
import Testing
import UnitFiles

struct VariableTests {
    private func load(_ scratch: Scratch, home: String? = nil) -> Library {
        var environment = ["QUADLET_UNIT_DIRS": "\(scratch.path)/units"]
        environment["XDG_CONFIG_HOME"] = "\(scratch.path)/config"
        return Loader.load(
            SearchPath(SearchPath.Circumstances(isUser: true, uid: 1001, environment: environment)))
    }

    private static let unit = """
        [Container]
        Image=localhost/i
        PublishPort=${PORT}:${INNER:-80}
        Label=a=${NOBODY} b=$${PORT} "c=${WORDS}"
        """

    @Test func withoutAFileOfVariablesNothingIsReplaced() {
        let scratch = Scratch()
        scratch.write("units/x.container", VariableTests.unit)
        scratch.write("config/environment.d/a.conf", "PORT=1\n")
        let unit = load(scratch).units[0]
        #expect(unit.file.last("Container", "PublishPort")?.value == "${PORT}:${INNER:-80}")
        #expect(unit.variables == [])
    }

    @Test func variablesAreReplacedAndRecorded() {
        let scratch = Scratch()
        scratch.write("units/x.container", VariableTests.unit)
        scratch.write("units/sub/y.container", VariableTests.unit)
        scratch.write("units/martlet.env", "# own\nPORT=8080\nWORDS='two words'\n")
        scratch.write("config/environment.d/a.conf", "PORT=1\nUNUSED=x\n")
        let library = load(scratch)
        let unit = library.units[0]
        #expect(unit.file.last("Container", "PublishPort")?.value == "8080:80")
        #expect(
            unit.file.last("Container", "Label")?.value == "a=${NOBODY} b=$${PORT} \"c=two words\"")
        #expect(unit.variables.map(\.name) == ["PORT", "WORDS"])
        let plan = Plan(library, Plan.Settings(engine: "/m", isUser: true) { _ in false })
        let text = plan.services.first?.text.text ?? ""
        #expect(text.hasPrefix("# PORT=8080 from \(scratch.path)/units/martlet.env:2\n"))
        // The file stands beside those it is for, not above them.
        #expect(library.units[1].variables == [])
    }

    @Test func aVariableThatIsNeededIsAskedFor() {
        let scratch = Scratch()
        scratch.write("units/x.container", "[Container]\nImage=${IMAGE:?name an image}\n")
        scratch.write("units/martlet.env", "nonsense\n")
        let plan = Plan(load(scratch), Plan.Settings(engine: "/m", isUser: true) { _ in false })
        #expect(
            plan.findings.map { $0.description.dropFirst(scratch.path.count) } == [
                """
                /units/martlet.env:1:1: error: "nonsense" sets no variable
                  hint: write it as NAME=VALUE
                """,
                """
                /units/x.container:2:7: error: the variable "IMAGE" is needed: name an image
                  hint: set it in martlet.env beside the file
                """,
            ])
        #expect(plan.services.map(\.isExplanation) == [true])
    }
}
