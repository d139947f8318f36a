/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the store share. */
#ifndef SANDBOX_STORE_INNER_H
#define SANDBOX_STORE_INNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <jansson.h>
#include <sqlite3.h>

#include "sandbox/core/store.h"

struct store_record {
	struct store_record *next_in_bucket;
	struct store_record *prev, *next; /* of its shelf, oldest first */
	struct store_shelf *shelf;
	char *id;
	int64_t seq;
	json_t *doc; /* NULL: deleted, kept for readers until visible_ms */
	json_t *old; /* what readers see until visible_ms; NULL: nothing */
	int64_t visible_ms;
};

/* All things of one kind in one region. */
struct store_shelf {
	struct store_shelf *next;
	char *kind, *region;
	struct store_record *first, *last;
};

/* How a record was before this transaction touched it. */
struct store_undo {
	struct store_shelf *shelf;
	char *id;
	bool existed;
	int64_t seq;
	json_t *doc, *old;
	int64_t visible_ms;
};

enum { STMT_PUT, STMT_DEL, STMT_BLOB_PUT, STMT_BLOB_GET, STMT_BLOB_DEL, STMT_COUNT };

struct store {
	sqlite3 *db;
	sqlite3_stmt *stmt[STMT_COUNT];
	struct store_shelf *shelves;
	struct store_record **buckets;
	size_t n_buckets; /* a power of two */
	size_t n_records;
	int64_t next_seq;
	bool in_transaction, sql_begun;
	struct rb_error *failed; /* the first write that SQLite refused in this transaction */
	struct store_undo *undo;
	size_t n_undo;
};

/* The things of one kind in one region. NULL when there is none and it is not to be made. */
struct store_shelf *store_shelf(struct store *st, const char *kind, const char *region, bool make);

/* NULL when `shelf` is, or has no such thing. */
struct store_record *store_find(struct store *st, const struct store_shelf *shelf, const char *id);

/* In the shelf's order by seq: a rollback brings old ones back. */
struct store_record *store_insert(struct store *st, struct store_shelf *shelf, const char *id,
				  int64_t seq);

/* Takes the record out of its shelf and frees it. */
void store_discard(struct store *st, struct store_record *r);

/* What a reader sees of `r` at now_ms; borrowed, NULL for nothing. */
json_t *store_seen(const struct store_record *r, int64_t now_ms);

/* A failure is noted in the store, for the commit. */
void store_sql_exec(struct store *st, const char *sql);

/* The SQL transaction begins with the first change: most requests only read. */
void store_sql_begin(struct store *st);

/* Writes the row of `r`, new or changed. */
void store_sql_put(struct store *st, const struct store_record *r);

/* Deletes the row of that id. */
void store_sql_delete(struct store *st, const struct store_shelf *shelf, const char *id);

#endif
