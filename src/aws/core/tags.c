/* SPDX-License-Identifier: Apache-2.0 */
/* A list of tags. */
#include <stdlib.h>
#include <string.h>

#include "aws/core/tags.h"
#include "base/alloc.h"

void aws_tags_add(struct aws_tags *tags, const char *key, const char *value)
{
	tags->v = xreallocarray(tags->v, tags->n + 1, sizeof(*tags->v));
	tags->v[tags->n++] = (struct aws_tag){ xstrdup(key), xstrdup(value) };
}

const char *aws_tags_get(const struct aws_tags *tags, const char *key)
{
	for (size_t i = 0; i < tags->n; i++)
		if (strcmp(tags->v[i].key, key) == 0)
			return tags->v[i].value;
	return NULL;
}

void aws_tags_copy(struct aws_tags *dst, const struct aws_tags *src)
{
	aws_tags_clear(dst);
	for (size_t i = 0; i < src->n; i++)
		aws_tags_add(dst, src->v[i].key, src->v[i].value);
}

void aws_tags_clear(struct aws_tags *tags)
{
	for (size_t i = 0; i < tags->n; i++) {
		free(tags->v[i].key);
		free(tags->v[i].value);
	}
	free(tags->v);
	*tags = (struct aws_tags){ 0 };
}
