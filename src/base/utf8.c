/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

#include "base/attr.h"

size_t utf8_decode(const char *s, size_t n, uint32_t *ret)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char lead = n ? (unsigned char)s[0] : 0;
	size_t length = lead < 0x80	  ? 1
			: lead >> 5 == 6  ? 2
			: lead >> 4 == 14 ? 3
			: lead >> 3 == 30 ? 4
					  : 0;
	uint32_t c = length == 1 ? lead : lead & (0x7fu >> length);

	if (!length || length > n)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | ((unsigned char)s[i] & 0x3f);
	}
	if (c < least[length] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*ret = c;
	return length;
}

bool utf8_is_blank(uint32_t c)
{
	static const struct {
		uint16_t first, last;
	} blanks[] = { { 0x09, 0x0d },	   { 0x1c, 0x20 },     { 0x85, 0x85 },
		       { 0xa0, 0xa0 },	   { 0x1680, 0x1680 }, { 0x2000, 0x200a },
		       { 0x2028, 0x2029 }, { 0x202f, 0x202f }, { 0x205f, 0x205f },
		       { 0x3000, 0x3000 } };

	for (size_t i = 0; i < ARRAY_LEN(blanks); i++)
		if (c >= blanks[i].first && c <= blanks[i].last)
			return true;
	return false;
}

struct span utf8_trim(struct span s, size_t *ret_indent)
{
	size_t indent = 0;
	uint32_t c = 0;

	for (size_t n; s.n && (n = utf8_decode(s.p, s.n, &c)) && utf8_is_blank(c); indent++) {
		s.p += n;
		s.n -= n;
	}
	while (s.n) {
		size_t n = 1;

		while (n < s.n && ((unsigned char)s.p[s.n - n] & 0xc0) == 0x80)
			n++;
		if (!utf8_decode(s.p + s.n - n, n, &c) || !utf8_is_blank(c))
			break;
		s.n -= n;
	}
	if (ret_indent)
		*ret_indent = indent;
	return s;
}
