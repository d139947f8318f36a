/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps as a shell script.  What it makes is noted in a file as soon as it is known, as lines
 * that a shell reads: VPC_ID_1_1='vpc-...' for what was caught, "# 1-1.3" for what was done.  Run
 * again, the script passes over what is noted; the one that takes it down reads the same file.
 */
#include "runbook/export/script.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strv.h"
#include "base/text.h"
#include "runbook/export/script_parts.h"
#include "runbook/record/by_hand.h"
#include "runbook/record/params.h"
#include "runbook/ui/lang.h"

/* In the place of a run's id and of an account, where a name is made of them. */
#define NO_RUN "00000000-00000000"
#define NO_ACCOUNT "000000000000"

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static bool is_set(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

/* ---- names that a run would get ---------------------------------------------- */

/* `text` for double quotes, with the variables where the stand-ins are. */
static void add_derived(const char *text, struct buf *out)
{
	while (*text) {
		if (text_starts_with(text, NO_RUN)) {
			(void)buf_adds(out, "${RUNBOOK_RUN}");
			text += strlen(NO_RUN);
		} else if (text_starts_with(text, NO_ACCOUNT)) {
			(void)buf_adds(out, "${ACCOUNT_ID}");
			text += strlen(NO_ACCOUNT);
		} else {
			(void)buf_addf(out, strchr("\"\\$`", *text) ? "\\%c" : "%c", *text);
			text++;
		}
	}
}

/* What a run gives a value to when it begins: the same here, of the script's own run. */
static struct rb_error *add_names(const struct script_subject *s, struct buf *out)
{
	const struct params *given = &s->state->params;
	auto_params named = { 0 };

	params_init(&named, given->procedure);
	params_take(&named, given);
	TRY(params_begin(&named, s->stack, NO_RUN, NO_ACCOUNT));
	for (size_t i = 0; i < named.n; i++) {
		if (*given->v[i] || !*named.v[i])
			continue;
		autofree char *name = by_hand_parameter_variable(named.procedure->params[i]->name);

		(void)buf_addf(out, "%s=${%s:-\"", name, name);
		add_derived(named.v[i], out);
		(void)buf_adds(out, "\"}\n");
	}
	return NULL;
}

/* ---- one step ------------------------------------------------------------------ */

static void add_commented(const char *text, struct buf *out)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		(void)buf_addf(out, "# %.*s\n", (int)n, text);
		text += n + (text[n] == '\n');
	}
}

static void add_about(const json_t *command, struct buf *out)
{
	if (*text_of(command, "about"))
		add_commented(tr(text_of(command, "about")), out);
}

/* Needs a program on this machine that leads to the instance. */
static bool needs_login(const json_t *commands)
{
	const json_t *c;
	size_t i;

	json_array_foreach(commands, i, c) {
		if (is_set(c, "login") || strcmp(text_of(c, "where"), "instance") == 0)
			return true;
	}
	return false;
}

/* The way onto the instance, as a function that runs there what it reads. */
static void add_login(const json_t *commands, struct buf *out)
{
	const json_t *c, *last = NULL;
	size_t i;

	(void)buf_addf(out, "# %s\n", tr("runs on the instance what it reads"));
	(void)buf_adds(out, "on_instance() {\n");
	json_array_foreach(commands, i, c) {
		if (!is_set(c, "login"))
			continue;
		if (last)
			(void)buf_addf(out, "%s >/dev/null </dev/null\n", text_of(last, "shell"));
		last = c;
	}
	(void)buf_addf(out, "%s sh -s\n}\n", text_of(last, "shell"));
}

/* Commands that run there, from `*i` on, in one go. */
static void add_there(const json_t *commands, size_t *i, struct buf *out)
{
	auto_buf lines = BUF_INIT;
	auto_strv needs = { 0 };
	const char *mark = NULL;

	for (; *i < json_array_size(commands); (*i)++) {
		const json_t *c = json_array_get(commands, *i), *name;
		const char *there = text_of(c, "there");
		size_t k;

		if (is_set(c, "login") && !*there)
			continue;
		if (!*there && strcmp(text_of(c, "where"), "instance") != 0)
			break;
		mark = mark ? mark : text_of(c, "mark");
		add_about(c, &lines);
		(void)buf_addf(&lines, "%s\n", *there ? there : text_of(c, "shell"));
		if (*there)
			continue;
		json_array_foreach(json_object_get(c, "needs"), k, name) {
			strv_add_once(&needs, json_string_value(name));
		}
	}
	if (!mark)
		return;
	(void)buf_addf(out, "note %s\n{\n", mark);
	for (size_t k = 0; k < needs.n; k++)
		(void)buf_addf(out, "printf \"%%s='%%s'\\n\" %s \"$%s\"\n", needs.v[k], needs.v[k]);
	(void)buf_addf(out, "cat <<'THERE'\nset -eu\n%sTHERE\n} | on_instance\n", lines.p);
}

static void add_commands(const json_t *commands, struct buf *out)
{
	bool login = false;
	size_t i = 0;

	while (i < json_array_size(commands)) {
		const json_t *c = json_array_get(commands, i);
		bool there = strcmp(text_of(c, "where"), "instance") == 0;

		if (is_set(c, "login") && !login) {
			add_login(commands, out);
			login = true;
		}
		if (is_set(c, "login") || there) {
			add_there(commands, &i, out);
			continue;
		}
		add_about(c, out);
		if (is_set(c, "interactive"))
			add_commented(text_of(c, "shell"), out);
		else
			(void)buf_addf(out, "%s\n", text_of(c, "shell"));
		i++;
	}
}

static void add_step(const struct step *step, const json_t *commands, struct buf *out)
{
	autofree char *heading = xasprintf("%s  %s", step->id, step_title(step));
	bool login = needs_login(commands);

	(void)buf_addf(out, "\n# ---- %s\n\n", heading);
	if (step->why)
		add_commented(tr(step->why), out);
	if (login)
		(void)buf_adds(out, "if [ \"$LOGIN\" = yes ]; then\n");
	(void)buf_adds(out, "say ");
	text_shell_quote(out, heading);
	(void)buf_addc(out, '\n');
	add_commands(commands, out);
	if (login)
		(void)buf_adds(out, "fi\n");
}

/* Taking down is of AWS's things alone: what was here went with the first script's end. */
static void add_undo(const struct step *step, const json_t *commands, struct buf *out)
{
	bool any = false;
	const json_t *c;
	size_t i;

	json_array_foreach(commands, i, c) {
		if (!*text_of(c, "operation"))
			continue;
		if (!any) {
			autofree char *heading = xasprintf("%s  %s", step->id, step_title(step));

			(void)buf_addf(out, "\n# ---- %s\n\nsay ", heading);
			text_shell_quote(out, heading);
			(void)buf_addc(out, '\n');
		}
		any = true;
		add_about(c, out);
		(void)buf_addf(out, "%s\n", text_of(c, "shell"));
	}
}

/* ---- all of it ------------------------------------------------------------------- */

static json_t *commands_of(const struct script_subject *s, const struct step *step, bool undo)
{
	struct by_hand_values values = { .state = s->state, .stack = s->stack, .step = step };

	return by_hand_script_commands(&values, undo ? BY_HAND_UNMAKE : BY_HAND_MAKE);
}

/* What an AWS CLI of some years ago does not know, looked for before anything is asked. */
static void add_cli_check(const struct script_subject *s, struct buf *out)
{
	for (const struct step *const *step = s->state->procedure->steps; *step; step++) {
		json_t *commands = commands_of(s, *step, /* undo= */ false);
		const json_t *c, *young;
		size_t i, k;

		json_array_foreach(commands, i, c) {
			json_array_foreach(json_object_get(c, "young"), k, young) {
				(void)buf_addf(out, "knows %s '%s'\n", text_of(young, "since"),
					       text_of(young, "call"));
			}
		}
		json_decref(commands);
	}
}

static bool any_needs_login(const struct script_subject *s)
{
	bool login = false;

	for (const struct step *const *step = s->state->procedure->steps; *step; step++) {
		json_t *commands = commands_of(s, *step, /* undo= */ false);

		login |= needs_login(commands);
		json_decref(commands);
	}
	return login;
}

static void add_parameters(const struct params *p, struct buf *out)
{
	json_t *all = params_to_json(p), *value;
	const char *name;

	json_object_foreach(all, name, value) {
		const char *text = json_string_value(value);
		autofree char *shown = text_printable(text, strlen(text), strlen(text) + 1);

		if (*text)
			(void)buf_addf(out, "#   %s=%s\n", name, shown);
	}
	json_decref(all);
}

static struct rb_error *check(const struct procedure *procedure)
{
	for (const struct step *const *s = procedure->steps; *s; s++)
		if (!(*s)->by_hand)
			return rb_error_why(rb_error_new(RB_USAGE, "there is no script to write"),
					    "the procedure '%s' does not say how step %s is done "
					    "by hand",
					    procedure->name, (*s)->id);
	return NULL;
}

struct rb_error *script_write(const struct script_subject *s, bool undo, struct buf *out)
{
	const struct procedure *procedure = s->state->procedure;
	size_t n = 0;

	TRY(check(procedure));
	(void)buf_addf(out, "#!/bin/sh\n# %s\n#\n", tr(procedure->title));
	script_add_opening(s->stack, undo, out);
	add_parameters(&s->state->params, out);
	script_add_functions(s->stack, params_region(&s->state->params, 0), undo, out);
	if (!undo)
		add_cli_check(s, out);
	script_add_begin(undo, out);
	TRY(add_names(s, out));
	if (!undo && any_needs_login(s))
		script_add_login_check(out);
	while (procedure->steps[n])
		n++;
	for (size_t i = 0; i < n; i++) {
		const struct step *step = procedure->steps[undo ? n - 1 - i : i];
		json_t *commands = commands_of(s, step, undo);

		if (undo)
			add_undo(step, commands, out);
		else
			add_step(step, commands, out);
		json_decref(commands);
	}
	script_add_end(undo, out);
	return NULL;
}
