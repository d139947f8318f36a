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
#include "runbook/record/journal.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "runbook/record/journal_store.h"

enum {
	SUM_HEX = 16,
	MAX_LINE = 4 * 1024 * 1024,
};

/* A line is PREFIX SUM_OPEN sum SUM_CLOSE; the sum is over the last sum and the prefix. */
static const char sum_open[] = ",\"sum\":\"";
static const char sum_close[] = "\"}";
enum { TAIL_N = sizeof(sum_open) - 1 + SUM_HEX + sizeof(sum_close) - 1 };

struct journal {
	struct journal_store *store;
	int64_t seq;
	size_t size;
	size_t cut_bytes;
	char sum[SUM_HEX + 1];
	struct rb_error *broken;
};

/* What scanning the text of a journal found. */
struct scan {
	int64_t seq;
	size_t good_bytes;
	char sum[SUM_HEX + 1];
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

static void chain(const char prev[SUM_HEX + 1], const char *prefix, size_t n, char out[SUM_HEX + 1])
{
	unsigned char md[32];
	auto_buf b = BUF_INIT;

	(void)buf_add(&b, prev, SUM_HEX);
	(void)buf_add(&b, prefix, n);
	text_sha256(b.p, b.n, md);
	text_hex(md, SUM_HEX / 2, out);
}

/* True when the `n` bytes at `p` are a record that follows `prev`. */
static bool sum_agrees(const char *p, size_t n, const char prev[SUM_HEX + 1],
		       char ret_sum[SUM_HEX + 1])
{
	const char *tail = p + n - TAIL_N;

	if (n <= TAIL_N || memcmp(tail, sum_open, sizeof(sum_open) - 1) != 0 ||
	    memcmp(p + n - 2, sum_close, 2) != 0)
		return false;
	chain(prev, p, n - TAIL_N, ret_sum);
	return memcmp(tail + sizeof(sum_open) - 1, ret_sum, SUM_HEX) == 0;
}

static struct rb_error *damaged(const char *path, int64_t line, const char *why)
{
	struct rb_error *err = rb_error_new(RB_DAMAGED, "the journal '%s' is damaged at line %lld",
					    path, (long long)line);

	err = rb_error_why(err, "%-s", why);
	rb_error_advise(err,
			"nothing was touched; restore the file from a copy; without one: move it "
			"away and leave run.json, and what AWS has is looked for by its tag "
			"(docs/stacks.md does so with the AWS CLI alone) by:",
			RB_NEXT_UNDO, NULL);
	return err;
}

bool journal_knows_format(int64_t format)
{
	return format >= 1 && format <= JOURNAL_FORMAT;
}

/* The format is read before anything else is believed: only then the rest has a meaning. */
static struct rb_error *check_format(const char *path, const char *line, size_t n)
{
	json_t *first = json_loadb(line, n, JSON_REJECT_DUPLICATES, NULL);
	const json_t *format = json_object_get(first, "format");
	json_int_t v = json_integer_value(format);
	bool known = !json_is_integer(format) || journal_knows_format(v);
	struct rb_error *err = NULL;

	if (!known) {
		const char *by = json_string_value(json_object_get(first, "version"));
		autofree char *version = text_printable(by ? by : "newer", by ? strlen(by) : 5, 40);

		err = rb_error_new(RB_DAMAGED, "cannot read the journal '%s'", path);
		err = rb_error_why(err,
				   "it has format %lld, and this runbook knows formats 1 to %d",
				   (long long)v, JOURNAL_FORMAT);
		err = rb_error_hint(err, "use the runbook that wrote it (%s)", version);
	}
	json_decref(first);
	return err;
}

/*
 * Damage to a line end makes two records look like one torn line.  A crash never
 * leaves a whole record with more behind it, so that is not to be cut off.
 */
static bool hides_a_record(const char *p, size_t n, const char prev[SUM_HEX + 1])
{
	char sum[SUM_HEX + 1];

	for (size_t at = 0; at + TAIL_N + 1 < n; at++) {
		const char *found = memmem(p + at, n - at, sum_open, sizeof(sum_open) - 1);

		if (!found)
			return false;
		at = (size_t)(found - p);
		if (at + TAIL_N + 1 < n && sum_agrees(p, at + TAIL_N, prev, sum))
			return true;
	}
	return false;
}

static struct rb_error *visit_line(const char *path, const char *line, size_t n, int64_t seq,
				   journal_visitor *visit, void *arg)
{
	json_t *rec = json_loadb(line, n, JSON_REJECT_DUPLICATES, NULL);
	struct rb_error *err = NULL;

	if (!json_is_object(rec) || !json_is_string(json_object_get(rec, "type")) ||
	    !json_is_integer(json_object_get(rec, "at_ms")))
		err = damaged(path, seq, N_("it is no record"));
	else if (json_integer_value(json_object_get(rec, "seq")) != seq)
		err = damaged(path, seq, N_("its number is not the line's"));
	else if (visit)
		err = visit(arg, rec);
	if (err && !err->what) {
		struct rb_error *named =
			damaged(path, seq, err->why ? err->why : N_("it makes no sense"));

		(void)rb_error_free(err);
		err = named;
	}
	json_decref(rec);
	return err;
}

static struct rb_error *scan_text(const char *path, const char *p, size_t n, journal_visitor *visit,
				  void *arg, struct scan *scan)
{
	size_t at = 0;

	memset(scan->sum, '0', SUM_HEX);
	scan->sum[SUM_HEX] = '\0';
	scan->seq = 0;
	scan->good_bytes = 0;
	while (at < n) {
		const char *line = p + at;
		const char *end = memchr(line, '\n', n - at);
		size_t len = end ? (size_t)(end - line) : n - at;
		bool last = !end || (size_t)(end - p) + 1 == n;
		char sum[SUM_HEX + 1];

		if (scan->seq == 0)
			TRY(check_format(path, line, len));
		if (!end || len > MAX_LINE || !sum_agrees(line, len, scan->sum, sum)) {
			if (last && !hides_a_record(line, n - at, scan->sum))
				return NULL; /* torn: it does not count */
			return damaged(path, scan->seq + 1, N_("its checksum does not agree"));
		}
		TRY(visit_line(path, line, len, scan->seq + 1, visit, arg));
		memcpy(scan->sum, sum, sizeof(sum));
		scan->seq++;
		at += len + 1;
		scan->good_bytes = at;
	}
	return NULL;
}

struct rb_error *journal_read_text(const char *name, const struct buf *text, bool may_be_torn,
				   journal_visitor *visit, void *arg)
{
	struct scan scan;

	TRY(scan_text(name, text->p, text->n, visit, arg, &scan));
	if (!may_be_torn && scan.good_bytes < text->n)
		return damaged(name, scan.seq + 1, N_("its checksum does not agree"));
	return NULL;
}

struct rb_error *journal_open_store(struct journal_store *store, journal_visitor *visit, void *arg,
				    struct journal **ret)
{
	auto_buf text = BUF_INIT;
	struct rb_error *err = store->ops->read(store, &text);
	struct journal *j;
	struct scan scan;

	if (!err)
		err = scan_text(store->name, text.p, text.n, visit, arg, &scan);
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
		      char ret_sum[SUM_HEX + 1])
{
	char *text = json_dumps(rec, JSON_COMPACT);

	if (!text)
		abort(); /* a string of ours that is no UTF-8: text_printable was forgotten */
	(void)buf_add(line, text, strlen(text) - 1); /* without its '}' */
	free(text);
	chain(j->sum, line->p, line->n, ret_sum);
	(void)buf_addf(line, "%s%s%s\n", sum_open, ret_sum, sum_close);
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
	char sum[SUM_HEX + 1];
	struct rb_error *err;
	json_t *rec;

	if (j->broken) {
		json_decref(body);
		return rb_error_copy(j->broken);
	}
	rec = number_record(j, body);
	make_line(j, rec, &line, sum);
	if (line.n - 1 > MAX_LINE) { /* it could not be read again */
		json_decref(rec);
		return rb_error_because(RB_FAILED,
					"a record of %zu bytes is longer than the %d that a line "
					"of the journal may have",
					line.n - 1, MAX_LINE);
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
