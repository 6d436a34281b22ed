import Glibc

/// A C library that is loaded only when it is needed, so that programs that never need it start
/// without its cost. See dlopen(3).
///
/// It is never unloaded: libraries keep state that outlives their last use.
@safe package struct DynamicLibrary: @unchecked Sendable {
    // Safety: the handle is only read, and dlsym may be called by any thread.
    private let handle: UnsafeMutableRawPointer

    /// Loads the library of that name, or returns nil where the machine has none.
    package init?(_ name: String) {
        guard let handle = unsafe dlopen(name, RTLD_NOW | RTLD_LOCAL) else { return nil }
        unsafe self.handle = unsafe handle
    }

    /// Returns the address of a function; nil where this version of the library lacks it.
    package func address(of symbol: String) -> UnsafeMutableRawPointer? {
        unsafe dlsym(handle, symbol)
    }
}
