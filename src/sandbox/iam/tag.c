/* SPDX-License-Identifier: Apache-2.0 */
/* IAM: the tags of a thing. */
#include "sandbox/iam/call.h"

#include <strings.h>

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
