package import Base
import Kernel
package import Records
package import Specs

extension House {
    /// Puts a container on a network, at once where it runs.
    package func connect(
        _ container: ContainerRecord, to network: NetworkRecord, options: [String], ledger: Ledger
    ) throws(Problem) {
        do throws(Problem) {
            guard case .named(var attachments)? = container.spec.network.mode else {
                throw Problem(
                    .wrongState, "it is not on a network with a name",
                    why: "its network is of another kind, which cannot be joined to others",
                    next: "make it with --network NAME")
            }
            guard !attachments.contains(where: { network.isMeant(by: $0.network) }) else {
                throw Problem(.wrongState, "it is on the network already")
            }
            let attachment = NetworkChoices.Attachment(network: network.name, options: options)
            let wish = try AttachmentOptions(options)
            let condition = try condition(of: container.id)
            if condition.isRunning {
                let states = condition.record?.networks ?? []
                var taken = Set(states.map(\.interface))
                let interface = wish.interface ?? Self.freeInterface(besides: &taken)
                let mac = wish.mac ?? HardwareAddress(container: container.id, place: states.count)
                let connection = try place(
                    of: container.id, on: network, wishes: wish.addresses, ledger: ledger)
                var member = MemberPlan()
                member.links = [
                    Self.link(
                        network, interface: interface, mac: mac, addresses: connection.addresses,
                        number: states.count)
                ]
                try ask(container, connection, member, aliases: wish.aliases)
            }
            attachments.append(attachment)
            var changed = container
            changed.spec.network.mode = .named(attachments)
            try ledger.update(changed)
        } catch {
            throw error.during(
                "connecting container \"\(container.name)\" to network \"\(network.name)\"")
        }
    }

    /// Takes a container from a network, at once where it runs.
    package func disconnect(
        _ container: ContainerRecord, from network: NetworkRecord, ledger: Ledger
    ) throws(Problem) {
        do throws(Problem) {
            guard case .named(var attachments)? = container.spec.network.mode,
                attachments.contains(where: { network.isMeant(by: $0.network) })
            else {
                throw Problem(.wrongState, "it is not on the network")
            }
            if try condition(of: container.id).isRunning {
                try ask(container, .disconnect(network: network.id))
            }
            attachments.removeAll { network.isMeant(by: $0.network) }
            var changed = container
            changed.spec.network.mode = attachments.isEmpty ? .some(.none) : .named(attachments)
            try ledger.update(changed)
        } catch {
            throw error.during(
                "disconnecting container \"\(container.name)\" from network \"\(network.name)\"")
        }
    }

    /// Links a running container anew to all of its networks, under the addresses it has.
    package func reloadNetworks(of container: ContainerRecord, ledger: Ledger) throws(Problem) {
        do throws(Problem) {
            let condition = try condition(of: container.id)
            guard condition.isRunning, let states = condition.record?.networks else { return }
            for (number, state) in states.enumerated() {
                let network = try ledger.findNetwork(state.id)
                guard let mac = HardwareAddress(state.mac) else { continue }
                // The monitor's old connection may still hold them, and is given up first.
                try ask(container, .disconnect(network: network.id))
                let connection = try place(
                    of: container.id, on: network, wishes: state.addresses.map(\.address),
                    ledger: ledger)
                var member = MemberPlan()
                member.removed = [state.interface]
                member.links = [
                    Self.link(
                        network, interface: state.interface, mac: mac,
                        addresses: connection.addresses, number: number)
                ]
                let short = String(container.id.prefix(12))
                try ask(
                    container, connection, member, aliases: state.aliases.filter { $0 != short })
            }
        } catch {
            throw error.during("reloading the networks of container \"\(container.name)\"")
        }
    }

    private func ask(
        _ container: ContainerRecord, _ connection: NetworkConnection, _ member: MemberPlan,
        aliases: [String]
    ) throws(Problem) {
        guard let state = member.links.first?.state else { return }
        var helper = MonitorPlan.NetworkHelper(
            program: try self.helper("martlet-net"), task: .member, plan: JSON(encoding: member))
        helper.isBrief = true
        let request = ControlRequest.connect(
            .init(
                membership: membership(
                    of: container, on: connection.network, state, aliases: aliases),
                helper: helper))
        let monitor = try MonitorConnection(house: self, id: container.id, name: container.name)
        try monitor.send(request, [connection.socket.descriptor.number])
        _ = try monitor.answer(within: MonitorConnection.patience)
    }
}
