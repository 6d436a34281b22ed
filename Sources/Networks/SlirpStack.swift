import Base
import CSlirp
import Kernel
import Specs

/// libslirp: the container's gateway, a TCP/IP stack in this process. The one file that calls it.
///
/// It gets the frames that the tap device gives, and turns them into ordinary sockets of the host.
/// Its boot protocols, its emulation of old services and its programs for guests are off
/// (T-SLIRP-4).
// Safety: libslirp holds an unretained pointer to this object from `init` to `deinit`, where its
// state is freed; it calls back only while one of the methods below runs, on the one thread. What
// it keeps addresses of lies in `fixed`, which is allocated once and freed after it.
@safe final class SlirpStack {
    private let tap: SharedDescriptor
    private let fixed: UnsafeMutablePointer<Fixed>
    private var frames: FrameBuffer
    private var fragments = FragmentGate()
    private var polled = PollSet()
    private var stack: OpaquePointer?

    @unsafe private struct Fixed {
        var callbacks = SlirpCb()
        /// Socket addresses, as the kernel takes them.
        var outboundV4: UnsafeMutableRawPointer?
        var outboundV6: UnsafeMutableRawPointer?
    }

    /// Frames taken from the tap before the sockets get their turn again.
    private static let burst = 64
    /// What libslirp answers where no timer of its own runs: look again in a second.
    private static let idleMilliseconds: UInt32 = 1000

    init(_ plan: NetworkPlan, tap: SharedDescriptor) throws(Problem) {
        self.tap = tap
        // A frame is an Ethernet head, possibly with a VLAN tag, and a packet.
        frames = FrameBuffer(capacity: Int(plan.mtu) + 18)
        unsafe fixed = .allocate(capacity: 1)
        unsafe fixed.initialize(to: Fixed())
        unsafe Self.install(&fixed.pointee.callbacks)
        var config = unsafe configuration(plan)
        let own = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe stack = slirp_new(&config, &fixed.pointee.callbacks, own)
        if unsafe stack == nil {
            throw Problem(
                .missingOnMachine, "libslirp refuses its configuration",
                why: "it is version \(unsafe String(cString: slirp_version_string()))",
                next: "install libslirp 4.7 or newer")
        }
    }

    deinit {
        if let stack = unsafe stack { unsafe slirp_cleanup(stack) }
        unsafe fixed.pointee.outboundV4?.deallocate()
        unsafe fixed.pointee.outboundV6?.deallocate()
        unsafe fixed.deinitialize(count: 1)
        unsafe fixed.deallocate()
    }

    /// What a wait ended with.
    enum Coming {
        /// Its time was over.
        case silence
        /// The container's traffic alone.
        case frames
        /// Something in the loop, and perhaps traffic as well.
        case events
    }

    /// Waits until the loop or the container's traffic wants something, and does the latter.
    ///
    /// - Parameter milliseconds: the longest wait; nil for none.
    /// - Throws: when the container's link has gone.
    func serve(beside loop: borrowing Loop, upTo milliseconds: Int?) throws(KernelFault) -> Coming {
        polled.clear()
        let loopPlace = polled.add(loop)
        let tapPlace = polled.add(tap.descriptor, for: .readable)
        let before = polled.count
        let own = unsafe Unmanaged.passUnretained(self).toOpaque()
        var wanted = UInt32.max
        unsafe slirp_pollfds_fill(stack, &wanted, Self.add, own)
        // With no socket and no timer it would be woken every second for nothing.
        let sleeps = polled.count == before && wanted >= Self.idleMilliseconds
        var longest = sleeps ? nil : Int(wanted)
        if let milliseconds { longest = min(longest ?? milliseconds, milliseconds) }
        let ready = try polled.wait(upTo: longest)
        // Frames first: what they make the stack send leaves in the same turn, at its end.
        if !polled.readiness(at: tapPlace).isEmpty { try takeFrames() }
        unsafe slirp_pollfds_poll(stack, 0, Self.readiness, own)
        if !polled.readiness(at: loopPlace).isEmpty { return .events }
        return ready > 0 ? .frames : .silence
    }

    private func takeFrames() throws(KernelFault) {
        for _ in 0..<Self.burst {
            guard try frames.take(from: tap.descriptor) else { return }
            let passes = frames.inspect { frame in
                FrameFilter.allows(frame) && fragments.admits(frame, now: Clock.monotonic())
            }
            if passes {
                unsafe frames.lend { unsafe slirp_input(stack, $0, $1) }
            }
        }
    }
}

extension SlirpStack {
    private func configuration(_ plan: NetworkPlan) -> SlirpConfig {
        var config = unsafe SlirpConfig()
        unsafe config.version = 4
        unsafe config.in_enabled = true
        let network = plan.ipv4.network
        unsafe Self.store(network.base, in: &config.vnetwork)
        unsafe Self.store(IPAddress.v4(.max).host(0, length: network.length), in: &config.vnetmask)
        unsafe Self.store(plan.ipv4.gateway, in: &config.vhost)
        unsafe Self.store(plan.ipv4.dns, in: &config.vnameserver)
        // The boot protocol is off; the address only must lie in the network.
        unsafe Self.store(plan.ipv4.container, in: &config.vdhcp_start)
        if let ipv6 = plan.ipv6 {
            unsafe config.in6_enabled = true
            unsafe Self.store(ipv6.network.base, in: &config.vprefix_addr6)
            unsafe config.vprefix_len = UInt8(ipv6.network.length)
            unsafe Self.store(ipv6.gateway, in: &config.vhost6)
            unsafe Self.store(ipv6.dns, in: &config.vnameserver6)
        }
        unsafe config.if_mtu = Int(plan.mtu)
        unsafe config.if_mru = Int(plan.mtu)
        unsafe config.disable_host_loopback = !plan.hostLoopback
        unsafe config.enable_emu = false
        unsafe config.disable_dhcp = true
        if let address = plan.outboundV4 {
            unsafe fixed.pointee.outboundV4 = Self.socketAddress(address)
            unsafe config.outbound_addr = .init(OpaquePointer(fixed.pointee.outboundV4))
        }
        if let address = plan.outboundV6 {
            unsafe fixed.pointee.outboundV6 = Self.socketAddress(address)
            unsafe config.outbound_addr6 = .init(OpaquePointer(fixed.pointee.outboundV6))
        }
        return unsafe config
    }

    private static func socketAddress(_ address: IPAddress) -> UnsafeMutableRawPointer {
        let bytes = Endpoint(address, port: 0).bytes
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 8)
        unsafe room.copyBytes(from: bytes)
        // Safety: an allocation of some bytes has an address.
        return unsafe UnsafeMutableRawPointer(room.baseAddress.unsafelyUnwrapped)
    }

    /// Writes an address into an in_addr or in6_addr, whose bytes are the address's own.
    private static func store<Raw>(_ address: IPAddress, in raw: inout Raw) {
        unsafe withUnsafeMutableBytes(of: &raw) {
            unsafe $0.copyBytes(from: address.bytes.prefix($0.count))
        }
    }
}

// What libslirp calls. Each gets the object back as `own`.
extension SlirpStack {
    private static func object(_ own: UnsafeMutableRawPointer?) -> SlirpStack? {
        guard let own = unsafe own else { return nil }
        return unsafe Unmanaged<SlirpStack>.fromOpaque(own).takeUnretainedValue()
    }

    private static func install(_ callbacks: inout SlirpCb) {
        unsafe callbacks.send_packet = { frame, count, own in
            guard let frame = unsafe frame, let stack = unsafe SlirpStack.object(own) else {
                return -1
            }
            return unsafe TapDevice.put(frame, count: count, into: stack.tap.descriptor)
        }
        unsafe callbacks.clock_get_ns = { _ in Clock.monotonic() }
        // What a guest does wrong is the guest's affair; a log line for each would be a flood.
        unsafe callbacks.guest_error = { _, _ in }
        // Its one timer advertises the router by IPv6, which a link set up beforehand does not
        // need. The caller wants some address; this one is never read.
        unsafe callbacks.timer_new = { _, _, own in unsafe own }
        unsafe callbacks.timer_free = { _, _ in }
        unsafe callbacks.timer_mod = { _, _, _ in }
        unsafe callbacks.register_poll_fd = { _, _ in }
        unsafe callbacks.unregister_poll_fd = { _, _ in }
        unsafe callbacks.notify = { _ in }
    }

    private static let add: SlirpAddPollCb = { number, events, own in
        guard let stack = unsafe SlirpStack.object(own) else { return -1 }
        var wanted: PollSet.Readiness = []
        if events & pollIn != 0 { wanted.insert(.readable) }
        if events & pollOut != 0 { wanted.insert(.writable) }
        if events & pollUrgent != 0 { wanted.insert(.urgent) }
        return CInt(stack.polled.add(number: number, for: wanted))
    }

    private static let readiness: SlirpGetREventsCb = { place, own in
        guard let stack = unsafe SlirpStack.object(own) else { return 0 }
        let came = stack.polled.readiness(at: Int(place))
        var events: CInt = 0
        if came.contains(.readable) { events |= pollIn }
        if came.contains(.writable) { events |= pollOut }
        if came.contains(.urgent) { events |= pollUrgent }
        if came.contains(.failed) { events |= pollFailed }
        if came.contains(.hangUp) { events |= pollHangUp }
        return events
    }

    private static let pollIn = CInt(SLIRP_POLL_IN)
    private static let pollOut = CInt(SLIRP_POLL_OUT)
    private static let pollUrgent = CInt(SLIRP_POLL_PRI)
    private static let pollFailed = CInt(SLIRP_POLL_ERR)
    private static let pollHangUp = CInt(SLIRP_POLL_HUP)
}
