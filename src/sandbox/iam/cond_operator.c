/* SPDX-License-Identifier: Apache-2.0 */
/* The operators of conditions, and what two values they take for a match. */
#include "sandbox/iam/cond.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/text.h"
#include "sandbox/iam/policy.h"

static bool op_string_equals(const char *want, const char *have)
{
	return pattern_equals(want, have, false);
}

static bool op_string_equals_nocase(const char *want, const char *have)
{
	return pattern_equals(want, have, true);
}

static bool op_string_like(const char *want, const char *have)
{
	return sbx_glob(want, have, false);
}

static bool op_bool(const char *want, const char *have)
{
	return text_eq_nocase(want, have);
}

/* Network-order bytes of an address, and how many; 0 when it is none. */
static size_t parse_ip(const char *s, unsigned char out[16])
{
	if (inet_pton(AF_INET, s, out) == 1)
		return 4;
	if (inet_pton(AF_INET6, s, out) == 1)
		return 16;
	return 0;
}

static bool op_ip_address(const char *want, const char *have)
{
	unsigned char net[16], addr[16];
	const char *slash = strchr(want, '/');
	autofree char *base = slash ? xstrndup(want, (size_t)(slash - want)) : xstrdup(want);
	size_t n = parse_ip(base, net);
	int64_t bits;

	if (n == 0 || parse_ip(have, addr) != n)
		return false;
	bits = (int64_t)n * 8;
	if (slash && !text_parse_i64(slash + 1, 0, bits, &bits))
		return false;
	for (size_t i = 0; i < n && bits > 0; i++, bits -= 8) {
		unsigned mask = bits >= 8 ? 0xffu : (0xff00u >> bits) & 0xffu;

		if ((net[i] & mask) != (addr[i] & mask))
			return false;
	}
	return true;
}

static bool parse_number(const char *s, double *ret)
{
	char *end;

	errno = 0;
	*ret = strtod(s, &end);
	return end != s && *end == '\0' && errno == 0;
}

/* Either form that policies take: ISO 8601, or seconds since 1970. */
static bool parse_date(const char *s, double *ret)
{
	int64_t utc_s;

	if (clock_parse_iso8601(s, &utc_s)) {
		*ret = (double)utc_s;
		return true;
	}
	return parse_number(s, ret);
}

/* clang-format off */
#define COMPARE(name, parse, how)                                                                  \
	static bool name(const char *want, const char *have)                                       \
	{                                                                                          \
		double w, h;                                                                       \
		return parse(want, &w) && parse(have, &h) && (how);                                \
	}
COMPARE(op_number_eq, parse_number, !(h < w) && !(h > w))
COMPARE(op_number_lt, parse_number, h < w)
COMPARE(op_number_le, parse_number, h <= w)
COMPARE(op_number_gt, parse_number, h > w)
COMPARE(op_number_ge, parse_number, h >= w)
COMPARE(op_date_eq, parse_date, !(h < w) && !(h > w))
COMPARE(op_date_lt, parse_date, h < w)
COMPARE(op_date_le, parse_date, h <= w)
COMPARE(op_date_gt, parse_date, h > w)
COMPARE(op_date_ge, parse_date, h >= w)
/* clang-format on */

static const struct cond_op operators[] = {
	{ "StringEquals", false, op_string_equals },
	{ "StringNotEquals", true, op_string_equals },
	{ "StringEqualsIgnoreCase", false, op_string_equals_nocase },
	{ "StringNotEqualsIgnoreCase", true, op_string_equals_nocase },
	{ "StringLike", false, op_string_like },
	{ "StringNotLike", true, op_string_like },
	{ "ArnEquals", false, pattern_matches_arn },
	{ "ArnNotEquals", true, pattern_matches_arn },
	{ "ArnLike", false, pattern_matches_arn },
	{ "ArnNotLike", true, pattern_matches_arn },
	{ "Bool", false, op_bool },
	{ "IpAddress", false, op_ip_address },
	{ "NotIpAddress", true, op_ip_address },
	{ "NumericEquals", false, op_number_eq },
	{ "NumericNotEquals", true, op_number_eq },
	{ "NumericLessThan", false, op_number_lt },
	{ "NumericLessThanEquals", false, op_number_le },
	{ "NumericGreaterThan", false, op_number_gt },
	{ "NumericGreaterThanEquals", false, op_number_ge },
	{ "DateEquals", false, op_date_eq },
	{ "DateNotEquals", true, op_date_eq },
	{ "DateLessThan", false, op_date_lt },
	{ "DateLessThanEquals", false, op_date_le },
	{ "DateGreaterThan", false, op_date_gt },
	{ "DateGreaterThanEquals", false, op_date_ge },
	{ "BinaryEquals", false, op_string_equals },
	{ "Null", false, NULL },
};

/* Take "ForAnyValue:StringLikeIfExists" apart; NULL when there is no such operator. */
const struct cond_op *cond_find_operator(const char *name, enum cond_quantifier *ret_quantifier,
					 bool *ret_if_exists)
{
	static const char suffix[] = "IfExists";
	size_t n;

	*ret_quantifier = COND_ONE_VALUE;
	if (text_starts_with(name, "ForAnyValue:")) {
		*ret_quantifier = COND_ANY_VALUE;
		name += strlen("ForAnyValue:");
	} else if (text_starts_with(name, "ForAllValues:")) {
		*ret_quantifier = COND_ALL_VALUES;
		name += strlen("ForAllValues:");
	}
	n = strlen(name);
	*ret_if_exists = text_ends_with(name, suffix);
	if (*ret_if_exists)
		n -= strlen(suffix);
	for (size_t i = 0; i < ARRAY_LEN(operators); i++) {
		const struct cond_op *op = &operators[i];

		if (strlen(op->name) == n && strncmp(op->name, name, n) == 0)
			return op->matches || !*ret_if_exists ? op : NULL;
	}
	return NULL;
}

bool condition_known(const char *operator_name)
{
	enum cond_quantifier quantifier;
	bool if_exists;

	return cond_find_operator(operator_name, &quantifier, &if_exists) != NULL;
}
