/* SPDX-License-Identifier: Apache-2.0 */
/* Small pure functions on text. */
#include "base/text.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include "base/alloc.h"
#include "base/utf8.h"

void text_hex(const void *bytes, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *b = bytes;

	for (size_t i = 0; i < n; i++) {
		*out++ = digits[b[i] >> 4];
		*out++ = digits[b[i] & 15];
	}
	*out = '\0';
}

void text_sha256(const void *bytes, size_t n, unsigned char out[32])
{
	if (!SHA256(n ? bytes : "", n, out))
		abort();
}

void text_sha256_hex(const void *bytes, size_t n, char out[65])
{
	unsigned char md[32];

	text_sha256(bytes, n, md);
	text_hex(md, sizeof(md), out);
}

char *text_base64(const void *bytes, size_t n)
{
	char *out;

	if (n > INT_MAX / 2)
		abort();
	out = xmalloc(4 * ((n + 2) / 3) + 1);
	out[0] = '\0';
	if (n)
		EVP_EncodeBlock((unsigned char *)out, bytes, (int)n);
	return out;
}

static int base64_value(char c)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(alphabet, c) : NULL;

	return at ? (int)(at - alphabet) : -1;
}

bool text_base64_decode(const char *s, size_t n, struct buf *out)
{
	size_t pad = 0;

	if (n % 4)
		return false;
	while (pad < 2 && pad < n && s[n - 1 - pad] == '=')
		pad++;
	for (size_t i = 0; i < n; i += 4) {
		unsigned bits = 0;
		size_t keep = i + 4 == n ? 3 - pad : 3;
		char bytes[3];

		for (size_t k = 0; k < 4; k++) {
			bool is_pad = i + k >= n - pad;
			int v = is_pad ? 0 : base64_value(s[i + k]);

			if (v < 0)
				return false;
			bits = bits << 6 | (unsigned)v;
		}
		bytes[0] = (char)(bits >> 16 & 255);
		bytes[1] = (char)(bits >> 8 & 255);
		bytes[2] = (char)(bits & 255);
		if (!buf_add(out, bytes, keep))
			return false;
	}
	return true;
}

bool text_parse_i64(const char *s, int64_t min, int64_t max, int64_t *ret)
{
	const char *d = *s == '-' ? s + 1 : s;
	long long v;
	char *end;

	if (*d < '0' || *d > '9')
		return false;
	errno = 0;
	v = strtoll(s, &end, 10);
	if (errno || *end || v < min || v > max)
		return false;
	*ret = v;
	return true;
}

bool text_parse_decimal(const char *s, double min, double max, double *ret)
{
	double value;
	char *end;

	if (!*s || s[strspn(s, "0123456789.")] || strlen(s) > 20)
		return false;
	value = strtod(s, &end);
	if (*end || value < min || value > max)
		return false;
	*ret = value;
	return true;
}

bool text_starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool text_ends_with(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && memcmp(s + n - m, suffix, m) == 0;
}

char text_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool text_eq_nocase(const char *a, const char *b)
{
	for (; *a && text_lower(*a) == text_lower(*b); a++, b++)
		;
	return text_lower(*a) == text_lower(*b);
}

bool text_eq(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Length of the character at s, 0 when there is none or nobody should see it. */
static size_t printable_length(const char *s, size_t n)
{
	uint32_t c;
	size_t len = utf8_decode(s, n, &c);

	if (!len)
		return 0;
	if (c < 0x20 || c == 0x7f || (c >= 0x80 && c < 0xa0) || c == 0x2028 || c == 0x2029 ||
	    (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069))
		return 0; /* control characters and those that turn text around */
	return len;
}

char *text_printable(const char *s, size_t n, size_t max)
{
	struct buf out = BUF_INIT;
	size_t i = 0;

	while (i < n) {
		size_t len = printable_length(s + i, n - i);

		if (out.n + (len ? len : 1) > max) {
			(void)buf_adds(&out, "...");
			break;
		}
		if (len)
			(void)buf_add(&out, s + i, len);
		else if (s[i] != '\r' || i + 1 == n ||
			 s[i + 1] != '\n') /* else it ends a line with it */
			(void)buf_addc(&out, strchr("\n\t\r", s[i]) && s[i] ? ' ' : '?');
		i += len ? len : 1;
	}
	return buf_steal(&out);
}

void text_shell_quote(struct buf *out, const char *s)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				    "-_./:=@,+";

	if (*s && s[strspn(s, plain)] == '\0') {
		(void)buf_adds(out, s);
		return;
	}
	(void)buf_addc(out, '\'');
	for (; *s; s++) {
		if (*s == '\'')
			(void)buf_adds(out, "'\\''");
		else
			(void)buf_addc(out, *s);
	}
	(void)buf_addc(out, '\'');
}

char *text_random_hex(size_t n)
{
	unsigned char bytes[64];
	char *out;

	if (n > sizeof(bytes) || RAND_bytes(bytes, (int)n) != 1)
		abort();
	out = xmalloc(2 * n + 1);
	text_hex(bytes, n, out);
	return out;
}
