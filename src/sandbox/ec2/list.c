/* SPDX-License-Identifier: Apache-2.0 */
/* Describe: by id or by filter, a page at a time. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/ec2/ec2.h"

/* ---- filters ------------------------------------------------------------ */

/* '*' any run, '?' any character, '\' makes the next one plain. */
static bool matches(const char *pattern, const char *s)
{
	const char *star = NULL, *retry = NULL;

	for (;;) {
		bool literal = *pattern == '\\' && pattern[1];
		const char *p = literal ? pattern + 1 : pattern;

		if (!literal && *p == '*') {
			star = ++pattern;
			retry = s;
		} else if (*s && *p && (*p == *s || (!literal && *p == '?'))) {
			pattern = p + 1;
			s++;
		} else if (!*s && !*p) {
			return true;
		} else if (star && *retry) {
			pattern = star;
			s = ++retry;
		} else {
			return false;
		}
	}
}

static bool any_matches(const json_t *patterns, const char *s)
{
	const json_t *pattern;
	size_t i;

	json_array_foreach(patterns, i, pattern) {
		if (matches(json_string_value(pattern), s))
			return true;
	}
	return false;
}

static bool leaf_matches(const json_t *patterns, const json_t *value)
{
	char number[32];

	if (json_is_string(value))
		return any_matches(patterns, json_string_value(value));
	if (json_is_boolean(value))
		return any_matches(patterns, json_is_true(value) ? "true" : "false");
	if (!json_is_integer(value))
		return false;
	(void)snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	return any_matches(patterns, number);
}

static bool path_matches(const json_t *patterns, const json_t *node, const char *path)
{
	size_t n = strcspn(path, "/"), i;
	const json_t *item;

	if (json_is_array(node)) {
		json_array_foreach(node, i, item) {
			if (path_matches(patterns, item, path))
				return true;
		}
		return false;
	}
	if (!*path)
		return leaf_matches(patterns, node);
	node = json_object_getn(node, path, n);
	return node && path_matches(patterns, node, path + n + (path[n] == '/'));
}

static bool tag_matches(const json_t *patterns, const json_t *view, const char *key)
{
	const json_t *tags = json_object_get(view, "tagSet"), *tag;
	size_t i;

	if (!tags)
		tags = json_object_get(view, "_tags"); /* of DescribeTags */
	json_array_foreach(tags, i, tag) {
		if (!strcmp(sec2_str(tag, "key"), key) &&
		    any_matches(patterns, sec2_str(tag, "value")))
			return true;
	}
	return false;
}

static bool passes(const struct sec2_filter *filters, const json_t *filter, const json_t *view)
{
	const char *name = sec2_str(filter, "Name");
	const json_t *patterns = json_object_get(filter, "Value");

	if (text_starts_with(name, "tag:"))
		return tag_matches(patterns, view, name + 4);
	for (; filters && filters->name; filters++) {
		if (!strcmp(filters->name, name) && path_matches(patterns, view, filters->path))
			return true; /* a name may have several rows: any of them */
	}
	return false;
}

bool sec2_passes(const struct sec2 *c, const struct sec2_filter *filters, const json_t *view)
{
	const json_t *filter;
	size_t i;

	json_array_foreach(sec2_arg_tree(c, "Filter"), i, filter) {
		if (!passes(filters, filter, view))
			return false;
	}
	return true;
}

/* ---- pages -------------------------------------------------------------- */

/*
 * A token is the place in the list and the id that the page ended with, so that
 * what was made or deleted meanwhile shifts nothing.
 */
static char *make_token(const struct sec2 *c, size_t at, const char *last_id)
{
	autofree char *plain = xasprintf("%s %zu %s", c->req->action, at, last_id);

	return text_base64(plain, strlen(plain));
}

static bool read_token(struct sec2 *c, const struct sec2_list *list, const json_t *items,
		       const char *token, size_t *ret)
{
	auto_buf plain = BUF_INIT;
	size_t action_n = strlen(c->req->action), n, i;
	autofree char *number = NULL;
	const char *p, *last_id;
	const json_t *item;
	int64_t at;

	if (!text_base64_decode(token, strlen(token), &plain) || strlen(plain.p) != plain.n ||
	    strncmp(plain.p, c->req->action, action_n) != 0 || plain.p[action_n] != ' ')
		return false;
	p = plain.p + action_n + 1;
	n = strcspn(p, " ");
	number = xstrndup(p, n);
	if (p[n] != ' ' || !text_parse_i64(number, 0, INT32_MAX, &at))
		return false;
	last_id = p + n + 1;
	*ret = (size_t)at;
	json_array_foreach(items, i, item) {
		if (list->kind && !strcmp(sec2_str(item, list->kind->id_member), last_id))
			*ret = i + 1;
	}
	return true;
}

/* The items of the wanted page; *ret_token: where the next one begins, NULL when there is none. */
static json_t *page(struct sec2 *c, const struct sec2_list *list, json_t *items, char **ret_token)
{
	const char *token = sec2_arg(c, "NextToken");
	int64_t most = sec2_arg_int(c, "MaxResults", list->default_page);
	json_t *some = json_array();
	size_t at = 0;

	if (token && *token && !read_token(c, list, items, token, &at)) {
		sec2_fail(c, "InvalidNextToken", "The specified token '%s' is not valid.", token);
		return some;
	}
	for (; at < json_array_size(items); at++) {
		if (most > 0 && json_array_size(some) >= (size_t)most) {
			const json_t *last = json_array_get(some, json_array_size(some) - 1);

			*ret_token = make_token(
				c, at, list->kind ? sec2_str(last, list->kind->id_member) : "");
			break;
		}
		json_array_append(some, json_array_get(items, at));
	}
	return some;
}

void sec2_answer_list(struct sec2 *c, const struct sec2_list *list, json_t *items)
{
	json_t *passed = json_array(), *item, *tree;
	autofree char *token = NULL;
	size_t i;

	json_array_foreach(items, i, item) {
		if (sec2_passes(c, list->filters, item))
			json_array_append(passed, item);
	}
	json_decref(items);
	items = page(c, list, passed, &token);
	json_decref(passed);
	tree = json_pack("{s:o}", list->set, list->wrap ? list->wrap(items) : items);
	if (sec2_failed(c)) {
		json_decref(tree);
		return;
	}
	if (token)
		json_object_set_new(tree, "nextToken", json_string(token));
	sec2_reply(c, tree);
}

/* ---- from the store ----------------------------------------------------- */

/* As AWS spells arguments in messages: "VpcId" is vpcIds. */
static char *spoken(const char *name)
{
	char *s = xasprintf("%ss", name);

	s[0] = text_lower(s[0]);
	return s;
}

static json_t *named(struct sec2 *c, const struct sec2_list *list, const json_t *ids)
{
	struct sec2_view_context context = sec2_view_context_of(c);
	json_t *items = json_array();
	const json_t *id;
	size_t i;

	json_array_foreach(ids, i, id) {
		json_t *doc = store_get_visible(c->st, list->kind->kind,
						list->kind->global ? "" : c->region,
						json_string_value(id), c->now_ms);
		json_t *view = doc ? list->kind->view(&context, doc) : NULL;

		json_decref(doc);
		if (!view) {
			sec2_fail_not_found(c, list->kind, json_string_value(id));
			break;
		}
		json_array_append_new(items, view);
	}
	return items;
}

static json_t *visible(const struct sec2 *c, const struct sec2_list *list)
{
	struct sec2_view_context context = sec2_view_context_of(c);
	json_t *docs = store_list_visible(c->st, list->kind->kind,
					  list->kind->global ? "" : c->region, c->now_ms);
	json_t *items = json_array();
	const json_t *doc;
	size_t i;

	json_array_foreach(docs, i, doc) {
		json_t *view = list->kind->view(&context, doc);

		if (view)
			json_array_append_new(items, view);
	}
	json_decref(docs);
	return items;
}

void sec2_describe(struct sec2 *c, const struct sec2_list *list)
{
	const json_t *ids = list->ids ? sec2_arg_tree(c, list->ids) : NULL;
	json_t *items;

	if (json_array_size(ids) && sec2_arg(c, "MaxResults")) {
		autofree char *shown = spoken(list->ids);

		sec2_fail(c, "InvalidParameterCombination",
			  "The parameter %s cannot be used with the parameter maxResults", shown);
		return;
	}
	items = json_array_size(ids) ? named(c, list, ids) : visible(c, list);
	if (sec2_failed(c)) {
		json_decref(items);
		return;
	}
	sec2_answer_list(c, list, items);
}
