import Base
import Specs

extension Field where Request == LaunchRequest {
    /// Capabilities, filters, labels.
    static var securityFields: [Field] {
        [
            .commaSeparated(
                "cap-add", "CAPABILITY", "Add a capability; ALL adds every one",
                CapabilityOption.parse
            ) {
                $0.spec.security.addCapabilities.append($1)
            } write: {
                $0.spec.security.addCapabilities
            },
            .commaSeparated(
                "cap-drop", "CAPABILITY", "Drop a capability; ALL drops every one",
                CapabilityOption.parse
            ) {
                $0.spec.security.dropCapabilities.append($1)
            } write: {
                $0.spec.security.dropCapabilities
            },
            .flag("privileged", "Give every capability of the user namespace, and mask nothing") {
                $0.spec.security.privileged = $1
            } write: {
                $0.spec.security.privileged
            },
            .repeated("security-opt", "OPTION", "Set a filter, a label or masked paths") {
                (request, text) throws(Problem) in
                try SecurityOption.apply(text, to: &request.spec.security)
            } write: {
                SecurityOption.texts(of: $0.spec.security)
            }.completing(
                .words([
                    "no-new-privileges", "seccomp=", "apparmor=", "label=disable", "mask=",
                    "unmask=", "proc-opts=",
                ])),
            .flag("read-only", "Make the root file system read-only") {
                $0.spec.security.readOnlyRoot = $1
            } write: {
                $0.spec.security.readOnlyRoot
            },
            .flag("read-only-tmpfs", "Keep /run, /tmp and /var/tmp writable with --read-only") {
                $0.spec.security.readOnlyTmpfs = $1
            } write: {
                $0.spec.security.readOnlyTmpfs
            }.standard("true"),
        ]
    }

    /// Which namespaces are new, shared or joined.
    static var namespaceFields: [Field] {
        [
            .value(
                "pid", "MODE", "The namespace of process ids",
                NamespaceOption.allowing("host", "container", "ns")
            ) {
                $0.spec.spaces.pid = $1
            } write: {
                NamespaceOption.text(of: $0.spec.spaces.pid)
            }.standard("private").completing(.words(["private", "host", "container:", "ns:"])),
            .value(
                "ipc", "MODE", "The namespace of shared memory and queues",
                NamespaceOption.allowing("host", "none", "shareable", "container", "ns")
            ) {
                $0.spec.spaces.ipc = $1
            } write: {
                NamespaceOption.text(of: $0.spec.spaces.ipc)
            }.standard("private").completing(
                .words(["private", "shareable", "host", "none", "container:", "ns:"])),
            .value(
                "uts", "MODE", "The namespace of the host name",
                NamespaceOption.allowing("host", "container", "ns")
            ) {
                $0.spec.spaces.uts = $1
            } write: {
                NamespaceOption.text(of: $0.spec.spaces.uts)
            }.standard("private").completing(.words(["private", "host", "container:", "ns:"])),
            .value(
                "cgroupns", "MODE", "The namespace of cgroups",
                NamespaceOption.allowing("host", "container", "ns")
            ) {
                $0.spec.spaces.cgroup = $1
            } write: {
                NamespaceOption.text(of: $0.spec.spaces.cgroup)
            }.standard("private").completing(.words(["private", "host", "container:", "ns:"])),
            .value("userns", "MODE", "The namespace of users", UserNamespaceOption.parse) {
                $0.spec.spaces.user = $1
            } write: {
                UserNamespaceOption.text(of: $0.spec.spaces.user)
            }.from("MARTLET_USERNS").completing(
                .words([
                    "keep-id", "keep-id:uid=", "auto", "host", "nomap", "private", "container:",
                    "ns:",
                ])),
            .commaSeparated(
                "uidmap", "[+][u|g]INSIDE:[@]OUTSIDE[:COUNT]", "Map user ids",
                IDRangeOption.parse
            ) {
                $0.spec.spaces.uidMap.append($1)
                $0.spec.spaces.user = .custom
            } write: {
                $0.spec.spaces.uidMap.map(IDRangeOption.text)
            },
            .commaSeparated(
                "gidmap", "[+][u|g]INSIDE:[@]OUTSIDE[:COUNT]", "Map group ids",
                IDRangeOption.parse
            ) {
                $0.spec.spaces.gidMap.append($1)
                $0.spec.spaces.user = .custom
            } write: {
                $0.spec.spaces.gidMap.map(IDRangeOption.text)
            },
            .value("subuidname", "NAME", "Take ids from this entry of /etc/subuid") {
                $0.spec.spaces.subUIDName = $1
            } write: {
                $0.spec.spaces.subUIDName
            },
            .value("subgidname", "NAME", "Take ids from this entry of /etc/subgid") {
                $0.spec.spaces.subGIDName = $1
            } write: {
                $0.spec.spaces.subGIDName
            },
            .value("hostname", short: "h", "NAME", "Set the host name") {
                $0.spec.spaces.hostname = $1
            } write: {
                $0.spec.spaces.hostname
            },
        ]
    }
}
