package import Base
import Kernel

/// A directory of units in which some are ours: those that begin with our mark, and links to them.
package struct SyncDirectory {
    private let path: String
    /// Our own services and their bytes.
    private var services: [String: [UInt8]] = [:]
    /// Links to our services, by their paths below the directory.
    private var links: [String: String] = [:]

    /// Reads what is there; a directory that does not exist yet is empty.
    package init(_ path: String) throws(Problem) {
        self.path = path
        do throws(KernelFault) {
            let directory = try Files.open(path, [.read, .directory])
            var names: [String] = []
            for name in try Files.names(in: directory) where !name.hasPrefix(".") {
                let status = try Files.status(at: directory, name)
                if status.kind == .regular, name.hasSuffix(".service") {
                    readService(name, in: directory)
                } else {
                    names.append(name)
                }
            }
            for name in names { readLinks(name, in: directory) }
        } catch  where error.isAbsence {
            return
        } catch {
            throw error.problem("cannot read the directory \"\(path.printable)\"")
        }
    }

    private mutating func readService(_ name: String, in directory: borrowing Descriptor) {
        // A file that cannot be read is none of ours.
        guard
            let file = try? Files.open(at: directory, name, [.read, .noFollow, .nonBlocking]),
            let bytes = try? file.readAll(limit: Limits.unitFileBytes),
            bytes.starts(with: Array(Output.mark.utf8))
        else { return }
        services[name] = bytes
    }

    private mutating func readLinks(_ name: String, in directory: borrowing Descriptor) {
        if let target = try? Files.target(at: directory, name) {
            if services[Paths.base(of: target)] != nil { links[name] = target }
            return
        }
        guard let below = try? Files.open(at: directory, name, [.read, .directory, .noFollow]),
            let inside = try? Files.names(in: below)
        else { return }
        for entry in inside {
            guard let target = try? Files.target(at: below, entry), target.hasPrefix("../"),
                services[Paths.base(of: target)] != nil
            else { continue }
            links["\(name)/\(entry)"] = target
        }
    }

    /// Whether the directory has this very service with all its links.
    package func holds(_ service: Plan.Service) -> Bool {
        services[service.name] == Output.bytes(of: service)
            && service.links.allSatisfy { links[$0.path] == $0.target }
    }

    /// Removes our services and links that no file asks for any more.
    package func removeStale(keeping kept: [Plan.Service]) -> (
        removed: [String], problems: [Problem]
    ) {
        var removed: [String] = []
        var problems: [Problem] = []
        let names = Set(kept.map(\.name))
        let wanted = Set(kept.flatMap(\.links))
        let stale =
            services.keys.filter { !names.contains($0) }
            + links.filter { !wanted.contains(Link(path: $0.key, target: $0.value)) }.keys
        for name in stale.sorted() {
            do throws(KernelFault) {
                try Files.remove(at: try Files.open(path, [.read, .directory]), name)
                removed.append(name)
            } catch  where error.isAbsence {
                continue
            } catch {
                problems.append(error.problem("cannot remove \"\(path)/\(name.printable)\""))
            }
        }
        return (removed, problems)
    }
}
