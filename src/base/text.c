/* SPDX-License-Identifier: Apache-2.0 */
/* Small pure functions on text. */
#include "base/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include "base/alloc.h"

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

/* Edits (insert, delete, change, swap neighbours) from `a` to `b`; cut at 32 characters. */
static size_t edit_distance(const char *a, const char *b)
{
	enum { MAX = 32 };
	size_t n = strnlen(a, MAX), m = strnlen(b, MAX);
	size_t d[MAX + 1][MAX + 1];

	for (size_t i = 0; i <= n; i++)
		d[i][0] = i;
	for (size_t j = 0; j <= m; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= n; i++) {
		for (size_t j = 1; j <= m; j++) {
			size_t change = text_lower(a[i - 1]) != text_lower(b[j - 1]);
			size_t best = d[i - 1][j - 1] + change;

			if (d[i - 1][j] + 1 < best)
				best = d[i - 1][j] + 1;
			if (d[i][j - 1] + 1 < best)
				best = d[i][j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    d[i - 2][j - 2] + 1 < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	}
	return d[n][m];
}

bool text_is_one_edit_away(const char *typed, const char *name)
{
	return edit_distance(typed, name) == 1;
}

const char *text_near(const char *typed, const char *const *names)
{
	size_t longest_ok = strlen(typed) / 3 + 1;
	size_t best = longest_ok + 1;
	const char *near = NULL;

	if (!*typed)
		return NULL;
	for (; *names; names++) {
		size_t d = edit_distance(typed, *names);

		/* The start of a longer name counts as one edit away. */
		if (strlen(typed) >= 3 && text_starts_with(*names, typed) && d > 1)
			d = 1;
		if (d < best) {
			best = d;
			near = *names;
		}
	}
	return near;
}

/* Length of the well-formed UTF-8 character at s, 0 when there is none. */
static size_t utf8_length(const unsigned char *s, size_t n)
{
	size_t len = s[0] < 0x80       ? 1
		     : s[0] >> 5 == 6  ? 2
		     : s[0] >> 4 == 14 ? 3
		     : s[0] >> 3 == 30 ? 4
				       : 0;
	unsigned long c;

	if (!len || len > n)
		return 0;
	c = len == 1 ? s[0] : s[0] & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if (s[i] >> 6 != 2)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if ((len == 2 && c < 0x80) || (len == 3 && c < 0x800) || (len == 4 && c < 0x10000) ||
	    c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
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
		size_t len = utf8_length((const unsigned char *)s + i, n - i);

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

bool text_parse_cidr(const char *s, uint32_t *ret_base, int *ret_prefix)
{
	const char *slash = strchr(s, '/');
	char address[INET_ADDRSTRLEN];
	struct in_addr in;
	int64_t prefix;
	uint32_t base, mask;

	if (!slash || (size_t)(slash - s) >= sizeof(address) ||
	    !text_parse_i64(slash + 1, 0, 32, &prefix) || slash[1] == '-' ||
	    (slash[1] == '0' && slash[2])) /* AWS takes no 016 */
		return false;
	memcpy(address, s, (size_t)(slash - s));
	address[slash - s] = '\0';
	if (inet_pton(AF_INET, address, &in) != 1)
		return false;
	base = ntohl(in.s_addr);
	mask = prefix ? 0xffffffffu << (32 - prefix) : 0;
	if (base & ~mask)
		return false;
	*ret_base = base;
	*ret_prefix = (int)prefix;
	return true;
}

static bool same_bits(uint32_t a, uint32_t b, int prefix)
{
	return prefix == 0 || (a ^ b) >> (32 - prefix) == 0;
}

bool text_cidrs_overlap(const char *a, const char *b)
{
	uint32_t abase, bbase;
	int ap, bp;

	return text_parse_cidr(a, &abase, &ap) && text_parse_cidr(b, &bbase, &bp) &&
	       same_bits(abase, bbase, ap < bp ? ap : bp);
}

bool text_cidr_within(const char *inner, const char *outer)
{
	uint32_t ibase, obase;
	int ip, op;

	return text_parse_cidr(inner, &ibase, &ip) && text_parse_cidr(outer, &obase, &op) &&
	       ip >= op && same_bits(ibase, obase, op);
}
