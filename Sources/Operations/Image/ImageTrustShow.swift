package import Base
package import Engine
import Kernel
import Specs

/// `martlet image trust show`
package enum ImageTrustShow: Verb {
    package struct Request: Equatable, Sendable {
        package var scope: String?
        package var asJSON = false
        package var raw = false
        package var noHeading = false
        package var policyFile: String?
        package var registriesDirectory: String?
    }

    package struct Reply: Sendable {
        package var rows: [JSON] = []
        /// The file as it is, where that was asked for.
        package var text: String?
    }

    package static var card: Card<Request> {
        Card(
            "image trust show", summary: "Show which images may be used, and who must have signed",
            .get("/trust"), blank: Request(),
            fields: [
                .flag("json", short: "j", "Show it as json") {
                    $0.asJSON = $1
                } write: {
                    $0.asJSON
                }.local,
                .noHeading {
                    $0.noHeading = $1
                } write: {
                    $0.noHeading
                }.short("n"),
                .flag("raw", "Show the file as it is") {
                    $0.raw = $1
                } write: {
                    $0.raw
                },
                .value("registrypath", "DIRECTORY", "Read this instead of registries.d") {
                    $0.registriesDirectory = $1
                } write: {
                    $0.registriesDirectory
                }.completing(.directory).local,
                .signaturePolicy(\.policyFile),
                .argument(
                    "registry", "Show what decides over this registry, repository or image",
                    isRequired: false
                ) {
                    $0.scope = $1
                } write: {
                    $0.scope
                },
            ]
        ).details(
            "Shown is the policy.json in force: the user's, or else the machine's. Without one, "
                + "everything is accepted. ID has the mail addresses of the keys, and STORE where "
                + "registries.d says that signatures lie."
        ).example("martlet image trust show quay.io/me/web", "Show what decides over an image")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let found = try house.trustFile(request.policyFile)
        var reply = Reply()
        if request.raw {
            guard let found else {
                throw Problem(
                    .noSuchObject, "there is no policy.json", why: "so every image is accepted",
                    next: "make one with \"martlet image trust set\"")
            }
            reply.text = String(decoding: found.bytes, as: UTF8.self)
            return reply
        }
        let document =
            try found.map { (file) throws(Problem) in
                try TrustDocument(parsing: file.bytes, name: file.path)
            } ?? TrustDocument()
        let places = try SignaturePlaces(
            house.configurationFiles, directory: request.registriesDirectory, in: .disk)
        let rows = request.scope.map(document.rows(deciding:)) ?? document.rows
        reply.rows = rows.map { row(of: $0, places) }
        return reply
    }

    private static func row(of row: TrustDocument.Row, _ places: SignaturePlaces) -> JSON {
        let type =
            switch row.type {
            case "insecureAcceptAnything": "accept"
            case "signedBy": "signed"
            default: row.type
            }
        var id = ""
        var store: String?
        if row.type == "signedBy" {
            id = row.keyFiles.flatMap(names).joined(separator: ",")
        } else if row.type == "sigstoreSigned" {
            // Such keys have no names.
            id = "N/A"
        }
        if row.transport == "docker", row.type == "signedBy" || row.type == "sigstoreSigned" {
            store = places.lookaside(ofScope: row.scope)
        }
        let isRegistry = row.transport == "docker"
        return .record([
            ("Transport", .string(isRegistry ? "repository" : row.transport ?? "all")),
            ("Name", .string(row.transport == nil ? "default" : row.scope)),
            ("Type", .string(type)), ("ID", .string(id)), ("Store", .text(store)),
        ])
    }

    /// Whom a file of keys names; a file that cannot be read names nobody, and is said so on use.
    private static func names(_ path: String) -> [String] {
        guard let bytes = try? FileView.disk.read(path) else { return [] }
        return OpenPGPNames.read(bytes, name: path)
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        if let text = reply.text {
            return View(.lines([text.hasSuffix("\n") ? String(text.dropLast()) : text]))
        }
        if request.asJSON { return View(.document(.array(reply.rows.map(document)))) }
        let columns = ["Transport", "Name", "Type", "ID", "Store"]
        return View(
            .table(
                View.Table(
                    reply.rows,
                    "table " + columns.map { "{{.\($0)}}" }.joined(separator: "\t"),
                    showsHeadings: !request.noHeading)))
    }

    /// A row in podman's words; what is empty is left out.
    private static func document(_ row: JSON) -> JSON {
        let name = row["Name"]?.text ?? ""
        let isDefault = row["Transport"]?.text == "all"
        let members: [(String, String?)] = [
            ("transport", row["Transport"]?.text), ("name", isDefault ? "* (default)" : name),
            ("repo_name", name), ("sigstore", row["Store"]?.text), ("type", row["Type"]?.text),
            ("gpg_id", row["ID"]?.text),
        ]
        return .record(
            members.compactMap { (member) -> (String, JSON)? in
                guard let text = member.1, !text.isEmpty else { return nil }
                return (member.0, .string(text))
            })
    }
}

extension Field {
    /// `--signature-policy`: another policy.json; podman's older word for it is `--policypath`.
    static func signaturePolicy(
        _ path: any (WritableKeyPath<Request, String?> & Sendable)
    ) -> Field {
        .value("signature-policy", "FILE", "Take this file instead of policy.json") {
            $0[keyPath: path] = $1
        } write: {
            $0[keyPath: path]
        }.alias("policypath").completing(.file).local
    }
}
