/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/core/sort.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

json_t *sbx_sorted(json_t *list, int (*order)(const void *a, const void *b))
{
	size_t n = json_array_size(list);
	json_t **items = xcalloc(n + 1, sizeof(json_t *));
	json_t *sorted = json_array();

	for (size_t i = 0; i < n; i++)
		items[i] = json_array_get(list, i);
	qsort(items, n, sizeof(json_t *), order);
	for (size_t i = 0; i < n; i++)
		(void)json_array_append(sorted, items[i]);
	free(items);
	json_decref(list);
	return sorted;
}

/* qsort takes no argument for its order, so each name is a pair of item and its text. */
struct named {
	json_t *item;
	const char *text;
};

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct named *)a)->text, ((const struct named *)b)->text);
}

json_t *sbx_sorted_by(json_t *list, const char *member)
{
	size_t n = json_array_size(list);
	struct named *items = xcalloc(n + 1, sizeof(*items));
	json_t *sorted = json_array();

	for (size_t i = 0; i < n; i++) {
		const char *text;

		items[i].item = json_array_get(list, i);
		text = json_string_value(json_object_get(items[i].item, member));
		items[i].text = text ? text : "";
	}
	qsort(items, n, sizeof(*items), by_text);
	for (size_t i = 0; i < n; i++)
		(void)json_array_append(sorted, items[i].item);
	free(items);
	json_decref(list);
	return sorted;
}
