import Testing

/// CONTRIBUTING.md, "Words and files".
@Suite struct SizeTests {
    static let files = SourceTree.sources + SourceTree.tests

    @Test func filesAreShort() {
        let long = Self.files.filter { $0.lines.count > 501 }
        #expect(long.map { "\($0): \($0.lines.count - 1) lines" }.isEmpty)
    }

    @Test func functionsTakeFewParameters() {
        let many = SourceTree.sources.flatMap { file in
            file.functions.filter { $0.name != "init" && $0.parameterCount > 5 }.map {
                "\(file):\($0.line): \($0.name) takes \($0.parameterCount)"
            }
        }
        #expect(many.isEmpty)
    }
}
