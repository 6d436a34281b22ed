import Base
import Specs

extension Field where Request == LaunchRequest {
    /// Mounts, volumes, devices.
    ///
    /// The three mount options fill one list; `MountForm` says which of them writes a mount.
    static var storageFields: [Field] {
        [
            .repeated(
                "volume", short: "v", "[SOURCE:]DESTINATION[:OPTIONS]",
                "Mount a directory or volume", VolumeOption.parse
            ) {
                $0.spec.storage.mounts.append($1)
            } write: {
                MountForm.texts(of: $0.spec.storage.mounts, in: .volume)
            }.completing(.volume),
            .repeated(
                "mount", "type=TYPE,…", "Mount something, every choice by its name",
                MountOption.parse
            ) {
                $0.spec.storage.mounts.append($1)
            } write: {
                MountForm.texts(of: $0.spec.storage.mounts, in: .mount)
            }.completing(
                .words([
                    "type=bind,", "type=volume,", "type=tmpfs,", "type=image,", "type=artifact,",
                ])),
            .repeated(
                "tmpfs", "DESTINATION[:OPTIONS]", "Mount an empty file system in memory",
                TmpfsOption.parse
            ) {
                $0.spec.storage.mounts.append($1)
            } write: {
                MountForm.texts(of: $0.spec.storage.mounts, in: .tmpfs)
            },
            .repeated("volumes-from", "CONTAINER[:OPTIONS]", "Use the mounts of another container")
            {
                $0.spec.storage.volumesFrom.append($1)
            } write: {
                $0.spec.storage.volumesFrom
            }.completing(.container),
            .value("image-volume", "MODE", "What becomes of the image's volumes", imageVolumes) {
                $0.spec.storage.imageVolumes = $1
            } write: {
                $0.spec.storage.imageVolumes
            }.standard("anonymous").completing(.words(["anonymous", "tmpfs", "ignore"])),
            .value("shm-size", "SIZE", "Size of /dev/shm", ByteSize.parse) {
                $0.spec.storage.sharedMemoryBytes = $1
            } write: {
                $0.spec.storage.sharedMemoryBytes.map { "\($0)" }
            }.standard("64m"),
            .repeated(
                "device", "HOST[:CONTAINER][:ACCESS]|NAME",
                "Give the container a device of the host, by path or CDI name", DeviceOption.parse
            ) {
                $0.spec.storage.devices.append($1)
            } write: {
                $0.spec.storage.devices.map(DeviceOption.text)
            }.completing(.file),
            // What --device writes says the same.
            .commaSeparated(
                "gpus", "all|NAME", "Give the container graphics processors, by CDI",
                GraphicsOption.parse
            ) {
                $0.spec.storage.devices.append($1)
            } write: { _ in
                []
            }.completing(.words(["all"])),
            .commaSeparated("device-cgroup-rule", "RULE", "Allow devices by a cgroup rule") {
                $0.spec.storage.deviceRules.append($1)
            } write: {
                $0.spec.storage.deviceRules
            },
        ]
    }

    private static var imageVolumes: ValueParser<String> {
        { (text, field) throws(Problem) in
            // podman's older word for the same.
            text == "bind"
                ? "anonymous"
                : try Choice.of(["anonymous", "tmpfs", "ignore"])(text, field)
        }
    }
}

/// The option that says a mount best, in the order the options are written.
private enum MountForm: Int {
    case volume, mount, tmpfs

    init(_ mount: MountChoice) {
        if VolumeOption.text(of: mount) != nil {
            self = .volume
        } else {
            self = TmpfsOption.text(of: mount) != nil ? .tmpfs : .mount
        }
    }

    /// Returns the texts of those mounts that `form` writes.
    ///
    /// Where the forms would change the order of the mounts, `--mount` writes them all.
    static func texts(of mounts: [MountChoice], in form: MountForm) -> [String] {
        let forms = mounts.map(MountForm.init)
        let keepsOrder = zip(forms, forms.dropFirst()).allSatisfy { $0.rawValue <= $1.rawValue }
        guard keepsOrder else { return form == .mount ? mounts.map(MountOption.text) : [] }
        return zip(mounts, forms).filter { $0.1 == form }.compactMap { mount, form in
            switch form {
            case .volume: VolumeOption.text(of: mount)
            case .tmpfs: TmpfsOption.text(of: mount)
            case .mount: MountOption.text(of: mount)
            }
        }
    }
}
