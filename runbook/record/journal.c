/* SPDX-License-Identifier: Apache-2.0 */
/*
 * (1) A call that changes AWS is sent only after its intent record is synced.
 *     (step_ctx.c appends it from the client's observer; here: a failed append
 *     is an error, and every later one fails too.)
 * (2) The file only grows; no record is rewritten.
 * (3) A record counts when its line is whole, its number is the line's, and its
 *     checksum, chained over the one before, agrees.  Only the last may fail
 *     that, and it is cut off when the file is opened for writing.
 * (4) Cut at any byte, the same command run again reaches the same AWS world.
 *     (The run id is in run.json too, so the run tag outlives every cut.)
 * (5) No record holds a secret.
 * (6) Damage elsewhere is refused, naming the line, and nothing is touched.
 * (7) What this program works from is exactly what a replay of the file gives:
 *     a record changes the state only after it was written (state.c).
 *
 *   TODO --intent--> DOING --do done--> MADE --verified--> HELD       [engine_forward]
 *   any but TODO --intent--> UNDOING --nothing left--> UNDONE         [engine_back]
 */
#include "runbook/record/journal_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "runbook/record/journal_store.h"

struct journal {
	struct journal_store *store;
	int64_t seq;
	size_t size;
	size_t cut_bytes;
	char sum[JOURNAL_SUM_HEX + 1];
	struct rb_error *broken;
};

int64_t journal_time_ms(const json_t *record)
{
	return json_integer_value(json_object_get(record, "at_ms"));
}

const char *journal_type(const json_t *record)
{
	const char *type = json_string_value(json_object_get(record, "type"));

	return type ? type : "";
}

struct rb_error *journal_open_store(struct journal_store *store, journal_visitor *visit, void *arg,
				    struct journal **ret)
{
	auto_buf text = BUF_INIT;
	struct rb_error *err = store->ops->read(store, &text);
	struct journal *j;
	struct journal_scan scan;

	if (!err)
		err = journal_scan_text(store->name, text.p, text.n, visit, arg, &scan);
	if (!err)
		err = store->ops->begin(store, scan.good_bytes, text.n);
	if (err) {
		store->ops->close(store);
		return err;
	}
	j = xcalloc(1, sizeof(*j));
	j->store = store;
	j->seq = scan.seq;
	j->size = scan.good_bytes;
	j->cut_bytes = text.n - scan.good_bytes;
	memcpy(j->sum, scan.sum, sizeof(scan.sum));
	*ret = j;
	return NULL;
}

void journal_close(struct journal *j)
{
	if (!j)
		return;
	j->store->ops->close(j->store);
	(void)rb_error_free(j->broken);
	free(j);
}

size_t journal_cut_bytes(const struct journal *j)
{
	return j->cut_bytes;
}

int64_t journal_records(const struct journal *j)
{
	return j->seq;
}

static json_t *number_record(const struct journal *j, json_t *body)
{
	json_t *rec = json_object();

	if (j->seq == 0)
		json_object_set_new(rec, "format", json_integer(JOURNAL_FORMAT));
	json_object_set_new(rec, "seq", json_integer(j->seq + 1));
	json_object_set_new(rec, "at_ms", json_integer(clock_utc_ms()));
	json_object_update_missing(rec, body);
	json_decref(body);
	return rec;
}

static void make_line(const struct journal *j, const json_t *rec, struct buf *line,
		      char ret_sum[JOURNAL_SUM_HEX + 1])
{
	char *text = json_dumps(rec, JSON_COMPACT);

	if (!text)
		abort(); /* a string of ours that is no UTF-8: text_printable was forgotten */
	(void)buf_add(line, text, strlen(text) - 1); /* without its '}' */
	free(text);
	journal_chain(j->sum, line->p, line->n, ret_sum);
	(void)buf_addf(line, "%s%s%s\n", JOURNAL_SUM_OPEN, ret_sum, JOURNAL_SUM_CLOSE);
}

static struct rb_error *fail_for_good(struct journal *j, struct rb_error *err)
{
	err = j->store->ops->give_up(j->store, j->size, err);
	if (!j->broken) /* by another task, while this one waited */
		j->broken = rb_error_copy(err);
	return err;
}

struct rb_error *journal_append(struct journal *j, json_t *body, bool sync, json_t **ret)
{
	auto_buf line = BUF_INIT;
	char sum[JOURNAL_SUM_HEX + 1];
	struct rb_error *err;
	json_t *rec;

	if (j->broken) {
		json_decref(body);
		return rb_error_copy(j->broken);
	}
	rec = number_record(j, body);
	make_line(j, rec, &line, sum);
	if (line.n - 1 > JOURNAL_LINE_MAX) { /* it could not be read again */
		json_decref(rec);
		return rb_error_because(RB_FAILED,
					"a record of %zu bytes is longer than the %d that a line "
					"of the journal may have",
					line.n - 1, JOURNAL_LINE_MAX);
	}
	err = j->store->ops->append(j->store, line.p, line.n, sync);
	if (err) {
		json_decref(rec);
		return fail_for_good(j, err);
	}
	j->seq++;
	j->size += line.n;
	memcpy(j->sum, sum, sizeof(sum));
	if (ret)
		*ret = rec;
	else
		json_decref(rec);
	return NULL;
}

struct rb_error *journal_settle(struct journal *j)
{
	struct rb_error *err;

	if (j->broken)
		return rb_error_copy(j->broken);
	err = j->store->ops->settle ? j->store->ops->settle(j->store) : NULL;
	return err ? fail_for_good(j, err) : NULL;
}

struct rb_error *journal_may_send(struct journal *j)
{
	struct rb_error *err;

	if (j->broken)
		return rb_error_copy(j->broken);
	err = j->store->ops->may_send ? j->store->ops->may_send(j->store) : NULL;
	return err ? fail_for_good(j, err) : NULL;
}

struct rb_error *journal_flush(struct journal *j)
{
	struct rb_error *err;

	if (j->broken)
		return rb_error_copy(j->broken);
	err = j->store->ops->sync(j->store);
	return err ? fail_for_good(j, err) : NULL;
}
