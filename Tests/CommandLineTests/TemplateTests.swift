import Base
import Testing

@testable import CommandLine

private let sample = """
    {"ID":"0123456789abcdef","Names":"web","Count":3,"Ratio":1.5,"Up":true,"Off":false,"Empty":"",
    "List":["a","b","c"],"None":[],"Nothing":null,
    "Labels":{"org.x":"1","b":"2"},"State":{"Status":"running","Pid":42},
    "Ports":[{"Host":80,"Inside":8080},{"Host":443,"Inside":8443}]}
    """

private func made(_ template: String) -> String {
    do throws(Problem) {
        let value = try JSON(parsing: Array(sample.utf8), name: "sample")
        return try Template(template).text(for: value)
    } catch {
        return "\(error)"
    }
}

/// Each template and what Go's text/template makes of it.
private let cases: [(String, String)] = [
    ("plain", "plain"), ("{{.Names}}", "web"), ("{{ .State.Status }}", "running"),
    ("a{{- .Count -}} b", "a3b"), ("a {{- .Count -}} b", "a3b"), ("a {{.Count}} b", "a 3 b"),
    ("{{/* words */}}x", "x"), ("a {{- /* words */ -}} b", "ab"),
    ("{{.Names}}\\t{{.Count}}", "web\t3"),
    ("{{\"\\t\"}}{{`a\\n`}}{{'a'}}", "\ta\\n97"),
    ("{{.List}} {{.Labels}}", "[a b c] map[b:2 org.x:1]"),
    ("{{.Nothing}}|{{.Labels.zzz}}", "<no value>|<no value>"),
    ("{{range .List}}<{{.}}>{{end}}", "<a><b><c>"), ("{{range .None}}x{{else}}none{{end}}", "none"),
    ("{{range $i, $e := .List}}{{$i}}={{$e}} {{end}}", "0=a 1=b 2=c "),
    ("{{range $k, $v := .Labels}}{{$k}}:{{$v}};{{end}}", "b:2;org.x:1;"),
    ("{{range .List}}{{if eq . \"b\"}}{{continue}}{{end}}{{.}}{{end}}", "ac"),
    ("{{range .List}}{{if eq . \"b\"}}{{break}}{{end}}{{.}}{{end}}", "a"),
    ("{{range 3}}{{.}}{{end}}", "012"),
    ("{{range .Ports}}{{.Host}}->{{.Inside}} {{end}}", "80->8080 443->8443 "),
    ("{{if .Up}}up{{else}}down{{end}}", "up"),
    ("{{if .Off}}a{{else if .Empty}}b{{else if .Up}}c{{end}}", "c"),
    ("{{if .None}}a{{end}}", ""), ("{{with .State}}{{.Pid}} {{$.Names}}{{end}}", "42 web"),
    ("{{with .Empty}}a{{else with .State}}{{.Pid}}{{end}}", "42"),
    ("{{with $x := 5}}{{$x}}{{.}}{{end}}", "55"),
    ("{{$x := .Names}}{{$x}}{{$x = \"y\"}}{{$x}}", "weby"), ("{{$s := .State}}{{$s.Pid}}", "42"),
    ("{{json .List}} {{json .State}}", "[\"a\",\"b\",\"c\"] {\"Status\":\"running\",\"Pid\":42}"),
    ("{{.List | json}}", "[\"a\",\"b\",\"c\"]"), ("{{json .Names}}", "\"web\""),
    ("{{join .List \", \"}} {{.List | join \"-\"}}", "a, b, c a-b-c"),
    ("{{upper .Names}} {{lower \"ABC\"}} {{title \"a bc d\"}}", "WEB abc A Bc D"),
    ("{{.Names | upper | lower}}", "web"), ("{{split \"a/b/c\" \"/\" | len}}", "3"),
    ("{{index .List 1}} {{index .Labels \"org.x\"}} {{index .Ports 0 \"Host\"}}", "b 1 80"),
    ("{{slice .ID 0 4}} {{slice .List 1 2}} {{len .ID}}", "0123 [b] 16"),
    ("{{truncate .ID 12}} {{pad \"x\" 1 2}}|", "0123456789ab  x  |"),
    ("{{.Label \"org.x\"}}{{.Label \"no\"}}", "1"),
    ("{{print 1 2 \"a\" \"b\"}} {{println \"a\" 1}}", "1 2ab a 1\n"),
    ("{{printf \"%s-%d-%v\" .Names .Count .List}}", "web-3-[a b c]"),
    (
        "{{printf \"%5d|%-5s|%05d|%+d|%.2f|%q|%x|%t|%%|%c\" 42 \"ab\" 42 42 1.5 \"a\" 255 true 65}}",
        "   42|ab   |00042|+42|1.50|\"a\"|ff|true|%|A"
    ),
    ("{{printf \"%d\"}} {{printf \"%d\" \"a\"}}", "%!d(MISSING) %!d(a)"),
    (
        "{{eq .Count 3}} {{ne .Names \"x\"}} {{lt 1 2}} {{le 2 2}} {{gt \"b\" \"a\"}} {{ge 1.5 1}}",
        "true true true true true true"
    ),
    ("{{eq .Names \"a\" \"web\"}} {{eq 1 1.0}}", "true true"),
    ("{{and .Up .Names}} {{or .Off .Empty \"z\"}} {{not .Up}}", "web z false"),
    ("{{and .Off (index .List 9)}}", "false"), ("{{(index .Ports 1).Host}}", "443"),
    ("{{if and .Up (or .Off (eq .Count 3))}}yes{{end}}", "yes"),
    ("{{.names}} {{.id}}", "web 0123456789abcdef"),
    ("{{0x10}} {{1_000}} {{-3}} {{.5}}", "16 1000 -3 0.5"), ("{{true}}{{nil | json}}", "truenull"),
    ("{{html \"<a&b>\"}} {{urlquery \"a b\"}}", "&lt;a&amp;b&gt; a%20b"),
    ("ä{{\"\\u00e4\"}}", "ää"),
]

/// Templates that are wrong, and how that is said.
private let faults: [(String, String)] = [
    (
        "{{.Nmaes}}",
        "template:1:3: error: the template is wrong: there is no field \".Nmaes\"\n  hint: did you mean \".Names\"?"
    ),
    ("{{", "template:1:1: error: the template is wrong: the \"{{\" is not closed"),
    ("x\n  {{.ID", "template:2:3: error: the template is wrong: the \"{{\" is not closed"),
    ("{{if .Up}}", "template:1:3: error: the template is wrong: this \"if\" has no \"end\""),
    ("{{end}}", "template:1:1: error: the template is wrong: there is nothing to end"),
    (
        "{{jsn .}}",
        "template:1:3: error: the template is wrong: there is no function \"jsn\"\n  hint: did you mean \"json\"?"
    ),
    (
        "{{.State.Stauts}}",
        "template:1:9: error: the template is wrong: there is no field \".Stauts\"\n  hint: did you mean \".Status\"?"
    ),
    (
        "{{index .List 7}}",
        "template:1:3: error: the template is wrong: index: there is no element 7 among 3"
    ),
    ("{{.Names.X}}", "template:1:9: error: the template is wrong: a text has no field \".X\""),
    ("{{$x}}", "template:1:3: error: the template is wrong: there is no variable \"$x\""),
    ("{{\"a}}", "template:1:3: error: the template is wrong: the quote is not closed"),
    (
        "{{range .Names}}{{end}}",
        "template:1:9: error: the template is wrong: a text cannot be gone through"
    ),
    (
        "{{break}}",
        "template:1:3: error: the template is wrong: \"break\" stands outside of a range"
    ),
    ("{{1 2}}", "template:1:3: error: the template is wrong: a value takes no arguments"),
    (
        "{{.ID | 3}}",
        "template:1:9: error: the template is wrong: a value cannot take what the pipe hands it"
    ),
    (
        "{{template \"x\"}}",
        "template:1:3: error: the template is wrong: \"template\" is not built yet"
    ),
    ("{{len}}", "template:1:3: error: the template is wrong: len: it takes 1 arguments and has 0"),
    (
        "{{printf \"%99999d\" 1}}",
        "template:1:3: error: the template is wrong: printf: a width of 99999 is too much"
    ),
]

@Suite struct TemplateTests {
    @Test(arguments: cases) func templatesMakeWhatGoMakes(_ template: String, _ text: String) {
        #expect(made(template) == text)
    }

    @Test(arguments: faults) func faultsAreLocated(_ template: String, _ message: String) {
        #expect(made(template) == message)
    }

    @Test func runawayTemplatesEnd() {
        let nested =
            String(repeating: "{{range 9999}}", count: 20) + String(repeating: "{{end}}", count: 20)
        #expect(
            made(nested).contains("it makes too much text")
                || made(nested).contains("too many steps"))
        let deep = String(repeating: "(", count: 5000)
        #expect(made("{{\(deep)}}").contains("nested too deep"))
        #expect(made(String(repeating: "{{if 1}}", count: 5000)).contains("nested too deep"))
    }

    /// Goal: no template, however broken, ends the program.
    /// Method: pieces of templates and raw bytes in random order; the seed is in the message.
    @Test func randomTemplatesNeverCrash() throws {
        let pieces = [
            "{{", "}}", "{{-", "-}}", " ", ".", ".ID", "$", "$x", ":=", "=", "|", "(", ")", ",",
            "range",
            "if", "else", "end", "with", "\"", "`", "'", "\\", "json", "index", "printf", "%5.2f",
            "\"%*d\"",
            "slice", "1", "-9223372036854775808", "0x", "9e999", ".List", ".Ports", "eq", "and",
            "\n",
            "{{range .List}}", "{{end}}", "{{if .Up}}", "{{else}}", "truncate", "pad", "split",
            "break", "{{/*", "*/}}",
        ]
        let value = try JSON(parsing: Array(sample.utf8), name: "sample")
        var seed: UInt64 = 0x5EED
        func next(_ bound: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33) % bound
        }
        for _ in 0..<4000 {
            var bytes: [UInt8] = []
            for _ in 0..<next(24) {
                if next(8) == 0 {
                    bytes.append(UInt8(next(256)))
                } else {
                    bytes += pieces[next(pieces.count)].utf8
                }
            }
            let text = String(decoding: bytes, as: UTF8.self)
            _ = try? Template(text).text(for: value)
            _ = try? Template(text).headings([:])
        }
    }
}
