/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes of AWS's values. */
#include "base/shape.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

#include "base/attr.h"
#include "base/clock.h"
#include "base/text.h"

#define DIGITS "0123456789"
#define HEX DIGITS "abcdef"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* Only what AWS itself puts before an id: a name that somebody gave may look like one. */
static const char *const id_prefixes[] = {
	"acl",	      "aclassoc",
	"ami",	      "cr",
	"dopt",	      "eice",
	"eigw",	      "eipalloc",
	"eipassoc",   "eni",
	"eni-attach", "fl",
	"h",	      "i",
	"igw",	      "key",
	"lt",	      "nat",
	"pcx",	      "pl",
	"r",	      "rtb",
	"rtbassoc",   "sg",
	"sgr",	      "sir",
	"snap",	      "subnet",
	"tgw",	      "tgw-attach",
	"vgw",	      "vol",
	"vpc",	      "vpc-cidr-assoc",
	"vpce",	      "vpce-svc",
};

size_t shape_id_prefix(const char *s, size_t *ret_digits)
{
	for (size_t i = 0; i < ARRAY_LEN(id_prefixes); i++) {
		size_t n = strlen(id_prefixes[i]), digits;

		if (strncmp(s, id_prefixes[i], n) != 0 || s[n] != '-')
			continue;
		digits = strspn(s + n + 1, HEX);
		if (digits != 8 && digits != 17)
			continue;
		*ret_digits = digits;
		return n + 1;
	}
	return 0;
}

static bool is_id(const char *s)
{
	size_t digits, prefix = shape_id_prefix(s, &digits);

	return prefix && s[prefix + digits] == '\0';
}

static bool is_iam_id(const char *s)
{
	static const char *const prefixes[] = { "ABIA", "ACCA", "AGPA", "AIDA", "AIPA", "AKIA",
						"ANPA", "ANVA", "APKA", "AROA", "ASCA", "ASIA" };
	size_t n = strlen(s);

	for (size_t i = 0; n >= 16 && n <= 128 && i < ARRAY_LEN(prefixes); i++)
		if (text_starts_with(s, prefixes[i]))
			return strspn(s, UPPER DIGITS) == n;
	return false;
}

static bool is_number(const char *s)
{
	size_t sign = *s == '-', n = strlen(s + sign);

	return n && n <= 9 && strspn(s + sign, DIGITS) == n;
}

/* "8-4-4-4-12" hex digits. */
static bool is_uuid(const char *s)
{
	if (strlen(s) != 36)
		return false;
	for (size_t i = 0; i < 36; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23 ? s[i] != '-'
							    : !strchr(HEX "ABCDEF", s[i]))
			return false;
	return true;
}

static bool is_mac(const char *s)
{
	if (strlen(s) != 17)
		return false;
	for (size_t i = 0; i < 17; i++)
		if (i % 3 == 2 ? s[i] != ':' : !strchr(HEX "ABCDEF", s[i]))
			return false;
	return true;
}

static bool is_address(const char *s, int family, int64_t max_prefix)
{
	char address[INET6_ADDRSTRLEN];
	unsigned char bytes[16];
	size_t n = strcspn(s, "/");
	int64_t prefix;

	if (n >= sizeof(address))
		return false;
	memcpy(address, s, n);
	address[n] = '\0';
	return inet_pton(family, address, bytes) == 1 &&
	       (!s[n] || text_parse_i64(s + n + 1, 0, max_prefix, &prefix));
}

static bool is_sum(const char *s)
{
	size_t n = strlen(s), quoted = n > 2 && s[0] == '"' && s[n - 1] == '"';
	size_t digits = strspn(s + quoted, HEX "ABCDEF");

	return digits >= 32 && digits == n - 2 * quoted;
}

static bool is_account(const char *s)
{
	return strlen(s) == 12 && strspn(s, DIGITS) == 12;
}

enum shape shape_of(const char *s)
{
	int64_t utc_s;

	if (text_eq_nocase(s, "true") || text_eq_nocase(s, "false"))
		return SHAPE_BOOL;
	if (is_number(s))
		return SHAPE_NUMBER;
	if (is_account(s))
		return SHAPE_ACCOUNT;
	if (is_id(s))
		return SHAPE_ID;
	if (is_iam_id(s))
		return SHAPE_IAM_ID;
	if (is_uuid(s))
		return SHAPE_UUID;
	if (is_address(s, AF_INET, 32))
		return SHAPE_IPV4;
	if (is_address(s, AF_INET6, 128))
		return SHAPE_IPV6;
	if (is_mac(s))
		return SHAPE_MAC;
	if (clock_parse_iso8601(s, &utc_s))
		return SHAPE_TIME;
	if (text_starts_with(s, "arn:"))
		return SHAPE_ARN;
	return is_sum(s) ? SHAPE_SUM : SHAPE_OTHER;
}
