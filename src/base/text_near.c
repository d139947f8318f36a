/* SPDX-License-Identifier: Apache-2.0 */
/* Names that were mistyped. */
#include "base/text.h"

#include <string.h>

/* Edits (insert, delete, change, swap neighbours) from `a` to `b`; cut at 32 characters. */
static size_t edit_distance(const char *a, const char *b)
{
	enum { MAX = 32 };
	size_t n = strnlen(a, MAX), m = strnlen(b, MAX);
	size_t d[MAX + 1][MAX + 1];

	for (size_t i = 0; i <= n; i++)
		d[i][0] = i;
	for (size_t j = 0; j <= m; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= n; i++) {
		for (size_t j = 1; j <= m; j++) {
			size_t change = text_lower(a[i - 1]) != text_lower(b[j - 1]);
			size_t best = d[i - 1][j - 1] + change;

			if (d[i - 1][j] + 1 < best)
				best = d[i - 1][j] + 1;
			if (d[i][j - 1] + 1 < best)
				best = d[i][j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    d[i - 2][j - 2] + 1 < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	}
	return d[n][m];
}

bool text_is_one_edit_away(const char *typed, const char *name)
{
	return edit_distance(typed, name) == 1;
}

const char *text_near(const char *typed, const char *const *names)
{
	size_t longest_ok = strlen(typed) / 3 + 1;
	size_t best = longest_ok + 1;
	const char *near = NULL;

	if (!*typed)
		return NULL;
	for (; *names; names++) {
		size_t d = edit_distance(typed, *names);

		/* The start of a longer name counts as one edit away. */
		if (strlen(typed) >= 3 && text_starts_with(*names, typed) && d > 1)
			d = 1;
		if (d < best) {
			best = d;
			near = *names;
		}
	}
	return near;
}
