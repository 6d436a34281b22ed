import Base
import Kernel
import Specs
import Systemd

/// Looks at what a machine must have for containers of an ordinary user, one thing at a time.
package struct Doctor {
    /// One thing that was looked at.
    package struct Finding: Equatable, Sendable {
        package enum Grade: Sendable { case good, warning, bad }
        package var grade: Grade
        package var what: String
        /// The exact command that mends it.
        package var mend: String?
    }

    private let house: House
    private let name: String

    package init(_ house: House) {
        self.house = house
        name = SubordinateIDs.accountName(of: house.caller.uid) ?? "\(house.caller.uid)"
    }

    /// Looks at everything; a thing that is missing does not end the visit.
    package func findings() -> [Finding] {
        [
            mappers, range("/etc/subuid"), range("/etc/subgid"), namespaces, userNamespace, overlay,
            device("/dev/net/tun", "the network of a container"),
            device("/dev/fuse", "the file system where the kernel's overlay cannot serve"),
            cgroups, manager, linger, controllers, runtimeDirectory,
        ] + store + helpers
    }

    private func good(_ what: String) -> Finding { Finding(grade: .good, what: what) }

    private var mappers: Finding {
        let missing = ["/usr/bin/newuidmap", "/usr/bin/newgidmap"].filter { !Files.exists($0) }
        guard !missing.isEmpty else { return good("newuidmap and newgidmap map subordinate ids") }
        return Finding(
            grade: .bad, what: "\(missing.joined(separator: " and ")) not installed",
            mend: "sudo apt-get install uidmap")
    }

    private func range(_ file: String) -> Finding {
        let text = (try? Files.readText(file, limit: Limits.subordinateFileBytes)) ?? ""
        let ranges = SubordinateIDs.ranges(in: text, user: name, id: house.caller.uid)
        let count = ranges.reduce(UInt64(0)) { $0 + UInt64($1.count) }
        if count >= 65536 { return good("\(file) grants \(name) \(count) ids") }
        let option = file.hasSuffix("uid") ? "--add-subuids" : "--add-subgids"
        return Finding(
            grade: count == 0 ? .bad : .warning,
            what: count == 0
                ? "\(file) grants \(name) no ids: images with files of other users will not work"
                : "\(file) grants \(name) only \(count) ids: images use up to 65536",
            mend: "sudo usermod \(option) 100000-165535 \(name)")
    }

    private var namespaces: Finding {
        func number(_ path: String) -> Int? {
            (try? Files.readText(path)).flatMap { Int($0.filter { $0 != "\n" }) }
        }
        if number("/proc/sys/user/max_user_namespaces") == 0 {
            return Finding(
                grade: .bad, what: "user namespaces are switched off",
                mend: "sudo sysctl user.max_user_namespaces=10000")
        }
        if number("/proc/sys/kernel/unprivileged_userns_clone") == 0 {
            return Finding(
                grade: .bad, what: "user namespaces are for root alone",
                mend: "sudo sysctl kernel.unprivileged_userns_clone=1")
        }
        if number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == 1 {
            return Finding(
                grade: .bad, what: "AppArmor keeps ordinary programs out of user namespaces",
                mend: "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0")
        }
        return good("the kernel gives ordinary users user namespaces")
    }

    private var userNamespace: Finding {
        if house.caller.uid == 0 { return good("root needs no user namespace") }
        do throws(Problem) {
            let standing = try house.standingNamespace()
            let count = standing.uidMap.reduce(UInt64(0)) { $0 + UInt64($1.count) }
            return good("the user namespace of your containers stands, with \(count) ids")
        } catch {
            return Finding(grade: .bad, what: "\(error.what): \(error.why ?? "")", mend: error.next)
        }
    }

    private var overlay: Finding {
        let text = (try? Files.readText("/proc/filesystems")) ?? ""
        if text.contains("\toverlay\n") || text.hasSuffix("\toverlay") {
            return good("the kernel has overlay file systems")
        }
        return Finding(
            grade: .warning, what: "the kernel has no overlay file system loaded",
            mend: "sudo modprobe overlay")
    }

    private func device(_ path: String, _ purpose: String) -> Finding {
        guard Files.exists(path) else {
            let module = path.hasSuffix("tun") ? "tun" : "fuse"
            return Finding(
                grade: module == "tun" ? .bad : .warning,
                what: "\(path) is not there: it is needed for \(purpose)",
                mend: "sudo modprobe \(module)")
        }
        do throws(KernelFault) {
            _ = try Files.open(path, [.readWrite])
            return good("\(path) can be opened")
        } catch {
            return Finding(
                grade: path.hasSuffix("tun") ? .bad : .warning,
                what: "\(path) cannot be opened: it is needed for \(purpose)",
                mend: "sudo chmod 666 \(path)")
        }
    }

    private var cgroups: Finding {
        if ControlGroup.mountPoint == "/sys/fs/cgroup" {
            return good("control groups are version 2")
        }
        return Finding(
            grade: .warning,
            what: "control groups are not version 2 alone: limits cannot be enforced",
            mend: "sudo grubby --update-kernel=ALL --args=systemd.unified_cgroup_hierarchy=1")
    }

    private var manager: Finding {
        do throws(Problem) {
            _ = try UserManager()
            return good("a service manager runs for you")
        } catch {
            return Finding(
                grade: .warning,
                what: "\(error.what): containers get no control group of their own",
                mend: error.next)
        }
    }

    private var linger: Finding {
        if Files.exists("/var/lib/systemd/linger/\(name)") {
            return good("your services outlive your sessions, and start at boot")
        }
        return Finding(
            grade: .warning, what: "your services end with your last session",
            mend: "loginctl enable-linger \(name)")
    }

    private var controllers: Finding {
        let base = "/user.slice/user-\(house.caller.uid).slice/user@\(house.caller.uid).service"
        let text = (try? ControlGroup(path: base).read("cgroup.controllers")) ?? ""
        let have = Set(text.split { $0 == " " || $0 == "\n" }.map(String.init))
        let missing = ["cpu", "memory", "pids"].filter { !have.contains($0) }
        if missing.isEmpty { return good("limits on processors, memory and processes can be set") }
        return Finding(
            grade: .warning, what: "limits cannot be set for \(missing.joined(separator: ", "))",
            mend: "sudo systemctl set-property user@\(house.caller.uid).service Delegate=yes")
    }

    private var runtimeDirectory: Finding {
        do throws(Problem) {
            _ = try house.run()
            return good("the run-time directory is \(house.runPath)")
        } catch {
            return Finding(grade: .bad, what: "\(error.what): \(error.why ?? "")", mend: error.next)
        }
    }

    /// Where images and containers are kept, and what serves root file systems there.
    private var store: [Finding] {
        do throws(Problem) {
            _ = try house.data()
        } catch {
            return [
                Finding(grade: .bad, what: "\(error.what): \(error.why ?? "")", mend: error.next)
            ]
        }
        let place = good("images and containers are in \(house.dataPath)")
        do throws(Problem) {
            let choice = try house.overlayChoice()
            let what = "\(choice.driver.rawValue) serves root file systems: \(choice.why)"
            return [place, good(what)] + (try otherStores())
        } catch {
            let what = "\(error.what): \(error.why ?? "")"
            return [place, Finding(grade: .bad, what: what, mend: error.next)]
        }
    }

    private func otherStores() throws(Problem) -> [Finding] {
        try house.additionalStores().map { store in
            guard let problem = store.problem else {
                return good("images of \(store.path) are used too")
            }
            return Finding(
                grade: store.isEmpty ? .good : .warning,
                what: "\(problem.what): \(problem.why ?? "")", mend: problem.next)
        }
    }

    private var helpers: [Finding] {
        ["martlet-runtime", "martlet-net", "martlet-fuse", "martlet-registry"].map { helper in
            do throws(Problem) {
                return good("\(helper) is installed at \(try house.helper(helper))")
            } catch {
                return Finding(grade: .bad, what: error.what, mend: error.next)
            }
        }
    }
}
