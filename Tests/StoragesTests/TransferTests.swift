import Base
import Checksums
import Kernel
import Specs
import Storages
import Testing

/// A directory with blobs named by digest, and an image among them.
private struct Folder {
    let home: Home
    let directory: SharedDescriptor
    let root: ContentDescriptor
    let plain = Tar.archive(Tar.file("a", "content"), Tar.file("b", "more"))

    init() throws {
        home = try Home()
        directory = SharedDescriptor(try home.directory("blobs"))
        let folder = directory
        func keep(_ type: String, _ bytes: [UInt8]) throws -> ContentDescriptor {
            let digest = Checksum.of(bytes)
            try Files.replace(at: folder.descriptor, "\(digest)", with: bytes)
            return ContentDescriptor(mediaType: type, digest: digest, size: Int64(bytes.count))
        }
        let layer = try keep(MediaType.dockerLayer, plain)
        let config = try keep(
            MediaType.dockerConfig, JSON(encoding: ImageConfig(diffIDs: [layer.digest])).bytes())
        root = try keep(
            MediaType.dockerManifest,
            JSON(
                encoding: ImageManifest(
                    mediaType: MediaType.dockerManifest, config: config, layers: [layer])
            ).bytes())
    }

    var bundle: ImageBundle { ImageBundle(root: root, source: BlobFolder(directory)) }

    func target(_ name: String) throws -> SharedDescriptor {
        SharedDescriptor(try home.directory(name))
    }
}

private func image(_ bundle: ImageBundle) throws -> ImageManifest {
    guard case .image(let image) = try bundle.manifest(bundle.root).document else {
        throw Problem(.badDocument, "no image")
    }
    return image
}

@Test func directoryKeepsTheManifestAsItWas() throws {
    let folder = try Folder()
    let place = try folder.target("plain")
    let moved = try ImageTransfer(folder.bundle, to: DirectoryTarget(place)).run(name: nil)
    #expect(moved == folder.root)
    let back = try ImageBundle.directory(place, shown: "plain")
    #expect(back.root.digest == folder.root.digest)
    #expect(try back.digests().count == 3)
    let text = try Files.readText(folder.home.path + "/plain/version")
    #expect(text == "Directory Transport Version: 1.1\n")
}

@Test func layoutTurnsDockersFormIntoOCI() throws {
    let folder = try Folder()
    let place = try folder.target("layout")
    let moved = try ImageTransfer(folder.bundle, to: LayoutTarget(place)).run(name: "1")
    #expect(moved.mediaType == MediaType.ociManifest)
    let back = try ImageBundle.layout(place, name: "1", shown: "layout")
    let manifest = try image(back)
    #expect(manifest.config.mediaType == MediaType.ociConfig)
    #expect(manifest.layers.map(\.mediaType) == [MediaType.ociLayer])
    #expect(manifest.layers.map(\.digest) == [Checksum.of(folder.plain)])
    // Another image of the same name takes its place, one of another name stands beside it.
    _ = try ImageTransfer(folder.bundle, to: LayoutTarget(place)).run(name: "1")
    _ = try ImageTransfer(folder.bundle, to: LayoutTarget(place)).run(name: "2")
    let problem = #expect(throws: Problem.self) {
        try ImageBundle.layout(place, name: nil, shown: "layout").root.size
    }
    #expect(problem?.what == "\"layout\" holds several images" && problem?.why == "1, 2")
    let none = #expect(throws: Problem.self) {
        try ImageBundle.layout(place, name: "3", shown: "layout").root.size
    }
    #expect(none?.why == "it has 1, 2")
}

@Test func digestThatWouldChangeIsRefusedWhereItMustStay() throws {
    let folder = try Folder()
    var choices = ImageTransfer.Choices()
    choices.keepsDigests = true
    let target = try LayoutTarget(folder.target("layout"))
    let problem = #expect(throws: Problem.self) {
        try ImageTransfer(folder.bundle, to: target, choices).run(name: nil).size
    }
    #expect(problem?.what == "the image cannot be copied with its digest kept")
}

@Test(arguments: [Compression.Kind.gzip, .zstd])
func layersArePackedWhereThatIsAskedFor(kind: Compression.Kind) throws {
    let folder = try Folder()
    let place = try folder.target("packed")
    var choices = ImageTransfer.Choices()
    choices.compression = Compression(kind)
    let moved = try ImageTransfer(folder.bundle, to: FolderTarget(place), choices).run(name: nil)
    let packed = try image(ImageBundle(root: moved, source: BlobFolder(place)))
    #expect(packed.layers[0].mediaType.hasSuffix(kind.rawValue))
    let original = try image(folder.bundle)
    #expect(packed.config.digest == original.config.digest)
    // And unpacked again they are what they were.
    let again = try folder.target("again")
    choices.compression = Compression(.none)
    let back = try ImageTransfer(
        ImageBundle(root: moved, source: BlobFolder(place)), to: FolderTarget(again), choices
    ).run(name: nil)
    let plain = try image(ImageBundle(root: back, source: BlobFolder(again)))
    #expect(plain.layers[0].digest == Checksum.of(folder.plain))
    #expect(try listing(folder.home.path + "/again").allSatisfy { !$0.hasPrefix(".layer") })
}

@Test func archivesOfBothKindsAreReadAgain() throws {
    let folder = try Folder()
    let scratch = try folder.target("scratch")
    func file(_ name: String) throws -> SharedDescriptor {
        SharedDescriptor(try folder.home.file(name, []))
    }
    let oci = try file("oci.tar")
    let layout = try LayoutArchiveTarget(oci, scratch: scratch)
    _ = try ImageTransfer(folder.bundle, to: layout).run(name: "1")
    try layout.close()
    let one = try image(ImageBundle.archive(oci, name: "1", shown: "oci.tar"))
    let docker = try file("docker.tar")
    let archive = try DockerArchiveTarget(docker, scratch: scratch)
    _ = try ImageTransfer(folder.bundle, to: archive).run(name: "docker.io/library/a:1")
    try archive.close()
    let two = try image(
        ImageBundle.archive(docker, name: "docker.io/library/a:1", shown: "docker.tar"))
    #expect(one.config.digest == two.config.digest)
    #expect(one.layers.map(\.digest) == two.layers.map(\.digest))
}

/// T-DIGEST-4
@Test func changedBlobIsNotPassedOn() throws {
    let folder = try Folder()
    let layer = try image(folder.bundle).layers[0]
    var bytes = folder.plain
    bytes[600] ^= 1
    try Files.replace(at: folder.directory.descriptor, "\(layer.digest)", with: bytes)
    let place = try folder.target("plain")
    let problem = #expect(throws: Problem.self) {
        try ImageTransfer(folder.bundle, to: DirectoryTarget(place)).run(name: nil).size
    }
    #expect(problem?.what == "a blob is not what its digest says")
    #expect(try listing(folder.home.path + "/plain").isEmpty)
}
