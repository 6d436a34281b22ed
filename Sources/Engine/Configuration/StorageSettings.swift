import Base
import Kernel
import Specs

/// What storage.conf says of interest here. See containers-storage.conf(5).
struct StorageSettings {
    /// The overlay that is asked for: by `driver`, or by `mount_program`, by which podman is told to
    /// use FUSE.
    private(set) var overlay: OverlayChoice?
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
            readDriver(storage, document.path)
            try readStores(storage?["options"]?["additionalimagestores"], document.path)
        }
    }

    private mutating func readDriver(_ storage: JSON?, _ file: String) {
        let driver = storage?["driver"]?.text
        if driver == OverlayChoice.Driver.fuse.rawValue {
            overlay = OverlayChoice(driver: .fuse, why: "\(file) asks for it")
        } else if let driver, !driver.isEmpty, driver != OverlayChoice.Driver.kernel.rawValue {
            warnings.append(
                "\(file): storage driver \"\(driver.printable)\" is not one of ours, ignoring")
        }
        let options = storage?["options"]
        let program = options?["overlay"]?["mount_program"] ?? options?["mount_program"]
        if let program = program?.text, !program.isEmpty {
            overlay = OverlayChoice(driver: .fuse, why: "\(file) names a mount_program")
        }
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
