/* SPDX-License-Identifier: Apache-2.0 */
/* --help, from the same tables that the command line is read by. */
#include "runbook/cli/cli_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/width.h"

enum { HELP_COLUMN = 28, STATUS_COLUMN = 8, USAGE_COLUMN = 4 };

/* Each line of `text`, which a narrow terminal shows as several, from the second on indented. */
static void print_wrapped(const char *text, int hanging)
{
	int columns = terminal_columns(STDOUT_FILENO);
	auto_buf out = BUF_INIT;

	for (const char *p = text, *end; *p; p = *end ? end + 1 : end) {
		autofree char *line = NULL;

		end = strchrnul(p, '\n');
		line = xstrndup(p, (size_t)(end - p));
		text_wrap(&out, line, columns, 0, columns < 60 ? 6 : hanging);
	}
	(void)fwrite(out.p, 1, out.n, stdout);
}

/* `right` begins at column `at`. */
static void print_columns(const char *left, const char *right, int at)
{
	int pad = at - 4 - text_width(left);
	autofree char *line = xasprintf("  %s%*s  %s", left, pad > 0 ? pad : 0, "", right);

	print_wrapped(line, at);
}

static void print_options(const struct command *c)
{
	for (const struct option_row *o = all_options; o->name; o++) {
		auto_buf left = BUF_INIT;

		if (c ? !cli_takes_option(c, o) : o->commands != CLI_ALL_COMMANDS)
			continue;
		if (o->letter)
			(void)buf_addf(&left, "-%c, ", o->letter);
		(void)buf_addf(&left, "--%s%s%s", o->name, o->argument ? " " : "",
			       o->argument ? o->argument : "");
		print_columns(left.p, tr(o->help), HELP_COLUMN);
	}
}

static void print_exit_statuses(void)
{
	static const struct {
		const char *status;
		const char *means;
	} rows[] = {
		{ "0", N_("done, or holds") },
		{ "1", N_("a step failed: AWS said no, or a wait ran out") },
		{ "2", N_("usage or configuration; no such run here") },
		{ "3",
		  N_("drift or a broken hop found; not all steps are made; or undo left something") },
		{ "4", N_("another runbook holds this stack") },
		{ "5", N_("credentials missing, expired or not allowed; or the wrong account") },
		{ "6", N_("the journal is damaged") },
		{ "130", N_("interrupted; says how to carry on") },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		print_columns(rows[i].status, tr(rows[i].means), STATUS_COLUMN);
}

static void print_params(const struct procedure *procedure)
{
	for (const struct param *const *row = procedure->params; *row; row++) {
		const struct param *p = *row;
		const char *help = tr(p->help);
		autofree char *name = xasprintf("%s%s", p->name, p->check_member ? "KEY" : "");
		autofree char *right =
			*p->fallback ? xasprintf("%s (%s)", help, p->fallback) : xstrdup(help);

		print_columns(name, right, HELP_COLUMN);
	}
}

void cli_print_help(const struct cli *cli)
{
	const struct command *c = cli->command;

	if (c) {
		autofree char *usage = xasprintf(tr("Usage: runbook %s [OPTION]...%s%s%s\n\n"),
						 c->name, *c->operands ? " " : "", c->operands,
						 c->takes_rest ? " [-- COMMAND]" : "");

		print_wrapped(usage, USAGE_COLUMN);
		print_wrapped(tr(c->help), 0);
		printf("\n");
	} else {
		print_wrapped(tr("Usage: runbook COMMAND [OPTION]...\n\n"), USAGE_COLUMN);
		print_wrapped(tr("Walk a numbered AWS procedure: a private path from an EC2 "
				 "instance in one region\nto an S3 bucket in another; and undo "
				 "it."),
			      0);
		printf("\n");
		printf("%s\n", tr("Commands:"));
		for (c = all_commands; c->name; c++)
			print_columns(c->name, tr(c->help), HELP_COLUMN);
		printf("\n");
		c = NULL;
	}
	printf("%s\n", tr("Options:"));
	print_options(c);
	printf("\n");
	print_wrapped(tr("Parameters, for --set and --config (default):"), USAGE_COLUMN);
	print_params(cli->params.procedure);
	printf("\n%s\n", tr("Exit status:"));
	print_exit_statuses();
}
