import Base
import Kernel
import Specs

/// Descriptors of the namespaces that a plan is about.
struct NamespaceDoors: ~Copyable {
    private let network: Descriptor
    /// nil where the helper is in the user namespace already.
    private let user: Descriptor?

    private init(network: consuming Descriptor, user: consuming Descriptor?) {
        self.network = network
        self.user = user
    }

    /// Opens or takes over what the plan names; where it names nothing, waits for the message that
    /// brings descriptors.
    static func find(_ plan: NetworkPlan, channel: borrowing Descriptor) throws(Problem) -> Self {
        switch plan.namespaces {
        case .descriptors(let network, let user):
            return Self(
                network: Descriptor(owning: network), user: user.map { Descriptor(owning: $0) })
        case .process(let pid):
            return try explaining(
                "cannot find the namespaces of process \(pid)", next: "see whether it still runs"
            ) { () throws(KernelFault) in
                let network = try Files.open("/proc/\(pid)/ns/net", .read)
                return Self(network: network, user: try Files.open("/proc/\(pid)/ns/user", .read))
            }
        case nil:
            let numbers = try explaining("the container's namespaces were not handed over") {
                () throws(KernelFault) in try Sockets.receive(from: channel).descriptors
            }
            guard let first = numbers.first, numbers.count <= 2 else {
                for number in numbers { _ = Descriptor(owning: number) }
                throw Problem(
                    .helper, "the container's namespaces were not handed over",
                    why: "\(numbers.count) descriptors came, where one or two were expected")
            }
            let user = numbers.count == 2 ? numbers[1] : nil
            return Self(
                network: Descriptor(owning: first), user: user.map { Descriptor(owning: $0) })
        }
    }

    /// What the agent does in them.
    func work(_ plan: NetworkPlan) -> StackWork {
        switch user {
        case .none: StackWork(plan: plan, network: network.number, user: nil)
        case .some(let user): StackWork(plan: plan, network: network.number, user: user.number)
        }
    }

    /// Lets them go.
    consuming func close() {}
}

/// Gives a namespace a link to the stack.
struct StackWork: AgentWork {
    let plan: NetworkPlan
    let network: CInt
    let user: CInt?

    var ports: [PortMapping] { plan.ports }
    var wantsIPv6: Bool { plan.ipv6 != nil }
    var numbers: [CInt] { [network] + [user].compactMap { $0 } }

    func run() throws(Problem) -> LinkSetup.Outcome {
        let (network, user) = (network, user)
        try explaining("cannot enter the container's network namespace") { () throws(KernelFault) in
            // Entering the namespace one is in is refused, so it is not tried.
            if let user, try !Namespaces.isOwn(number: user, "user") {
                try Namespaces.enter(number: user, .user)
            }
            try Namespaces.enter(number: network, .network)
        }
        return try LinkSetup(plan: plan).run()
    }
}
