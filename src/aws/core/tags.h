/* SPDX-License-Identifier: Apache-2.0 */
/* Tags as calls carry them, and the filters of Describe calls. */
#ifndef AWS_TAGS_H
#define AWS_TAGS_H

#include <stddef.h>

struct aws_tag {
	char *key;
	char *value;
};

/* Owned; emptied by aws_tags_clear. */
struct aws_tags {
	struct aws_tag *v;
	size_t n;
};

/* Both are copied. */
void aws_tags_add(struct aws_tags *tags, const char *key, const char *value);
/* NULL when there is no tag of this key.  Borrowed from `tags`. */
const char *aws_tags_get(const struct aws_tags *tags, const char *key);
/* What `dst` had before is freed. */
void aws_tags_copy(struct aws_tags *dst, const struct aws_tags *src);
void aws_tags_clear(struct aws_tags *tags);

/* A Describe filter; an array ends with a row whose name is NULL.  Borrowed strings. */
struct aws_filter {
	const char *name;
	const char *values[8]; /* up to the first NULL */
};

#endif
