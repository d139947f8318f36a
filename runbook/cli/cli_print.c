/* SPDX-License-Identifier: Apache-2.0 */
/* What a command prints for a person or a program: messages, errors, JSON, what comes next. */
#include "runbook/cli/cli_int.h"

#include <poll.h>
#include <stdarg.h>
#include <errno.h>
#include <sys/types.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/text.h"
#include "runbook/cli/denial.h"
#include "runbook/ui/lang.h"

void cli_say(const struct cli *cli, const char *fmt, ...)
{
	autofree char *text = NULL;
	va_list ap;

	(void)cli;
	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	fprintf(stderr, "%s\n", text);
}

bool cli_wants_color(const struct cli *cli, int fd)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (text_eq(cli->color, "always"))
		return true;
	if (text_eq(cli->color, "never") || (no && *no))
		return false;
	return isatty(fd) && term && *term && strcmp(term, "dumb") != 0;
}

static void print_field(const char *label, const char *text)
{
	autofree char *safe = text ? text_printable(text, strlen(text), 4000) : NULL;

	if (safe && *safe)
		fprintf(stderr, "  %s: %s\n", label, safe);
}

struct hint_place cli_place(const struct cli *cli)
{
	return (struct hint_place){
		.stack = cli->stack,
		.home = cli->home,
		.profile = cli->profile,
		.speed = cli->speed,
		.sandbox = cli->in_sandbox,
		.to = cli->to,
		.reach = &cli->reach,
		.undoes = cli->command == &all_commands[CMD_undo],
	};
}

void cli_print_error(const struct cli *cli, const struct rb_error *err)
{
	const struct hint_place place = cli_place(cli);
	autofree char *hint = hint_text(&place, err);
	autofree char *what = tr_error(err, err->what ? RB_WHAT : RB_WHY);
	autofree char *where = tr_error(err, RB_WHERE);
	autofree char *why = tr_error(err, RB_WHY);
	const char *first = what ? what : tr("it failed");
	autofree char *safe = text_printable(first, strlen(first), 4000);
	bool color = cli_wants_color(cli, STDERR_FILENO);

	fprintf(stderr, "%srunbook:%s %s\n", color ? "\033[1;31m" : "", color ? "\033[0m" : "",
		safe);
	print_field(tr("where"), where);
	if (err->what)
		print_field(tr("why"), why);
	if (err->denial)
		denial_print(err->denial);
	print_field(tr("request"), err->request_id);
	print_field(tr("hint"), hint);
}

struct rb_error *cli_print_json(json_t *doc)
{
	char *text = json_dumps(doc, JSON_INDENT(2));

	json_decref(doc);
	if (!text)
		abort();
	(void)puts(text);
	free(text);
	return cli_flush_stdout();
}

bool cli_stdout_is_abandoned(void)
{
	struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };

	return poll(&p, 1, 0) == 1 && (p.revents & POLLERR);
}

struct rb_error *cli_flush_stdout(void)
{
	bool failed = ferror(stdout);

	if (fflush(stdout) == 0 && !failed)
		return NULL;
	if (cli_stdout_is_abandoned())
		return NULL;
	return rb_error_new(RB_IO, "cannot write to stdout");
}

struct rb_error *cli_write_out(const char *path, const struct buf *text, unsigned file_mode)
{
	struct rb_error *err;
	bool is_file;

	if (strcmp(path, "-") == 0) {
		(void)fwrite(text->p, 1, text->n, stdout);
		return cli_flush_stdout();
	}
	err = file_write_output(path, text->p, text->n, (mode_t)file_mode, &is_file);
	if (err && err->sys_errno == EPIPE) /* -o >(head): it had what it wanted */
		return rb_error_free(err);
	TRY(err);
	if (is_file)
		printf("%s\n", path);
	return NULL;
}

char *cli_next_command(const struct cli *cli, enum rb_next_verb verb)
{
	const struct hint_place place = cli_place(cli);

	return hint_command(&place, verb, NULL);
}
