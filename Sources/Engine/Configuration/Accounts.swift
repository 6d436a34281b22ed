package import Base

/// The users and groups an image knows, and what a user's words mean among them.
///
/// Numbers are read strictly: what overflows, is signed or only looks like a number is refused, and
/// never becomes 0 (T-USER-1).
package struct Accounts: Equatable, Sendable {
    package var passwd: String
    package var group: String

    package init(passwd: String = "", group: String = "") {
        self.passwd = passwd
        self.group = group
    }

    /// Who a process runs as.
    package struct Identity: Equatable, Sendable {
        package var uid: UInt32
        package var gid: UInt32
        package var groups: [UInt32]
        package var home: String
        package var name: String?

        package init(uid: UInt32, gid: UInt32, groups: [UInt32], home: String, name: String?) {
            self.uid = uid
            self.gid = gid
            self.groups = groups
            self.home = home
            self.name = name
        }
    }

    /// Returns what `user[:group]` stands for; empty is root.
    package func identity(_ words: String) throws(Problem) -> Identity {
        let parts = words.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        func refuse(_ why: String) -> Problem {
            Problem(
                .badValue, "\"\(words.printable)\" is no user of the image", why: why,
                next: "write user, uid, user:group or uid:gid")
        }
        guard parts.count <= 2 else { throw refuse("it has more than two parts") }
        let user = parts.first ?? ""
        if parts.count == 2, user.isEmpty || parts[1].isEmpty { throw refuse("one part is empty") }
        var found = Identity(uid: 0, gid: 0, groups: [], home: "/", name: nil)
        let wanted = user.isEmpty ? "0" : user
        if let line = passwdLine(wanted) {
            found = line
        } else if let number = Accounts.number(wanted) {
            found.uid = number
            if number == 0 { found.home = "/root" }
        } else if Accounts.looksNumeric(wanted) {
            throw refuse("\"\(wanted.printable)\" is not a number from 0 to 4294967294")
        } else {
            throw refuse("its /etc/passwd has no \"\(wanted.printable)\"")
        }
        if parts.count == 2 {
            found.gid = try groupNumber(parts[1], orElse: refuse)
            found.groups = []
        } else if let name = found.name {
            found.groups = memberships(of: name, besides: found.gid)
        }
        return found
    }

    /// Returns the number of a group by name or number.
    package func groupNumber(
        _ words: String, orElse refuse: (String) -> Problem
    ) throws(Problem) -> UInt32 {
        for line in group.split(separator: "\n") {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            if fields.count >= 3, fields[0] == words, let number = Accounts.number(fields[2]) {
                return number
            }
        }
        if let number = Accounts.number(words) { return number }
        if Accounts.looksNumeric(words) {
            throw refuse("\"\(words.printable)\" is not a number from 0 to 4294967294")
        }
        throw refuse("its /etc/group has no \"\(words.printable)\"")
    }

    /// Looks a user up by name, or by number; a name of digits alone is only ever a number.
    private func passwdLine(_ words: String) -> Identity? {
        let number = Accounts.number(words)
        for line in passwd.split(separator: "\n") {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count >= 6, let uid = Accounts.number(fields[2]),
                let gid = Accounts.number(fields[3])
            else { continue }
            let matches = number.map { $0 == uid } ?? (fields[0] == words)
            guard matches else { continue }
            let home = fields[5].hasPrefix("/") ? String(fields[5]) : "/"
            return Identity(uid: uid, gid: gid, groups: [], home: home, name: String(fields[0]))
        }
        return nil
    }

    private func memberships(of name: String, besides gid: UInt32) -> [UInt32] {
        var found: [UInt32] = []
        for line in group.split(separator: "\n") {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count >= 4, let number = Accounts.number(fields[2]), number != gid,
                fields[3].split(separator: ",").contains(where: { $0 == name }),
                !found.contains(number)
            else { continue }
            found.append(number)
        }
        return found
    }

    /// Reads a number from 0 to 2^32 - 2, digits only: -1 means "no id" to the kernel.
    package static func number(_ text: some StringProtocol) -> UInt32? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }),
            let value = UInt32(text), value != UInt32.max
        else { return nil }
        return value
    }

    private static func looksNumeric(_ text: String) -> Bool {
        text.utf8.allSatisfy { (48...57).contains($0) || $0 == 43 || $0 == 45 || $0 == 32 }
            || text.lowercased().hasPrefix("0x")
    }
}
