/* SPDX-License-Identifier: Apache-2.0 */
/* IAM: the dispatch, and what its actions share: names, tags, pages, answers. */
#include "sandbox/iam/call.h"

#include <inttypes.h>
#include <string.h>

#include <openssl/rand.h>

#include "aws/core/sigv4.h"
#include "sandbox/core/sort.h"
#include "base/percent.h"

#define XMLNS "https://iam.amazonaws.com/doc/2010-05-08/"

const char *siam_param(const struct siam_call *c, const char *name)
{
	return sbx_pairs_get(c->req->params, name);
}

void siam_put(struct siam_call *c, const char *kind, const char *name, const json_t *doc)
{
	store_put(c->st, kind, "", name, doc, c->req->now_ms, sbx_lag_ms(c->sbx));
}

void siam_put_visible(struct siam_call *c, const char *kind, const char *name, const json_t *doc)
{
	store_put(c->st, kind, "", name, doc, c->req->now_ms,
		  sbx_lag_is_harsh(c->sbx) ? sbx_lag_ms(c->sbx) : 0);
}

static json_t *get_thing(struct siam_call *c, const char *kind, const char *name,
			 enum siam_view view)
{
	return view == SIAM_SEEN ? store_get_visible(c->st, kind, "", name, c->req->now_ms)
				 : store_get(c->st, kind, "", name);
}

json_t *siam_role(struct siam_call *c, enum siam_view view)
{
	const char *name = siam_param(c, "RoleName");
	json_t *role = get_thing(c, SBX_ROLE, name, view);

	if (!role)
		sbx_fail(c->req, c->rep, 404, "NoSuchEntity",
			 "The role with name %s cannot be found.", name);
	return role;
}

json_t *siam_profile(struct siam_call *c, enum siam_view view)
{
	const char *name = siam_param(c, "InstanceProfileName");
	json_t *profile = get_thing(c, SBX_PROFILE, name, view);

	if (!profile)
		sbx_fail(c->req, c->rep, 404, "NoSuchEntity",
			 "Instance Profile %s cannot be found.", name);
	return profile;
}

bool siam_taken(struct siam_call *c, const char *kind, const char *name)
{
	json_t *all = store_list(c->st, kind, "");
	bool taken = false;
	size_t i;
	json_t *thing;

	json_array_foreach(all, i, thing) {
		if (text_eq_nocase(json_string_value(json_object_get(thing, "name")), name))
			taken = true;
	}
	json_decref(all);
	return taken;
}

char *siam_new_id(const char *prefix)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	unsigned char random[17];
	auto_buf id = BUF_INIT;

	if (RAND_bytes(random, sizeof(random)) != 1)
		abort();
	(void)buf_adds(&id, prefix);
	for (size_t i = 0; i < sizeof(random); i++)
		(void)buf_addc(&id, alphabet[random[i] % 32]);
	return buf_steal(&id);
}

/* ---- tags --------------------------------------------------------------- */

static json_t *find_tag(const json_t *tags, const char *key, size_t *ret_index)
{
	size_t i;
	json_t *tag;

	json_array_foreach(tags, i, tag) {
		if (text_eq_nocase(json_string_value(json_object_get(tag, "Key")), key)) {
			*ret_index = i;
			return tag;
		}
	}
	return NULL;
}

bool siam_check_tags(struct siam_call *c, const json_t *tags)
{
	size_t i, first = 0;
	json_t *tag;

	json_array_foreach(tags, i, tag) {
		const char *key = json_string_value(json_object_get(tag, "Key"));

		if (strncasecmp(key, "aws:", 4) == 0)
			return siam_fail(
				c, 400, "InvalidInput",
				"aws: prefixed tag key names are not allowed for external use.");
		(void)find_tag(tags, key, &first);
		if (first != i)
			return siam_fail(
				c, 400, "InvalidInput",
				"Duplicate tag keys found. Please note that Tag keys are case "
				"insensitive.");
	}
	if (json_array_size(tags) > 50)
		return siam_fail(c, 409, "LimitExceeded",
				 "Cannot exceed quota for TagsPerResource: 50");
	return true;
}

bool siam_merge_tags(struct siam_call *c, json_t *thing, const json_t *tags)
{
	json_t *merged = json_deep_copy(json_object_get(thing, "tags"));
	size_t i, at;
	json_t *tag;

	json_array_foreach(tags, i, tag) {
		if (find_tag(merged, json_string_value(json_object_get(tag, "Key")), &at))
			(void)json_array_set(merged, at, tag);
		else
			(void)json_array_append(merged, tag);
	}
	(void)json_object_set_new(thing, "tags", merged);
	return siam_check_tags(c, tags) && siam_check_tags(c, merged);
}

void siam_remove_tags(json_t *thing, const json_t *keys)
{
	json_t *tags = json_object_get(thing, "tags");
	size_t i, at;
	json_t *key;

	json_array_foreach(keys, i, key) {
		if (find_tag(tags, json_string_value(key), &at))
			(void)json_array_remove(tags, at);
	}
}

json_t *siam_new_thing(struct siam_call *c, const char *name_param, const char *kind_in_arn,
		       const char *id_prefix)
{
	const char *name = siam_param(c, name_param), *path = siam_param(c, "Path");
	autofree char *id = siam_new_id(id_prefix);
	autofree char *arn = NULL;
	json_t *tags = sbx_query_list(c->req, "Tags");

	if (!siam_check_tags(c, tags)) {
		json_decref(tags);
		return NULL;
	}
	path = path ? path : "/";
	arn = xasprintf("arn:%s:iam::" SANDBOX_ACCOUNT ":%s%s%s", sbx_query_partition(c->req),
			kind_in_arn, path, name);
	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:o}", "name", name, "path", path, "arn",
			 arn, "id", id, "created_ms", (json_int_t)c->req->now_ms, "created_at_ms",
			 (json_int_t)c->req->now_ms, "tags", tags);
}

/* ---- pages -------------------------------------------------------------- */

json_t *siam_list(struct siam_call *c, const char *kind)
{
	json_t *all = store_list_visible(c->st, kind, "", c->req->now_ms);
	json_t *kept = json_array();
	const char *prefix = siam_param(c, "PathPrefix");
	size_t i;
	json_t *thing;

	json_array_foreach(all, i, thing) {
		const char *path = json_string_value(json_object_get(thing, "path"));

		if (!prefix || text_starts_with(path, prefix))
			(void)json_array_append(kept, thing);
	}
	json_decref(all);
	return sbx_sorted_by(kept, "name");
}

/* A marker is the position in base64, with a word that distinguishes it from other text. */
static bool parse_marker(const char *marker, int64_t *ret)
{
	auto_buf text = BUF_INIT;

	return text_base64_decode(marker, strlen(marker), &text) &&
	       text_starts_with(text.p, "iam:") && text_parse_i64(text.p + 4, 0, INT32_MAX, ret);
}

bool siam_add_page(struct siam_call *c, const char *element, const json_t *items, siam_add_fn *add)
{
	const char *marker = siam_param(c, "Marker"), *max = siam_param(c, "MaxItems");
	int64_t start = 0, count = 100, n = (int64_t)json_array_size(items);

	if (max && !text_parse_i64(max, 1, 1000, &count))
		return siam_fail(c, 400, "ValidationError", "MaxItems is not a number");
	if (marker && !parse_marker(marker, &start))
		return siam_fail(c, 400, "ValidationError", "Invalid Marker.");
	(void)buf_addf(&c->out, "<%s>", element);
	for (int64_t i = start; i < n && i < start + count; i++) {
		(void)buf_adds(&c->out, "<member>");
		add(c, &c->out, json_array_get(items, (size_t)i));
		(void)buf_adds(&c->out, "</member>");
	}
	(void)buf_addf(&c->out, "</%s><IsTruncated>%s</IsTruncated>", element,
		       start + count < n ? "true" : "false");
	if (start + count < n) {
		autofree char *next = xasprintf("iam:%" PRId64, start + count);
		autofree char *text = text_base64(next, strlen(next));

		sbx_xml_element(&c->out, "Marker", text);
	}
	return true;
}

void siam_add_tag(struct siam_call *c, struct buf *out, const json_t *tag)
{
	(void)c;
	sbx_xml_element(out, "Key", json_string_value(json_object_get(tag, "Key")));
	sbx_xml_element(out, "Value", json_string_value(json_object_get(tag, "Value")));
}

void siam_add_string(struct siam_call *c, struct buf *out, const json_t *string)
{
	(void)c;
	sbx_xml_add(out, json_string_value(string));
}

void siam_add_document(struct buf *out, const char *element, const char *text)
{
	(void)buf_addf(out, "<%s>", element);
	percent_encode(out, text, strlen(text), /* keep_slash= */ false);
	(void)buf_addf(out, "</%s>", element);
}

/* ---- dispatch ----------------------------------------------------------- */

static const struct siam_action *find_action(const char *name)
{
	static const struct siam_action *const tables[] = {
		siam_role_actions,    siam_profile_actions, siam_role_policy_actions,
		siam_managed_actions, siam_account_actions, siam_simulate_actions
	};

	for (size_t t = 0; t < ARRAY_LEN(tables); t++) {
		for (const struct siam_action *a = tables[t]; a->name; a++) {
			if (text_eq(a->name, name))
				return a;
		}
	}
	return NULL;
}

static void handle(struct sbx *sbx, const struct sbx_request *req, struct sbx_reply *rep)
{
	const struct siam_action *action = find_action(req->action);
	struct siam_call c = { sbx, sbx_store(sbx), req, rep, BUF_INIT };

	if (!action)
		sbx_fail(req, rep, 400, "InvalidAction",
			 "Could not find operation %s for version 2010-05-08", req->action);
	else if (sbx_query_check(req, rep) && action->run(&c))
		sbx_query_answer(req, rep, XMLNS, action->has_result ? &c.out : NULL);
	buf_clear(&c.out);
}

const struct sbx_action siam_actions[] = {
	{ "iam", "AddRoleToInstanceProfile", handle, true },
	{ "iam", "AttachRolePolicy", handle, true },
	{ "iam", "CreateAccountAlias", handle, true },
	{ "iam", "CreateInstanceProfile", handle, true },
	{ "iam", "CreateRole", handle, true },
	{ "iam", "DeleteAccountAlias", handle, true },
	{ "iam", "DeleteInstanceProfile", handle, true },
	{ "iam", "DeleteRole", handle, true },
	{ "iam", "DeleteRolePermissionsBoundary", handle, true },
	{ "iam", "DeleteRolePolicy", handle, true },
	{ "iam", "DetachRolePolicy", handle, true },
	{ "iam", "GetAccountSummary", handle, false },
	{ "iam", "GetInstanceProfile", handle, false },
	{ "iam", "GetPolicy", handle, false },
	{ "iam", "GetPolicyVersion", handle, false },
	{ "iam", "GetRole", handle, false },
	{ "iam", "GetRolePolicy", handle, false },
	{ "iam", "GetUser", handle, false },
	{ "iam", "ListAccountAliases", handle, false },
	{ "iam", "ListAttachedRolePolicies", handle, false },
	{ "iam", "ListInstanceProfileTags", handle, false },
	{ "iam", "ListInstanceProfiles", handle, false },
	{ "iam", "ListInstanceProfilesForRole", handle, false },
	{ "iam", "ListRolePolicies", handle, false },
	{ "iam", "ListRoleTags", handle, false },
	{ "iam", "ListRoles", handle, false },
	{ "iam", "PutRolePermissionsBoundary", handle, true },
	{ "iam", "PutRolePolicy", handle, true },
	{ "iam", "RemoveRoleFromInstanceProfile", handle, true },
	{ "iam", "SimulatePrincipalPolicy", handle, false },
	{ "iam", "TagInstanceProfile", handle, true },
	{ "iam", "TagRole", handle, true },
	{ "iam", "UntagInstanceProfile", handle, true },
	{ "iam", "UntagRole", handle, true },
	{ "iam", "UpdateAssumeRolePolicy", handle, true },
	{ 0 },
};
