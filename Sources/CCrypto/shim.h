// The plain hash functions: they need no provider, so nothing is loaded or configured at first use.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
// Keys, certificates and ciphers, for signatures and layers: martlet-registry alone links these.
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/obj_mac.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
