/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fresh key in OpenSSH's own forms.  OpenSSH before 9.6 cannot load Ed25519 as PKCS#8, so the
 * private key is written as openssh-key-v1.
 *
 * Ed25519, or RSA where OpenSSL is not allowed to make that one, as the FIPS providers of OpenSSL
 * before 3.1 and of most distributions: EC2 Instance Connect takes these two types and no other, so
 * ECDSA, which FIPS would allow as well, is of no use.
 *   source  OpenSSH, PROTOCOL.key; RFC 8709; RFC 4253, 6.6; EC2 User Guide, "Connect to your Linux
 *           instance using EC2 Instance Connect" (key types)
 */
#ifndef NET_SSHKEY_H
#define NET_SSHKEY_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/error.h"
#include "base/secret.h"

struct sshkey {
	char *public_line;	   /* "ssh-ed25519 AAAA...": 80 characters, RSA 380; no comment */
	struct secret private_pem; /* what goes into the 0600 file */
};
enum sshkey_type { SSHKEY_ED25519, SSHKEY_RSA };

/* The types that ssh has to be allowed for them, as its option. */
#define SSHKEY_PUBKEY_OPTION "PubkeyAcceptedAlgorithms=ssh-ed25519,rsa-sha2-512,rsa-sha2-256"

/*
 * Of the first type that OpenSSL makes.
 *   fails  USAGE, when it makes none
 */
NODISCARD struct rb_error *sshkey_generate(struct sshkey *ret);
/* False when OpenSSL makes none of that type. */
NODISCARD bool sshkey_generate_as(enum sshkey_type type, struct sshkey *ret);
void sshkey_clear(struct sshkey *k);
#define auto_sshkey CLEANUP(sshkey_clear) struct sshkey

/* "SHA256:..." of the base64 key blob of a known_hosts or public key line; NULL when it is none.
 * Caller frees. */
NODISCARD char *sshkey_fingerprint(const char *base64_blob);

#endif
