// The words of the command line, as the C library hands them over.
//
// Swift's library looks for them at each start: it reads /proc/self/maps to find the stack, and
// searches that for them. With these two names here the linker leaves that part out.

static int word_count;
static char **word_list;

__attribute__((constructor)) static void keep_words(int count, char **words) {
    word_count = count;
    word_list = words;
}

/// What `CommandLine.arguments` is made of.
__attribute__((used)) char **_swift_stdlib_getUnsafeArgvArgc(int *count) {
    *count = word_count;
    return word_list;
}

/// For what replaces them, which nobody does.
__attribute__((used)) void _swift_stdlib_overrideUnsafeArgvArgc(char **words, int count) {
    keep_words(count, words);
}
