/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the text of a journal: which records count, what is torn, what is damage. */
#include "runbook/record/journal_int.h"

#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "runbook/record/journal_store.h"

enum { TAIL_N = sizeof(JOURNAL_SUM_OPEN) - 1 + JOURNAL_SUM_HEX + sizeof(JOURNAL_SUM_CLOSE) - 1 };

void journal_chain(const char prev[JOURNAL_SUM_HEX + 1], const char *prefix, size_t n,
		   char out[JOURNAL_SUM_HEX + 1])
{
	unsigned char md[32];
	auto_buf b = BUF_INIT;

	(void)buf_add(&b, prev, JOURNAL_SUM_HEX);
	(void)buf_add(&b, prefix, n);
	text_sha256(b.p, b.n, md);
	text_hex(md, JOURNAL_SUM_HEX / 2, out);
}

/* True when the `n` bytes at `p` are a record that follows `prev`. */
static bool sum_agrees(const char *p, size_t n, const char prev[JOURNAL_SUM_HEX + 1],
		       char ret_sum[JOURNAL_SUM_HEX + 1])
{
	const char *tail = p + n - TAIL_N;

	if (n <= TAIL_N || memcmp(tail, JOURNAL_SUM_OPEN, sizeof(JOURNAL_SUM_OPEN) - 1) != 0 ||
	    memcmp(p + n - 2, JOURNAL_SUM_CLOSE, 2) != 0)
		return false;
	journal_chain(prev, p, n - TAIL_N, ret_sum);
	return memcmp(tail + sizeof(JOURNAL_SUM_OPEN) - 1, ret_sum, JOURNAL_SUM_HEX) == 0;
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
static bool hides_a_record(const char *p, size_t n, const char prev[JOURNAL_SUM_HEX + 1])
{
	char sum[JOURNAL_SUM_HEX + 1];

	for (size_t at = 0; at + TAIL_N + 1 < n; at++) {
		const char *found =
			memmem(p + at, n - at, JOURNAL_SUM_OPEN, sizeof(JOURNAL_SUM_OPEN) - 1);

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

struct rb_error *journal_scan_text(const char *path, const char *p, size_t n,
				   journal_visitor *visit, void *arg, struct journal_scan *scan)
{
	size_t at = 0;

	memset(scan->sum, '0', JOURNAL_SUM_HEX);
	scan->sum[JOURNAL_SUM_HEX] = '\0';
	scan->seq = 0;
	scan->good_bytes = 0;
	while (at < n) {
		const char *line = p + at;
		const char *end = memchr(line, '\n', n - at);
		size_t len = end ? (size_t)(end - line) : n - at;
		bool last = !end || (size_t)(end - p) + 1 == n;
		char sum[JOURNAL_SUM_HEX + 1];

		if (scan->seq == 0)
			TRY(check_format(path, line, len));
		if (!end || len > JOURNAL_LINE_MAX || !sum_agrees(line, len, scan->sum, sum)) {
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
	struct journal_scan scan;

	TRY(journal_scan_text(name, text->p, text->n, visit, arg, &scan));
	if (!may_be_torn && scan.good_bytes < text->n)
		return damaged(name, scan.seq + 1, N_("its checksum does not agree"));
	return NULL;
}
