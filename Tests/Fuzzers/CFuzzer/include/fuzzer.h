/* libFuzzer's own entry, for programs with a main of their own. See llvm.org/docs/LibFuzzer.html. */
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef int (*fuzzer_try)(const uint8_t *_Nullable bytes, size_t count);
int LLVMFuzzerRunDriver(int *_Nonnull argc, char *_Nullable *_Nonnull *_Nonnull argv,
                        fuzzer_try _Nonnull attempt);
