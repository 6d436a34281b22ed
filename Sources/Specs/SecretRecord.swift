/// What is known of a secret beside its content, which is a file of its own.
package struct SecretRecord: Codable, Equatable, Sendable {
    /// 25 hexadecimal digits, as podman has them; also the name of the file.
    package var id: String
    package var name: String
    package var driver: String
    /// Nanoseconds since 1970.
    package var created: Int64
    package var updated: Int64
    package var labels: [String: String]

    package init(id: String, name: String, created: Int64) {
        self.id = id
        self.name = name
        self.created = created
        updated = created
        driver = "file"
        labels = [:]
    }
}
