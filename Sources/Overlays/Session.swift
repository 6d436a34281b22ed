import Base
import CFuse3
import Kernel

/// One mount's conversation with the kernel, through libfuse's low-level interface.
///
/// One thread reads a request, lets the overlay do it and answers: on a machine of few processors
/// nothing is faster, and no two requests ever meet.
// Safety: libfuse's session lives as long as the process.
@safe struct Session {
    /// How long the kernel may keep what it was told: nobody else changes the layers.
    static let lifetime = 365.0 * 86400

    // Safety: the process has one thread, and sets it once before the first request.
    nonisolated(unsafe) private(set) static var overlay: Overlay?
    /// Whether the request at hand takes set-id bits away.
    nonisolated(unsafe) private(set) static var takesSetID = false
    /// What is read of a file until it is sent; the kernel asks for no more than this at once.
    nonisolated(unsafe) static let room = UnsafeMutableRawBufferPointer.allocate(
        byteCount: 1 << 20, alignment: 4096)
    nonisolated(unsafe) private static var offered: UInt32 = 0
    nonisolated(unsafe) private static var isBegun = false

    private let session: OpaquePointer
    private let device: Int32

    /// Prepares to serve `overlay` to the kernel at the other end of `device`.
    init(_ overlay: Overlay, device: borrowing Descriptor) throws(Problem) {
        unsafe Session.overlay = overlay
        self.device = device.number
        var operations = Callbacks.operations
        let made = unsafe "martlet-fuse".withCString { name in
            var words: [UnsafeMutablePointer<CChar>?] = unsafe [
                UnsafeMutablePointer(mutating: name), nil,
            ]
            return unsafe words.withUnsafeMutableBufferPointer { buffer in
                var arguments = unsafe fuse_args(
                    argc: 1, argv: buffer.baseAddress, allocated: 0)
                return unsafe fuse_session_new(
                    &arguments, &operations, MemoryLayout<fuse_lowlevel_ops>.size, nil)
            }
        }
        guard let made = unsafe made else {
            throw Problem(.helper, "libfuse cannot begin a session")
        }
        unsafe session = made
        var channel = unsafe fuse_custom_io(
            writev: { device, parts, count, _ in
                guard let parts = unsafe parts else { return -1 }
                if unsafe !Session.isBegun {
                    unsafe mf_amend_initial(parts, count, Session.offered)
                    unsafe Session.isBegun = true
                }
                let sent = unsafe OpenFiles.send(device, UnsafeRawPointer(parts), count)
                return Session.result(sent)
            },
            read: { device, buffer, size, _ in
                let room = unsafe UnsafeMutableRawBufferPointer(start: buffer, count: size)
                return Session.result(unsafe OpenFiles.receive(device, room))
            },
            splice_receive: nil, splice_send: nil)
        guard unsafe fuse_session_custom_io(session, &channel, device.number) == 0 else {
            throw Problem(.helper, "libfuse cannot use the device /dev/fuse")
        }
    }

    private static func result(_ answer: Int) -> Int {
        if answer >= 0 { return answer }
        OpenFiles.tell(error: -answer)
        return -1
    }

    /// Serves until the file system is unmounted.
    func serve() {
        var buffer = unsafe fuse_buf()
        while unsafe fuse_session_exited(session) == 0 {
            let count = unsafe fuse_session_receive_buf(session, &buffer)
            // Whoever interrupts a request hears of it by libfuse; all else ends the session there.
            if count == -Int32(ErrorNumber.interrupted) || count == -Int32(ErrorNumber.again) {
                continue
            }
            if count <= 0 { break }
            if let message = unsafe buffer.mem {
                unsafe Session.takesSetID =
                    mf_look(message, buffer.size, &Session.offered) != 0
            }
            unsafe fuse_session_process_buf(session, &buffer)
        }
    }
}
