import Base
import Specs

extension Field where Request == LaunchRequest {
    /// How a container starts, stops, and where its output goes.
    static var lifeFields: [Field] {
        [
            .flag("rm", "Remove the container when it ends") {
                $0.spec.life.remove = $1
            } write: {
                $0.spec.life.remove
            },
            .checkedFlag("rmi", "Remove the image too when the container ends") {
                (request, on) throws(Problem) in
                request.removeImage = on
                if on { request.spec.life.remove = true }
            } write: {
                $0.removeImage
            },
            .value("stop-signal", "SIGNAL", "Stop the container by this signal", SignalOption.parse)
            {
                $0.spec.life.stopSignal = $1
            } write: {
                $0.spec.life.stopSignal
            }.standard("the image's, or SIGTERM"),
            .value("stop-timeout", "SECONDS", "Wait this long before SIGKILL", Whole<UInt32>.parse)
            {
                $0.spec.life.stopSeconds = $1
            } write: {
                "\($0.spec.life.stopSeconds)"
            }.standard("10"),
            .value("restart", "POLICY", "When to start the container again", RestartOption.parse) {
                $0.spec.life.restart = $1
            } write: {
                RestartOption.text(of: $0.spec.life.restart)
            }.standard("no").completing(
                .words(["no", "always", "on-failure", "on-failure:", "unless-stopped"])),
            .value("timeout", "SECONDS", "Kill the container after this long", Whole<UInt32>.parse)
            {
                $0.spec.life.timeoutSeconds = $1
            } write: {
                "\($0.spec.life.timeoutSeconds)"
            },
            .value(
                "sdnotify", "MODE", "Who says that the container is ready",
                Choice.of(["container", "conmon", "healthy", "ignore"])
            ) {
                $0.spec.life.notify = LifeChoices.Notify(rawValue: $1) ?? .container
            } write: {
                $0.spec.life.notify.rawValue
            }.standard("container").completing(
                .words(["container", "conmon", "healthy", "ignore"])),
            .value(
                "cgroups", "MODE", "Where the container's cgroup lies",
                Choice.of(["enabled", "disabled", "no-conmon", "split"])
            ) {
                $0.spec.life.cgroups = LifeChoices.Cgroups(rawValue: $1) ?? .enabled
            } write: {
                $0.spec.life.cgroups.rawValue
            }.standard("enabled").completing(
                .words(["enabled", "disabled", "no-conmon", "split"])),
            .value("cgroup-parent", "PATH", "Put the container's cgroup below this one") {
                $0.spec.life.cgroupParent = $1
            } write: {
                $0.spec.life.cgroupParent
            },
            .value("runtime", "NAME|PATH", "Use this OCI runtime in place of the built-in one") {
                $0.spec.life.runtime = $1
            } write: {
                $0.spec.life.runtime
            }.completing(.words(["crun", "runc"])),
            .value("pidfile", "FILE", "Write the container's pid to this file") {
                $0.spec.life.pidFile = $1
            } write: {
                $0.spec.life.pidFile
            }.completing(.file),
            .value("conmon-pidfile", "FILE", "Write the monitor's pid to this file") {
                $0.spec.life.monitorPidFile = $1
            } write: {
                $0.spec.life.monitorPidFile
            }.completing(.file),
            .value("log-driver", "DRIVER", "Where output goes", LogOption.driver) {
                $0.spec.log.driver = $1
            } write: {
                $0.spec.log.driver?.rawValue
            }.standard("journald in a unit, k8s-file elsewhere").completing(
                .words(["journald", "k8s-file", "none", "passthrough", "passthrough-tty"])),
            .repeated(
                "log-opt", "KEY=VALUE", "Set path, max-size, max-file, tag or label of the log"
            ) {
                (request, text) throws(Problem) in
                try LogOption.apply(text, to: &request.spec.log)
            } write: {
                LogOption.texts(of: $0.spec.log)
            }.completing(.words(["path=", "max-size=", "max-file=", "tag=", "label="])),
        ]
    }
}
