/* SPDX-License-Identifier: Apache-2.0 */
/* The world's records and blobs as rows in SQLite. */
#include <sqlite3.h>

#include "base/alloc.h"
#include "sandbox/core/store_inner.h"

static void note_failure(struct store *st, const char *what)
{
	if (!st->failed)
		st->failed =
			rb_error_why(rb_error_new(RB_IO, "cannot %s the sandbox's world", what),
				     "%s", sqlite3_errmsg(st->db));
}

void store_sql_exec(struct store *st, const char *sql)
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

static void run_statement(struct store *st, sqlite3_stmt *s)
{
	if (sqlite3_step(s) != SQLITE_DONE)
		note_failure(st, "write");
	sqlite3_reset(s);
	sqlite3_clear_bindings(s);
}

void store_sql_begin(struct store *st)
{
	if (st->in_transaction && !st->sql_begun) {
		store_sql_exec(st, "BEGIN IMMEDIATE");
		st->sql_begun = true;
	}
}

void store_sql_put(struct store *st, const struct store_record *r)
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
	run_statement(st, s);
}

void store_sql_delete(struct store *st, const struct store_shelf *shelf, const char *id)
{
	sqlite3_stmt *s = st->stmt[STMT_DEL];

	bind_str(s, 1, shelf->kind);
	bind_str(s, 2, shelf->region);
	bind_str(s, 3, id);
	run_statement(st, s);
}

void store_put_blob(struct store *st, const char *name, const void *p, size_t n)
{
	sqlite3_stmt *s = st->stmt[STMT_BLOB_PUT];

	store_sql_begin(st);
	bind_str(s, 1, name);
	sqlite3_bind_blob64(s, 2, n ? p : "", n, SQLITE_TRANSIENT);
	run_statement(st, s);
}

bool store_get_blob(struct store *st, const char *name, struct buf *out)
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

void store_delete_blob(struct store *st, const char *name)
{
	sqlite3_stmt *s = st->stmt[STMT_BLOB_DEL];

	store_sql_begin(st);
	bind_str(s, 1, name);
	run_statement(st, s);
}
