import Base
import Specs

// The options of `run` and `create`, by what they are about. Help sorts them by name.
extension Field where Request == LaunchRequest {
    /// Every field the two verbs share; the arguments stand last.
    package static var launchFields: [Field] {
        identityFields + processFields + lifeFields + securityFields + namespaceFields
            + storageFields + networkFields + resourceFields + healthFields + pullFields
            + absentFields + launchArguments
    }

    /// Options that only make sense where somebody stays with the container.
    package static var attachFields: [Field] {
        [
            .flag("detach", short: "d", "Run in the background and print the container's id") {
                $0.detach = $1
            } write: {
                $0.detach
            },
            .detachKeys {
                $0.detachKeys = $1
            } write: {
                $0.detachKeys
            },
            .flag("sig-proxy", "Pass signals on to the container") {
                $0.proxiesSignals = $1
            } write: {
                $0.proxiesSignals
            }.standard("true"),
            .notBuilt("preserve-fd", .commaSeparated),
        ]
    }

    private static var launchArguments: [Field] {
        [
            .argument("image", "The image to run, or a directory with --rootfs") {
                $0.spec.image = $1
            } write: {
                $0.spec.image
            }.completing(.image),
            .command("command", "What to run in place of the image's own command") {
                $0.spec.command.append($1)
            } write: {
                $0.spec.command
            },
        ]
    }

    private static var identityFields: [Field] {
        [
            .value("name", "NAME", "Name the container") { (request, text) throws(Problem) in
                request.spec.name = try ObjectName(text, of: "container").text
            } write: {
                $0.spec.name.isEmpty ? nil : $0.spec.name
            },
            .flag("replace", "Remove a container of the same name first") {
                $0.replace = $1
            } write: {
                $0.replace
            },
            .value("cidfile", "FILE", "Write the container's id to this file") {
                $0.idFile = $1
            } write: {
                $0.idFile
            }.completing(.file),
            .repeated(
                "label", short: "l", "KEY=VALUE", "Give the container a label", Assignments.label,
                read: { $0.spec.labels[$1.key] = $1.value },
                write: { Assignments.texts(of: $0.spec.labels) }),
            .repeated("label-file", "FILE", "Read labels from the lines of this file") {
                $0.labelFiles.append($1)
            } write: {
                $0.labelFiles
            }.completing(.file),
            .repeated(
                "annotation", "KEY=VALUE", "Give the container an annotation", Assignments.pair,
                read: { $0.spec.annotations[$1.key] = $1.value },
                write: { Assignments.texts(of: $0.spec.annotations) }),
            .value("pull", "POLICY", "When to fetch the image", Choice.of(PullChoices.Policy.self))
            {
                $0.pull.policy = $1
            } write: {
                $0.pull.policy.rawValue
            }.standard("missing").completing(.words(PullChoices.Policy.allCases.map(\.rawValue))),
            .flag("quiet", short: "q", "Say nothing about fetching the image") {
                $0.quiet = $1
            } write: {
                $0.quiet
            },
            .flag("rootfs", "Take the first argument as a directory, not as an image") {
                $0.isRootDirectory = $1
            } write: {
                $0.isRootDirectory
            },
            .value("pod", "POD", "Put the container into this pod; new:NAME makes it first") {
                $0.spec.pod = $1
            } write: {
                $0.spec.pod
            }.completing(.pod),
            .value("pod-id-file", "FILE", "Put the container into the pod whose id is in there") {
                $0.podIDFile = $1
            } write: {
                $0.podIDFile
            }.completing(.file),
            .commaSeparated("requires", "CONTAINER", "Start these containers first") {
                $0.spec.requires.append($1)
            } write: {
                $0.spec.requires
            }.completing(.container),
            .repeated("secret", "NAME[,OPTION…]", "Give the container a secret", SecretOption.parse)
            {
                $0.spec.secrets.append($1)
            } write: {
                $0.spec.secrets.map(SecretOption.text)
            },
            .commaSeparated("attach", short: "a", "STREAM", "Attach to stdin, stdout or stderr") {
                $0.attach.append($1.lowercased())
            } write: {
                $0.attach
            }.completing(.words(["stdin", "stdout", "stderr"])),
        ]
    }

    /// podman's options that are refused, each by its name.
    private static var absentFields: [Field] {
        [
            .notBuilt("chrootdirs", .repeated),
            .notBuilt("env-merge", .repeated),
            .notBuilt("init-path", next: "use --init alone: Martlet has an init of its own"),
            .notBuilt("rdt-class"),
            .notBuilt("seccomp-policy"),
            .notBuilt("shm-size-systemd"),
            .oldControlGroups("cpu-rt-period"),
            .oldControlGroups("cpu-rt-runtime"),
            .oldControlGroups("memory-swappiness"),
            .notBuilt("oom-kill-disable", .flag),
            .notBuilt("kernel-memory"),
        ]
    }
}
