/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replacing by a keyed hash (HMAC-SHA-256), so that no table of what was seen need be kept, and two
 * processes with one key agree.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "aws/record/redact_parts.h"
#include "base/alloc.h"
#include "base/text.h"

void redactor_clear(struct redactor *r)
{
	OPENSSL_cleanse(r->key, sizeof(r->key));
	strv_clear(&r->regions);
}

void redactor_add_region(struct redactor *r, const char *region)
{
	if (region && *region && !strv_has(&r->regions, region))
		strv_add(&r->regions, region);
}

void redact_hash(const struct redactor *r, const void *p, size_t n, unsigned char out[32])
{
	unsigned int len = 0;

	if (!HMAC(EVP_sha256(), r->key, sizeof(r->key), p, n, out, &len))
		abort();
}

/* `digits` (64 at most) of lower-case hex. */
void redact_hex(const struct redactor *r, const char *s, size_t n, size_t digits, struct buf *out)
{
	unsigned char sum[32];
	char hex[65];

	redact_hash(r, s, n, sum);
	text_hex(sum, sizeof(sum), hex);
	(void)buf_add(out, hex, digits);
}

/* "BUCKET-123456789012-REGION-an" must keep its end: it says which account's namespace it is in. */
static size_t account_suffix(const char *s, size_t n)
{
	for (size_t i = 0; i + 14 < n; i++)
		if (s[i] == '-' && s[i + 13] == '-' && strspn(s + i + 1, "0123456789") == 12 &&
		    text_ends_with(s, "-an"))
			return n - i;
	return 0;
}

void redact_account(const struct redactor *r, const char *s, size_t n, struct buf *out)
{
	unsigned char sum[32];
	char digits[13];

	redact_hash(r, s, n, sum);
	digits[0] = (char)('1' + sum[0] % 9);
	for (size_t i = 1; i < 12; i++)
		digits[i] = (char)('0' + sum[i] % 10);
	(void)buf_add(out, digits, 12);
}

void redact_text(const struct redactor *r, const char *value, size_t n, struct buf *out)
{
	size_t suffix = value[n] == '\0' ? account_suffix(value, n) : 0;

	if (!n)
		return;
	(void)buf_adds(out, "text");
	redact_hex(r, value, n - suffix, 16, out);
	if (suffix) {
		(void)buf_addc(out, '-');
		redact_account(r, value + n - suffix + 1, 12, out);
		(void)buf_add(out, value + n - suffix + 13, suffix - 13);
	}
}

void redact_key(const struct redactor *r, const char *key, struct buf *out)
{
	while (*key) {
		size_t n = strcspn(key, "/");

		if (key[n] == '\0')
			redact_text(r, key, n, out);
		else {
			autofree char *part = xstrndup(key, n);

			redact_text(r, part, n, out);
			(void)buf_addc(out, '/');
		}
		key += n + (key[n] == '/');
	}
}
