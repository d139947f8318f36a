/* SPDX-License-Identifier: Apache-2.0 */
/* An instance's host key: made, read, and its public half as a line. */
#include <libssh/libssh.h>

#include "base/alloc.h"
#include "sandbox/instance/ssh.h"
#include "sandbox/instance/sshd.h"

struct rb_error *sshd_new_host_key(struct buf *out)
{
	ssh_key key = NULL;
	char *pem = NULL;

	if (ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &key) != SSH_OK ||
	    ssh_pki_export_privkey_base64(key, NULL, NULL, NULL, &pem) != SSH_OK) {
		ssh_key_free(key);
		return rb_error_new(RB_FAILED, "cannot make a host key");
	}
	buf_adds(out, pem);
	ssh_string_free_char(pem);
	ssh_key_free(key);
	return NULL;
}

struct rb_error *sshd_import_host_key(const char *text, ssh_key *ret)
{
	if (ssh_pki_import_privkey_base64(text, NULL, NULL, NULL, ret) != SSH_OK)
		return rb_error_new(RB_DAMAGED, "cannot read the host key of an instance");
	return NULL;
}

char *sshd_public_line(const ssh_key key)
{
	char *b64 = NULL;
	char *line;

	if (ssh_pki_export_pubkey_base64(key, &b64) != SSH_OK)
		return NULL;
	line = xasprintf("%s %s", ssh_key_type_to_char(ssh_key_type(key)), b64);
	ssh_string_free_char(b64);
	return line;
}

struct rb_error *sshd_key_line(const char *host_key, char **ret)
{
	ssh_key key = NULL;

	TRY(sshd_import_host_key(host_key, &key));
	*ret = sshd_public_line(key);
	ssh_key_free(key);
	return *ret ? NULL : rb_error_new(RB_DAMAGED, "cannot read the host key of an instance");
}
