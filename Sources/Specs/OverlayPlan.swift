package import Base

/// What one `martlet-fuse` shows: layers as one file system, as the kernel's overlay would.
///
/// The helper reads it from `--plan-fd=N`, and answers one `OverlayReport` on its channel; beside
/// `ready` comes the descriptor of the detached mount.
package struct OverlayPlan: Codable, Equatable, Sendable {
    /// Absolute paths of directories, the uppermost first.
    package var lower: [String]
    /// The writable directory; nil for a stack nobody can write to.
    package var upper: String?
    /// A directory on the file system of `upper`, for what is under way.
    package var work: String?
    /// The name, in `work`, of the file that says that what `upper` hides is marked by files named
    /// `.wh.NAME`, as its file system takes no other marks.
    package static let fileMarksSign = "file-marks"
    /// Whether nothing is ever waited for to reach the disk.
    package var isVolatile: Bool
    /// Whether the upper directory goes with the overlay's end: then nothing is synchronised even
    /// there, and the mark of its volatile use stays. nil is no.
    package var isBrief: Bool?
    /// Whether marks that other tools leave in layers are read too: files named `.wh.NAME`, and
    /// `user.fuseoverlayfs.opaque`. Layers that Martlet unpacked have none.
    package var readsForeignMarks: Bool
    /// How the owners of files in `lower` are shown: `inside` is the id in the layer, `outside` the
    /// one shown, counted in the helper's user namespace. Empty shows them as they are. What is in
    /// `upper` has the ids that are shown.
    package var uids: [IDRange]
    package var gids: [IDRange]
    /// Shown as the source of the mount.
    package var name: String

    package init(lower: [String], upper: String? = nil, work: String? = nil) {
        self.lower = lower
        self.upper = upper
        self.work = work
        isVolatile = false
        readsForeignMarks = false
        uids = []
        gids = []
        name = "martlet"
    }

    /// - Throws: a Problem that names what makes no sense.
    package func check() throws(Problem) {
        guard !lower.isEmpty, lower.count <= Limits.overlayLayers else {
            throw Problem(
                .badValue,
                "an overlay has from 1 to \(Limits.overlayLayers) lower directories, "
                    + "not \(lower.count)"
            )
        }
        guard (upper == nil) == (work == nil) else {
            throw Problem(.badValue, "an upper directory of an overlay needs a work directory")
        }
        for path in lower + [upper, work].compactMap({ $0 }) where !path.hasPrefix("/") {
            throw Problem(.badValue, "\"\(path.printable)\" is no absolute path")
        }
        for range in uids + gids
        where range.count == 0 || UInt32.max - range.count < max(range.inside, range.outside) {
            throw Problem(.badValue, "ids cannot be shifted by a range that is empty or too long")
        }
    }
}

/// What `martlet-fuse` says over its channel.
package enum OverlayReport: Codable, Equatable, Sendable {
    /// The mount is served; its descriptor comes beside the message.
    case ready
    /// Nothing was mounted.
    case failed(Problem)
}
