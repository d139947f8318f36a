/* SPDX-License-Identifier: Apache-2.0 */
/* `runbook journal`: the history, readable, or as recorded. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "runbook/cli/cli.h"
#include "runbook/ui/lang.h"

/* What every record has is told apart from what only this type has. */
static bool is_common(const char *key)
{
	static const char *const common[] = {
		"format", "seq", "at_ms", "type", "step", "sum", NULL
	};

	for (const char *const *c = common; *c; c++)
		if (strcmp(*c, key) == 0)
			return true;
	return false;
}

static void add_value(struct buf *line, const json_t *value)
{
	char *text;

	if (json_is_string(value)) {
		(void)buf_adds(line, json_string_value(value));
		return;
	}
	text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	(void)buf_adds(line, text ? text : "?");
	free(text);
}

static struct rb_error *print_text(const json_t *rec)
{
	const char *step = json_string_value(json_object_get(rec, "step"));
	auto_buf line = BUF_INIT;
	autofree char *safe = NULL;
	char at[CLOCK_ISO_SIZE];
	const char *key;
	json_t *value;

	clock_iso8601_ms(journal_time_ms(rec), at);
	(void)buf_addf(&line, "%s  %-3s  %-13s", at, step ? step : "", journal_type(rec));
	json_object_foreach((json_t *)(uintptr_t)rec, key, value) {
		if (is_common(key))
			continue;
		(void)buf_addf(&line, " %s=", key);
		add_value(&line, value);
	}
	safe = text_printable(line.p, line.n, 2000);
	(void)puts(safe);
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

struct printing {
	bool json;
};

static struct rb_error *print_record(void *arg, const json_t *rec)
{
	struct printing *p = arg;

	return p->json ? print_json(rec) : print_text(rec);
}

struct rb_error *cmd_journal(struct cli *cli, int *status)
{
	struct printing p = { cli->json };
	auto_stack st;
	autofree char *path = NULL;

	(void)status;
	/* refuses a damaged one before a line is shown */
	TRY(cli_open_run(cli, STACK_READ,
			 rb_error_new(RB_USAGE, "stack '%s' has no journal", cli_stack_name(cli)),
			 &st));
	path = stack_path(&st, "journal.jsonl");
	return journal_read(path, print_record, &p);
}
