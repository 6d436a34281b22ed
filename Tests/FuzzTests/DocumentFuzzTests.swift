import Base
import Specs
import Testing

/// Documents and names that strangers write, damaged from a seed: they are read or refused, never a
/// trap, and what is read stays within its bounds. The seed is the test's argument.
@Suite struct DocumentFuzzTests {
    private struct Dice {
        var state: UInt64

        init(seed: UInt64) { state = (seed &+ 1) &* 0x9E37_79B9_7F4A_7C15 }

        mutating func roll(_ bound: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state >> 1) % bound
        }

        /// Changes, doubles, removes and exchanges some bytes.
        mutating func damaged(_ whole: String) -> [UInt8] {
            var bytes = Array(whole.utf8)
            for _ in 0...roll(4) where !bytes.isEmpty {
                let place = roll(bytes.count)
                switch roll(4) {
                case 0: bytes[place] = UInt8(roll(256))
                case 1: bytes.insert(bytes[place], at: place)
                case 2: bytes.remove(at: place)
                default:
                    let end = min(bytes.count, place + 1 + roll(40))
                    bytes.insert(contentsOf: bytes[place..<end], at: roll(bytes.count))
                }
            }
            return bytes
        }
    }

    private static let digest = "sha256:" + String(repeating: "0f", count: 32)
    private static let manifest = """
        {"schemaVersion":2,"mediaType":"\(MediaType.ociManifest)",
        "config":{"mediaType":"\(MediaType.ociConfig)","digest":"\(digest)","size":2},
        "layers":[{"mediaType":"\(MediaType.ociLayerGzip)","digest":"\(digest)","size":3}],
        "annotations":{"a":"b"}}
        """
    private static let index = """
        {"schemaVersion":2,"mediaType":"\(MediaType.ociIndex)","manifests":[
        {"mediaType":"\(MediaType.ociManifest)","digest":"\(digest)","size":2,
        "platform":{"os":"linux","architecture":"arm","variant":"v7"}}]}
        """
    private static let config = """
        {"created":"2026-01-02T03:04:05Z","architecture":"amd64","os":"linux",
        "config":{"Env":["A=b"],"Cmd":["x"],"ExposedPorts":{"80/tcp":{}},"User":"1:2"},
        "rootfs":{"type":"layers","diff_ids":["\(digest)"]},"history":[{"empty_layer":true}]}
        """

    /// T-DIGEST-1, T-DIGEST-2
    @Test(arguments: 0..<16 as Range<UInt64>)
    func damagedManifestIsReadOrRefused(seed: UInt64) {
        var dice = Dice(seed: seed)
        for _ in 0..<1000 {
            let whole = dice.roll(2) == 0 ? Self.manifest : Self.index
            let bytes = dice.damaged(whole)
            do throws(Problem) {
                switch try ManifestDocument(parsing: bytes, announced: nil, name: "x") {
                case .image(let image):
                    for part in [image.config] + image.layers { #expect(part.size >= 0) }
                    #expect(image.layers.count <= Limits.layers || !image.isImage)
                case .index(let index): _ = try? index.choose(for: .host, name: "x")
                }
            } catch {
                #expect([.badDocument, .badValue].contains(error.code), "\(error)")
            }
        }
    }

    @Test(arguments: 0..<16 as Range<UInt64>)
    func damagedConfigurationIsReadOrRefused(seed: UInt64) {
        var dice = Dice(seed: seed)
        for _ in 0..<1000 {
            do throws(Problem) {
                let bytes = dice.damaged(Self.config)
                let config = try ImageConfig(parsing: bytes, layers: 1, name: "x")
                #expect(config.rootfs.diffIDs.count == 1)
            } catch {
                #expect([.badDocument, .badValue].contains(error.code), "\(error)")
            }
        }
    }

    /// T-NAME-1: what is read as a name can be written, read again, and leads nowhere.
    @Test(arguments: 0..<16 as Range<UInt64>)
    func damagedNameIsReadOrRefused(seed: UInt64) {
        var dice = Dice(seed: seed)
        let names = [
            "quay.io:443/team/image:tag", "[::1]:5000/a/b-c_d.e:V1", "debian@\(Self.digest)",
            "localhost/x:1@\(Self.digest)",
        ]
        for _ in 0..<2000 {
            let name = names[dice.roll(4)]
            let text = String(decoding: dice.damaged(name), as: UTF8.self)
            do throws(Problem) {
                let reference = try ImageReference(text)
                #expect(try ImageReference(reference.description) == reference)
                let parts = reference.name.split(separator: "/", omittingEmptySubsequences: false)
                #expect(!parts.contains { $0 == ".." || $0 == "." || $0.isEmpty }, "\(text)")
                #expect(reference.description.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
            } catch {
                #expect(error.code == .badValue, "\(error)")
            }
        }
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func damagedLocationIsReadOrRefused(seed: UInt64) {
        var dice = Dice(seed: seed)
        let places = [
            "docker://quay.io/a/b:1", "oci:/a/b:c", "containers-storage:[overlay@/a+/b:c]d:1",
            "docker-archive:x.tar:a:1", "martlet-storage:a", "dir:/x",
        ]
        for _ in 0..<2000 {
            let place = places[dice.roll(6)]
            let text = String(decoding: dice.damaged(place), as: UTF8.self)
            do throws(Problem) {
                let location = try ImageLocation(text)
                #expect(try ImageLocation("\(location)") == location, "\(text)")
            } catch {
                #expect([.badValue, .notBuilt].contains(error.code), "\(error)")
            }
        }
    }
}
