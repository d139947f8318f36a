/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `runbook journal`: the history, readable, or as recorded; with --follow what is written from now
 * on, too, for the second terminal of whoever watches.
 *
 * A journal that is followed is read again when its file has grown or is another one: each record
 * counts as it does for every reader, by its checksum.  A line that is half written does not count
 * yet.  When a run begins anew, the file is replaced, and the new one is printed from its
 * beginning.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/signals.h"
#include "base/text.h"
#include "runbook/cli/cli.h"
#include "runbook/cli/journal_since.h"
#include "runbook/cli/standing.h"
#include "runbook/record/home_place.h"
#include "runbook/ui/journal_text.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/width.h"

enum { FOLLOW_PAUSE_MS = 200, FOLLOW_BUCKET_MS = 2000, HANGING_COLUMNS = 27 };

struct printing {
	bool json, color;
	const struct procedure *procedure;
	const char *step; /* NULL: of all */
	int64_t since_ms;
	int64_t told; /* records of this file that were read */
};

static const char *color_of(enum journal_mood mood)
{
	switch (mood) {
	case JOURNAL_GOOD:
		return "\033[32m";
	case JOURNAL_BAD:
		return "\033[31m";
	case JOURNAL_FAINT:
		return "\033[2m";
	case JOURNAL_PLAIN:
		break;
	}
	return "";
}

static struct rb_error *print_text(const struct printing *p, const json_t *rec)
{
	const char *step = json_string_value(json_object_get(rec, "step"));
	enum journal_mood mood;
	autofree char *text = journal_text(rec, p->procedure, &mood), *line = NULL;
	const char *color = p->color ? color_of(mood) : "";
	char at[CLOCK_ISO_SIZE];
	auto_buf out = BUF_INIT;

	clock_iso8601(journal_time_ms(rec) / 1000, at);
	line = xasprintf("%s  %-3s  %s", at, step ? step : "", text);
	(void)buf_adds(&out, color);
	text_wrap(&out, line, terminal_columns(STDOUT_FILENO), 0, HANGING_COLUMNS);
	if (*color)
		(void)buf_adds(&out, "\033[0m");
	(void)fwrite(out.p, 1, out.n, stdout);
	return ferror(stdout) ? cli_flush_stdout() : NULL;
}

static struct rb_error *print_json(const json_t *rec)
{
	char *text = json_dumps(rec, JSON_COMPACT);

	if (text)
		(void)puts(text);
	free(text);
	return ferror(stdout) ? cli_flush_stdout() : NULL;
}

static bool is_wanted(const struct printing *p, const json_t *rec)
{
	return journal_time_ms(rec) >= p->since_ms &&
	       (!p->step || text_eq(json_string_value(json_object_get(rec, "step")), p->step));
}

static struct rb_error *print_record(void *arg, const json_t *rec)
{
	struct printing *p = arg;
	int64_t seq = json_integer_value(json_object_get(rec, "seq"));

	if (seq <= p->told)
		return NULL;
	p->told = seq;
	if (!is_wanted(p, rec))
		return NULL;
	return p->json ? print_json(rec) : print_text(p, rec);
}

/* ---- the second terminal ------------------------------------------------------ */

/* By what one state of the file differs from another. */
struct seen {
	dev_t dev;
	ino_t ino;
	off_t size;
};

/* False while it is not there: a new run is about to replace it. */
static bool read_seen(const char *path, struct seen *ret)
{
	struct stat st;

	if (stat(path, &st))
		return false;
	*ret = (struct seen){ st.st_dev, st.st_ino, st.st_size };
	return true;
}

static bool is_same(const struct seen *a, const struct seen *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size;
}

static struct rb_error *follow(const char *path, struct printing *p, struct seen *last,
			       struct signals *signals)
{
	for (;;) {
		struct pollfd wake = { .fd = signals->fd, .events = POLLIN };
		struct seen now;

		TRY(cli_flush_stdout());
		if (cli_stdout_is_abandoned())
			return NULL;
		if (poll(&wake, 1, FOLLOW_PAUSE_MS) > 0)
			signals_take(signals);
		if (signals->interrupted)
			return NULL;
		if (!read_seen(path, &now) || is_same(&now, last))
			continue;
		if (now.dev != last->dev || now.ino != last->ino || now.size < last->size)
			p->told = 0;
		*last = now;
		TRY(journal_read(path, print_record, p));
	}
}

static struct rb_error *read_and_follow(const char *path, struct printing *p, int *status)
{
	struct signals signals = { .fd = -1 };
	struct seen last;
	struct rb_error *err;

	TRY(signals_open(&signals));
	memset(&last, 0, sizeof(last));
	(void)read_seen(path, &last); /* before it is read: what comes meanwhile is read again */
	err = journal_read(path, print_record, p);
	if (!err)
		err = follow(path, p, &last, &signals);
	if (!err && signals.interrupted)
		*status = 130;
	signals_close(&signals);
	return err;
}

/* In a bucket nothing tells that there is more: it is asked every other second. */
static struct rb_error *follow_bucket(const struct stack *st, struct printing *p, int *status)
{
	struct signals signals = { .fd = -1 };
	struct rb_error *err;

	TRY(signals_open(&signals));
	for (;;) {
		struct pollfd wake = { .fd = signals.fd, .events = POLLIN };

		err = stack_read_journal(st, print_record, p);
		if (!err)
			err = cli_flush_stdout();
		if (err || cli_stdout_is_abandoned())
			break;
		if (poll(&wake, 1, FOLLOW_BUCKET_MS) > 0)
			signals_take(&signals);
		if (signals.interrupted)
			break;
	}
	*status = signals.interrupted ? 130 : 0;
	signals_close(&signals);
	return err;
}

struct rb_error *cmd_journal(struct cli *cli, int *status)
{
	struct printing p = { .json = cli->json, .color = cli_wants_color(cli, STDOUT_FILENO) };
	const struct step *step = NULL;
	auto_stack st;
	autofree char *path = NULL;

	/* refuses a damaged one before a line is shown */
	TRY(cli_open_run(cli, STACK_READ,
			 rb_error_new(RB_USAGE, "stack '%s' has no journal", cli_stack_name(cli)),
			 &st));
	if (cli->since)
		TRY(journal_since(cli->since, clock_utc_ms(), &p.since_ms));
	if (cli->step) {
		TRY(cli_find_step(st.state.procedure, cli->step, &step));
		p.step = step->id;
	}
	p.procedure = st.state.procedure;
	if (standing_is_unknown(&st.state))
		cli_say(cli, "%s",
			tr("run.json is here and no journal: what AWS has of it is not known"));
	path = stack_path(&st, "journal.jsonl");
	if (cli->follow && home_is_s3(st.home))
		return follow_bucket(&st, &p, status);
	return cli->follow ? read_and_follow(path, &p, status)
			   : stack_read_journal(&st, print_record, &p);
}
