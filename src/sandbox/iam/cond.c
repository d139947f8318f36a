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
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "sandbox/iam/cond.h"

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

const char *cond_fact_value(const struct policy_request *ask, const char *key, size_t nth)
{
	for (size_t i = 0; i < ask->n_facts; i++) {
		if (text_eq_nocase(ask->facts[i].key, key) && nth-- == 0)
			return ask->facts[i].value;
	}
	return NULL;
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

static bool key_holds(const struct cond_op *op, enum cond_quantifier quantifier, bool if_exists,
		      const char *key, const json_t *wanted, const struct policy_request *ask)
{
	const char *have = cond_fact_value(ask, key, 0);

	if (!op->matches) { /* Null: "true" wants the key to be absent */
		autofree char *want = scalar_text(nth_value(wanted, 0));

		return want && text_eq_nocase(want, "true") == (have == NULL);
	}
	if (!have)
		return if_exists || quantifier == COND_ALL_VALUES ||
		       (op->negated && quantifier == COND_ONE_VALUE);
	for (size_t i = 0; (have = cond_fact_value(ask, key, i)); i++) {
		bool holds = any_wanted(op, wanted, ask, have) != op->negated;

		if (quantifier == COND_ONE_VALUE)
			return holds;
		if (quantifier == COND_ANY_VALUE && holds)
			return true;
		if (quantifier == COND_ALL_VALUES && !holds)
			return false;
	}
	return quantifier == COND_ALL_VALUES;
}

bool conditions_hold(const json_t *condition, const struct policy_request *ask)
{
	const char *name, *key;
	json_t *keys, *wanted;

	/* The casts: jansson's iterators take no const object, and change none. */
	json_object_foreach((json_t *)condition, name, keys) {
		enum cond_quantifier quantifier;
		bool if_exists;
		const struct cond_op *op = cond_find_operator(name, &quantifier, &if_exists);

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
			if (!cond_fact_value(ask, key, 0) && !has_string(ret, key))
				json_array_append_new(ret, json_string(key));
		}
	}
}
