/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The record of one run: append-only, checksummed, synced lines of JSON.  What
 * it holds and what always holds of it is at the head of journal.c; the format
 * for others to read is docs/journal.md.
 */
#ifndef RUNBOOK_JOURNAL_H
#define RUNBOOK_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/attr.h"
#include "base/error.h"

/* What is written.  Format 1, whose run record names no procedure, is read and carried on, too. */
#define JOURNAL_FORMAT 2
bool journal_knows_format(int64_t format);

struct journal;

/*
 * Called with each record that counts, in order; the record is borrowed.  An
 * error (kind DAMAGED) says that the record makes no sense: it gets file and line.
 */
typedef struct rb_error *journal_visitor(void *arg, const json_t *record);

/*
 * Read without changing anything; a torn last record is passed over.  A missing
 * file is an empty one.
 *   fails  DAMAGED  what and why name the file, the line, and what is wrong there
 */
NODISCARD struct rb_error *journal_read(const char *path, journal_visitor *visit, void *arg);

/*
 * Open (make) for appending; the caller holds the stack's lock.  All is read and
 * checked before anything is touched; then a torn last record is cut off.
 *   owns    the caller closes *ret
 *   fails   DAMAGED as above; IO
 */
NODISCARD struct rb_error *journal_open(const char *path, journal_visitor *visit, void *arg,
					struct journal **ret);
void journal_close(struct journal *j);

/* Bytes that opening cut off. */
size_t journal_cut_bytes(const struct journal *j);
/* Records in it. */
int64_t journal_records(const struct journal *j);

/*
 * Append `record` (taken), to which format, sequence number and time are added.
 * With `sync` it is on disk when this returns, and all before it.  After a
 * failure nothing is appended any more in this process: the failure is answered
 * again, so that no changing call is sent.
 *   *ret  when not NULL: the record as written; the caller decrefs
 */
NODISCARD struct rb_error *journal_append(struct journal *j, json_t *record, bool sync,
					  json_t **ret);

/*
 * What was appended with sync counts now: a store that gathers what several tasks append is waited
 * for here, when the state has it already.  (A file has waited in journal_append.)
 */
NODISCARD struct rb_error *journal_settle(struct journal *j);

/*
 * The journal is still this process's to write: asked in the instant before a call that changes AWS
 * is sent, when its intent has been written.
 *   fails  LOCKED  somebody else has taken the stack since
 */
NODISCARD struct rb_error *journal_may_send(struct journal *j);

/* What was appended without sync is on disk, too. */
NODISCARD struct rb_error *journal_flush(struct journal *j);

/* Time and type of a record; 0 and "" when it has none. */
int64_t journal_time_ms(const json_t *record);
const char *journal_type(const json_t *record);

#endif
