/* SPDX-License-Identifier: Apache-2.0 */
/* Looks at the world for the path: by id across regions, and at the state that a Describe shows. */
#include "sandbox/network/find.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "sandbox/ec2/ec2.h"
#include "sandbox/core/store.h"

const char *find_str(const json_t *doc, const char *member)
{
	const char *s = json_string_value(json_object_get(doc, member));

	return s && *s ? s : NULL;
}

const char *find_first(const json_t *doc, const char *member)
{
	return json_string_value(json_array_get(json_object_get(doc, member), 0));
}

bool find_flag(const json_t *doc, const char *member)
{
	const json_t *v = json_object_get(doc, member);

	return json_is_true(v) || text_eq(json_string_value(v), "true");
}

int find_number(const json_t *doc, const char *member)
{
	const json_t *v = json_object_get(doc, member);
	int64_t n = -1;

	if (json_is_integer(v))
		return (int)json_integer_value(v);
	if (json_is_string(v) && text_parse_i64(json_string_value(v), -1, 65535, &n))
		return (int)n;
	return -1;
}

struct search {
	const char *kind;
	find_test *is;
	const void *arg;
	json_t *found; /* array of [region, doc] */
};

static void visit(void *arg, const char *kind, const char *region, const char *id,
		  const json_t *doc)
{
	struct search *s = arg;

	(void)id;
	if (!strcmp(kind, s->kind) && s->is(doc, region, s->arg))
		json_array_append_new(s->found, json_pack("[s, o]", region, json_deep_copy(doc)));
}

json_t *find_all(struct sbx *sbx, const char *kind, find_test *is, const void *arg)
{
	struct search s = { .kind = kind, .is = is, .arg = arg, .found = json_array() };

	store_each(sbx_store(sbx), visit, &s);
	return s.found;
}

struct member_is {
	const char *member, *value;
};

static bool has_member(const json_t *doc, const char *region, const void *arg)
{
	const struct member_is *m = arg;

	(void)region;
	return text_eq(find_str(doc, m->member), m->value);
}

json_t *find_thing(struct sbx *sbx, const char *kind, const char *member, const char *id,
		   char region[32])
{
	struct member_is m = { member, id };
	json_t *found = find_all(sbx, kind, has_member, &m);
	const json_t *first = json_array_get(found, 0);
	json_t *doc = json_incref(json_array_get(first, 1));

	if (first)
		snprintf(region, 32, "%s", json_string_value(json_array_get(first, 0)));
	json_decref(found);
	return doc;
}

json_t *find_view(struct sbx *sbx, int64_t now_ms, const char *kind, const char *region,
		  const json_t *doc)
{
	const struct sec2_kind *row = sec2_kind_named(kind);
	struct sec2_view_context context = { sbx, sbx_store(sbx), region, now_ms };

	return row ? row->view(&context, doc) : NULL;
}

bool find_state_is(struct sbx *sbx, int64_t now_ms, const char *kind, const char *region,
		   const json_t *doc, const char *const *wanted)
{
	json_t *view = find_view(sbx, now_ms, kind, region, doc);
	const char *state = find_str(view, "state");
	bool yes = false;

	if (!state)
		state = find_str(json_object_get(view, "status"), "code");
	if (!state)
		state = find_str(json_object_get(view, "instanceState"), "name");
	for (size_t i = 0; state && wanted[i]; i++)
		yes = yes || text_eq_nocase(state, wanted[i]);
	json_decref(view);
	return yes;
}
