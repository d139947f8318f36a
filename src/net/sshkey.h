/*
 * A fresh Ed25519 key in OpenSSH's own forms.  OpenSSH before 9.6 cannot load
 * Ed25519 as PKCS#8, so the private key is written as openssh-key-v1.
 *   source  OpenSSH, PROTOCOL.key; RFC 8709
 */
#ifndef NET_SSHKEY_H
#define NET_SSHKEY_H

#include "base/attr.h"
#include "base/secret.h"

struct sshkey {
	char *public_line;	   /* "ssh-ed25519 AAAA...": 80 characters, no comment */
	struct secret private_pem; /* what goes into the 0600 file */
};
void sshkey_generate(struct sshkey *ret);
void sshkey_clear(struct sshkey *k);
#define auto_sshkey CLEANUP(sshkey_clear) struct sshkey

/* "SHA256:..." of the base64 key blob of a known_hosts or public key line; NULL when it is none.
 * Caller frees. */
NODISCARD char *sshkey_fingerprint(const char *base64_blob);

#endif
