// Swift's library without its crash handler.
//
// That is part of the library's start: it reads SWIFT_BACKTRACE, looks for a program to execute
// after a crash in eight places below the working directory, and reads /proc/self/maps for that. No
// program is to be executed from a place that a container or a caller's directory may contain
// (T-CODE-3), and the start of each of ours would pay for it. The library itself asks for these two
// names of that part: with them here the linker leaves it out.

/// `swift::runtime::backtrace::BacktraceSettings`, with room to spare; zeros mean that it is off.
__attribute__((used, aligned(16))) char _swift_backtraceSettings[256];

/// Whether a function only leads to another, which nobody asks where nothing is traced.
__attribute__((used)) _Bool _swift_backtrace_isThunkFunction(const char *name) {
    (void)name;
    return 0;
}
