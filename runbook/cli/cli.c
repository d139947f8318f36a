/* SPDX-License-Identifier: Apache-2.0 */
/* Options and operands, from the tables commands.def and options.def. */
#include "runbook/cli/cli.h"
#include "runbook/cli/regions.h"

#include <ctype.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/width.h"

const struct command all_commands[] = {
#define COMMAND(name, operands, max, rest, help, ja)                                               \
	{ #name, operands, max, rest, help, ja, cmd_##name },
#include "runbook/cli/commands.def"
#undef COMMAND
	{ NULL, NULL, 0, false, NULL, NULL, NULL },
};

#define ON(name) (1ul << CMD_##name)
#define ON_ALL (~0ul)
const struct option_row all_options[] = {
#define OPTION(name, letter, kind, argument, member, on, help, ja)                                 \
	{ name, letter, OPTION_##kind, argument, offsetof(struct cli, member), on, help, ja },
#include "runbook/cli/options.def"
#undef OPTION
	{ NULL, 0, OPTION_FLAG, NULL, 0, 0, NULL, NULL },
};
_Static_assert(ARRAY_LEN(all_options) <= 64, "struct cli's `given` has a bit for each");

void cli_clear(struct cli *cli)
{
	strv_clear(&cli->sets);
	strv_clear(&cli->ssh_options);
	strv_clear(&cli->operands);
	params_clear(&cli->params);
	cli->record_failed = rb_error_free(cli->record_failed);
}

static bool takes(const struct command *c, const struct option_row *o)
{
	return !c || (o->commands >> (c - all_commands) & 1);
}

/* As text_near, but what takes away or skips a question is named for a slip of one letter only:
 * nobody who typed "redo" wants to be led to undo. */
static const char *near_name(const char *typed, const char *const *names)
{
	static const char *const careful[] = { "undo", "yes", "delete-foreign-objects" };
	const char *near = text_near(typed, names);

	for (size_t i = 0; near && i < ARRAY_LEN(careful); i++)
		if (strcmp(near, careful[i]) == 0 && !text_is_one_edit_away(typed, near))
			return NULL;
	return near;
}

static struct rb_error *choose_option(struct rb_error *err, const char *name)
{
	autofree char *option = xasprintf("--%s", name);

	return rb_error_next(err, RB_NEXT_CHOOSE, option);
}

static struct rb_error *unknown_option(const struct cli *cli, const char *name)
{
	autofree char *shown = text_printable(name, strlen(name), 60);
	const char *names[64] = { NULL };
	struct rb_error *err;
	const char *near;
	size_t n = 0;

	for (const struct option_row *o = all_options; o->name && n < ARRAY_LEN(names) - 1; o++)
		if (takes(cli->command, o))
			names[n++] = o->name;
	near = near_name(name, names);
	err = rb_error_new(RB_USAGE, "unknown option '--%s'", shown);
	if (near)
		return choose_option(err, near);
	return rb_error_next(rb_error_hint(err, "lists the options"), RB_NEXT_HELP,
			     cli->command ? cli->command->name : NULL);
}

/* Members are reached by offset: each row of the table names a member of its kind. */
static void set_option(struct cli *cli, const struct option_row *o, const char *value)
{
	char *at = (char *)cli + o->offset;

	cli->given |= 1ull << (o - all_options);
	switch (o->kind) {
	case OPTION_FLAG:
		*(bool *)(void *)at = true;
		break;
	case OPTION_TEXT:
		*(const char **)(void *)at = value;
		break;
	case OPTION_LIST:
		strv_add((struct strv *)(void *)at, value);
		break;
	case OPTION_HELP:
		cli->help = true;
		break;
	case OPTION_VERSION:
		cli->version = true;
		break;
	}
}

static bool has_argument(const struct option_row *o)
{
	return o->kind == OPTION_TEXT || o->kind == OPTION_LIST;
}

/* `value`: what followed '='; NULL: nothing.  *i moves when the next word is taken. */
static struct rb_error *take_option(struct cli *cli, const struct option_row *o, const char *value,
				    int argc, char **argv, int *i)
{
	if (!has_argument(o)) {
		if (value)
			return rb_error_new(RB_USAGE, "option '--%s' takes no argument", o->name);
		set_option(cli, o, NULL);
		return NULL;
	}
	if (!value && *i + 1 < argc)
		value = argv[++*i];
	if (!value)
		return rb_error_hint(
			rb_error_new(RB_USAGE, "option '--%s' needs an argument", o->name),
			"--%s %s", o->name, o->argument);
	set_option(cli, o, value);
	return NULL;
}

static struct rb_error *take_long(struct cli *cli, int argc, char **argv, int *i)
{
	const char *word = argv[*i] + 2;
	const char *eq = strchr(word, '=');
	autofree char *name = eq ? xstrndup(word, (size_t)(eq - word)) : xstrdup(word);

	for (const struct option_row *o = all_options; o->name; o++)
		if (strcmp(o->name, name) == 0)
			return take_option(cli, o, eq ? eq + 1 : NULL, argc, argv, i);
	return unknown_option(cli, name);
}

/* "-y", "-o FILE", "-oFILE". */
static struct rb_error *take_short(struct cli *cli, int argc, char **argv, int *i)
{
	const char *word = argv[*i] + 1;
	autofree char *shown = NULL;

	for (const struct option_row *o = all_options; o->name; o++) {
		if (!o->letter || o->letter != word[0])
			continue;
		if (has_argument(o))
			return take_option(cli, o, word[1] ? word + 1 : NULL, argc, argv, i);
		if (!word[1])
			return take_option(cli, o, NULL, argc, argv, i);
	}
	shown = text_printable(argv[*i], strlen(argv[*i]), 40);
	for (const struct option_row *o = all_options; o->name; o++)
		if (strcmp(o->name, word) == 0)
			return choose_option(rb_error_new(RB_USAGE, "unknown option '%s'", shown),
					     o->name);
	return rb_error_next(rb_error_hint(rb_error_new(RB_USAGE, "unknown option '%s'", shown),
					   "lists the options"),
			     RB_NEXT_HELP, NULL);
}

struct rb_error *cli_find_command(const char *word, const struct command **ret)
{
	const char *names[COMMANDS_N + 1] = { NULL };
	autofree char *shown = NULL;
	struct rb_error *err;
	const char *near;

	for (int i = 0; i < COMMANDS_N; i++) {
		names[i] = all_commands[i].name;
		if (strcmp(names[i], word) == 0) {
			*ret = &all_commands[i];
			return NULL;
		}
	}
	near = near_name(word, names);
	shown = text_printable(word, strlen(word), 60);
	err = rb_error_new(RB_USAGE, "unknown command '%s'", shown);
	if (near)
		return rb_error_next(err, RB_NEXT_CHOOSE, near);
	return rb_error_next(rb_error_hint(err, "lists the commands"), RB_NEXT_HELP, NULL);
}

/* Only when all is read it is known which command the options were for. */
static struct rb_error *check_options_fit(const struct cli *cli)
{
	for (const struct option_row *o = all_options; o->name; o++)
		if (cli->given >> (o - all_options) & 1 && !takes(cli->command, o))
			return rb_error_next(
				rb_error_hint(rb_error_new(RB_USAGE, "'%s' takes no option '--%s'",
							   cli->command->name, o->name),
					      "lists its options"),
				RB_NEXT_HELP, cli->command->name);
	return NULL;
}

static struct rb_error *choice(const char *option, const char *value, const char *const *allowed)
{
	autofree char *shown = NULL;
	struct rb_error *err;
	const char *near;

	for (const char *const *a = allowed; *a; a++)
		if (!value || strcmp(*a, value) == 0)
			return NULL;
	shown = text_printable(value, strlen(value), 60);
	near = text_near(value, allowed);
	err = rb_error_new(RB_USAGE, "--%s cannot be '%s'", option, shown);
	if (near)
		return rb_error_next(err, RB_NEXT_CHOOSE, near);
	return rb_error_hint(err, "one of: %s, %s%s%s", allowed[0], allowed[1],
			     allowed[2] ? ", " : "", allowed[2] ? allowed[2] : "");
}

static struct rb_error *not_a_number(const char *option, const char *value, const char *allowed)
{
	autofree char *shown = text_printable(value, strlen(value), 60);

	return rb_error_hint(rb_error_new(RB_USAGE, "--%s cannot be '%s'", option, shown), "%s",
			     allowed);
}

/* Digits and one point: no sign, exponent, hexadecimal, infinity. */
static bool parse_speed(const char *text, double *ret)
{
	char *end;

	if (!*text || text[strspn(text, "0123456789.")] || strlen(text) > 20)
		return false;
	*ret = strtod(text, &end);
	return !*end && *ret >= 0.1 && *ret <= 1e6;
}

static struct rb_error *check_values(struct cli *cli)
{
	static const char *const outputs[] = { "text", "json", NULL };
	static const char *const colors[] = { "auto", "always", "never", NULL };
	static const char *const langs[] = { "en", "ja", NULL };

	TRY(choice("output", cli->output, outputs));
	TRY(choice("color", cli->color, colors));
	TRY(choice("lang", cli->lang, langs));
	cli->json = text_eq(cli->output, "json");
	cli->in_sandbox = cli->sandbox;
	if (cli->timeout && !text_parse_i64(cli->timeout, 1, 7 * 86400, &cli->timeout_s))
		return not_a_number("timeout", cli->timeout,
				    "a whole number of seconds from 1 to 604800 (a week)");
	cli->speed_n = cli->sandbox ? 60 : 1;
	if (cli->speed && !parse_speed(cli->speed, &cli->speed_n))
		return not_a_number("speed", cli->speed, "a number from 0.1 to 1000000");
	return NULL;
}

static struct rb_error *check_operands(const struct cli *cli)
{
	const struct command *c = cli->command;

	if (cli->rest && !c->takes_rest)
		return rb_error_new(RB_USAGE, "'%s' takes nothing after '--'", c->name);
	if (c->max_operands >= 0 && cli->operands.n > (size_t)c->max_operands) {
		const char *word = cli->operands.v[c->max_operands];
		autofree char *shown = text_printable(word, strlen(word), 60);

		struct rb_error *err =
			rb_error_new(RB_USAGE, "'%s' does not take '%s'", c->name, shown);

		if (c == &all_commands[CMD_connect])
			return rb_error_hint(err, "a command for the instance comes after '--'");
		if (c == &all_commands[CMD_undo] && isdigit((unsigned char)*word))
			return rb_error_hint(err, "undo --to STEP undoes down to STEP; undo alone "
						  "undoes everything");
		if (strcmp(word, "sandbox") == 0)
			return choose_option(err, "sandbox");
		return rb_error_next(rb_error_hint(err, "tells what it takes"), RB_NEXT_HELP,
				     c->name);
	}
	return NULL;
}

static struct rb_error *parse_words(struct cli *cli, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--") == 0) {
			cli->rest = argv + i + 1;
			return NULL;
		}
		if (strncmp(argv[i], "--", 2) == 0)
			TRY(take_long(cli, argc, argv, &i));
		else if (argv[i][0] == '-' && argv[i][1])
			TRY(take_short(cli, argc, argv, &i));
		else if (!cli->command)
			TRY(cli_find_command(argv[i], &cli->command));
		else
			strv_add(&cli->operands, argv[i]);
	}
	return NULL;
}

static struct rb_error *take_procedure(struct cli *cli)
{
	const struct procedure *procedure;

	if (!cli->procedure)
		return NULL;
	TRY(cli_find_procedure(cli->procedure, &procedure));
	params_clear(&cli->params);
	params_init(&cli->params, procedure);
	return NULL;
}

struct rb_error *cli_parse(struct cli *cli, int argc, char **argv)
{
	memset(cli, 0, sizeof(*cli));
	cli->argv0 = argc ? argv[0] : "runbook";
	params_init(&cli->params, all_procedures[0]);
	(void)!lang_choose(NULL);
	TRY(parse_words(cli, argc, argv));
	TRY(check_values(cli));
	TRY(take_procedure(cli));
	if (cli->lang)
		(void)!lang_choose(cli->lang);
	if (cli->json) /* what programs read is the same in every language */
		(void)!lang_choose("en");
	log_enable_debug(cli->debug);
	if (cli->help || cli->version)
		return NULL;
	if (!cli->command)
		return rb_error_next(rb_error_hint(rb_error_new(RB_USAGE, "no command was given"),
						   "lists the commands"),
				     RB_NEXT_HELP, NULL);
	TRY(check_options_fit(cli));
	return check_operands(cli);
}

static struct rb_error *load_params(struct cli *cli)
{
	autofree char *path = NULL;
	struct rb_error *err;

	TRY(file_expand_home(cli->config ? cli->config : "runbook.json", &path));
	err = params_load(&cli->params, path);
	if (rb_error_is(err, RB_GONE)) {
		if (cli->config) {
			err->kind = RB_USAGE;
			return err;
		}
		err = rb_error_free(err);
	}
	TRY(err);
	for (size_t i = 0; i < cli->sets.n; i++)
		TRY(params_set_pair(&cli->params, cli->sets.v[i]));
	return NULL;
}

/* A run that is there has parameters of its own: what is given has to agree with them alone, and
 * need not make sense without the rest. */
static struct rb_error *agree(const struct cli *cli, const struct stack *st)
{
	return params_agree(&cli->params, &st->state.params, st->state.run_id);
}

static bool is_live(const struct stack *st)
{
	return st->state.run_id && !st->state.undone;
}

bool cli_begins_anew(const struct cli *cli, const struct run_state *st)
{
	return !st->run_id || (st->undone && (cli->command == &all_commands[CMD_run] ||
					      cli->command == &all_commands[CMD_plan]));
}

/* A rehearsal goes on at the speed it began with, unless it is told another, and where it began. */
static void keep_speed(struct cli *cli, const struct run_state *st)
{
	if (cli_begins_anew(cli, st) || !(st->speed > 0))
		return;
	if (!cli->speed && st->rehearsal)
		cli->speed_n = st->speed;
	cli->in_sandbox = st->own_sandbox;
}

struct rb_error *cli_home(const struct cli *cli, char **ret)
{
	const char *home = cli->home ? cli->home : getenv("RUNBOOK_HOME");

	return file_expand_home(home && *home ? home : ".runbook", ret);
}

const char *cli_stack_name(const struct cli *cli)
{
	return cli->stack ? cli->stack : "default";
}

/* A run goes on with its own procedure; a new one has that which was asked for. */
static struct rb_error *choose_procedure(struct cli *cli, const struct run_state *st)
{
	struct rb_error *err;

	if (cli_begins_anew(cli, st) || st->procedure == cli->params.procedure)
		return NULL;
	if (cli->procedure) {
		err = rb_error_new(RB_USAGE, "run %s is of the procedure '%s', not of '%s'",
				   st->run_id, st->procedure->name, cli->procedure);
		return rb_error_hint(err, "leave --procedure out to carry on; or use another "
					  "--stack");
	}
	params_clear(&cli->params);
	params_init(&cli->params, st->procedure);
	return NULL;
}

/* `st` NULL: the stack cannot be read, which its opening tells. */
static struct rb_error *read_params(struct cli *cli, const struct stack *st)
{
	struct rb_error *err;

	if (st)
		TRY(choose_procedure(cli, &st->state));
	TRY(load_params(cli));
	err = params_finish(&cli->params);
	if (!err || !st || !is_live(st))
		return err;
	/* What is given makes no sense alone, and the run has the rest. */
	(void)rb_error_free(err);
	return agree(cli, st);
}

struct rb_error *cli_open_stack(struct cli *cli, enum stack_mode mode, struct stack *st)
{
	const char *name = cli_stack_name(cli);
	autofree char *home = NULL;
	struct rb_error *err, *unread;

	memset(st, 0, sizeof(*st));
	st->lock_fd = -1;
	TRY(cli_home(cli, &home));
	unread = stack_open(st, home, name, STACK_READ, all_procedures);
	err = read_params(cli, unread ? NULL : st);
	if (err) {
		(void)rb_error_free(unread);
		return err;
	}
	cli_note_new_regions(cli);
	if (mode != STACK_READ) {
		(void)rb_error_free(unread);
		stack_close(st);
		TRY(stack_open(st, home, name, mode, all_procedures));
	} else {
		TRY(unread);
	}
	if (cli_begins_anew(cli, &st->state) && st->state.procedure != cli->params.procedure)
		state_choose(&st->state, cli->params.procedure);
	keep_speed(cli, &st->state);
	return is_live(st) ? agree(cli, st) : NULL;
}

/* The step whose digits these are: "31", "3.1", "3-1-".  Another digit is another step. */
static const char *meant_step(const struct procedure *procedure, const char *typed)
{
	char digits[3] = "";
	size_t n = 0;

	for (const char *p = typed; *p; p++) {
		if (!isdigit((unsigned char)*p))
			continue;
		if (n == 2)
			return NULL;
		digits[n++] = *p;
	}
	for (const struct step *const *s = procedure->steps; *s && n == 2; s++)
		if ((*s)->id[0] == digits[0] && (*s)->id[2] == digits[1])
			return (*s)->id;
	return NULL;
}

struct rb_error *cli_find_step(const struct procedure *procedure, const char *id,
			       const struct step **ret)
{
	autofree char *shown = NULL;
	struct rb_error *err;
	const char *near;

	for (const struct step *const *s = procedure->steps; *s; s++) {
		if (strcmp(id, (*s)->id) == 0) {
			*ret = *s;
			return NULL;
		}
	}
	shown = text_printable(id, strlen(id), 40);
	near = meant_step(procedure, id);
	err = rb_error_new(RB_USAGE, "there is no step '%s'", shown);
	if (near)
		return rb_error_next(err, RB_NEXT_CHOOSE, near);
	return rb_error_next(rb_error_hint(err, "lists them"), RB_NEXT_STEPS, NULL);
}

/* ---- telling ------------------------------------------------------------ */

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

		if (c ? !takes(c, o) : o->commands != ON_ALL)
			continue;
		if (o->letter)
			(void)buf_addf(&left, "-%c, ", o->letter);
		(void)buf_addf(&left, "--%s%s%s", o->name, o->argument ? " " : "",
			       o->argument ? o->argument : "");
		print_columns(left.p, lang_is_japanese() ? o->help_ja : o->help, HELP_COLUMN);
	}
}

static void print_exit_statuses(void)
{
	static const struct {
		const char *status;
		const char *means;
	} rows[] = {
		{ "0", "done, or holds" },
		{ "1", "a step failed: AWS said no, or a wait ran out" },
		{ "2", "usage or configuration; no such run here" },
		{ "3", "drift found; not all steps are made; or undo left something" },
		{ "4", "another runbook holds this stack" },
		{ "5", "credentials missing, expired or not allowed; or the wrong account" },
		{ "6", "the journal is damaged" },
		{ "130", "interrupted; says how to carry on" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		print_columns(rows[i].status, tr(rows[i].means), STATUS_COLUMN);
}

static void print_params(const struct procedure *procedure)
{
	for (const struct param *const *row = procedure->params; *row; row++) {
		const struct param *p = *row;
		const char *help = lang_is_japanese() ? p->help_ja : p->help;
		autofree char *right =
			*p->fallback ? xasprintf("%s (%s)", help, p->fallback) : xstrdup(help);

		print_columns(p->name, right, HELP_COLUMN);
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
		print_wrapped(lang_is_japanese() ? c->help_ja : c->help, 0);
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
			print_columns(c->name, lang_is_japanese() ? c->help_ja : c->help,
				      HELP_COLUMN);
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
		.undoes = cli->command == &all_commands[CMD_undo],
	};
}

void cli_print_error(const struct cli *cli, const struct rb_error *err)
{
	const struct hint_place place = cli_place(cli);
	autofree char *hint = hint_text(&place, err);
	const char *what = err->what ? err->what : err->why ? err->why : "it failed";
	autofree char *safe = text_printable(what, strlen(what), 4000);
	bool color = cli_wants_color(cli, STDERR_FILENO);

	fprintf(stderr, "%srunbook:%s %s\n", color ? "\033[1;31m" : "", color ? "\033[0m" : "",
		safe);
	print_field(tr("where"), err->where);
	if (err->what)
		print_field(tr("why"), err->why);
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

/* Whoever read the pipe has ended, as `head` does once it has its lines. */
static bool stdout_is_abandoned(void)
{
	struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };

	return poll(&p, 1, 0) == 1 && (p.revents & POLLERR);
}

struct rb_error *cli_flush_stdout(void)
{
	bool failed = ferror(stdout);

	if (fflush(stdout) == 0 && !failed)
		return NULL;
	if (stdout_is_abandoned())
		return NULL;
	return rb_error_new(RB_IO, "cannot write to stdout");
}

char *cli_next_command(const struct cli *cli, enum rb_next_verb verb)
{
	const struct hint_place place = cli_place(cli);

	return hint_command(&place, verb, NULL);
}
