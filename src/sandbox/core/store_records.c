/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The world's records in memory: a hash table over all of them, and a list for each kind and
 * region.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "sandbox/core/store_inner.h"

static size_t hash_of(const struct store_shelf *shelf, const char *id)
{
	size_t h = (size_t)(uintptr_t)shelf >> 4;

	for (; *id; id++)
		h = h * 131 + (unsigned char)*id;
	return h;
}

/* Where the chain of the records with this hash begins.  `n` is a power of two. */
static struct store_record **bucket_of(struct store_record **buckets, size_t n,
				       const struct store_shelf *shelf, const char *id)
{
	return &buckets[hash_of(shelf, id) & (n - 1)];
}

struct store_shelf *store_shelf(struct store *st, const char *kind, const char *region, bool make)
{
	struct store_shelf *s;

	for (s = st->shelves; s; s = s->next) {
		if (!strcmp(s->kind, kind) && !strcmp(s->region, region))
			return s;
	}
	if (!make)
		return NULL;
	s = xcalloc(1, sizeof(*s));
	s->kind = xstrdup(kind);
	s->region = xstrdup(region);
	s->next = st->shelves;
	st->shelves = s;
	return s;
}

struct store_record *store_find(struct store *st, const struct store_shelf *shelf, const char *id)
{
	struct store_record *r;

	if (!shelf)
		return NULL;
	for (r = *bucket_of(st->buckets, st->n_buckets, shelf, id); r; r = r->next_in_bucket) {
		if (r->shelf == shelf && !strcmp(r->id, id))
			return r;
	}
	return NULL;
}

static void grow_table(struct store *st)
{
	size_t n = st->n_buckets * 2;
	struct store_record **buckets = xcalloc(n, sizeof(struct store_record *));

	for (size_t i = 0; i < st->n_buckets; i++) {
		for (struct store_record *r = st->buckets[i], *next; r; r = next) {
			struct store_record **slot = bucket_of(buckets, n, r->shelf, r->id);

			next = r->next_in_bucket;
			r->next_in_bucket = *slot;
			*slot = r;
		}
	}
	free(st->buckets);
	st->buckets = buckets;
	st->n_buckets = n;
}

struct store_record *store_insert(struct store *st, struct store_shelf *shelf, const char *id,
				  int64_t seq)
{
	struct store_record *r = xcalloc(1, sizeof(*r)), *after = shelf->last, **slot;

	if (st->n_records >= st->n_buckets)
		grow_table(st);
	r->shelf = shelf;
	r->id = xstrdup(id);
	r->seq = seq;
	slot = bucket_of(st->buckets, st->n_buckets, shelf, id);
	r->next_in_bucket = *slot;
	*slot = r;
	st->n_records++;

	while (after && after->seq > seq)
		after = after->prev;
	r->prev = after;
	r->next = after ? after->next : shelf->first;
	*(r->prev ? &r->prev->next : &shelf->first) = r;
	*(r->next ? &r->next->prev : &shelf->last) = r;
	return r;
}

void store_discard(struct store *st, struct store_record *r)
{
	struct store_record **slot = bucket_of(st->buckets, st->n_buckets, r->shelf, r->id);

	while (*slot != r)
		slot = &(*slot)->next_in_bucket;
	*slot = r->next_in_bucket;
	*(r->prev ? &r->prev->next : &r->shelf->first) = r->next;
	*(r->next ? &r->next->prev : &r->shelf->last) = r->prev;
	st->n_records--;
	json_decref(r->doc);
	json_decref(r->old);
	free(r->id);
	free(r);
}

json_t *store_seen(const struct store_record *r, int64_t now_ms)
{
	return now_ms < r->visible_ms ? r->old : r->doc;
}
