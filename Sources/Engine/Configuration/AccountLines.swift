package import Base
package import Specs

/// What is added to an image's /etc/passwd and /etc/group, so that the container's user has a name
/// and a home there. See podman-run(1), --passwd, --passwd-entry, --group-entry and --hostuser.
///
/// Pure text; nothing is added where the image knows the user already.
package struct AccountLines: Equatable, Sendable {
    package var passwd: [String] = []
    package var group: [String] = []

    /// Whose accounts on the host may be needed.
    package struct Host: Sendable {
        package var accounts: Accounts
        package var uid: UInt32
        package var gid: UInt32

        package init(accounts: Accounts, uid: UInt32, gid: UInt32) {
            self.accounts = accounts
            self.uid = uid
            self.gid = gid
        }
    }

    /// - Throws: `noSuchObject` for a `--hostuser` that the host does not know.
    package init(
        _ spec: ContainerSpec, image: ImageConfig.Execution?, accounts: Accounts,
        kept: (uid: UInt32, gid: UInt32)?, host: Host
    ) throws(Problem) {
        let process = spec.process
        guard process.writeAccounts else { return }
        let directory = process.workingDirectory ?? image?.workingDirectory ?? ""
        let home = directory.hasPrefix("/") ? directory : "/"
        for name in process.hostUsers {
            guard let line = host.accounts.line(of: name) else {
                throw Problem(
                    .noSuchObject, "the host has no account \"\(name.printable)\" for --hostuser",
                    next: "list the accounts with \"getent passwd\"")
            }
            addUser(line, to: accounts)
        }
        if let kept {
            let mine = host.accounts.line(of: "\(host.uid)")
            let ownHome = mine?.home ?? "/"
            let isThere = spec.storage.mounts.contains {
                ownHome == $0.destination || ownHome.hasPrefix($0.destination + "/")
            }
            let name = mine?.name ?? "\(kept.uid)"
            addUser(
                Accounts.Line(
                    name: name, uid: kept.uid, gid: kept.gid, comment: mine?.comment ?? "",
                    home: isThere ? ownHome : home), to: accounts,
                template: process.user == nil ? process.passwdEntry : nil)
            addGroup(
                host.accounts.groupName(of: host.gid) ?? "\(kept.gid)", kept.gid, name,
                to: accounts, process.user == nil ? process.groupEntry : nil)
        }
        let words = process.user ?? image?.user ?? ""
        let parts = words.split(separator: ":", omittingEmptySubsequences: false)
        guard let uid = parts.first.flatMap({ Accounts.number($0) }), uid != 0 else { return }
        let known = Accounts(
            passwd: accounts.passwd + "\n" + passwd.joined(separator: "\n"), group: accounts.group)
        let gid = try known.identity(words).gid
        addUser(
            Accounts.Line(
                name: "\(uid)", uid: uid, gid: gid, comment: "container user", home: home),
            to: known, template: process.passwdEntry)
        if parts.count == 2, let number = Accounts.number(parts[1]), number != 0 {
            addGroup("\(number)", number, "\(uid)", to: accounts, process.groupEntry)
        }
    }

    /// The image's accounts with these lines behind them.
    package func added(to accounts: Accounts) -> Accounts {
        func joined(_ text: String, _ lines: [String]) -> String {
            if lines.isEmpty { return text }
            let end = text.isEmpty || text.hasSuffix("\n") ? "" : "\n"
            return text + end + lines.map { $0 + "\n" }.joined()
        }
        return Accounts(
            passwd: joined(accounts.passwd, passwd), group: joined(accounts.group, group))
    }

    private mutating func addUser(
        _ line: Accounts.Line, to accounts: Accounts, template: String? = nil
    ) {
        if accounts.line(of: "\(line.uid)") != nil || accounts.line(of: line.name) != nil { return }
        guard let template else { return passwd.append(line.text) }
        passwd.append(
            AccountLines.filled(
                template,
                [
                    ("$USERNAME", line.name), ("$UID", "\(line.uid)"), ("$GID", "\(line.gid)"),
                    ("$NAME", line.comment), ("$HOME", line.home),
                ]))
    }

    private mutating func addGroup(
        _ name: String, _ gid: UInt32, _ member: String, to accounts: Accounts, _ template: String?
    ) {
        if accounts.groupName(of: gid) != nil { return }
        group.append(
            AccountLines.filled(
                template ?? "$GROUPNAME:x:$GID:$USERLIST",
                [("$GROUPNAME", name), ("$GID", "\(gid)"), ("$USERLIST", member)]))
    }

    private static func filled(_ template: String, _ values: [(String, String)]) -> String {
        var text = template
        for (word, value) in values { text = text.replacing(word, with: value) }
        return text
    }
}

extension Accounts {
    /// One line of /etc/passwd.
    package struct Line: Equatable, Sendable {
        package var name: String
        package var uid: UInt32
        package var gid: UInt32
        package var comment: String
        package var home: String

        package init(name: String, uid: UInt32, gid: UInt32, comment: String, home: String) {
            self.name = name
            self.uid = uid
            self.gid = gid
            self.comment = comment
            self.home = home
        }

        var text: String { "\(name):*:\(uid):\(gid):\(comment):\(home):/bin/sh" }
    }

    /// Returns the line of a user by name, or by number; a name of digits alone is only a number.
    package func line(of words: String) -> Line? {
        let number = Accounts.number(words)
        for text in passwd.split(separator: "\n") {
            let fields = text.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count >= 6, let uid = Accounts.number(fields[2]),
                let gid = Accounts.number(fields[3]),
                number.map({ $0 == uid }) ?? (fields[0] == words)
            else { continue }
            return Line(
                name: String(fields[0]), uid: uid, gid: gid, comment: String(fields[4]),
                home: String(fields[5]))
        }
        return nil
    }

    /// Returns the name of a group by its number.
    package func groupName(of gid: UInt32) -> String? {
        for text in group.split(separator: "\n") {
            let fields = text.split(separator: ":", omittingEmptySubsequences: false)
            if fields.count >= 3, Accounts.number(fields[2]) == gid { return String(fields[0]) }
        }
        return nil
    }
}
