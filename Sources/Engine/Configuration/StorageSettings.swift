import Base
import Kernel
import Specs

/// What storage.conf says of interest here. See containers-storage.conf(5).
struct StorageSettings {
    /// The overlay that is asked for.
    var overlay: OverlayChoice? { byProgram ?? byDriver }
    /// By `driver`.
    private var byDriver: OverlayChoice?
    /// By `mount_program`, by which podman is told to use FUSE.
    private var byProgram: OverlayChoice?
    /// `additionalimagestores`.
    private(set) var imageStores: [ImageStore] = []
    /// What is said and means nothing here.
    private(set) var warnings: [String] = []
    /// Whether a later list is added to the present one.
    private var isAppending = false

    struct ImageStore: Equatable {
        let path: String
        /// The file that names it.
        let file: String
    }

    /// Reads the files in the order in which they apply.
    init(_ files: ConfigurationFiles, in view: FileView) throws(Problem) {
        for document in try files.documents("storage.conf", in: view) {
            let storage = try TOML.parse(document.bytes, name: document.path)["storage"]
            read(driver: storage?["driver"]?.text, document.path)
            let options = storage?["options"]
            read(
                program: (options?["overlay"]?["mount_program"] ?? options?["mount_program"])?.text,
                document.path)
            try readStores(options?["additionalimagestores"], document.path)
        }
        read(driver: files.environment["STORAGE_DRIVER"], "STORAGE_DRIVER")
        let words = files.environment["STORAGE_OPTS"] ?? ""
        if !words.isEmpty { try read(options: words) }
    }

    private mutating func read(driver: String?, _ file: String) {
        guard let driver, !driver.isEmpty else { return }
        if driver == OverlayChoice.Driver.fuse.rawValue {
            byDriver = OverlayChoice(driver: .fuse, why: "\(file) asks for it")
        } else {
            byDriver = nil
            // As podman has it, an old name of the same.
            if [OverlayChoice.Driver.kernel.rawValue, "overlay2"].contains(driver) { return }
            warnings.append(
                "\(file): storage driver \"\(driver.printable)\" is not one of ours, ignoring")
        }
    }

    private mutating func read(program: String?, _ file: String) {
        guard let program, !program.isEmpty else { return }
        byProgram = OverlayChoice(driver: .fuse, why: "\(file) names a mount_program")
    }

    /// STORAGE_OPTS takes the place of all options of the files: `overlay.imagestore=/DIRECTORY`,
    /// `overlay.mount_program=PROGRAM`. What is for podman's drivers alone has no meaning here.
    private mutating func read(options words: String) throws(Problem) {
        byProgram = nil
        var stores: [JSON] = []
        for word in words.split(separator: ",") {
            guard let equals = word.firstIndex(of: "=") else { continue }
            let value = String(word[word.index(after: equals)...])
            switch word[..<equals].split(separator: ".").last {
            case "mount_program": read(program: value, "STORAGE_OPTS")
            case "imagestore", "additionalimagestore": stores.append(.string(value))
            default: continue
            }
        }
        isAppending = false
        try readStores(.array(stores), "STORAGE_OPTS")
    }

    /// A later list takes the place of the one before, unless `{append=true}` is among it.
    private mutating func readStores(_ list: JSON?, _ file: String) throws(Problem) {
        guard let list else { return }
        guard let elements = list.elements else {
            throw Problem(
                .badDocument, "\(file): additionalimagestores is no array",
                next: "write additionalimagestores = [ \"/DIRECTORY\" ]")
        }
        var stores: [ImageStore] = []
        for element in elements {
            if let append = element["append"] {
                isAppending = append == .boolean(true)
                continue
            }
            guard let path = element.text, path.hasPrefix("/") else {
                throw Problem(
                    .badDocument, "\(file): additionalimagestores names no absolute path",
                    why: "it has \"\((element.text ?? "a value that is no text").printable)\"",
                    next: "write additionalimagestores = [ \"/DIRECTORY\" ]")
            }
            stores.append(ImageStore(path: path, file: file))
        }
        var all = isAppending ? imageStores : []
        for store in stores where !all.contains(where: { $0.path == store.path }) {
            all.append(store)
        }
        imageStores = all
    }
}
