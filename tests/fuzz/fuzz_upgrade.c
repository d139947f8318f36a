/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an Instance Connect Endpoint answers to the upgrade, up to the blank line.
 * The first byte chooses the key, so that both a right and a wrong accept are reached.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "net/upgrade.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const keys[] = { "dGhlIHNhbXBsZSBub25jZQ==", "" };
	const char *key = keys[n ? data[0] & 1 : 0];
	struct rb_error *err;
	char accept[29];
	char *head;
	int status = -1;

	if (n) {
		data++;
		n--;
	}
	upgrade_accept_key(key, accept);
	if (strlen(accept) != 28)
		abort();
	head = xmalloc(n + !n); /* without a NUL: reading past its end is seen */
	memcpy(head, data, n);
	err = upgrade_check(head, n, key, &status);
	if (!err && status != 101)
		abort();
	if (err && !err->kind)
		abort();
	(void)rb_error_free(err);
	free(head);
	return 0;
}
