/// A volume of the store.
package struct VolumeRecord: Codable, Equatable, Sendable {
    package var name: String
    package var driver: String
    /// Nanoseconds since 1970.
    package var created: Int64
    package var labels: [String: String]
    package var options: [String: String]
    /// Whether it was made for one container, without a name of its user's.
    package var anonymous: Bool
    /// Whether an image's content may still be copied into it (T-CP-5).
    package var needsCopyUp: Bool
    /// Whether its maker said whom it belongs to; else that is its first user.
    package var hasOwner: Bool?

    package init(name: String, created: Int64) {
        self.name = name
        self.created = created
        driver = "local"
        labels = [:]
        options = [:]
        anonymous = false
        needsCopyUp = true
    }
}
