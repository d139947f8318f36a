/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of IPv4 addresses. */
#include "base/text.h"

#include <arpa/inet.h>
#include <string.h>

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
