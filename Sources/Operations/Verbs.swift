/// Every verb of the program, in the order help shows them.
package enum Verbs {
    package static let all: [AnyVerb] = [
        AnyVerb(ContainerPs.self, "container list", "container ls", "container ps", "ps"),
        AnyVerb(ContainerCreate.self, "container create", "create"),
        AnyVerb(ContainerRun.self, "container run", "run"),
        AnyVerb(SystemVersion.self, "system version", "version"),
    ]
}
