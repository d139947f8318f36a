/* SPDX-License-Identifier: Apache-2.0 */
/* Tags, of things that are there already. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "sandbox/ec2/ec2.h"

/* The thing's tags, its own list: a peering has one for each end. */
static json_t *tags_of(const struct sec2 *c, const struct sec2_kind *kind, json_t *doc)
{
	json_t *sides, *tags;

	if (!kind->global)
		return json_object_get(doc, "tagSet");
	sides = json_object_get(doc, "_tags");
	tags = json_object_get(sides, c->region);
	if (!tags) {
		tags = json_array();
		json_object_set_new(sides, c->region, tags);
	}
	return tags;
}

/* The thing that an id names, or NULL and failed. */
static json_t *need_thing(struct sec2 *c, const char *id, const struct sec2_kind **ret_kind)
{
	const struct sec2_kind *kind = sec2_kind_of_id(id);

	if (!kind) {
		sec2_fail(c, "InvalidID", "The ID '%s' is not valid", id);
		return NULL;
	}
	*ret_kind = kind;
	return sec2_need(c, kind, id);
}

typedef void change_fn(struct sec2 *c, json_t *tags);

static void change_all(struct sec2 *c, change_fn *change)
{
	const json_t *id;
	size_t i;

	json_array_foreach(sec2_arg_tree(c, "ResourceId"), i, id) {
		const struct sec2_kind *kind = NULL;
		json_t *doc = need_thing(c, json_string_value(id), &kind);

		if (doc) {
			change(c, tags_of(c, kind, doc));
			sec2_put(c, kind, doc);
		}
		json_decref(doc);
		if (sec2_failed(c))
			return;
	}
	sec2_reply_true(c);
}

static void add_tags(struct sec2 *c, json_t *tags)
{
	const json_t *tag;
	size_t i;

	json_array_foreach(sec2_arg_tree(c, "Tag"), i, tag) {
		if (!sec2_tag_set(c, tags, sec2_str(tag, "Key"), sec2_str(tag, "Value")))
			return;
	}
}

void sec2_create_tags(struct sec2 *c)
{
	change_all(c, add_tags);
}

/* Named without a value: whatever the value. */
static bool is_named(const json_t *names, const json_t *tag)
{
	const json_t *name;
	size_t i;

	json_array_foreach(names, i, name) {
		const char *value = json_string_value(json_object_get(name, "Value"));

		if (!strcmp(sec2_str(name, "Key"), sec2_str(tag, "key")) &&
		    (!value || !strcmp(value, sec2_str(tag, "value"))))
			return true;
	}
	return !json_array_size(names);
}

static void remove_tags(struct sec2 *c, json_t *tags)
{
	const json_t *names = sec2_arg_tree(c, "Tag");

	for (size_t i = json_array_size(tags); i-- > 0;) {
		if (is_named(names, json_array_get(tags, i)))
			json_array_remove(tags, i);
	}
}

void sec2_delete_tags(struct sec2 *c)
{
	change_all(c, remove_tags);
}

/* ---- describe ----------------------------------------------------------- */

static void add_tag_items(const struct sec2 *c, const struct sec2_kind *kind, json_t *items)
{
	struct sec2_view_context context = sec2_view_context_of(c);
	json_t *docs =
		store_list_visible(c->st, kind->kind, kind->global ? "" : c->region, c->now_ms);
	json_t *doc, *tag;
	size_t i, j;

	json_array_foreach(docs, i, doc) {
		json_t *view = kind->view(&context, doc);

		json_array_foreach(json_object_get(view, "tagSet"), j, tag)
			json_array_append_new(items,
					      json_pack("{s:O, s:s, s:s, s:O}", "key",
							json_object_get(tag, "key"), "resourceId",
							sec2_str(doc, kind->id_member),
							"resourceType", kind->kind, "value",
							json_object_get(tag, "value")));
		json_decref(view);
	}
	json_decref(docs);
}

static const struct sec2_filter TAG_FILTERS[] = {
	{ "key", "key" },
	{ "resource-id", "resourceId" },
	{ "resource-type", "resourceType" },
	{ "value", "value" },
	{ 0 },
};

/* The filter tag:KEY reads a list of tags: give each item one of its own, which stays inside. */
void sec2_describe_tags(struct sec2 *c)
{
	static const struct sec2_list list = { .set = "tagSet", .filters = TAG_FILTERS };
	const struct sec2_kind *kind;
	json_t *items = json_array(), *item;
	size_t i;

	for (i = 0; (kind = sec2_kind_nth(i)); i++)
		add_tag_items(c, kind, items);
	json_array_foreach(items, i, item)
		json_object_set_new(item, "_tags",
				    json_pack("[{s:O, s:O}]", "key", json_object_get(item, "key"),
					      "value", json_object_get(item, "value")));
	sec2_answer_list(c, &list, items);
}
