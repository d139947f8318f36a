/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The world: what it holds is read and changed, in transactions.
 *
 * (1) Memory is the truth while the process lives; every change goes to SQLite
 *     in the same transaction, so what was committed is there after a kill.
 * (2) A record holds what readers saw before its last change until the change
 *     has become visible to them (`old`, `visible_ms`).
 * (3) Trees in records are never changed in place: put copies, get copies.  So
 *     a rollback only has to put references back.
 */
#include <stdlib.h>
#include <sqlite3.h>

#include "base/alloc.h"
#include "sandbox/core/store.h"
#include "sandbox/core/store_inner.h"

/* ---- reading ------------------------------------------------------------ */

json_t *store_get(struct store *st, const char *kind, const char *region, const char *id)
{
	struct store_record *r = store_find(st, store_shelf(st, kind, region, false), id);

	return r && r->doc ? json_deep_copy(r->doc) : NULL;
}

json_t *store_get_visible(struct store *st, const char *kind, const char *region, const char *id,
			  int64_t now_ms)
{
	struct store_record *r = store_find(st, store_shelf(st, kind, region, false), id);
	json_t *doc = r ? store_seen(r, now_ms) : NULL;

	return doc ? json_deep_copy(doc) : NULL;
}

json_t *store_list(struct store *st, const char *kind, const char *region)
{
	struct store_shelf *shelf = store_shelf(st, kind, region, false);
	json_t *list = json_array();

	for (struct store_record *r = shelf ? shelf->first : NULL; r; r = r->next) {
		if (r->doc)
			json_array_append_new(list, json_deep_copy(r->doc));
	}
	return list;
}

json_t *store_list_visible(struct store *st, const char *kind, const char *region, int64_t now_ms)
{
	struct store_shelf *shelf = store_shelf(st, kind, region, false);
	json_t *list = json_array();

	for (struct store_record *r = shelf ? shelf->first : NULL; r; r = r->next) {
		json_t *doc = store_seen(r, now_ms);

		if (doc)
			json_array_append_new(list, json_deep_copy(doc));
	}
	return list;
}

void store_each(struct store *st, store_visit_fn *fn, void *arg)
{
	for (struct store_shelf *s = st->shelves; s; s = s->next) {
		for (struct store_record *r = s->first; r; r = r->next) {
			if (r->doc)
				fn(arg, s->kind, s->region, r->id, r->doc);
		}
	}
}

/* ---- writing ------------------------------------------------------------ */

static void remember(struct store *st, struct store_shelf *shelf, const char *id,
		     const struct store_record *r)
{
	struct store_undo *u;

	if (!st->in_transaction)
		return;
	st->undo = xreallocarray(st->undo, st->n_undo + 1, sizeof(*st->undo));
	u = &st->undo[st->n_undo++];
	*u = (struct store_undo){ .shelf = shelf, .id = xstrdup(id), .existed = r != NULL };
	if (r) {
		u->seq = r->seq;
		u->doc = json_incref(r->doc);
		u->old = json_incref(r->old);
		u->visible_ms = r->visible_ms;
	}
}

/* `doc` is taken; NULL: deleted. */
static void change(struct store *st, struct store_record *r, json_t *doc, int64_t now_ms,
		   int64_t lag_ms)
{
	json_t *old = lag_ms > 0 ? json_incref(store_seen(r, now_ms)) : NULL;

	json_decref(r->old);
	json_decref(r->doc);
	r->doc = doc;
	r->old = old;
	r->visible_ms = lag_ms > 0 ? now_ms + lag_ms : 0;
	store_sql_put(st, r);
}

/* Deleted things that no reader sees any more go when their shelf is next written to. */
static void sweep(struct store *st, struct store_shelf *shelf, int64_t now_ms)
{
	for (struct store_record *r = shelf->first, *next; r; r = next) {
		next = r->next;
		if (r->doc || now_ms < r->visible_ms)
			continue;
		remember(st, shelf, r->id, r);
		store_sql_delete(st, shelf, r->id);
		store_discard(st, r);
	}
}

void store_put(struct store *st, const char *kind, const char *region, const char *id,
	       const json_t *doc, int64_t now_ms, int64_t lag_ms)
{
	struct store_shelf *shelf = store_shelf(st, kind, region, true);
	struct store_record *r;

	store_sql_begin(st);
	sweep(st, shelf, now_ms);
	r = store_find(st, shelf, id);
	remember(st, shelf, id, r);
	if (!r)
		r = store_insert(st, shelf, id, st->next_seq++);
	change(st, r, json_deep_copy(doc), now_ms, lag_ms);
}

void store_delete(struct store *st, const char *kind, const char *region, const char *id)
{
	struct store_shelf *shelf = store_shelf(st, kind, region, false);
	struct store_record *r = store_find(st, shelf, id);

	if (!r)
		return;
	store_sql_begin(st);
	remember(st, shelf, id, r);
	store_sql_delete(st, shelf, id);
	store_discard(st, r);
}

void store_delete_late(struct store *st, const char *kind, const char *region, const char *id,
		       int64_t now_ms, int64_t lag_ms)
{
	struct store_shelf *shelf = store_shelf(st, kind, region, false);
	struct store_record *r = store_find(st, shelf, id);

	if (!r || !r->doc)
		return;
	if (lag_ms <= 0) {
		store_delete(st, kind, region, id);
		return;
	}
	store_sql_begin(st);
	remember(st, shelf, id, r);
	change(st, r, NULL, now_ms, lag_ms);
}

/* ---- transactions ------------------------------------------------------- */

static void forget_undo(struct store *st)
{
	for (size_t i = 0; i < st->n_undo; i++) {
		json_decref(st->undo[i].doc);
		json_decref(st->undo[i].old);
		free(st->undo[i].id);
	}
	free(st->undo);
	st->undo = NULL;
	st->n_undo = 0;
}

void store_begin(struct store *st)
{
	st->in_transaction = true;
	st->sql_begun = false;
}

void store_rollback(struct store *st)
{
	if (st->sql_begun)
		(void)sqlite3_exec(st->db, "ROLLBACK", NULL, NULL, NULL);
	st->in_transaction = st->sql_begun = false;
	st->failed = rb_error_free(st->failed);
	for (size_t i = st->n_undo; i-- > 0;) {
		struct store_undo *u = &st->undo[i];
		struct store_record *r = store_find(st, u->shelf, u->id);

		if (r)
			store_discard(st, r);
		if (u->existed) {
			r = store_insert(st, u->shelf, u->id, u->seq);
			r->doc = json_incref(u->doc);
			r->old = json_incref(u->old);
			r->visible_ms = u->visible_ms;
		}
	}
	forget_undo(st);
}

struct rb_error *store_commit(struct store *st)
{
	struct rb_error *err;

	if (st->sql_begun && !st->failed)
		store_sql_exec(st, "COMMIT");
	if (st->failed) {
		err = st->failed;
		st->failed = NULL;
		store_rollback(st);
		return err;
	}
	st->in_transaction = st->sql_begun = false;
	forget_undo(st);
	return NULL;
}
