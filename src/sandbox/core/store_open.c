/* SPDX-License-Identifier: Apache-2.0 */
/* The world's file is opened, checked and read into memory. */
#include <stdlib.h>
#include <sqlite3.h>

#include "base/alloc.h"
#include "sandbox/core/store.h"
#include "sandbox/core/store_inner.h"

static const char *const STMT_SQL[STMT_COUNT] = {
	[STMT_PUT] = "INSERT OR REPLACE INTO thing VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[STMT_DEL] = "DELETE FROM thing WHERE kind = ?1 AND region = ?2 AND id = ?3",
	[STMT_BLOB_PUT] = "INSERT OR REPLACE INTO blob(name, bytes) VALUES(?1, ?2)",
	[STMT_BLOB_GET] = "SELECT bytes FROM blob WHERE name = ?1",
	[STMT_BLOB_DEL] = "DELETE FROM blob WHERE name = ?1",
};

/* The stored format; a file of another is refused, not guessed at. */
#define STORE_FORMAT 1

static const char STORE_SCHEMA[] =
	"CREATE TABLE IF NOT EXISTS thing(kind TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT "
	"NULL,"
	" seq INTEGER NOT NULL, doc TEXT, old TEXT, visible_ms INTEGER NOT NULL,"
	" PRIMARY KEY(kind, region, id)) WITHOUT ROWID;"
	"CREATE TABLE IF NOT EXISTS blob(name TEXT PRIMARY KEY, bytes BLOB NOT NULL);";

static struct rb_error *sql_error(struct store *st, const char *path, int rc)
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

static struct rb_error *load_records(struct store *st, const char *path)
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
		struct store_record *r;

		if (!kind || !region || !id) {
			bad = true;
			break;
		}
		r = store_insert(st, store_shelf(st, kind, region, true), id,
				 sqlite3_column_int64(s, 3));
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

static struct rb_error *check_format(struct store *st, const char *path)
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

static struct rb_error *prepare_statements(struct store *st, const char *path)
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
	return load_records(st, path);
}

struct rb_error *store_open(const char *path, struct store **ret)
{
	struct store *st = xcalloc(1, sizeof(*st));
	const char *shown = path ? path : "(memory)";
	struct rb_error *err;
	int rc;

	st->n_buckets = 64;
	st->buckets = xcalloc(st->n_buckets, sizeof(struct store_record *));
	st->next_seq = 1;
	rc = sqlite3_open_v2(path ? path : ":memory:", &st->db,
			     SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
			     NULL);
	err = rc == SQLITE_OK ? prepare_statements(st, shown) : sql_error(st, shown, rc);
	if (err) {
		store_close(st);
		return err;
	}
	*ret = st;
	return NULL;
}

void store_close(struct store *st)
{
	if (!st)
		return;
	if (st->in_transaction)
		store_rollback(st);
	for (size_t i = 0; i < STMT_COUNT; i++)
		sqlite3_finalize(st->stmt[i]);
	(void)sqlite3_close(st->db);
	for (struct store_shelf *s = st->shelves, *next; s; s = next) {
		next = s->next;
		while (s->first)
			store_discard(st, s->first);
		free(s->kind);
		free(s->region);
		free(s);
	}
	free(st->buckets);
	free(st);
}
