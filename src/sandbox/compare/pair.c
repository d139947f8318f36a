/* SPDX-License-Identifier: Apache-2.0 */
/* Lists come in any order: their items are paired by what is in them. */
#include "sandbox/compare/pair.h"

#include "base/shape.h"
#include "base/text.h"

enum {
	MAX_PAIRS = 40000, /* of list items that are compared to find who belongs to whom */
	SAME_ID = 1000,	   /* speaks for two of them as much as this many other texts */
};

/* How much speaks for two items being the same thing. */
static long likeness(const struct bindings *b, const struct node *recorded, const struct node *here,
		     int depth)
{
	long sum = 0;

	if (recorded->text && here->text) {
		auto_buf applied = BUF_INIT;

		bindings_apply(b, recorded->text, &applied);
		if (!text_eq(applied.p, here->text))
			return 0;
		return shape_of(here->text) == SHAPE_ID ? SAME_ID : 1;
	}
	for (size_t i = 0; i < recorded->n && depth < 3; i++) {
		const struct node *other = node_child(here, recorded->v[i].name);

		if (other)
			sum += likeness(b, &recorded->v[i], other, depth + 1);
	}
	return sum;
}

/* The child of `here` that is most like `item` and not used yet; NULL: none, or none that is as
 * like it as `least`. */
static const struct node *find_like(const struct bindings *b, const struct node *here,
				    const struct node *item, const bool *used, long least)
{
	const struct node *best = NULL;
	long best_sum = least - 1;

	for (size_t i = 0; i < here->n; i++) {
		long sum;

		if (used[i] || !text_eq(here->v[i].name, item->name))
			continue;
		sum = likeness(b, item, &here->v[i], 0);
		if (sum > best_sum) {
			best = &here->v[i];
			best_sum = sum;
		}
	}
	return best;
}

static const struct node *find_first(const struct node *here, const char *name, const bool *used)
{
	for (size_t i = 0; i < here->n; i++)
		if (!used[i] && text_eq(here->v[i].name, name))
			return &here->v[i];
	return NULL;
}

void pair_children(const struct bindings *b, const struct node *recorded, const struct node *here,
		   const struct node **pairs, bool *used)
{
	bool careful = recorded->n * here->n <= MAX_PAIRS;

	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < recorded->n; i++) {
			const struct node *a = &recorded->v[i];
			bool like = careful && node_is_list_item(recorded, a);

			if (pairs[i] || (pass == 0 && !like))
				continue;
			pairs[i] = like ? find_like(b, here, a, used, pass == 0 ? SAME_ID : 0)
					: find_first(here, a->name, used);
			if (pairs[i])
				used[pairs[i] - here->v] = true;
		}
}
