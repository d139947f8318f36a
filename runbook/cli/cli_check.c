/* SPDX-License-Identifier: Apache-2.0 */
/* Whether what was asked fits together. */
#include "runbook/cli/cli_int.h"

#include <ctype.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/text.h"
#include "runbook/ui/lang.h"

enum { NAME_MAX_BYTES = 128 };

/* Only when all is read it is known which command the options were for. */
struct rb_error *cli_check_options_fit(const struct cli *cli)
{
	for (const struct option_row *o = all_options; o->name; o++)
		if (cli->given >> (o - all_options) & 1 && !cli_takes_option(cli->command, o))
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
	auto_buf list = BUF_INIT;
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
	for (const char *const *a = allowed; *a; a++)
		(void)buf_addf(&list, "%s%s", list.n ? ", " : "", *a);
	return rb_error_hint(err, "one of: %s", list.p);
}

static struct rb_error *not_a_number(const char *option, const char *value, const char *allowed)
{
	autofree char *shown = text_printable(value, strlen(value), 60);

	return rb_error_hint(rb_error_new(RB_USAGE, "--%s cannot be '%s'", option, shown), "%-s",
			     allowed);
}

/* Somebody's name, for the journal: a line of text. */
static struct rb_error *check_name(const char *option, const char *name)
{
	autofree char *shown = NULL;
	json_t *text;
	bool good;

	if (!name)
		return NULL;
	text = json_string(name); /* NULL: it is no UTF-8 */
	shown = text_printable(name, strlen(name), NAME_MAX_BYTES);
	good = text && *name && text_eq(shown, name);
	json_decref(text);
	if (good)
		return NULL;
	return rb_error_why(rb_error_new(RB_USAGE, "--%s cannot be '%s'", option, shown),
			    "a name has 1 to %d bytes of UTF-8 and no control characters",
			    NAME_MAX_BYTES);
}

struct rb_error *cli_check_values(struct cli *cli)
{
	static const char *const outputs[] = { "text", "json", NULL };
	static const char *const verify_outputs[] = { "text", "json", "tap", "junit", NULL };
	bool is_verify = cli->command == &all_commands[CMD_verify];
	static const char *const tries[] = { "auto", "always", "never", NULL };
	static const char *const colors[] = { "auto", "always", "never", NULL };
	static const char *const langs[] = { "en", "ja", NULL };

	TRY(choice("output", cli->output, is_verify ? verify_outputs : outputs));
	TRY(check_name("operator", cli->operator_name));
	TRY(check_name("witness", cli->witness));
	TRY(choice("try", cli->try_steps, tries));
	TRY(choice("color", cli->color, colors));
	TRY(choice("lang", cli->lang, langs));
	cli->json = text_eq(cli->output, "json");
	cli->cases = text_eq(cli->output, "tap")     ? CASES_TAP
		     : text_eq(cli->output, "junit") ? CASES_JUNIT
						     : CASES_NONE;
	cli->in_sandbox = cli->sandbox;
	if (cli->timeout && !text_parse_i64(cli->timeout, 1, 7 * 86400, &cli->timeout_s))
		return not_a_number("timeout", cli->timeout,
				    N_("a whole number of seconds from 1 to 604800 (a week)"));
	cli->speed_n = cli->sandbox ? SANDBOX_SPEED : 1;
	if (cli->speed && !text_parse_decimal(cli->speed, 0.1, 1e6, &cli->speed_n))
		return not_a_number("speed", cli->speed, N_("a number from 0.1 to 1000000"));
	return NULL;
}

struct rb_error *cli_check_operands(const struct cli *cli)
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
			return cli_choose_option(err, "sandbox");
		return rb_error_next(rb_error_hint(err, "tells what it takes"), RB_NEXT_HELP,
				     c->name);
	}
	return NULL;
}
