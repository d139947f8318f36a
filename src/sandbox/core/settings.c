/* SPDX-License-Identifier: Apache-2.0 */
/* The account's settings: a table of what each of them may hold. */
#include "sandbox/core/settings.h"

#include "base/alloc.h"
#include "base/text.h"

/* How a member must look. */
enum look { TEXT, FLAG, NUMBER, TEXTS, CRITERIA };

#define MANAGED_BY(setting)                                                                        \
	{                                                                                          \
		setting, "managed_by", TEXT, "account|declarative-policy"                          \
	}

static const struct {
	const char *setting, *member;
	enum look look;
	const char *words; /* the texts that it may be, split by '|'; NULL: any */
} rows[] = {
	{ "allowed_images", "state", TEXT, "disabled|audit-mode|enabled" },
	{ "allowed_images", "criteria", CRITERIA, NULL },
	MANAGED_BY("allowed_images"),
	{ "instance_metadata", "http_tokens", TEXT, "optional|required" },
	{ "instance_metadata", "http_tokens_enforced", TEXT, "disabled|enabled" },
	{ "instance_metadata", "http_endpoint", TEXT, "disabled|enabled" },
	{ "instance_metadata", "hop_limit", NUMBER, NULL },
	MANAGED_BY("instance_metadata"),
	{ "ebs_encryption", "key", TEXT, NULL },
	{ "ebs_encryption", "key_state", TEXT, "Enabled|Disabled|PendingDeletion|PendingImport" },
	{ "block_public_access", "mode", TEXT, "off|block-bidirectional|block-ingress" },
	MANAGED_BY("block_public_access"),
	{ "vpc_encryption", "mode", TEXT, "unmanaged|attempt-monitor|attempt-enforce" },
	MANAGED_BY("vpc_encryption"),
	{ "s3_public_access", "BlockPublicAcls", FLAG, NULL },
	{ "s3_public_access", "IgnorePublicAcls", FLAG, NULL },
	{ "s3_public_access", "BlockPublicPolicy", FLAG, NULL },
	{ "s3_public_access", "RestrictPublicBuckets", FLAG, NULL },
	{ "regions_off", "names", TEXTS, NULL },
};

json_t *sbx_setting(struct store *st, const char *name)
{
	return store_get(st, SBX_SETTING, "", name);
}

bool sbx_setting_lists(struct store *st, const char *name, const char *member, const char *text)
{
	json_t *doc = sbx_setting(st, name), *one;
	bool found = false;
	size_t i;

	json_array_foreach(json_object_get(doc, member), i, one)
		found = found || text_eq(json_string_value(one), text);
	json_decref(doc);
	return found;
}

/* ---- setting up ----------------------------------------------------------- */

static bool is_one_of(const char *words, const char *text)
{
	for (size_t n; *words; words += n + (words[n] == '|')) {
		n = strcspn(words, "|");
		if (strlen(text) == n && !strncmp(words, text, n))
			return true;
	}
	return false;
}

static bool are_texts(const json_t *value)
{
	const json_t *one;
	size_t i;

	json_array_foreach(value, i, one)
		if (!json_is_string(one))
			return false;
	return json_is_array(value);
}

static bool is_criterion(const json_t *value)
{
	const char *name;
	json_t *its;

	json_object_foreach((json_t *)(uintptr_t)value, name, its) {
		bool list = text_eq(name, "providers") || text_eq(name, "names");

		if (!(list ? are_texts(its)
			   : text_eq(name, "max_age_days") && json_is_integer(its)))
			return false;
	}
	return json_is_object(value);
}

static bool fits(size_t row, const json_t *value)
{
	const json_t *one;
	size_t i;

	switch (rows[row].look) {
	case TEXT:
		return json_is_string(value) &&
		       (!rows[row].words || is_one_of(rows[row].words, json_string_value(value)));
	case FLAG:
		return json_is_boolean(value);
	case NUMBER:
		return json_is_integer(value) && json_integer_value(value) > 0;
	case TEXTS:
		return are_texts(value);
	case CRITERIA:
		json_array_foreach(value, i, one)
			if (!is_criterion(one))
				return false;
		return json_is_array(value);
	}
	return false;
}

static char *check_one(const char *setting, const json_t *wanted)
{
	const char *member;
	json_t *value;
	bool known = false;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		known = known || text_eq(rows[i].setting, setting);
	if (!known)
		return xasprintf("there is no setting '%s'", setting);
	if (!json_is_object(wanted))
		return xasprintf("the setting '%s' is no object", setting);
	json_object_foreach((json_t *)(uintptr_t)wanted, member, value) {
		bool good = false;

		for (size_t i = 0; i < ARRAY_LEN(rows); i++)
			good = good || (text_eq(rows[i].setting, setting) &&
					text_eq(rows[i].member, member) && fits(i, value));
		if (!good)
			return xasprintf("'%s' of the setting '%s' is wrong", member, setting);
	}
	return NULL;
}

char *sbx_settings_check(const json_t *wanted)
{
	const char *setting;
	json_t *value;

	if (!json_is_object(wanted) && !json_is_null(wanted))
		return xstrdup("'settings' is no object");
	json_object_foreach((json_t *)(uintptr_t)wanted, setting, value) {
		char *why = check_one(setting, value);

		if (why)
			return why;
	}
	return NULL;
}

void sbx_settings_set(struct sbx *sbx, const json_t *wanted)
{
	const char *setting;
	json_t *value;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		store_delete(sbx_store(sbx), SBX_SETTING, "", rows[i].setting);
	json_object_foreach((json_t *)(uintptr_t)wanted, setting, value)
		store_put(sbx_store(sbx), SBX_SETTING, "", setting, value, sbx_now_ms(sbx),
			  /* lag_ms= */ 0);
}
