package import Base
package import Engine

/// One thing Martlet does for its user: a file below `Operations`, a command, a route, a page.
package protocol Verb: SendableMetatype {
    /// What is asked for, typed and checked.
    associatedtype Request: Equatable & Sendable
    /// What came of it.
    associatedtype Reply: Sendable

    /// The one declaration of words, fields and route.
    static var card: Card<Request> { get }

    /// Does what is asked for.
    static func run(_ request: Request, in house: House) throws(Problem) -> Reply

    /// Returns how the command line shows the reply.
    static func view(of reply: Reply, for request: Request) -> View

    /// Returns how a reply is followed by others, until its reader has seen enough; nil for one
    /// that stands alone.
    static func repetition(of request: Request) -> Repetition?
}

extension Verb {
    package static func repetition(of request: Request) -> Repetition? { nil }
}

/// How the command line shows one thing again and again.
package struct Repetition: Sendable {
    /// Between the end of one and the beginning of the next.
    package var pauseMilliseconds: Int
    /// Whether a terminal is cleared before each.
    package var clears = true
}

/// A verb without its types: what a table of all verbs can hold.
///
/// Nothing of a verb is built before it is asked for, so a table of them costs nothing to have.
package struct AnyVerb: Sendable {
    /// The verb's words, such as `container stop`, and its synonyms.
    package let spellings: [String]
    /// Returns the verb's signature.
    package let signature: @Sendable () -> Signature
    /// Parses the words after the verb into the call they ask for; nil where they ask for help.
    package let prepare: @Sendable (ArraySlice<String>, Surroundings) throws(Problem) -> Call?

    package init<Kind: Verb>(_ kind: Kind.Type, _ spellings: String...) {
        self.spellings = spellings
        self.signature = { Kind.card.signature }
        self.prepare = { (words, surroundings) throws(Problem) in
            let card = Kind.card
            let own = card.signature.parameters.count
            let parser = ArgumentParser(card.signature, or: surroundings.parameters)
            guard var assignments = try parser.parse(words) else { return nil }
            let others = assignments.filter { $0.parameter >= own }.map {
                Assignment(parameter: $0.parameter - own, text: $0.text)
            }
            assignments.removeAll { $0.parameter >= own }
            let request = try card.request(
                from: assignments, environment: surroundings.environment)
            return Call(others: others, repetition: Kind.repetition(of: request)) {
                (house) throws(Problem) in
                Kind.view(of: try Kind.run(request, in: house), for: request)
            }
        }
    }
}

/// What surrounds the words of a verb: the program's own options, and the environment.
package struct Surroundings {
    /// Options of the program that every verb accepts too.
    package var parameters: [Parameter]
    package var environment: (String) -> String?

    package init(parameters: [Parameter], environment: @escaping (String) -> String?) {
        self.parameters = parameters
        self.environment = environment
    }
}

/// A verb with its request, ready to be done.
package struct Call: Sendable {
    /// What the words gave to the program's own options.
    package let others: [Assignment]
    /// How it is done again, if it is.
    package let repetition: Repetition?
    /// Does it, and returns how to show what came of it.
    package let perform: @Sendable (House) throws(Problem) -> View
}
