/* SPDX-License-Identifier: Apache-2.0 */
/* Percent-encoding and decoding of bytes. */
#include "base/percent.h"

#include "base/text.h"

int percent_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = text_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool percent_is_unreserved(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_' || c == '.' || c == '~';
}

void percent_encode(struct buf *out, const char *s, size_t n, bool keep_slash)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		const char hex[3] = { '%', digits[c >> 4], digits[c & 15] };

		if (percent_is_unreserved(s[i]) || (keep_slash && c == '/'))
			(void)buf_addc(out, s[i]);
		else
			(void)buf_add(out, hex, sizeof(hex));
	}
}

/* The byte that an escape at `s` stands for; -1: there is none. */
static int escaped_byte(const char *s, size_t n)
{
	int hi = n > 2 && s[0] == '%' ? percent_hex(s[1]) : -1;
	int lo = hi >= 0 ? percent_hex(s[2]) : -1;

	return lo >= 0 ? hi << 4 | lo : -1;
}

bool percent_decode(struct buf *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int byte = escaped_byte(s + i, n - i);

		if (s[i] == '%' && byte < 0)
			return false;
		(void)buf_addc(out, byte >= 0 ? (char)byte : s[i]);
		i += byte >= 0 ? 2 : 0;
	}
	return true;
}

void percent_decode_lenient(struct buf *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int byte = escaped_byte(s + i, n - i);

		(void)buf_addc(out, byte >= 0 ? (char)byte : s[i]);
		i += byte >= 0 ? 2 : 0;
	}
}
