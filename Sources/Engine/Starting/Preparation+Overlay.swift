import Base
import Kernel
import Specs

/// The overlay that serves a container's root file system.
extension Preparation {
    /// Chooses the overlay; nil where layers must be copied for the container's ids.
    mutating func overlay(_ spec: ContainerSpec) throws(Problem) -> OverlayChoice? {
        let layers = spec.rootDirectory == nil ? layerDirectories : []
        if let path = layers.first(where: { !Files.exists($0) }) {
            let id = path.split(separator: "/").dropLast().last ?? ""
            throw Problem(
                .noSuchObject, "layer \(id) of container \"\(record.name)\" has no files",
                why: "there is no \"\(path)\", nor is it in an additional image store",
                next: "fetch it again: martlet pull \(record.imageName ?? "IMAGE"); or name the "
                    + "store that has it in storage.conf's additionalimagestores")
        }
        let foreign = house.foreignLayer(layers, ids: ids.uid)
        let choice = try work.maps == nil ? house.overlayChoice() : house.overlayForOtherIDs()
        guard house.caller.uid != 0, choice?.driver != .fuse || foreign != nil,
            let why = house.refusalOfKernel(layers, foreign: foreign)
        else { return choice }
        hasForeignLayers = foreign != nil
        if choice?.driver == .fuse { return choice }
        guard house.storageDriver == nil, (try? Files.open("/dev/fuse", [.readWrite])) != nil else {
            throw Problem(
                .missingOnMachine, "cannot start container \"\(record.name)\"",
                why: "\(why), so that only the FUSE overlay can serve its files",
                next: "leave --storage-driver overlay out, or see what FUSE lacks with "
                    + "\"martlet doctor\"")
        }
        return OverlayChoice(driver: .fuse, why: why)
    }

    /// The ids that lower files are shown with: owners that do not exist here are root.
    private var shownMaps: (uid: [IDRange], gid: [IDRange])? {
        guard hasForeignLayers else { return work.maps }
        return (
            OverlayChoice.squashed(work.maps?.uid ?? []),
            OverlayChoice.squashed(work.maps?.gid ?? [])
        )
    }

    func root(_ spec: ContainerSpec) throws(Problem) -> MonitorPlan.Root {
        let (upper, work) = (dataPath + "/upper", dataPath + "/work")
        if record.isInfra { return .directory(path: upper) }
        // What goes with the container need not reach the disk: else its end waits for that.
        let options = record.ephemeral ? ["volatile"] : []
        if let own = spec.rootDirectory {
            guard own.overlay else { return .directory(path: own.path) }
            if isServed {
                return try house.servedRoot(
                    [own.path], upper: upper, work: work, maps: nil, isVolatile: record.ephemeral)
            }
            return .overlay(lower: [own.path], upper: upper, work: work, options: options)
        }
        if isServed {
            return try house.servedRoot(
                lower, upper: upper, work: work, maps: shownMaps, isVolatile: record.ephemeral)
        }
        return .overlay(lower: lower, upper: upper, work: work, options: options)
    }
}
