package import Base
package import Engine
import Records
import Specs

/// `martlet manifest annotate`
package enum ManifestAnnotate: Verb {
    package struct Request: Equatable, Sendable {
        package var name = ""
        package var image: String?
        /// Whether the annotations are the list's own.
        package var isOfList = false
        /// What the list refers to: an image, or an index that lies elsewhere.
        package var subject: String?
        package var entry = ListEntryWish()
    }

    /// The list's id.
    package typealias Reply = String

    package static var card: Card<Request> {
        Card(
            "manifest annotate", summary: "Say something about an image on a list",
            .post("/libpod/manifests/{name}/annotate"), blank: Request(),
            fields: options + [
                .list(\.name, "The list, by name or id"),
                .argument("image", "The image, by digest or name", isRequired: false) {
                    $0.image = $1
                } write: {
                    $0.image
                }.completing(.image),
            ]
        ).checking { (request) throws(Problem) in
            guard request.isOfList == (request.image == nil) else {
                throw Problem(
                    .badUsage,
                    request.isOfList
                        ? "--index is about no image" : "no image of the list is named",
                    next: request.isOfList ? "leave the image out" : "name one, or use --index")
            }
            var plain = ListEntryWish()
            plain.annotations = request.entry.annotations
            guard !request.isOfList || request.entry == plain else {
                throw Problem(.badUsage, "a list itself has annotations and no platform")
            }
            guard request.isOfList || request.subject == nil else {
                throw Problem(
                    .badUsage, "--subject is about the list itself", next: "add --index")
            }
        }.details(
            "A list with a subject is found by martlet-list-referrers(1) below that image, once both "
                + "are in one repository of a registry. An image of the store is meant by the "
                + "digest that it has there; docker://NAME means the one that the registry has, "
                + "which differs where it was pushed with other compression."
        ).example(
            "martlet manifest annotate --arch arm --variant v7 web sha256:…",
            "Correct what an image says it is for")
    }

    private static var options: [Field<Request>] {
        var fields: [Field<Request>] = [
            .annotations(\.entry, "Write this beside the image, or into the list with --index"),
            .flag("index", "Annotate the list itself") {
                $0.isOfList = $1
            } write: {
                $0.isOfList
            },
            .value("subject", "NAME", "With --index, say that the list refers to this image") {
                $0.subject = $1
            } write: {
                $0.subject
            }.completing(.image),
        ]
        fields += Field.platform(\.entry)
        return fields
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        let list = try ledger.findList(request.name)
        let digest = try request.image.map { words throws(Problem) in
            try house.digest(of: words, on: list, ledger: ledger)
        }
        let source = try RegistryAccess().request(.fetch)
        let subject = try request.subject.map { words throws(Problem) in
            try house.subject(words, of: list, source, ledger: ledger)
        }
        return try ledger.change(listNamed: list.name) { (list) throws(Problem) in
            guard let digest else {
                list.annotate(request.entry.annotations)
                if let subject { list.index.subject = subject }
                return
            }
            let place = try list.place(of: digest)
            request.entry.apply(to: &list.index.manifests[place])
        }.id
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(.lines([reply]))
    }
}
