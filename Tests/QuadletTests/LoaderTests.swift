import Foundation
import Kernel
import Testing

import Quadlet

struct LoaderTests {
    private func load(_ roots: String...) -> Library {
        Loader.load(
            SearchPath(
                SearchPath.Circumstances(
                    isUser: true, uid: 1001,
                    environment: ["QUADLET_UNIT_DIRS": roots.joined(separator: ":")])))
    }

    @Test func theFirstFileOfANameCounts() {
        let scratch = Scratch()
        scratch.write("a/x.container", "[Container]\nImage=a\n")
        scratch.write("b/x.container", "[Container]\nImage=b\n")
        scratch.write("b/.hidden/y.volume", "[Volume]\n")
        scratch.write("b/sub.d/z.volume", "[Volume]\n")
        scratch.write("b/readme.txt", "")
        let library = load("\(scratch.path)/a", "\(scratch.path)/b", "\(scratch.path)/missing")
        #expect(
            library.units.map(\.path) == [
                "\(scratch.path)/a/x.container", "\(scratch.path)/b/.hidden/y.volume",
            ])
        #expect(library.findings.isEmpty)
    }

    @Test func linksAreFollowedOnce() {
        let scratch = Scratch()
        scratch.write("real/x.container", "[Container]\n")
        scratch.link("top/one", to: "\(scratch.path)/real")
        scratch.link("top/two", to: "\(scratch.path)/real")
        scratch.link("real/loop", to: "..")
        scratch.link("top/renamed.volume", to: "\(scratch.path)/elsewhere")
        scratch.write("elsewhere", "[Volume]\n")
        scratch.link("top/gone.volume", to: "nowhere")
        scratch.link("top/masked.volume", to: "/dev/null")
        let library = load("\(scratch.path)/top")
        let names = library.units.map(\.name.file)
        #expect(names == ["gone.volume", "masked.volume", "renamed.volume", "x.container"])
        #expect(library.units.first { $0.name.file == "masked.volume" }?.isMasked == true)
        // The directory of a unit is the one it was found in, without links.
        #expect(library.units.last?.directory == "\(scratch.path)/real")
        #expect(
            library.units[0].findings.map(\.problem.why) == ["it is a link to nothing"])
    }

    /// T-UNIT-3: files that are no files are one complaint each, and the others are read.
    @Test(.timeLimit(.minutes(1))) func oddFilesAreRefusedOneByOne() throws {
        let scratch = Scratch()
        scratch.write("good.container", "[Container]\nImage=localhost/i\n")
        let directory = try Files.open(scratch.path, [.read, .directory])
        try Files.makeFIFO(at: directory, "pipe.container", permissions: 0o600)
        _ = try Sockets.listen(at: directory, "socket.container")
        try Files.makeDirectory(at: directory, "dir.container")
        scratch.link("self.container", to: "self.container")
        scratch.write("huge.container", "")
        try FileHandle(forWritingTo: URL(fileURLWithPath: "\(scratch.path)/huge.container"))
            .truncate(atOffset: 1 << 30)
        scratch.write("text.container", "garbage\n")
        let library = load(scratch.path)
        let plan = Plan(library, Plan.Settings(engine: "/m", isUser: true) { _ in false })
        #expect(plan.services.filter { !$0.isExplanation }.map(\.name) == ["good.service"])
        #expect(plan.services.filter(\.isExplanation).count == 6)
        let reasons = library.units.compactMap { $0.findings.first?.problem.why }.sorted()
        #expect(reasons.contains("it has more than 1048576 bytes"))
        #expect(reasons.contains("it is a directory"))
        #expect(reasons.filter { $0 == "it is no regular file" }.count == 2)
        #expect(plan.hasErrors)
    }

    @Test func manyFilesAreReadInTime() {
        let scratch = Scratch()
        for number in 0..<2000 {
            scratch.write("v\(number).volume", "[Volume]\nLabel=n=\(number)\n")
        }
        #expect(load(scratch.path).units.count == 2000)
    }

    @Test func dropInsHideAndOverrideEachOther() {
        let scratch = Scratch()
        scratch.write("u/foo-bar.container", "[Container]\nImage=a\nLabel=own=1\n")
        scratch.write("u/foo-bar.container.d/10.conf", "[Container]\nLabel=specific=1\n")
        scratch.write("u/foo-.container.d/10.conf", "[Container]\nLabel=hidden=1\n")
        scratch.write("u/foo-.container.d/05.conf", "[Container]\nImage=b\n")
        scratch.write("v/deep/container.d/20.conf", "[Container]\nImage=c\n")
        scratch.write("v/container.d/notes.txt", "garbage")
        let library = load("\(scratch.path)/u", "\(scratch.path)/v")
        let unit = library.units[0]
        #expect(
            unit.dropIns.map { $0.dropFirst(scratch.path.count) } == [
                "/u/foo-.container.d/05.conf", "/u/foo-bar.container.d/10.conf",
                "/v/deep/container.d/20.conf",
            ])
        #expect(unit.file.last("Container", "Image")?.value == "c")
        #expect(
            unit.file.values("Container", "Label").map(\.value) == ["own=1", "specific=1"])
    }

    @Test(
        arguments: [
            (
                "a-b-c.container",
                ["a-b-c.container.d", "a-b-.container.d", "a-.container.d", "container.d"]
            ),
            ("x.volume", ["x.volume.d", "volume.d"]),
            ("x@i.volume", ["x@i.volume.d", "x@.volume.d", "volume.d"]),
            ("a-@.pod", ["a-@.pod.d", "a-@.pod.d", "a-.pod.d", "pod.d"]),
        ])
    func placesOfDropIns(_ file: String, _ directories: [String]) {
        #expect(UnitName(file).map(Loader.dropInDirectories) == directories)
    }

    /// A drop-in that cannot be read is reported once, and takes no unit with it.
    @Test func aBrokenDropInIsLeftOut() {
        let scratch = Scratch()
        scratch.write("a.container", "[Container]\nImage=localhost/i\n")
        scratch.write("b.container", "[Container]\nImage=localhost/i\n")
        scratch.write("container.d/10.conf", "garbage\n")
        let library = load(scratch.path)
        let plan = Plan(library, Plan.Settings(engine: "/m", isUser: true) { _ in false })
        #expect(plan.services.allSatisfy { !$0.isExplanation })
        #expect(plan.findings.count == 1 && plan.hasErrors)
        #expect(plan.findings.first?.problem.place?.file == "\(scratch.path)/container.d/10.conf")
    }

    /// The incumbent drops all unit files of the directory.
    @Test func oneUnreadableFileTakesNoOtherWithIt() {
        let scratch = Scratch()
        scratch.write("bad.container", "garbage\n")
        scratch.write("good.container", "[Container]\nImage=localhost/i\n")
        let plan = Plan(
            load(scratch.path), Plan.Settings(engine: "/m", isUser: true) { _ in false })
        #expect(plan.services.map(\.isExplanation) == [true, false])
    }

    /// The directories of other users, and those of users for the system, are nobody else's.
    @Test func foreignDirectoriesAreLeftOut() {
        let names = ["1000", "users", "users-x", "12a"]
        #expect(names.filter { Loader.isLeftOut($0, .numbers) } == ["1000"])
        #expect(names.filter { Loader.isLeftOut($0, .users) } == ["users"])
        #expect(names.filter { Loader.isLeftOut($0, .nothing) } == [])
    }

    /// A path with a line feed would be two lines of the unit; one that is not UTF-8 has no name.
    @Test func oddPathsAreRefusedAndNamed() throws {
        let scratch = Scratch()
        scratch.write("a\nRestart=no/x.container", "[Container]\nImage=localhost/i\n")
        scratch.write("good.container", "[Container]\nImage=localhost/i\n")
        // Found by the fuzzer: a name of its own saves no file whose name is two lines.
        scratch.write("c\nd.container", "[Container]\nImage=localhost/i\nServiceName=named\n")
        // What a name that is not UTF-8 is read as.
        scratch.write("b\u{FFFD}.container", "[Container]\nImage=localhost/i\n")
        let settings = Plan.Settings(engine: "/usr/bin/martlet", isUser: true) { _ in false }
        let plan = Plan(load(scratch.path), settings)
        let broken = try #require(plan.services.first { $0.name == "x.service" })
        #expect(broken.isExplanation)
        #expect(!broken.text.text.contains("\nRestart=no"))
        let named = try #require(plan.services.first { $0.name == "named.service" })
        #expect(named.isExplanation && !named.text.text.contains("\nd.container"))
        #expect(broken.text.text.contains("control"))
        #expect(plan.services.first { $0.name == "good.service" }?.isExplanation == false)
        #expect(plan.findings.contains { $0.problem.what.hasSuffix("is not UTF-8") })
        #expect(plan.findings.allSatisfy { !$0.description.contains("\nRestart") })
    }
}
