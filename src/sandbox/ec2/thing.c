/* SPDX-License-Identifier: Apache-2.0 */
/* Things of the world: their members, views, and how they are found. */
#include "sandbox/ec2/ec2.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

#define MAX_TAGS 50

const char *sec2_str(const json_t *doc, const char *member)
{
	const char *s = json_string_value(json_object_get(doc, member));

	return s ? s : "";
}

int64_t sec2_ms(const json_t *doc, const char *member)
{
	return json_integer_value(json_object_get(doc, member));
}

void sec2_add(json_t *doc, ...)
{
	const char *name, *value;
	va_list ap;

	va_start(ap, doc);
	while ((name = va_arg(ap, const char *))) {
		value = va_arg(ap, const char *);
		if (value)
			json_object_set_new(doc, name, json_string(value));
	}
	va_end(ap);
}

int64_t sec2_after(const struct sec2 *c, int64_t real_ms)
{
	int64_t ms = sbx_scaled(c->sbx, real_ms);

	/* However fast the world, the call that begins it does not see its end. */
	return c->now_ms + (real_ms > 0 && ms < 1 ? 1 : ms);
}

static const char *shelf_region(const struct sec2_kind *kind, const char *region)
{
	return kind->global ? "" : region;
}

json_t *sec2_view(const struct sec2_view_context *context, const struct sec2_kind *kind,
		  const json_t *doc)
{
	return kind->view(context, doc);
}

json_t *sec2_get(const struct sec2 *c, const struct sec2_kind *kind, const char *id)
{
	struct sec2_view_context context = sec2_view_context_of(c);
	json_t *doc = store_get(c->st, kind->kind, shelf_region(kind, c->region), id), *view;

	if (!doc)
		return NULL;
	view = kind->view(&context, doc);
	if (!view) {
		json_decref(doc);
		return NULL;
	}
	json_decref(view);
	return doc;
}

/* "vpc-" and hex digits. */
static bool looks_like(const struct sec2_kind *kind, const char *id)
{
	size_t n = strlen(kind->prefix);
	size_t digits;

	if (strncmp(id, kind->prefix, n) != 0 || id[n] != '-')
		return false;
	digits = strspn(id + n + 1, "0123456789abcdef");
	return digits >= 8 && digits <= 17 && !id[n + 1 + digits];
}

void sec2_fail_not_found(struct sec2 *c, const struct sec2_kind *kind, const char *id)
{
	if (!looks_like(kind, id))
		sec2_fail(c, kind->malformed, "Invalid id: \"%s\" (expecting \"%s-...\")", id,
			  kind->prefix);
	else
		sec2_fail(c, kind->not_found, "The %s '%s' does not exist", kind->noun, id);
}

json_t *sec2_need(struct sec2 *c, const struct sec2_kind *kind, const char *id)
{
	json_t *doc = sec2_get(c, kind, id);

	if (!doc)
		sec2_fail_not_found(c, kind, id);
	return doc;
}

json_t *sec2_all(const struct sec2 *c, const struct sec2_kind *kind)
{
	struct sec2_view_context context = sec2_view_context_of(c);
	json_t *all = store_list(c->st, kind->kind, shelf_region(kind, c->region));
	json_t *there = json_array(), *doc;
	size_t i;

	json_array_foreach(all, i, doc) {
		json_t *view = kind->view(&context, doc);

		if (view)
			json_array_append(there, doc);
		json_decref(view);
	}
	json_decref(all);
	return there;
}

static void put(struct sec2 *c, const struct sec2_kind *kind, const json_t *doc, int64_t lag_ms)
{
	assert(doc);
	store_put(c->st, kind->kind, shelf_region(kind, c->region), sec2_str(doc, kind->id_member),
		  doc, c->now_ms, lag_ms);
}

void sec2_put(struct sec2 *c, const struct sec2_kind *kind, const json_t *doc)
{
	put(c, kind, doc, sbx_lag_ms(c->sbx));
}

void sec2_put_told(struct sec2 *c, const struct sec2_kind *kind, const json_t *doc)
{
	put(c, kind, doc, sbx_lag_is_harsh(c->sbx) ? sbx_lag_ms(c->sbx) : 0);
}

void sec2_drop(struct sec2 *c, const struct sec2_kind *kind, const char *id)
{
	store_delete_late(c->st, kind->kind, shelf_region(kind, c->region), id, c->now_ms,
			  sbx_lag_ms(c->sbx));
}

static bool is_one_of(const char *words, const char *word)
{
	size_t n = strlen(word);

	while (words && *words) {
		size_t len = strcspn(words, " ");

		if (len == n && !strncmp(words, word, n))
			return true;
		words += len + (words[len] == ' ');
	}
	return false;
}

bool sec2_tag_set(struct sec2 *c, json_t *set, const char *key, const char *value)
{
	json_t *tag;
	size_t i;

	if (!*key || sbx_characters(key) > 127 || text_starts_with(key, "aws:")) {
		sec2_fail(c, "InvalidTagKey.Malformed",
			  "Tag keys must be between 1 and 127 characters and must not begin with "
			  "'aws:'; this one is '%s'",
			  key);
		return false;
	}
	if (sbx_characters(value) > 256) {
		sec2_fail(c, "InvalidParameterValue",
			  "Tag value exceeds the maximum length of 256 "
			  "characters");
		return false;
	}
	json_array_foreach(set, i, tag) {
		if (!strcmp(sec2_str(tag, "key"), key)) {
			json_object_set_new(tag, "value", json_string(value));
			return true;
		}
	}
	if (json_array_size(set) >= MAX_TAGS) {
		sec2_fail(c, "TagLimitExceeded",
			  "You have reached the maximum number of tags allowed for this resource");
		return false;
	}
	json_array_append_new(set, json_pack("{s:s, s:s}", "key", key, "value", value));
	return true;
}

static bool has_tag(const json_t *set, const char *key)
{
	const json_t *tag;
	size_t i;

	json_array_foreach(set, i, tag) {
		if (!strcmp(sec2_str(tag, "key"), key))
			return true;
	}
	return false;
}

static bool add_specification(struct sec2 *c, json_t *set, const json_t *spec)
{
	const json_t *tag;
	size_t i;

	json_array_foreach(json_object_get(spec, "Tag"), i, tag) {
		const char *key = sec2_str(tag, "Key");

		if (has_tag(set, key)) {
			sec2_fail(c, "InvalidParameterValue", "Duplicate tag key '%s' specified.",
				  key);
			return false;
		}
		if (!sec2_tag_set(c, set, key, sec2_str(tag, "Value")))
			return false;
	}
	return true;
}

json_t *sec2_tags(struct sec2 *c, const char *kind, const char *others)
{
	json_t *set = json_array();
	const json_t *spec;
	size_t i;

	json_array_foreach(sec2_arg_tree(c, "TagSpecification"), i, spec) {
		const char *type = sec2_str(spec, "ResourceType");
		bool ours = !strcmp(type, kind);
		bool good = ours || is_one_of(others, type);

		if (!good && *type)
			sec2_fail(c, "InvalidParameterValue",
				  "'%s' is not a valid taggable resource type for this operation.",
				  type);
		else if (!good)
			sec2_fail(c, "MissingParameter",
				  "Tag specification resource type must have a value");
		else if (!json_array_size(json_object_get(spec, "Tag")))
			sec2_fail(c, "InvalidParameterValue",
				  "Tag specification must have at least one tag");
		if (sec2_failed(c) || (ours && !add_specification(c, set, spec))) {
			json_decref(set);
			return NULL;
		}
	}
	return set;
}

char *sec2_cidr(const char *s, int *ret_prefix)
{
	unsigned a[4], prefix;
	uint32_t base;
	char rest;

	if (strspn(s, "0123456789./") != strlen(s) || strlen(s) > 18 ||
	    sscanf(s, "%3u.%3u.%3u.%3u/%2u%c", &a[0], &a[1], &a[2], &a[3], &prefix, &rest) != 5 ||
	    a[0] > 255 || a[1] > 255 || a[2] > 255 || a[3] > 255 || prefix > 32)
		return NULL;
	base = (uint32_t)(a[0] << 24 | a[1] << 16 | a[2] << 8 | a[3]);
	base &= prefix ? ~(uint32_t)0 << (32 - prefix) : 0;
	if (ret_prefix)
		*ret_prefix = (int)prefix;
	return xasprintf("%u.%u.%u.%u/%u", base >> 24, base >> 16 & 255, base >> 8 & 255,
			 base & 255, prefix);
}

void sec2_address(uint32_t address, char out[16])
{
	(void)snprintf(out, 16, "%u.%u.%u.%u", address >> 24, address >> 16 & 255,
		       address >> 8 & 255, address & 255);
}

void sec2_network(const char *cidr, uint32_t *ret_base, uint32_t *ret_size)
{
	int prefix = 32;

	*ret_base = 0;
	(void)!text_parse_cidr(cidr, ret_base, &prefix);
	*ret_size = (uint32_t)1 << (32 - prefix);
}
