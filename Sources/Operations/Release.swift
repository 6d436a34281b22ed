/// What this build is.
package enum Release {
    package static let version = "0.1.0"
    /// The version of the libpod API whose words we follow.
    package static let apiVersion = "5.0.0"

    /// The processor architecture as images name it.
    package static var architecture: String {
        #if arch(x86_64)
            "amd64"
        #elseif arch(arm64)
            "arm64"
        #elseif arch(riscv64)
            "riscv64"
        #else
            "unknown"
        #endif
    }
}
