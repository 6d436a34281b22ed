import Operations
import Quadlet

/// Every verb of the program, whichever room declares it.
enum AllVerbs {
    static let all: [AnyVerb] = Verbs.all + QuadletVerbs.all
}
