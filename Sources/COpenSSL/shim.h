// libcrypto 3.0 or later, as Debian's libssl-dev installs it.
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

// All three are marked as deprecated since 3.0 and have no successor: see P256Table.swift.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

/// Whether multiples of the group's generator come from a table.
static inline int latchkey_has_table(const EC_GROUP *group) { return EC_GROUP_have_precompute_mult(group); }

/// Makes the table of the group's generator; 1 when it worked.
static inline int latchkey_make_table(EC_GROUP *group) { return EC_GROUP_precompute_mult(group, NULL); }

/// The point as X and Z, of which X/Z² is its x; 1 when it worked.
static inline int latchkey_jacobian(const EC_GROUP *group, const EC_POINT *point, BIGNUM *x, BIGNUM *z, BN_CTX *context) {
    return EC_POINT_get_Jprojective_coordinates_GFp(group, point, x, NULL, z, context);
}

#pragma GCC diagnostic pop
