/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The conditions of a policy: operators over the facts of a request.
 *
 * What surprises, and is tested: a key that the request does not have makes a
 * positive operator false, a negated one true and any ...IfExists true.  The
 * values listed for one key are alternatives for a positive operator, and all
 * of them are ruled out by a negated one.
 */
#include "sandbox/iam/policy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"

/* A `*` or `?` that came out of a policy variable and stands for itself. */
#define LITERAL_STAR '\001'
#define LITERAL_MARK '\002'

static bool same_char(char p, char c, bool nocase)
{
	if (p == LITERAL_STAR)
		return c == '*';
	if (p == LITERAL_MARK)
		return c == '?';
	return nocase ? text_lower(p) == text_lower(c) : p == c;
}

bool sbx_glob(const char *pattern, const char *s, bool nocase)
{
	const char *star = NULL, *resume = NULL;

	/* Going back to the last star alone is enough, so time stays within n * m. */
	while (*s) {
		if (*pattern == '*') {
			star = pattern++;
			resume = s;
		} else if (*pattern == '?' || (*pattern && same_char(*pattern, *s, nocase))) {
			pattern++;
			s++;
		} else if (star) {
			pattern = star + 1;
			s = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

/* The six parts of an ARN match one by one, so a `*` never reaches over a colon but the last. */
static bool arn_matches(const char *pattern, const char *arn)
{
	for (int part = 0; part < 5; part++) {
		const char *p_end = strchr(pattern, ':');
		const char *a_end = strchr(arn, ':');

		if (!p_end || !a_end)
			return false;
		autofree char *p = xstrndup(pattern, (size_t)(p_end - pattern));
		autofree char *a = xstrndup(arn, (size_t)(a_end - arn));

		if (!sbx_glob(p, a, false))
			return false;
		pattern = p_end + 1;
		arn = a_end + 1;
	}
	return sbx_glob(pattern, arn, false);
}

/* `want` after variables: stars are literal for the operators that know no wildcard. */
static bool plain_equals(const char *want, const char *have, bool nocase)
{
	for (; *want && *have; want++, have++) {
		if (!same_char(*want, *have, nocase))
			return false;
	}
	return *want == *have;
}

static bool op_string_equals(const char *want, const char *have)
{
	return plain_equals(want, have, false);
}

static bool op_string_equals_nocase(const char *want, const char *have)
{
	return plain_equals(want, have, true);
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

static const struct cond_op {
	const char *name;
	bool negated;
	bool (*matches)(const char *want, const char *have);
} operators[] = {
	{ "StringEquals", false, op_string_equals },
	{ "StringNotEquals", true, op_string_equals },
	{ "StringEqualsIgnoreCase", false, op_string_equals_nocase },
	{ "StringNotEqualsIgnoreCase", true, op_string_equals_nocase },
	{ "StringLike", false, op_string_like },
	{ "StringNotLike", true, op_string_like },
	{ "ArnEquals", false, arn_matches },
	{ "ArnNotEquals", true, arn_matches },
	{ "ArnLike", false, arn_matches },
	{ "ArnNotLike", true, arn_matches },
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

enum quantifier { ONE_VALUE, ANY_VALUE, ALL_VALUES };

/* Take "ForAnyValue:StringLikeIfExists" apart; NULL when there is no such operator. */
static const struct cond_op *find_operator(const char *name, enum quantifier *ret_quantifier,
					   bool *ret_if_exists)
{
	static const char suffix[] = "IfExists";
	size_t n;

	*ret_quantifier = ONE_VALUE;
	if (text_starts_with(name, "ForAnyValue:")) {
		*ret_quantifier = ANY_VALUE;
		name += strlen("ForAnyValue:");
	} else if (text_starts_with(name, "ForAllValues:")) {
		*ret_quantifier = ALL_VALUES;
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
	enum quantifier quantifier;
	bool if_exists;

	return find_operator(operator_name, &quantifier, &if_exists) != NULL;
}

bool condition_key_known(const char *key)
{
	static const char *const ss3_keys[] = {
		"s3:prefix",
		"s3:delimiter",
		"s3:max-keys",
		"s3:VersionId",
		"s3:authType",
		"s3:signatureAge",
		"s3:signatureversion",
		"s3:TlsVersion",
		"s3:ResourceAccount",
		"s3:LocationConstraint",
		"s3:DataAccessPointArn",
		"s3:DataAccessPointAccount",
		"s3:AccessPointNetworkOrigin",
		"s3:ExistingObjectTag",
		"s3:RequestObjectTag",
		"s3:RequestObjectTagKeys",
		"s3:BucketTag",
		"s3:if-match",
		"s3:if-none-match",
		"s3:ObjectCreationOperation",
		"s3:object-lock-mode",
		"s3:object-lock-legal-hold",
		"s3:object-lock-retain-until-date",
		"s3:object-lock-remaining-retention-days",
		"s3:InventoryAccessibleOptionalFields",
	};
	const char *slash = strchr(key, '/');
	autofree char *name = slash ? xstrndup(key, (size_t)(slash - key)) : xstrdup(key);
	size_t n = strlen("s3:x-amz-");

	if (strncasecmp(name, "aws:", 4) == 0)
		return name[4] != '\0';
	if (strncasecmp(name, "s3:x-amz-", n) == 0)
		return name[n] != '\0';
	for (size_t i = 0; i < ARRAY_LEN(ss3_keys); i++) {
		if (text_eq_nocase(name, ss3_keys[i]))
			return true;
	}
	return false;
}

static const char *fact_value(const struct policy_request *ask, const char *key, size_t nth)
{
	for (size_t i = 0; i < ask->n_facts; i++) {
		if (text_eq_nocase(ask->facts[i].key, key) && nth-- == 0)
			return ask->facts[i].value;
	}
	return NULL;
}

bool policy_expand(const struct policy_request *ask, const char *text, struct buf *out)
{
	const char *open, *close;

	while ((open = strstr(text, "${"))) {
		const char *value;

		close = strchr(open, '}');
		if (!close)
			break;
		(void)buf_add(out, text, (size_t)(open - text));
		autofree char *key = xstrndup(open + 2, (size_t)(close - open) - 2);
		char *fallback = strchr(key, ',');

		if (fallback)
			*fallback++ = '\0';
		if (text_eq(key, "*") || text_eq(key, "?") || text_eq(key, "$"))
			value = key;
		else
			value = fact_value(ask, key, 0);
		if (!value && fallback) {
			fallback += strspn(fallback, " '");
			fallback[strcspn(fallback, "'")] = '\0';
			value = fallback;
		}
		if (!value)
			return false;
		for (; *value; value++)
			(void)buf_addc(out, *value == '*'   ? LITERAL_STAR
					    : *value == '?' ? LITERAL_MARK
							    : *value);
		text = close + 1;
	}
	(void)buf_adds(out, text);
	return true;
}

/* A JSON scalar as conditions compare it; NULL for what cannot be one.  Caller frees. */
static char *scalar_text(const json_t *value)
{
	if (json_is_string(value))
		return xstrdup(json_string_value(value));
	if (json_is_boolean(value))
		return xstrdup(json_is_true(value) ? "true" : "false");
	if (json_is_integer(value))
		return xasprintf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
	if (json_is_real(value))
		return xasprintf("%g", json_real_value(value));
	return NULL;
}

static size_t n_values(const json_t *list)
{
	return json_is_array(list) ? json_array_size(list) : 1;
}

static const json_t *nth_value(const json_t *list, size_t i)
{
	return json_is_array(list) ? json_array_get(list, i) : list;
}

static bool any_wanted(const struct cond_op *op, const json_t *wanted,
		       const struct policy_request *ask, const char *have)
{
	for (size_t i = 0; i < n_values(wanted); i++) {
		autofree char *raw = scalar_text(nth_value(wanted, i));
		auto_buf want = BUF_INIT;

		if (raw && policy_expand(ask, raw, &want) && op->matches(want.p, have))
			return true;
	}
	return false;
}

static bool key_holds(const struct cond_op *op, enum quantifier quantifier, bool if_exists,
		      const char *key, const json_t *wanted, const struct policy_request *ask)
{
	const char *have = fact_value(ask, key, 0);

	if (!op->matches) { /* Null: "true" wants the key to be absent */
		autofree char *want = scalar_text(nth_value(wanted, 0));

		return want && text_eq_nocase(want, "true") == (have == NULL);
	}
	if (!have)
		return if_exists || quantifier == ALL_VALUES ||
		       (op->negated && quantifier == ONE_VALUE);
	for (size_t i = 0; (have = fact_value(ask, key, i)); i++) {
		bool holds = any_wanted(op, wanted, ask, have) != op->negated;

		if (quantifier == ONE_VALUE)
			return holds;
		if (quantifier == ANY_VALUE && holds)
			return true;
		if (quantifier == ALL_VALUES && !holds)
			return false;
	}
	return quantifier == ALL_VALUES;
}

bool conditions_hold(const json_t *condition, const struct policy_request *ask)
{
	const char *name, *key;
	json_t *keys, *wanted;

	/* The casts: jansson's iterators take no const object, and change none. */
	json_object_foreach((json_t *)condition, name, keys) {
		enum quantifier quantifier;
		bool if_exists;
		const struct cond_op *op = find_operator(name, &quantifier, &if_exists);

		if (!op)
			return false;
		json_object_foreach(keys, key, wanted) {
			if (!key_holds(op, quantifier, if_exists, key, wanted, ask))
				return false;
		}
	}
	return true;
}

static bool has_string(const json_t *list, const char *s)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item) {
		if (text_eq(json_string_value(item), s))
			return true;
	}
	return false;
}

void conditions_missing_keys(const json_t *condition, const struct policy_request *ask, json_t *ret)
{
	const char *name, *key;
	json_t *keys, *wanted;

	json_object_foreach((json_t *)condition, name, keys) {
		json_object_foreach(keys, key, wanted) {
			if (!fact_value(ask, key, 0) && !has_string(ret, key))
				json_array_append_new(ret, json_string(key));
		}
	}
}
