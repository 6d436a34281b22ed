import Testing

import Quadlet

struct SearchPathTests {
    private func paths(_ environment: [String: String], isUser: Bool = true) -> [String] {
        SearchPath(
            SearchPath.Circumstances(isUser: isUser, uid: 1001, environment: environment)
        ).roots.map(\.path)
    }

    @Test func aUsersDirectories() {
        #expect(
            paths(["HOME": "/home/a", "XDG_RUNTIME_DIR": "/run/user/1001"]) == [
                "/run/user/1001/containers/systemd", "/home/a/.config/containers/systemd",
                "/etc/containers/systemd/users", "/etc/containers/systemd/users/1001",
                "/usr/share/containers/systemd/users", "/usr/share/containers/systemd/users/1001",
            ])
        #expect(paths(["XDG_CONFIG_HOME": "/c", "HOME": "/h"]).first == "/c/containers/systemd")
    }

    @Test func aSystemsDirectories() {
        #expect(
            paths([:], isUser: false) == [
                "/run/containers/systemd", "/etc/containers/systemd",
                "/usr/share/containers/systemd",
            ])
    }

    /// The incumbent then gives up the directories below, which need no home.
    @Test(arguments: [[:], ["HOME": "relative"], ["XDG_CONFIG_HOME": "x"]])
    func withoutAHomeTheSharedDirectoriesAreSearched(_ environment: [String: String]) {
        let path = SearchPath(
            SearchPath.Circumstances(isUser: true, uid: 5, environment: environment))
        #expect(path.roots.map(\.path).contains("/etc/containers/systemd/users/5"))
        #expect(path.findings.map(\.rule) == ["search-path"])
    }

    @Test func aListReplacesAllDirectories() {
        #expect(paths(["QUADLET_UNIT_DIRS": "/a:/b"]) == ["/a", "/b"])
        #expect(paths(["QUADLET_UNIT_DIRS": "/a:b:/c"]) == ["/a"])
    }
}
