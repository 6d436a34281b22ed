package import Operations

/// The verbs about unit files, in the order help shows them.
package enum QuadletVerbs {
    package static let all: [AnyVerb] = [
        AnyVerb(QuadletCheck.self, "quadlet check"),
        AnyVerb(QuadletExplain.self, "quadlet explain"),
        AnyVerb(QuadletFail.self, "quadlet fail"),
        AnyVerb(QuadletGraph.self, "quadlet graph"),
        AnyVerb(QuadletInstall.self, "quadlet install"),
        AnyVerb(QuadletList.self, "quadlet list", "quadlet ls"),
        AnyVerb(QuadletPrint.self, "quadlet print", "quadlet cat"),
        AnyVerb(QuadletRm.self, "quadlet rm"),
        AnyVerb(QuadletSync.self, "quadlet sync"),
        AnyVerb(QuadletWaitOnline.self, "quadlet wait-online"),
    ]
}
