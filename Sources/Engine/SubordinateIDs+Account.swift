import Base
import Kernel
import Specs

extension SubordinateIDs {
    /// Returns the name that /etc/passwd has for `id`, or nil.
    static func accountName(of id: UInt32) -> String? {
        guard let text = try? Files.readText("/etc/passwd", limit: Limits.accountFileBytes) else {
            return nil
        }
        return accountName(of: id, in: text)
    }
}
