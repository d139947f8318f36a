/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses and networks. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "aws/record/redact_parts.h"
#include "base/alloc.h"
#include "base/text.h"

/* What stays of a private address, so that it is one: RFC 1918 and RFC 6598. */
static int private_bits(uint32_t a)
{
	if (a >> 24 == 10)
		return 8;
	if (a >> 20 == 0xac1)
		return 12;
	if (a >> 16 == 0xc0a8)
		return 16;
	return a >> 22 == 0x191 ? 10 : 0;
}

/*
 * Two addresses share as many leading bits after this as before (as Crypto-PAn does it): each bit
 * is turned, or not, as the bits before it say.  The first bit that may be turned always is, so
 * that no network becomes itself.
 */
static uint32_t move_private(const struct redactor *r, uint32_t a, int keep, int prefix)
{
	uint32_t out = a;

	for (int i = keep; i < prefix; i++) {
		unsigned char seen[9] = "ip";
		unsigned char sum[32];
		uint32_t before = a & ~(0xffffffffu >> i);

		seen[3] = (unsigned char)i;
		for (int k = 0; k < 4; k++)
			seen[4 + k] = (unsigned char)(before >> (24 - 8 * k));
		redact_hash(r, seen, sizeof(seen), sum);
		if (i == keep || (sum[0] & 1))
			out ^= 0x80000000u >> i;
	}
	return out;
}

/* What names nobody: everywhere, this machine, the metadata service. */
static bool is_common_address(uint32_t a)
{
	return a == 0 || a >> 24 == 127 || a >> 16 == 0xa9fe;
}

void redact_ipv4(const struct redactor *r, const char *s, struct buf *out)
{
	size_t n = strcspn(s, "/");
	autofree char *address = xstrndup(s, n);
	char text[INET_ADDRSTRLEN];
	int64_t prefix = 32;
	uint32_t a;

	if (inet_pton(AF_INET, address, &a) != 1)
		abort();
	a = ntohl(a);
	if (s[n] && !text_parse_i64(s + n + 1, 0, 32, &prefix))
		abort();
	if (private_bits(a) && prefix >= private_bits(a)) {
		a = move_private(r, a, private_bits(a), (int)prefix);
	} else if (!is_common_address(a)) { /* 198.18.0.0/15 is nobody's: RFC 2544 */
		unsigned char sum[32];

		redact_hash(r, address, n, sum);
		a = 0xc6120000u | (uint32_t)(sum[0] & 1) << 16 | (uint32_t)sum[1] << 8 | sum[2];
		if (prefix < 32)
			a &= prefix ? ~(0xffffffffu >> prefix) : 0;
	}
	a = htonl(a);
	if (!inet_ntop(AF_INET, &a, text, sizeof(text)))
		abort();
	(void)buf_addf(out, "%s%s", text, s + n);
}

/* In 2001:db8::/32, which is nobody's. */
void redact_ipv6(const struct redactor *r, const char *s, struct buf *out)
{
	unsigned char a[16] = { 0x20, 0x01, 0x0d, 0xb8 };
	size_t n = strcspn(s, "/");
	autofree char *address = xstrndup(s, n);
	char text[INET6_ADDRSTRLEN];
	unsigned char sum[32];
	int64_t prefix = 128;

	if (s[n] && !text_parse_i64(s + n + 1, 0, 128, &prefix))
		abort();
	if (text_eq(address, "::") || text_eq(address, "::1")) {
		(void)buf_adds(out, s);
		return;
	}
	redact_hash(r, address, n, sum);
	memcpy(a + 4, sum, 12);
	for (int64_t i = prefix; i < 128; i++)
		a[i / 8] &= (unsigned char)~(0x80u >> (i % 8));
	if (!inet_ntop(AF_INET6, a, text, sizeof(text)))
		abort();
	(void)buf_addf(out, "%s%s", text, s + n);
}
