/* SPDX-License-Identifier: Apache-2.0 */
/* EC2: its tables, its part of the world, and its housekeeping. */
#include "sandbox/ec2/ec2.h"

#include <string.h>

#include "sandbox/core/inner.h"

static const struct sec2_kind *const KINDS[] = {
	&EC2_VPC,     &EC2_SUBNET,   &EC2_ROUTE_TABLE, &EC2_ACL,
	&EC2_GROUP,   &EC2_RULE,     &EC2_ENI,	       &EC2_ENDPOINT,
	&EC2_PEERING, &EC2_INSTANCE, &EC2_VOLUME,      &EC2_CONNECT_ENDPOINT,
};

const struct sec2_kind *sec2_kind_nth(size_t i)
{
	return i < ARRAY_LEN(KINDS) ? KINDS[i] : NULL;
}

const struct sec2_kind *sec2_kind_named(const char *kind)
{
	for (size_t i = 0; i < ARRAY_LEN(KINDS); i++) {
		if (!strcmp(KINDS[i]->kind, kind))
			return KINDS[i];
	}
	return NULL;
}

const struct sec2_kind *sec2_kind_of_id(const char *id)
{
	for (size_t i = 0; i < ARRAY_LEN(KINDS); i++) {
		size_t n = strlen(KINDS[i]->prefix);

		if (!strncmp(id, KINDS[i]->prefix, n) && id[n] == '-' &&
		    strspn(id + n + 1, "0123456789abcdef") == strlen(id + n + 1))
			return KINDS[i];
	}
	return NULL;
}

void sec2_sweep(struct sec2 *c)
{
	struct sec2_view_context context = sec2_view_context_of(c);

	for (size_t i = 0; i < ARRAY_LEN(KINDS); i++) {
		json_t *all, *doc;
		size_t j;

		if (KINDS[i]->global) /* seen from here and there: not ours to judge */
			continue;
		all = store_list(c->st, KINDS[i]->kind, c->region);
		json_array_foreach(all, j, doc) {
			json_t *view = KINDS[i]->view(&context, doc);

			if (!view)
				store_delete(c->st, KINDS[i]->kind, c->region,
					     sec2_str(doc, KINDS[i]->id_member));
			json_decref(view);
		}
		json_decref(all);
	}
}

/* ---- the world as tests see it ------------------------------------------ */

static const char *state_of(const json_t *view)
{
	const char *state = sec2_str(view, "state");

	if (!*state)
		state = sec2_str(json_object_get(view, "instanceState"), "name");
	if (!*state)
		state = sec2_str(json_object_get(view, "status"), "code");
	return *state ? state : sec2_str(view, "status");
}

/* Listed, but nothing that could be used, paid for or in the way. */
static bool is_corpse(const char *state)
{
	static const char *const dead[] = { "terminated", "deleted", "failed", "rejected",
					    "expired" };

	for (size_t i = 0; i < ARRAY_LEN(dead); i++) {
		if (!strcmp(state, dead[i]))
			return true;
	}
	return false;
}

static json_t *tags_of(const json_t *tag_set)
{
	json_t *tags = json_object(), *tag;
	size_t i;

	json_array_foreach(tag_set, i, tag)
		json_object_set(tags, sec2_str(tag, "key"), json_object_get(tag, "value"));
	return tags;
}

json_t *sbx_ec2_describe_thing(struct sbx *sbx, const char *kind, const char *region,
			       const json_t *doc, int64_t now_ms)
{
	const struct sec2_kind *row = sec2_kind_named(kind);
	struct sec2_view_context context = { sbx, sbx_store(sbx), region, now_ms };
	json_t *view, *thing;

	if (!row)
		return json_pack("{s:b, s:s, s:{}, s:O}", "live", 1, "state",
				 sec2_str(doc, "state"), "tags", "doc", doc);
	view = row->view(&context, doc);
	if (!view)
		return NULL;
	thing = json_pack("{s:b, s:s, s:o, s:O}", "live", !is_corpse(state_of(view)), "state",
			  state_of(view), "tags", tags_of(json_object_get(view, "tagSet")), "doc",
			  view);
	json_decref(view);
	return thing;
}

/* ---- the actions -------------------------------------------------------- */

#define EC2_ACTION(name, fn, writes)                                                               \
	static void call_##fn(struct sbx *sbx, const struct sbx_request *req,                      \
			      struct sbx_reply *rep)                                               \
	{                                                                                          \
		struct sec2 c = {                                                                  \
			sbx, req, rep, sbx_store(sbx), req->args, req->region, req->now_ms         \
		};                                                                                 \
		sec2_##fn(&c);                                                                     \
	}
#include "sandbox/ec2/ec2.def"
#undef EC2_ACTION

const struct sbx_action sbx_ec2_actions[] = {
#define EC2_ACTION(name, fn, writes) { "ec2", #name, call_##fn, writes },
#include "sandbox/ec2/ec2.def"
#undef EC2_ACTION
	{ 0 },
};
