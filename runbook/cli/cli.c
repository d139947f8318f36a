/* SPDX-License-Identifier: Apache-2.0 */
/* Options and operands, from the tables commands.def and options.def. */
#include "runbook/cli/cli_int.h"

#include <stdlib.h>
#include <string.h>

#include "aws/core/config.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "runbook/ui/lang.h"

const struct command all_commands[] = {
#define COMMAND(name, operands, max, rest, help) { #name, operands, max, rest, help, cmd_##name },
#include "runbook/cli/commands.def"
#undef COMMAND
	{ NULL, NULL, 0, false, NULL, NULL },
};

#define ON(name) (1ul << CMD_##name)
#define ON_ALL CLI_ALL_COMMANDS
const struct option_row all_options[] = {
#define OPTION(name, letter, kind, argument, member, on, help)                                     \
	{ name, letter, OPTION_##kind, argument, offsetof(struct cli, member), on, help },
#include "runbook/cli/options.def"
#undef OPTION
	{ NULL, 0, OPTION_FLAG, NULL, 0, 0, NULL },
};
_Static_assert(ARRAY_LEN(all_options) <= 64, "struct cli's `given` has a bit for each");

void cli_clear(struct cli *cli)
{
	free(cli->own_stack);
	aws_reach_clear(&cli->reach);
	strv_clear(&cli->sets);
	strv_clear(&cli->ssh_options);
	strv_clear(&cli->operands);
	params_clear(&cli->params);
	aws_config_free(cli->aws_config);
	cli->aws_config = NULL;
	cli->record_failed = rb_error_free(cli->record_failed);
}

bool cli_takes_option(const struct command *c, const struct option_row *o)
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

struct rb_error *cli_choose_option(struct rb_error *err, const char *name)
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
		if (cli_takes_option(cli->command, o))
			names[n++] = o->name;
	near = near_name(name, names);
	err = rb_error_new(RB_USAGE, "unknown option '--%s'", shown);
	if (near)
		return cli_choose_option(err, near);
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
			return cli_choose_option(
				rb_error_new(RB_USAGE, "unknown option '%s'", shown), o->name);
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

/* What is wrong may stand before it: that is reported in its language, too. */
static const char *lang_behind(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--lang") == 0)
			return argv[i + 1];
		if (text_starts_with(argv[i], "--lang="))
			return argv[i] + strlen("--lang=");
	}
	return NULL;
}

static void choose_language(const struct cli *cli, int argc, char **argv)
{
	const char *name = cli->lang ? cli->lang : lang_behind(argc, argv);
	enum lang lang = LANG_OF_LOCALE;
	struct rb_error *err;

	if (name && !lang_named(name, &lang))
		lang = LANG_OF_LOCALE;	  /* which is refused */
	if (text_eq(cli->output, "json")) /* what programs read is the same in every language */
		lang = LANG_EN;
	err = lang_choose(lang);
	if (err) { /* there is no Japanese to say it in; the place's name may be any bytes */
		autofree char *what = text_printable(err->what, strlen(err->what), 4000);

		cli_say(cli, "runbook: no Japanese: %s: %s; this goes on in English", what,
			err->why);
	}
	(void)rb_error_free(err);
}

struct rb_error *cli_parse(struct cli *cli, int argc, char **argv)
{
	struct rb_error *err;

	memset(cli, 0, sizeof(*cli));
	cli->argv0 = argc ? argv[0] : "runbook";
	params_init(&cli->params, all_procedures[0]);
	err = parse_words(cli, argc, argv);
	if (!err)
		err = cli_check_values(cli);
	choose_language(cli, argc, argv);
	if (err)
		return err;
	TRY(take_procedure(cli));
	log_enable_debug(cli->debug);
	if (cli->help || cli->version)
		return NULL;
	if (!cli->command)
		return rb_error_next(rb_error_hint(rb_error_new(RB_USAGE, "no command was given"),
						   "lists the commands"),
				     RB_NEXT_HELP, NULL);
	TRY(cli_check_options_fit(cli));
	return cli_check_operands(cli);
}
