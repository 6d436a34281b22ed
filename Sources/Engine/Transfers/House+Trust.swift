import Base
import Kernel
import Specs
import Storages

/// What policy.json says of images that lie on this machine: archives, directories, trees.
///
/// See containers-policy.json(5), "Supported transports and their scopes". Images of the own store have
/// been let in before.
extension House {
    /// Reads the policy that is in force.
    func trust(_ explicit: String? = nil) throws(Problem) -> TrustPolicy {
        try TrustPolicy(
            ConfigurationFiles(environment: caller.environment, uid: caller.uid),
            explicit: explicit, in: .disk)
    }

    /// Makes sure that the image at a place may be used.
    func admit(_ source: ImageLocation, _ place: ImagePlace, _ wish: TransferWish)
        throws(Problem)
    {
        let policy = try trust(wish.source.policyFile)
        let scopes = try source.scopes()
        let requirements = policy.requirements(source.transport, scopes: scopes)
        guard requirements.contains(where: { $0 != .accept }) else { return }
        guard case .directory(let path) = source, requirements.contains(where: \.wantsSignature),
            !requirements.contains(.reject)
        else {
            try Self.settle(requirements, "\(source)", policy)
            return
        }
        let bundle = try place.bundle()
        var roots = [bundle.root.digest]
        if case .index(let index) = try bundle.manifest(bundle.root).document {
            if wish.all {
                roots += index.manifests.map(\.digest)
            } else {
                roots = [
                    try bundle.choosing(wish.platform ?? .host, name: "\(source)").root.digest
                ]
            }
        }
        for digest in roots {
            var request = RegistryRequest(.vouch, [])
            request.policyFile = wish.source.policyFile
            request.local = LocalImage(
                transport: source.transport, scopes: scopes, shown: "\(source)", digest: digest,
                signatures: try House.signatures(
                    in: path, digest == bundle.root.digest ? "" : "\(digest.hex)."))
            try RegistryClient(self).ask(request) { _ in }
        }
    }

    /// Makes sure that the policy asks for no more than a place without signatures can give.
    static func settle(
        _ requirements: [TrustRequirement], _ shown: String, _ policy: TrustPolicy
    ) throws(Problem) {
        for requirement in requirements where requirement != .accept {
            guard requirement != .reject else { throw policy.rejection(of: shown) }
            throw Problem(
                .refused, "\"\(shown)\" may not be used",
                why: "\"\(policy.name)\" requires a signature, and none can come with it",
                next: "fetch the image from a registry, or change the policy for this transport")
        }
    }

    private static func signatures(in directory: String, _ prefix: String)
        throws(Problem) -> [String]
    {
        var found: [String] = []
        for number in 1...Limits.signatures {
            guard let bytes = try FileView.disk.read("\(directory)/\(prefix)signature-\(number)")
            else { break }
            found.append(Base64.encode(bytes))
        }
        return found
    }

    /// Where an open file lies, and nil for one without a name.
    static func path(of file: borrowing Descriptor) throws(Problem) -> String? {
        let number = file.number
        let path = try explaining("cannot find out where the archive lies") {
            () throws(KernelFault) in
            try Files.target("/proc/self/fd/\(number)")
        }
        return path.hasPrefix("/") && !path.hasPrefix("/memfd:") ? path : nil
    }
}

extension ImageLocation {
    /// The word before the colon.
    var transport: String { String("\(self)".prefix { $0 != ":" }) }

    /// What policy.json may call the place, most specific first.
    fileprivate func scopes() throws(Problem) -> [String] {
        switch self {
        case .registry(let reference): return TrustPolicy.scopes(of: reference)
        case .layout(let path, let name), .layoutArchive(let path, let name):
            return TrustPolicy.scopes(ofPath: try ImageLocation.real(path), name: name ?? "")
        case .directory(let path): return TrustPolicy.scopes(ofPath: try ImageLocation.real(path))
        case .dockerArchive, .store, .podmanStore: return []
        }
    }

    /// The path without links, as scopes are written.
    private static func real(_ path: String) throws(Problem) -> String {
        let file = try explaining("cannot open \"\(path.printable)\"") { () throws(KernelFault) in
            try Files.open(path, [.read, .nonBlocking])
        }
        return try House.path(of: file) ?? path
    }
}
