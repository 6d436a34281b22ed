extension Files {
    /// Removes a symbolic link, unless it has come to lead elsewhere than to `target`.
    ///
    /// Whoever removes links of a directory this way waits for the others who do: so nobody takes
    /// away the link that a third one has put into the place of the one he looked at. See flock(2).
    package static func removeLink(
        at directory: borrowing Descriptor, _ name: String, leadingTo target: String
    ) throws(KernelFault) {
        // A lock belongs to an open file: one of our own ends with this function.
        let own = try open(at: directory, ".", [.read, .directory])
        _ = try own.lock(exclusive: true, waiting: true)
        do throws(KernelFault) {
            guard try Files.target(at: own, name) == target else { return }
            try remove(at: own, name)
        } catch  where error.isAbsence || error.isInvalid {
            // It has gone, or is no link: there is nothing of ours to remove.
        }
    }
}
