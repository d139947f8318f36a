/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The world, in memory to be read and in SQLite to last.
 *
 * (1) Memory is the truth while the process lives; every change goes to SQLite
 *     in the same transaction, so what was committed is there after a kill.
 * (2) A record keeps what readers saw before its last change until the change
 *     has become visible to them (`old`, `visible_ms`).
 * (3) Trees in records are never changed in place: put copies, get copies.  So
 *     a rollback only has to put references back.
 */
#include "sandbox/core/store.h"

#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "base/alloc.h"

struct record {
	struct record *next_in_bucket;
	struct record *prev, *next; /* of its shelf, oldest first */
	struct shelf *shelf;
	char *id;
	int64_t seq;
	json_t *doc; /* NULL: deleted, kept for readers until visible_ms */
	json_t *old; /* what readers see until visible_ms; NULL: nothing */
	int64_t visible_ms;
};

/* All things of one kind in one region. */
struct shelf {
	struct shelf *next;
	char *kind, *region;
	struct record *first, *last;
};

/* How a record was before this transaction touched it. */
struct undo {
	struct shelf *shelf;
	char *id;
	bool existed;
	int64_t seq;
	json_t *doc, *old;
	int64_t visible_ms;
};

enum { STMT_PUT, STMT_DEL, STMT_BLOB_PUT, STMT_BLOB_GET, STMT_BLOB_DEL, STMT_COUNT };

static const char *const STMT_SQL[STMT_COUNT] = {
	[STMT_PUT] = "INSERT OR REPLACE INTO thing VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[STMT_DEL] = "DELETE FROM thing WHERE kind = ?1 AND region = ?2 AND id = ?3",
	[STMT_BLOB_PUT] = "INSERT OR REPLACE INTO blob(name, bytes) VALUES(?1, ?2)",
	[STMT_BLOB_GET] = "SELECT bytes FROM blob WHERE name = ?1",
	[STMT_BLOB_DEL] = "DELETE FROM blob WHERE name = ?1",
};

struct sbx_store {
	sqlite3 *db;
	sqlite3_stmt *stmt[STMT_COUNT];
	struct shelf *shelves;
	struct record **buckets;
	size_t n_buckets, n_records;
	int64_t next_seq;
	bool in_transaction, sql_begun;
	struct rb_error *failed; /* the first write that SQLite refused in this transaction */
	struct undo *undo;
	size_t n_undo;
};

/* ---- records in memory -------------------------------------------------- */

static size_t hash_of(const struct shelf *shelf, const char *id)
{
	size_t h = (size_t)(uintptr_t)shelf >> 4;

	for (; *id; id++)
		h = h * 131 + (unsigned char)*id;
	return h;
}

static struct shelf *shelf_of(struct sbx_store *st, const char *kind, const char *region, bool make)
{
	struct shelf *s;

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

static struct record *find(struct sbx_store *st, const struct shelf *shelf, const char *id)
{
	struct record *r;

	if (!shelf)
		return NULL;
	for (r = st->buckets[hash_of(shelf, id) % st->n_buckets]; r; r = r->next_in_bucket) {
		if (r->shelf == shelf && !strcmp(r->id, id))
			return r;
	}
	return NULL;
}

static void grow(struct sbx_store *st)
{
	size_t n = st->n_buckets * 2;
	struct record **buckets = xcalloc(n, sizeof(struct record *));

	for (size_t i = 0; i < st->n_buckets; i++) {
		for (struct record *r = st->buckets[i], *next; r; r = next) {
			struct record **slot = &buckets[hash_of(r->shelf, r->id) % n];

			next = r->next_in_bucket;
			r->next_in_bucket = *slot;
			*slot = r;
		}
	}
	free(st->buckets);
	st->buckets = buckets;
	st->n_buckets = n;
}

/* In the shelf's order by seq: a rollback brings old ones back. */
static struct record *insert(struct sbx_store *st, struct shelf *shelf, const char *id, int64_t seq)
{
	struct record *r = xcalloc(1, sizeof(*r)), *after = shelf->last, **slot;

	if (st->n_records >= st->n_buckets)
		grow(st);
	r->shelf = shelf;
	r->id = xstrdup(id);
	r->seq = seq;
	slot = &st->buckets[hash_of(shelf, id) % st->n_buckets];
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

static void discard(struct sbx_store *st, struct record *r)
{
	struct record **slot = &st->buckets[hash_of(r->shelf, r->id) % st->n_buckets];

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

/* What a reader sees of `r` at now_ms; borrowed, NULL for nothing. */
static json_t *seen(const struct record *r, int64_t now_ms)
{
	return now_ms < r->visible_ms ? r->old : r->doc;
}

/* ---- SQLite ------------------------------------------------------------- */

static void note_failure(struct sbx_store *st, const char *what)
{
	if (!st->failed)
		st->failed =
			rb_error_why(rb_error_new(RB_IO, "cannot %s the sandbox's world", what),
				     "%s", sqlite3_errmsg(st->db));
}

static void exec(struct sbx_store *st, const char *sql)
{
	if (sqlite3_exec(st->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		note_failure(st, "write");
}

static void bind_str(sqlite3_stmt *s, int at, const char *text)
{
	if (text)
		sqlite3_bind_text(s, at, text, -1, SQLITE_TRANSIENT);
	else
		sqlite3_bind_null(s, at);
}

static void run(struct sbx_store *st, sqlite3_stmt *s)
{
	if (sqlite3_step(s) != SQLITE_DONE)
		note_failure(st, "write");
	sqlite3_reset(s);
	sqlite3_clear_bindings(s);
}

/* The SQL transaction begins with the first change: most requests only read. */
static void before_write(struct sbx_store *st)
{
	if (st->in_transaction && !st->sql_begun) {
		exec(st, "BEGIN IMMEDIATE");
		st->sql_begun = true;
	}
}

static void write_record(struct sbx_store *st, const struct record *r)
{
	sqlite3_stmt *s = st->stmt[STMT_PUT];
	autofree char *doc = r->doc ? json_dumps(r->doc, JSON_COMPACT) : NULL;
	autofree char *old = r->old ? json_dumps(r->old, JSON_COMPACT) : NULL;

	bind_str(s, 1, r->shelf->kind);
	bind_str(s, 2, r->shelf->region);
	bind_str(s, 3, r->id);
	sqlite3_bind_int64(s, 4, r->seq);
	bind_str(s, 5, doc);
	bind_str(s, 6, old);
	sqlite3_bind_int64(s, 7, r->visible_ms);
	run(st, s);
}

static void write_absence(struct sbx_store *st, const struct shelf *shelf, const char *id)
{
	sqlite3_stmt *s = st->stmt[STMT_DEL];

	bind_str(s, 1, shelf->kind);
	bind_str(s, 2, shelf->region);
	bind_str(s, 3, id);
	run(st, s);
}

/* ---- reading ------------------------------------------------------------ */

json_t *store_get(struct sbx_store *st, const char *kind, const char *region, const char *id)
{
	struct record *r = find(st, shelf_of(st, kind, region, false), id);

	return r && r->doc ? json_deep_copy(r->doc) : NULL;
}

json_t *store_get_visible(struct sbx_store *st, const char *kind, const char *region,
			  const char *id, int64_t now_ms)
{
	struct record *r = find(st, shelf_of(st, kind, region, false), id);
	json_t *doc = r ? seen(r, now_ms) : NULL;

	return doc ? json_deep_copy(doc) : NULL;
}

json_t *store_list(struct sbx_store *st, const char *kind, const char *region)
{
	struct shelf *shelf = shelf_of(st, kind, region, false);
	json_t *list = json_array();

	for (struct record *r = shelf ? shelf->first : NULL; r; r = r->next) {
		if (r->doc)
			json_array_append_new(list, json_deep_copy(r->doc));
	}
	return list;
}

json_t *store_list_visible(struct sbx_store *st, const char *kind, const char *region,
			   int64_t now_ms)
{
	struct shelf *shelf = shelf_of(st, kind, region, false);
	json_t *list = json_array();

	for (struct record *r = shelf ? shelf->first : NULL; r; r = r->next) {
		json_t *doc = seen(r, now_ms);

		if (doc)
			json_array_append_new(list, json_deep_copy(doc));
	}
	return list;
}

void store_each(struct sbx_store *st, store_visit_fn *fn, void *arg)
{
	for (struct shelf *s = st->shelves; s; s = s->next) {
		for (struct record *r = s->first; r; r = r->next) {
			if (r->doc)
				fn(arg, s->kind, s->region, r->id, r->doc);
		}
	}
}

/* ---- writing ------------------------------------------------------------ */

static void remember(struct sbx_store *st, struct shelf *shelf, const char *id,
		     const struct record *r)
{
	struct undo *u;

	if (!st->in_transaction)
		return;
	st->undo = xreallocarray(st->undo, st->n_undo + 1, sizeof(*st->undo));
	u = &st->undo[st->n_undo++];
	*u = (struct undo){ .shelf = shelf, .id = xstrdup(id), .existed = r != NULL };
	if (r) {
		u->seq = r->seq;
		u->doc = json_incref(r->doc);
		u->old = json_incref(r->old);
		u->visible_ms = r->visible_ms;
	}
}

/* `doc` is taken; NULL: deleted. */
static void change(struct sbx_store *st, struct record *r, json_t *doc, int64_t now_ms,
		   int64_t lag_ms)
{
	json_t *old = lag_ms > 0 ? json_incref(seen(r, now_ms)) : NULL;

	json_decref(r->old);
	json_decref(r->doc);
	r->doc = doc;
	r->old = old;
	r->visible_ms = lag_ms > 0 ? now_ms + lag_ms : 0;
	write_record(st, r);
}

/* Deleted things that no reader sees any more go when their shelf is next written to. */
static void sweep(struct sbx_store *st, struct shelf *shelf, int64_t now_ms)
{
	for (struct record *r = shelf->first, *next; r; r = next) {
		next = r->next;
		if (r->doc || now_ms < r->visible_ms)
			continue;
		remember(st, shelf, r->id, r);
		write_absence(st, shelf, r->id);
		discard(st, r);
	}
}

void store_put(struct sbx_store *st, const char *kind, const char *region, const char *id,
	       const json_t *doc, int64_t now_ms, int64_t lag_ms)
{
	struct shelf *shelf = shelf_of(st, kind, region, true);
	struct record *r;

	before_write(st);
	sweep(st, shelf, now_ms);
	r = find(st, shelf, id);
	remember(st, shelf, id, r);
	if (!r)
		r = insert(st, shelf, id, st->next_seq++);
	change(st, r, json_deep_copy(doc), now_ms, lag_ms);
}

void store_delete(struct sbx_store *st, const char *kind, const char *region, const char *id)
{
	struct shelf *shelf = shelf_of(st, kind, region, false);
	struct record *r = find(st, shelf, id);

	if (!r)
		return;
	before_write(st);
	remember(st, shelf, id, r);
	write_absence(st, shelf, id);
	discard(st, r);
}

void store_delete_late(struct sbx_store *st, const char *kind, const char *region, const char *id,
		       int64_t now_ms, int64_t lag_ms)
{
	struct shelf *shelf = shelf_of(st, kind, region, false);
	struct record *r = find(st, shelf, id);

	if (!r || !r->doc)
		return;
	if (lag_ms <= 0) {
		store_delete(st, kind, region, id);
		return;
	}
	before_write(st);
	remember(st, shelf, id, r);
	change(st, r, NULL, now_ms, lag_ms);
}

void store_put_blob(struct sbx_store *st, const char *name, const void *p, size_t n)
{
	sqlite3_stmt *s = st->stmt[STMT_BLOB_PUT];

	before_write(st);
	bind_str(s, 1, name);
	sqlite3_bind_blob64(s, 2, n ? p : "", n, SQLITE_TRANSIENT);
	run(st, s);
}

bool store_get_blob(struct sbx_store *st, const char *name, struct buf *out)
{
	sqlite3_stmt *s = st->stmt[STMT_BLOB_GET];
	bool found = false;

	bind_str(s, 1, name);
	if (sqlite3_step(s) == SQLITE_ROW) {
		const void *p = sqlite3_column_blob(s, 0);
		int n = sqlite3_column_bytes(s, 0);

		found = n <= 0 || buf_add(out, p, (size_t)n);
	}
	sqlite3_reset(s);
	sqlite3_clear_bindings(s);
	return found;
}

void store_delete_blob(struct sbx_store *st, const char *name)
{
	sqlite3_stmt *s = st->stmt[STMT_BLOB_DEL];

	before_write(st);
	bind_str(s, 1, name);
	run(st, s);
}

/* ---- transactions ------------------------------------------------------- */

static void forget_undo(struct sbx_store *st)
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

void store_begin(struct sbx_store *st)
{
	st->in_transaction = true;
	st->sql_begun = false;
}

void store_rollback(struct sbx_store *st)
{
	if (st->sql_begun)
		(void)sqlite3_exec(st->db, "ROLLBACK", NULL, NULL, NULL);
	st->in_transaction = st->sql_begun = false;
	st->failed = rb_error_free(st->failed);
	for (size_t i = st->n_undo; i-- > 0;) {
		struct undo *u = &st->undo[i];
		struct record *r = find(st, u->shelf, u->id);

		if (r)
			discard(st, r);
		if (u->existed) {
			r = insert(st, u->shelf, u->id, u->seq);
			r->doc = json_incref(u->doc);
			r->old = json_incref(u->old);
			r->visible_ms = u->visible_ms;
		}
	}
	forget_undo(st);
}

struct rb_error *store_commit(struct sbx_store *st)
{
	struct rb_error *err;

	if (st->sql_begun && !st->failed)
		exec(st, "COMMIT");
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

/* ---- opening ------------------------------------------------------------ */

/* The stored format; a file of another is refused, not guessed at. */
#define STORE_FORMAT 1

static const char STORE_SCHEMA[] =
	"CREATE TABLE IF NOT EXISTS thing(kind TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT "
	"NULL,"
	" seq INTEGER NOT NULL, doc TEXT, old TEXT, visible_ms INTEGER NOT NULL,"
	" PRIMARY KEY(kind, region, id)) WITHOUT ROWID;"
	"CREATE TABLE IF NOT EXISTS blob(name TEXT PRIMARY KEY, bytes BLOB NOT NULL);";

static struct rb_error *sql_error(struct sbx_store *st, const char *path, int rc)
{
	if (rc == SQLITE_BUSY || rc == SQLITE_LOCKED)
		return rb_error_hint(
			rb_error_new(RB_LOCKED, "another sandbox has the state '%s'", path),
			"end that one, or give this one a --state of its own");
	return rb_error_why(rb_error_new(RB_IO, "cannot open the state '%s'", path), "%s",
			    sqlite3_errmsg(st->db));
}

static json_t *column_json(sqlite3_stmt *s, int column, bool *bad)
{
	const char *text = (const char *)sqlite3_column_text(s, column);
	json_t *tree;

	if (!text)
		return NULL;
	tree = json_loads(text, JSON_DECODE_ANY, NULL);
	if (!tree)
		*bad = true;
	return tree;
}

static struct rb_error *load(struct sbx_store *st, const char *path)
{
	sqlite3_stmt *s = NULL;
	bool bad = false;
	int rc = sqlite3_prepare_v2(st->db,
				    "SELECT kind, region, id, seq, doc, old, visible_ms "
				    "FROM thing ORDER BY seq",
				    -1, &s, NULL);

	if (rc != SQLITE_OK)
		return sql_error(st, path, rc);
	while (!bad && (rc = sqlite3_step(s)) == SQLITE_ROW) {
		const char *kind = (const char *)sqlite3_column_text(s, 0);
		const char *region = (const char *)sqlite3_column_text(s, 1);
		const char *id = (const char *)sqlite3_column_text(s, 2);
		struct record *r;

		if (!kind || !region || !id) {
			bad = true;
			break;
		}
		r = insert(st, shelf_of(st, kind, region, true), id, sqlite3_column_int64(s, 3));
		r->doc = column_json(s, 4, &bad);
		r->old = column_json(s, 5, &bad);
		r->visible_ms = sqlite3_column_int64(s, 6);
		if (r->seq >= st->next_seq)
			st->next_seq = r->seq + 1;
	}
	sqlite3_finalize(s);
	if (bad)
		return rb_error_new(RB_IO, "the state '%s' is damaged", path);
	return rc == SQLITE_DONE ? NULL : sql_error(st, path, rc);
}

static struct rb_error *check_format(struct sbx_store *st, const char *path)
{
	sqlite3_stmt *s = NULL;
	int rc = sqlite3_prepare_v2(st->db, "PRAGMA user_version", -1, &s, NULL);
	int format = -1;

	if (rc == SQLITE_OK && (rc = sqlite3_step(s)) == SQLITE_ROW) {
		format = sqlite3_column_int(s, 0);
		rc = SQLITE_OK;
	}
	sqlite3_finalize(s);
	if (rc != SQLITE_OK)
		return sql_error(st, path, rc);
	if (format != 0 && format != STORE_FORMAT)
		return rb_error_new(RB_USAGE, "the state '%s' is of format %d, not %d", path,
				    format, STORE_FORMAT);
	return NULL;
}

static struct rb_error *prepare(struct sbx_store *st, const char *path)
{
	/* The exclusive lock is taken by the first write and kept until the file is closed. */
	static const char *const setup[] = {
		"PRAGMA locking_mode=EXCLUSIVE",
		"PRAGMA journal_mode=WAL",
		"PRAGMA synchronous=OFF",
		"PRAGMA cache_size=-1024",
		"BEGIN EXCLUSIVE",
		STORE_SCHEMA,
		"PRAGMA user_version=1",
		"COMMIT",
	};
	int rc;

	for (size_t i = 0; i < ARRAY_LEN(setup); i++) {
		rc = sqlite3_exec(st->db, setup[i], NULL, NULL, NULL);
		if (rc != SQLITE_OK)
			return sql_error(st, path, rc);
		if (i == 1)
			TRY(check_format(st, path));
	}
	for (size_t i = 0; i < STMT_COUNT; i++) {
		rc = sqlite3_prepare_v3(st->db, STMT_SQL[i], -1, SQLITE_PREPARE_PERSISTENT,
					&st->stmt[i], NULL);
		if (rc != SQLITE_OK)
			return sql_error(st, path, rc);
	}
	return load(st, path);
}

struct rb_error *store_open(const char *path, struct sbx_store **ret)
{
	struct sbx_store *st = xcalloc(1, sizeof(*st));
	const char *shown = path ? path : "(memory)";
	struct rb_error *err;
	int rc;

	st->n_buckets = 64;
	st->buckets = xcalloc(st->n_buckets, sizeof(struct record *));
	st->next_seq = 1;
	rc = sqlite3_open_v2(path ? path : ":memory:", &st->db,
			     SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
			     NULL);
	err = rc == SQLITE_OK ? prepare(st, shown) : sql_error(st, shown, rc);
	if (err) {
		store_close(st);
		return err;
	}
	*ret = st;
	return NULL;
}

void store_close(struct sbx_store *st)
{
	if (!st)
		return;
	if (st->in_transaction)
		store_rollback(st);
	for (size_t i = 0; i < STMT_COUNT; i++)
		sqlite3_finalize(st->stmt[i]);
	(void)sqlite3_close(st->db);
	for (struct shelf *s = st->shelves, *next; s; s = next) {
		next = s->next;
		while (s->first)
			discard(st, s->first);
		free(s->kind);
		free(s->region);
		free(s);
	}
	free(st->buckets);
	free(st);
}
