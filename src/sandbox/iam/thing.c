/* SPDX-License-Identifier: Apache-2.0 */
/* IAM's things in the store: found by name, made with an id, written with their lag. */
#include "sandbox/iam/call.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "sandbox/core/sort.h"

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
