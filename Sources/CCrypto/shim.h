// The plain hash functions: they need no provider, so nothing is loaded or configured at first use.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
