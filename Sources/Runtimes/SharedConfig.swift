package import Specs

/// A configuration as it is handed on: it is large, and whoever copies this shares it until it is
/// changed.
package struct SharedConfig: Sendable, Equatable {
    private final class Body: Sendable {
        let config: RuntimeConfig
        init(_ config: RuntimeConfig) { self.config = config }
    }
    private var body: Body

    package init(_ config: RuntimeConfig) { body = Body(config) }

    /// The configuration, which is lent and not copied.
    package var value: RuntimeConfig {
        _read { yield body.config }
        _modify {
            var changed = body.config
            defer { body = Body(changed) }
            yield &changed
        }
    }

    package static func == (one: SharedConfig, other: SharedConfig) -> Bool {
        one.body === other.body || one.value == other.value
    }
}
