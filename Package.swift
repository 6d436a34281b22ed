// swift-tools-version: 6.2
import PackageDescription

// The house, floor by floor; docs/architecture.md says what each room is for.
// A room may import only rooms of lower floors: Tests/TidyTests holds it to that.

/// MARTLET_LIGHT=1 leaves out the rooms that need TLS and an HTTP client, for quick work on the rest.
let light = Context.environment["MARTLET_LIGHT"] != nil

/// Both glibc and our own C header are read with it, so that their types agree.
let gnu: SwiftSetting = .unsafeFlags(["-Xcc", "-D_GNU_SOURCE"])

/// Tests are built with the programs, for release, and see what is internal to the rooms.
let testable: SwiftSetting = .unsafeFlags(["-enable-testing"])

/// Generic types are made by code that knows their witnesses. By name, which is shorter, the
/// library would search all conformances of the program for each of them: a third of the CPU time
/// of a start went there.
let witnessed: SwiftSetting = .unsafeFlags([
    "-Xfrontend", "-disable-concrete-type-metadata-mangled-name-accessors",
])

/// Each function in a section of its own, so that the linker can leave it out or move it.
let separate: SwiftSetting = .unsafeFlags(["-Xfrontend", "-function-sections"])

let strict: [SwiftSetting] = [
    gnu,
    testable,
    witnessed,
    separate,
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

func room(_ name: String, on below: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: below, exclude: docs(name), swiftSettings: strict)
}

func docs(_ name: String) -> [String] { ["\(name).docc"] }

func tests(_ name: String, on rooms: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(
        name: name, dependencies: rooms, exclude: exclude,
        swiftSettings: [gnu, .enableUpcomingFeature("ExistentialAny")])
}

let layout = Context.environment["MARTLET_LAYOUT"] != nil
let lean =
    ["-Xlinker", "--gc-sections", "-Xlinker", "-TSources/CEntry/constants.ld"]
    + (layout ? [] : ["-Xlinker", "-s"])
/// Swift's library goes into the program here, not by `--static-swift-stdlib`, which tests cannot be
/// built with: so programs and tests are compiled once. The program starts 0.5 ms sooner with
/// the C++ library inside too; `Makefile` makes `lnk`.
let dynamic =
    lean + [
        "-static-stdlib", "-use-ld=lld", "-Xclang-linker", "-no-pie", "-Xlinker", "-z", "-Xlinker",
        "now",
        "-L", ".build/lnk",
    ]

/// What usual commands execute stands together, so that a start touches fewer pages:
/// `benchmarks/layout` writes the linker scripts, and builds with MARTLET_LAYOUT=1 for that.
func ordered(_ name: String) -> [String] {
    layout
        ? ["-Xlinker", "-Map=.build/layout/\(name).map"]
        : ["-Xlinker", "-TSources/\(name)/sections.ld"]
}

/// The parts of the static Foundation and Dispatch that their dynamic namesakes contain.
let foundation = [
    "_FoundationCShims", "_FoundationCollections", "_FoundationICU", "BlocksRuntime",
].flatMap { ["-Xlinker", "-l\($0)"] }

func program(
    _ name: String, on rooms: [Target.Dependency], exclude: [String] = [], link: [String]
) -> Target {
    .executableTarget(
        name: name, dependencies: ["CEntry"] + rooms, exclude: exclude, swiftSettings: strict,
        linkerSettings: [.unsafeFlags(link)])
}

func probe(_ name: String, in path: String, on rooms: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name, dependencies: rooms, path: path, swiftSettings: strict,
        linkerSettings: [.unsafeFlags(["-static-executable"])])
}

let ground: [Target.Dependency] = ["Base", "Kernel"]
let values: [Target.Dependency] = ground + ["Specs"]

var targets: [Target] = [
    // Floor 0: C
    .target(name: "CKernel", cSettings: [.define("_GNU_SOURCE")]),
    .target(
        name: "CEntry", dependencies: ["CKernel"], exclude: ["constants.ld"],
        cSettings: [.define("_GNU_SOURCE")]),
    .systemLibrary(name: "CSeccomp"),
    .systemLibrary(name: "CSQLite"),
    .systemLibrary(name: "CZstd"),
    .systemLibrary(name: "CInflate"),
    .systemLibrary(name: "CSlirp"),
    .systemLibrary(name: "CCrypto"),
    .systemLibrary(name: "CFuse3"),
    .systemLibrary(name: "CYaml"),
    // Floors 1 to 3
    room("Base", on: []),
    room("Kernel", on: ["Base", "CKernel"]),
    room("Documents", on: ["Base", "CYaml"]),
    room("Specs", on: ["Base", "Documents"]),
    room("UnitFiles", on: ["Base"]),
    room("Checksums", on: ["Base", "Specs", "CCrypto"]),
    room("Signatures", on: ["Base", "Specs", "Checksums", "CCrypto"]),
    room("Ciphers", on: ["Base", "Specs", "CCrypto"]),
    // Floor 4
    room("Runtimes", on: values + ["CSeccomp"]),
    room("Storages", on: values + ["CZstd", "CInflate", "Checksums"]),
    room("Networks", on: values + ["CSlirp"]),
    room("Overlays", on: values + ["CFuse3"]),
    room("Systemd", on: values),
    room("Records", on: values + ["CSQLite"]),
    // Floors 5 to 9
    room("Monitors", on: values + ["Runtimes", "Systemd"]),
    room("Engine", on: values + ["Documents", "Storages", "Systemd", "Records"]),
    room("Operations", on: values + ["Engine", "Records", "Storages"]),
    room("Quadlet", on: values + ["UnitFiles", "Systemd", "Engine", "Operations"]),
    room("CommandLine", on: values + ["Engine", "Records", "Operations", "Quadlet"]),
    // Programs
    program(
        "martlet", on: ["CommandLine", "Quadlet", "Operations"] + values,
        exclude: ["sections.ld"], link: dynamic + ordered("martlet")),
    program(
        "martlet-runtime", on: ["Monitors", "Runtimes", "Systemd"] + values,
        exclude: ["sections.ld"],
        link: ["-static-executable", "-use-ld=lld", "-Xlinker", "--entry=ce_begin"] + lean
            + ordered("martlet-runtime")),
    program("martlet-net", on: ["Networks"] + values, link: dynamic),
    program("martlet-fuse", on: ["Overlays"] + values, link: dynamic),
    // What tests run and nobody installs. No test depends on them: their linking would be its own.
    probe("kernel-probe", in: "Tests/KernelProbe", on: ["Kernel"]),
    probe("refusing-runtime", in: "Tests/RefusingRuntime", on: ["Kernel", "Runtimes"]),
    // Tests
    tests("BaseTests", on: ["Base"]),
    tests("SpecsTests", on: ["Base", "Specs"]),
    tests("DocumentsTests", on: ["Base", "Documents"]),
    tests("ChecksumsTests", on: ["Base", "Specs", "Checksums"]),
    tests("SignaturesTests", on: ["Base", "Specs", "Checksums", "Signatures"]),
    tests("CiphersTests", on: ["Base", "Specs", "Checksums", "Ciphers"]),
    tests("KernelTests", on: ground),
    tests("FaultTests", on: values + ["Records", "Engine"]),
    tests("NetworksTests", on: ["Networks"] + values),
    tests("OverlaysTests", on: ["Overlays"] + values),
    tests("EngineTests", on: ["Engine"] + values),
    tests("MonitorsTests", on: ["Monitors"] + values),
    tests("SystemdTests", on: ["Systemd"] + values),
    tests("RecordsTests", on: values + ["Records"]),
    tests("StoragesTests", on: values + ["Storages", "Records", "Checksums"]),
    tests("OperationsTests", on: values + ["Engine", "Operations"]),
    tests("CommandLineTests", on: values + ["Engine", "Operations", "CommandLine"]),
    tests("UnitFilesTests", on: ["Base", "UnitFiles"]),
    tests("QuadletTests", on: ["Quadlet", "UnitFiles", "Operations", "Engine"] + values),
    tests("RuntimesTests", on: values + ["Runtimes"], exclude: ["probe.c", "foe.c"]),
    tests("FuzzTests", on: values + ["Storages"]),
    tests("TidyTests", on: []),
]

if !light {
    targets += [
        room(
            "Registries",
            on: values + [
                "Checksums", "Ciphers", "Signatures",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),
        program("martlet-registry", on: ["Registries"] + values, link: dynamic + foundation),
        tests(
            "RegistriesTests", on: ["Registries", "Engine", "Checksums"] + values,
            exclude: ["misbehaving_registry.py"]),
    ]
}

let package = Package(
    name: "martlet",
    products: [],
    dependencies: light
        ? []
        : [
            .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
            .package(url: "https://github.com/apple/swift-nio", from: "2.80.0"),
            .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.30.0"),
        ],
    targets: targets,
    swiftLanguageModes: [.v6]
)
