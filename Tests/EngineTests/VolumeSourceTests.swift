import Base
import Specs
import Testing

@testable import Engine

@Suite struct VolumeSourceTests {
    private func source(_ options: [String: String], driver: String = "local") throws(Problem)
        -> VolumeSource
    {
        var record = VolumeRecord(name: "v", created: 0)
        record.driver = driver
        record.options = options
        return try VolumeSource(record)
    }

    private func reason(_ options: [String: String], driver: String = "local") -> String {
        do throws(Problem) {
            _ = try source(options, driver: driver)
            return "accepted"
        } catch {
            return error.why ?? ""
        }
    }

    @Test func aPlainVolumeMountsItsOwnDirectory() throws {
        #expect(try source([:]).mount(at: "/d", readOnly: false) == nil)
        #expect(try source(["nocopy": ""]).copiesUp == false)
    }

    @Test func optionsBecomeTheMount() throws {
        let memory = try source(["type": "tmpfs", "device": "tmpfs", "o": "size=1m,mode=700"])
        #expect(
            memory.mount(at: "/d", readOnly: false)?.options == [
                "nosuid", "nodev", "size=1m", "mode=700",
            ])
        let bind = try source(["type": "none", "o": "bind,ro", "device": "/srv"])
        let mount = bind.mount(at: "/d", readOnly: false)
        #expect(mount?.source == "/srv")
        #expect(mount?.options == ["bind", "rprivate", "nosuid", "nodev", "ro"])
    }

    @Test func whatCannotBeSaysWhy() {
        #expect(reason(["type": "nfs", "device": "a:/b"]).hasPrefix("an ordinary user cannot"))
        #expect(reason(["tpye": "tmpfs"]) == "there is no option \"tpye\"")
        #expect(reason(["type": "none", "o": "bind"]) == "a bind needs an absolute path")
        #expect(reason(["o": "size=1m"]) == "the option o=size=1m needs a type or a device")
        #expect(reason([:], driver: "image") == "the driver image needs the option image")
        #expect(reason([:], driver: "fancy").hasPrefix("there is no driver \"fancy\""))
    }
}
