/// Every bound that input from outside meets, in one place.
package enum Limits {
    /// Bytes of a JSON document that describes a container (config.json, a record, a plan).
    package static let documentBytes = 8 << 20
    /// Bytes of an image manifest or index.
    package static let manifestBytes = 4 << 20
    /// Bytes of an image configuration.
    package static let imageConfigBytes = 8 << 20
    /// Bytes of a configuration file in TOML.
    package static let configurationBytes = 1 << 20
    /// Nesting of a JSON document.
    package static let jsonDepth = 128
    /// Members of one JSON object or array.
    package static let jsonMembers = 1 << 18
    /// Digits and signs of a JSON number.
    package static let jsonNumberLength = 64
    /// Bytes of a unit file or drop-in.
    package static let unitFileBytes = 1 << 20
    /// Characters of the name of a container, pod, volume or network.
    package static let nameLength = 255
    /// Layers of an image.
    package static let layers = 127
    /// Lower directories of one overlay of ours.
    package static let overlayLayers = 128
    /// Files that the rename of a directory of lower layers copies at most, and their bytes.
    package static let renamedFiles = 16_384
    package static let renamedBytes: Int64 = 256 << 20
    /// Descriptors of an overlay's server, where the hard limit allows as many.
    package static let overlayDescriptors = 524_288
    /// Files that an overlay's server keeps open for what may be read or written next.
    package static let overlayFiles = 512
    /// Mounts of a container.
    package static let mounts = 1024
    /// Bytes of an entry's name or link target in an archive.
    package static let pathBytes = 4096
    /// Members of the archive of a saved image.
    package static let archiveMembers = 10_000
    /// Bytes of one extended header of a tar archive.
    package static let paxBytes = 1 << 20
    /// Bytes of /etc/passwd and /etc/group that are read from an image.
    package static let accountFileBytes = 16 << 20
    /// Bytes of /etc/subuid and /etc/subgid.
    package static let subordinateFileBytes = 4 << 20
    /// Bytes of the file of events, beside which the one before it is kept.
    package static let eventBytes = 4 << 20
    /// Bytes of one message between two programs of ours.
    package static let messageBytes = 1 << 20
    /// Ports of the host that lead into one container, ranges counted whole.
    package static let publishedPorts = 4096
    /// Bytes of the head of an answer from a registry.
    package static let headerBytes = 64 << 10
    /// Bytes of an error or a token that a registry answers with.
    package static let answerBytes = 1 << 20
    /// Signatures of one image that are looked at.
    package static let signatures = 128
    /// Bytes of a text that is fetched from the web.
    package static let webDocumentBytes = 4 << 20
    /// Redirects that one request follows.
    package static let redirects = 10
    /// Seconds that a registry can make us wait before the next attempt.
    package static let retryAfterSeconds = 60.0
    /// Blobs of one image that are on their way at once.
    package static let parallelBlobs = 6
    /// Blobs of at most so many bytes are small: each is sent in one request, and more at once.
    package static let smallBlobBytes: Int64 = 128 << 10
    package static let parallelSmallBlobs = 12
    /// Layers of one image that are packed or unpacked at once.
    package static let parallelLayers = 4
    /// Tags that are listed of one repository.
    package static let tags = 100_000
    /// TCP connections through one container's published ports; more wait in the host's queues.
    package static let forwardedConnections = 4096
    /// UDP flows through one container's published ports; the oldest makes room for the next.
    package static let forwardedFlows = 2048
    /// Descriptors one container's network helper may have open, as far as the user's limit goes.
    package static let networkDescriptors = 65_536
    /// Containers on one named network.
    package static let networkMembers = 4096
    /// Named networks that one container is on: their descriptors fit into one message.
    package static let memberships = 12
    /// Questions that one network's name server has passed on and waits for; more are refused.
    package static let forwardedQuestions = 512
    /// Clients of one network's name server that speak TCP at a time.
    package static let nameStreams = 64
    /// Nesting of a template for `--format`.
    package static let templateDepth = 64
    /// Steps a template takes on one value.
    package static let templateSteps = 1 << 20
    /// Bytes of text a template makes of one value.
    package static let templateOutputBytes = 16 << 20
    /// Width of a column that a template asks for.
    package static let templateWidth = 4096
    /// Old log files of one container kept beside the present one.
    package static let logFiles = 100
    /// Processes started by `exec` in one container at a time.
    package static let execSessions = 1024
    /// Bytes of one health check's output that are kept where its user sets no limit.
    package static let healthOutputBytes = 256 << 10
    /// Results of a health check that are kept where its user sets no limit.
    package static let healthResults = 100
    /// Connections to one monitor at a time.
    package static let monitorClients = 2048
    /// Rules of a system-call filter, one for each call and alternative.
    package static let filterRules = 20_000
}
