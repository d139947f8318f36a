/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A step's commands with the values of a run.
 *
 * Each is one statement of a POSIX shell that stands alone: an id is caught in a variable, a wait
 * is a loop that ends when the state is one that does not change any more.
 */
#include "runbook/record/by_hand.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "runbook/record/by_hand_text.h"
#include "runbook/record/params.h"

enum { LINE_COLUMNS = 78 };

bool by_hand_applies(const struct by_hand_values *values, const char *only_when)
{
	bool wanted = true, is;
	const char *eq;

	if (!only_when)
		return true;
	if (*only_when == '!') {
		wanted = false;
		only_when++;
	}
	eq = strchr(only_when, '=');
	autofree char *name =
		xstrndup(only_when, eq ? (size_t)(eq - only_when) : strlen(only_when));
	const char *value = params_get(&values->state->params, name);

	is = eq ? text_eq(value, eq + 1) : *value != '\0';
	return is == wanted;
}

/* ---- one command --------------------------------------------------------------- */

/* The words of one option, of which the first is its name. */
static void option_words(struct by_hand_filling *f, int side, const struct cli_option *option,
			 struct strv *words, struct buf *plain)
{
	if (*option->name) /* "": an operand */
		strv_add(words, option->name);
	if (option->tags == CLI_TAGS_SPECIFICATION) {
		autofree char *types = xstrdup(option->value);
		char *save = NULL;

		for (char *t = strtok_r(types, " ", &save); t; t = strtok_r(NULL, " ", &save))
			by_hand_tag_words(f, option, t, words, plain);
	} else if (option->tags) {
		by_hand_tag_words(f, option, NULL, words, plain);
	} else if (option->value || option->make) {
		autofree char *made = option->make ? option->make() : NULL;
		auto_shell_text text = { 0 };

		by_hand_fill(f, side, made ? made : option->value, &text);
		shell_text_add_word(words, &text);
		shell_text_plain(&text, plain);
	}
}

/* Over several lines when one is too long; `groups` are what must not be parted. */
static void lay_out(const struct strv *groups, size_t by_hand_statement_around, struct buf *out)
{
	size_t columns = by_hand_statement_around;

	for (size_t i = 0; i < groups->n; i++)
		columns += strlen(groups->v[i]) + 1;
	for (size_t i = 0; i < groups->n; i++)
		(void)buf_addf(out, "%s%s",
			       !i			? ""
			       : columns > LINE_COLUMNS ? " \\\n    "
							: " ",
			       groups->v[i]);
}

static json_t *add_options(struct by_hand_filling *f, const struct cli_command *c, bool script,
			   struct strv *groups)
{
	json_t *list = json_array();

	for (const struct cli_option *o = c->options; o && o->name; o++) {
		auto_strv words = { 0 };
		auto_buf plain = BUF_INIT;
		autofree char *group = NULL;

		if ((o->script_only && !script) || !by_hand_applies(f->values, o->only_when))
			continue;
		option_words(f, c->side, o, &words, &plain);
		group = strv_join(&words, " ");
		strv_add(groups, group);
		json_array_append_new(list,
				      json_pack("{s:s, s:s?}", "name", o->name, "value",
						o->value || o->make || o->tags ? plain.p : NULL));
	}
	return list;
}

/* How the commands are wanted. */
struct form {
	enum by_hand_way way;
	const char *mark; /* for a script, that of the command; NULL: each stands alone */
};

/* What of the command an AWS CLI of some years ago does not know, as far as it is for this run. */
static json_t *newer_parts(const struct by_hand_filling *f, const struct cli_command *c)
{
	json_t *parts = json_array();

	if (c->since && c->operation)
		json_array_append_new(
			parts, json_pack("{s:s, s:s}", "since", c->since, "call", c->operation));
	for (const struct cli_option *o = c->options; o && o->name; o++) {
		if (!o->since || !by_hand_applies(f->values, o->only_when))
			continue;
		autofree char *call = xasprintf("%s %s x", c->operation, o->name);

		json_array_append_new(parts,
				      json_pack("{s:s, s:s}", "since", o->since, "call", call));
	}
	return parts;
}

/* What a script has to know besides. */
static json_t *add_script_facts(const struct by_hand_filling *f, const struct cli_command *c,
				const char *mark, json_t *command)
{
	json_t *needs = json_array();

	for (size_t i = 0; i < f->met.n; i++)
		json_array_append_new(needs, json_string(f->met.v[i]));
	json_object_set_new(command, "needs", needs);
	json_object_set_new(command, "mark", json_string(mark));
	json_object_set_new(command, "login", json_boolean(c->login));
	json_object_set_new(command, "interactive", json_boolean(c->interactive));
	json_object_set_new(command, "there", c->there ? json_string(c->there) : json_null());
	json_object_set_new(command, "young", newer_parts(f, c));
	return command;
}

/* Runs as it stands, wherever that is: no function of the script's is there. */
static bool is_plain(const struct cli_command *c)
{
	return !c->operation || c->on_instance || c->login || c->interactive;
}

static json_t *aws_command(struct by_hand_filling *f, const struct cli_command *c,
			   const struct form *form)
{
	const char *region = params_region(&f->values->state->params, c->side);
	auto_strv groups = { 0 };
	auto_buf call = BUF_INIT, shell = BUF_INIT;
	json_t *options;

	strv_addf(&groups, "aws %s", c->operation);
	strv_addf(&groups, "--region %s", region);
	options = add_options(f, c, form->mark, &groups);
	if (c->query) {
		auto_shell_text query = { 0 };
		auto_buf word = BUF_INIT;

		shell_text_add(&query, false, c->query);
		shell_text_quote(&query, &word);
		strv_addf(&groups, "--query %s", word.p);
		strv_add(&groups, "--output text");
	}
	if (aws_reach_is_needed(f->values->reach) && !c->on_instance)
		strv_add(&groups, f->values->reach->endpoint);

	bool by_function = form->mark && !is_plain(c);

	lay_out(&groups,
		by_function ? by_hand_script_around(c, form->way) : by_hand_statement_around(c),
		&call);
	if (by_function)
		by_hand_script_statement(f, c, form->way, form->mark, call.p, &shell);
	else
		by_hand_statement(f, c, call.p, &shell);
	return json_pack("{s:s?, s:s, s:s, s:s, s:o, s:s?, s:s}", "about", c->about, "operation",
			 c->operation, "region", region, "where",
			 c->on_instance ? "instance" : "here", "options", options, "gives",
			 c->output, "shell", shell.p);
}

/* A program that is not the AWS CLI. */
static json_t *shell_command(struct by_hand_filling *f, const struct cli_command *c,
			     const struct form *form)
{
	auto_strv groups = { 0 };
	auto_buf shell = BUF_INIT;
	json_t *options;

	strv_add(&groups, c->shell);
	options = add_options(f, c, form->mark, &groups);
	if (c->there && !form->mark) {
		auto_shell_text there = { 0 };
		auto_buf word = BUF_INIT;

		shell_text_add(&there, false, c->there);
		shell_text_quote(&there, &word);
		strv_add(&groups, word.p);
		json_array_append_new(options,
				      json_pack("{s:s, s:s}", "name", "", "value", c->there));
	}
	lay_out(&groups, 0, &shell);
	return json_pack("{s:s?, s:n, s:n, s:s, s:o, s:n, s:s}", "about", c->about, "operation",
			 "region", "where", c->on_instance ? "instance" : "here", "options",
			 options, "gives", "shell", shell.p);
}

/* ---- all of them ---------------------------------------------------------------- */

static const struct cli_command *commands_of(const struct step *step, enum by_hand_way way)
{
	if (!step->by_hand)
		return NULL;
	return way == BY_HAND_MAKE ? step->by_hand->make : step->by_hand->unmake;
}

static json_t *fill_one(struct by_hand_filling *f, const struct cli_command *c,
			const struct form *form)
{
	strv_clear(&f->met);
	json_t *command = c->operation ? aws_command(f, c, form) : shell_command(f, c, form);

	return form->mark ? add_script_facts(f, c, form->mark, command) : command;
}

static json_t *fill_all(const struct by_hand_values *values, enum by_hand_way way, bool script,
			struct by_hand_filling *f)
{
	const struct cli_command *c = commands_of(values->step, way);
	json_t *list = json_array();
	int nth = 0;

	*f = (struct by_hand_filling){ .values = values,
				       .own_by_variable = way == BY_HAND_MAKE,
				       .variables = json_array() };
	for (; c && (c->operation || c->shell); c++) {
		autofree char *mark = xasprintf("%s%s%d", values->step->id,
						way == BY_HAND_MAKE ? "." : ".undo.", ++nth);
		struct form form = { way, script ? mark : NULL };

		if (by_hand_applies(values, c->only_when))
			json_array_append_new(list, fill_one(f, c, &form));
	}
	strv_clear(&f->met);
	return list;
}

json_t *by_hand_commands(const struct by_hand_values *values, enum by_hand_way way)
{
	struct by_hand_filling f;
	json_t *list = fill_all(values, way, /* script= */ false, &f);

	json_decref(f.variables);
	strv_clear(&f.caught);
	return list;
}

json_t *by_hand_script_commands(const struct by_hand_values *values, enum by_hand_way way)
{
	struct by_hand_filling f;
	json_t *list = fill_all(values, way, /* script= */ true, &f);

	json_decref(f.variables);
	strv_clear(&f.caught);
	return list;
}

json_t *by_hand_variables(const struct by_hand_values *values, enum by_hand_way way)
{
	struct by_hand_filling f;

	json_decref(fill_all(values, way, /* script= */ false, &f));
	strv_clear(&f.caught);
	return f.variables;
}

/* ---- what it makes ----------------------------------------------------------- */

/* "" where a part is not known. */
static char *value_of(struct by_hand_filling *f, int side, const char *text)
{
	auto_shell_text filled = { 0 };
	auto_buf plain = BUF_INIT;

	by_hand_fill(f, side, text, &filled);
	for (size_t i = 0; i < filled.n; i++)
		if (filled.v[i].is_variable)
			return xstrdup("");
	shell_text_plain(&filled, &plain);
	return buf_steal(&plain);
}

json_t *by_hand_makes(const struct by_hand_values *values)
{
	return by_hand_makes_in(values, /* translate= */ NULL);
}

json_t *by_hand_makes_in(const struct by_hand_values *values,
			 const char *(*translate)(const char *english))
{
	struct by_hand_filling f = { .values = values, .variables = json_array() };
	const struct made *m = values->step->by_hand ? values->step->by_hand->makes : NULL;
	json_t *list = json_array();

	for (; m && m->kind; m++) {
		json_t *settings = json_array();

		for (const struct made_setting *s = m->settings; s && s->name; s++) {
			const char *text = translate ? translate(s->value) : s->value;
			autofree char *value = value_of(&f, values->step->side, text);

			json_array_append_new(
				settings, json_pack("{s:s, s:s}", "name", s->name, "value", value));
		}
		json_array_append_new(list, json_pack("{s:s, s:s?, s:o}", "kind", m->kind, "output",
						      m->output, "settings", settings));
	}
	strv_clear(&f.met);
	json_decref(f.variables);
	return list;
}
