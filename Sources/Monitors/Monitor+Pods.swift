import Base
import Kernel
import Specs

/// What monitors of one pod have to do with each other.
///
/// Each container of a pod keeps a connection to the monitor of the container that holds the pod
/// together, for as long as its own monitor lives. So the end of a container is noticed however it
/// comes, SIGKILL for its monitor included.
extension Monitor {
    /// Tells the pod's own container of this one, once; a launch again finds the tie in place.
    func joinPod() throws(Problem) {
        guard let path = plan.podDirectory, podTie == nil else { return }
        podTie = try explaining("cannot join the pod of container \"\(plan.name)\"") {
            () throws(KernelFault) in
            let directory = try Files.open(path, [.read, .directory])
            let tie = try Sockets.connect(at: directory, Monitor.doorName)
            try Sockets.send(JSON(encoding: ControlRequest.join).bytes(), to: tie)
            return SharedDescriptor(tie)
        }
    }

    /// Ends the pod's own container where the last other one has gone and the policy says so.
    func memberHasGone() {
        guard plan.infra?.endsWithLast == true, !clients.values.contains(where: \.isMember) else {
            return
        }
        note { $0.stoppedByHand = true }
        apply(.stopAsked(graceSeconds: plan.stop.graceSeconds))
    }
}
