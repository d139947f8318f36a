/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Can OpenSSL, as this machine configures it, do what is asked of it?
 */
#ifndef BASE_CRYPTO_H
#define BASE_CRYPTO_H

#include "base/attr.h"
#include "base/error.h"

/*
 * Tries, once, what nothing here works without: random bytes, SHA-256 and SHA-1, HMAC, and the TLS
 * client.  Elsewhere a failure of these is then our own mistake, and aborts.
 *   fails  USAGE  what cannot be done, OpenSSL's reason, which file configures it (OPENSSL_CONF),
 *                 and the way out
 */
NODISCARD struct rb_error *crypto_check(void);

#endif
