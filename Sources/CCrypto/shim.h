// The plain hash functions: they need no provider, so nothing is loaded or configured at first use.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
// Keys and certificates, for signatures of images: martlet-registry alone links these.
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
