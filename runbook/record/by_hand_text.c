/* SPDX-License-Identifier: Apache-2.0 */
/* A text with values, filled in for a shell. */
#include "runbook/record/by_hand_text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "aws/core/endpoint.h"
#include "base/alloc.h"
#include "base/text.h"
#include "runbook/record/params.h"
#include "runbook/record/run_names.h"

/* ---- parts ---------------------------------------------------------------- */

void shell_text_clear(struct shell_text *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->v[i].text);
	free(t->v);
	*t = (struct shell_text){ 0 };
}

void shell_text_add(struct shell_text *t, bool is_variable, const char *text)
{
	if (!*text)
		return;
	if (!is_variable && t->n && !t->v[t->n - 1].is_variable) {
		struct shell_part *last = &t->v[t->n - 1];
		char *both = xasprintf("%s%s", last->text, text);

		free(last->text);
		last->text = both;
		return;
	}
	t->v = xrealloc(t->v, (t->n + 1) * sizeof(*t->v));
	t->v[t->n++] = (struct shell_part){ is_variable, xstrdup(text) };
}

void shell_text_plain(const struct shell_text *t, struct buf *out)
{
	for (size_t i = 0; i < t->n; i++)
		(void)buf_addf(out, t->v[i].is_variable ? "${%s}" : "%s", t->v[i].text);
}

/* Whether double quotes hold it as it is. */
static bool fits_double_quotes(const char *s)
{
	return !strpbrk(s, "\"\\$`!");
}

static void quote_literal(const char *s, struct buf *out)
{
	if (strchr(s, '\'') && fits_double_quotes(s))
		(void)buf_addf(out, "\"%s\"", s);
	else
		text_shell_quote(out, s);
}

void shell_text_quote(const struct shell_text *t, struct buf *out)
{
	bool variables = false, together = true;

	for (size_t i = 0; i < t->n; i++) {
		variables |= t->v[i].is_variable;
		together &= t->v[i].is_variable || fits_double_quotes(t->v[i].text);
	}
	if (!variables) {
		auto_buf all = BUF_INIT;

		shell_text_plain(t, &all);
		quote_literal(all.p, out);
		return;
	}
	if (together) {
		(void)buf_addc(out, '"');
		shell_text_plain(t, out);
		(void)buf_addc(out, '"');
		return;
	}
	for (size_t i = 0; i < t->n; i++) {
		if (t->v[i].is_variable)
			(void)buf_addf(out, "\"${%s}\"", t->v[i].text);
		else
			text_shell_quote(out, t->v[i].text);
	}
}

/* ---- values --------------------------------------------------------------- */

char *by_hand_parameter_variable(const char *name)
{
	char *out = xstrdup(name);

	for (char *p = out; *p; p++)
		*p = isalnum((unsigned char)*p) ? (char)toupper((unsigned char)*p) : '_';
	return out;
}

char *by_hand_variable(const char *step_id, const char *output)
{
	autofree char *both = xasprintf("%s_%s", output, step_id);

	return by_hand_parameter_variable(both);
}

/* What one name stands for: a value, or the variable and who gives that. */
struct meaning {
	char *value; /* NULL: not known */
	char *variable;
	const char *step, *output, *parameter; /* borrowed from the name, or the tables */
};

static void meaning_clear(struct meaning *m)
{
	free(m->value);
	free(m->variable);
	*m = (struct meaning){ 0 };
}

static const struct run_state *run_of(const struct by_hand_values *v)
{
	return v->state->run_id && !v->state->undone ? v->state : NULL;
}

static void mean_output(const struct by_hand_filling *f, const char *step_id, const char *output,
			struct meaning *ret)
{
	const struct by_hand_values *v = f->values;
	const struct run_state *run = run_of(v);
	const struct step_history *history = run ? state_history(run, step_id) : NULL;
	bool own = text_eq(step_id, v->step->id);

	if (history && !(own && f->own_by_variable))
		ret->value = xstrdup_or_null(history_output(history, output));
	ret->variable = by_hand_variable(step_id, output);
	ret->step = step_id;
	ret->output = output;
}

static void mean_parameter(const struct by_hand_values *v, const char *name, struct meaning *ret)
{
	const char *value = params_get(&v->state->params, name);

	if (*value)
		ret->value = xstrdup(value);
	ret->variable = by_hand_parameter_variable(name);
	ret->parameter = name;
}

static void mean_run(const struct by_hand_values *v, struct meaning *ret)
{
	const struct run_state *run = run_of(v);

	ret->value = run ? xstrdup(run->run_id) : NULL;
	ret->variable = xstrdup("RUNBOOK_RUN");
}

static int side_of(const char *name, int side)
{
	return name[0] == ':' ? name[1] - '0' : side;
}

/* `name` is one alternative; a mistake in a table ends the program, as params_get does. */
static void mean(const struct by_hand_filling *f, int side, char *name, struct meaning *ret)
{
	const struct by_hand_values *v = f->values;
	const struct run_state *run = run_of(v);
	const struct params *params = &v->state->params;
	char *dot = strchr(name, '.');

	if (text_starts_with(name, "region")) {
		ret->value = xstrdup(params_region(params, side_of(name + strlen("region"), side)));
	} else if (text_eq(name, "run")) {
		mean_run(v, ret);
	} else if (text_eq(name, "stack")) {
		ret->value = xstrdup(v->stack);
	} else if (text_eq(name, "step")) {
		ret->value = xstrdup(v->step->id);
	} else if (text_eq(name, "partition")) {
		ret->value = xstrdup(run && run->partition
					     ? run->partition
					     : aws_partition_of(params_region(params, side))->id);
	} else if (text_eq(name, "reach")) {
		ret->value = aws_reach_is_needed(v->reach) ? xasprintf(" %s", v->reach->endpoint)
							   : xstrdup("");
	} else if (text_eq(name, "account")) {
		ret->value = run ? xstrdup_or_null(run->account) : NULL;
		ret->variable = xstrdup("ACCOUNT_ID");
	} else if (dot == name) {
		mean_output(f, v->step->id, name + 1, ret);
	} else if (dot && isdigit((unsigned char)name[0])) {
		*dot = '\0';
		mean_output(f, name, dot + 1, ret);
	} else if (dot) {
		mean_parameter(v, name, ret);
	} else {
		abort();
	}
}

/* A variable that no command before has set is needed beforehand: listed once. */
static void note_variable(struct by_hand_filling *f, const struct meaning *m)
{
	autofree char *reason = NULL, *shell = NULL;
	size_t i;
	json_t *known;

	if (strv_has(&f->caught, m->variable))
		return;
	json_array_foreach(f->variables, i, known) {
		if (text_eq(json_string_value(json_object_get(known, "name")), m->variable))
			return;
	}
	if (m->step)
		reason = xasprintf("%s of step %s", m->output, m->step);
	else if (m->parameter)
		reason = xasprintf("a value for %s", m->parameter);
	else
		reason = xstrdup(text_eq(m->variable, "RUNBOOK_RUN") ? "an id for this run"
								     : "the account");
	shell = xasprintf(": \"${%s:?%s}\"", m->variable, reason);
	json_array_append_new(f->variables,
			      json_pack("{s:s, s:s?, s:s?, s:s?, s:s}", "name", m->variable, "step",
					m->step, "output", m->output, "parameter", m->parameter,
					"shell", shell));
}

static void add_meaning(struct by_hand_filling *f, const struct meaning *m, struct shell_text *out)
{
	if (m->value) {
		shell_text_add(out, false, m->value);
		return;
	}
	if (!m->variable)
		abort(); /* what a table names has a value, or a variable that stands for it */
	note_variable(f, m);
	if (!strv_has(&f->met, m->variable))
		strv_add(&f->met, m->variable);
	shell_text_add(out, true, m->variable);
}

void by_hand_fill_run(struct by_hand_filling *f, struct shell_text *out)
{
	CLEANUP(meaning_clear) struct meaning m = { 0 };

	mean_run(f->values, &m);
	add_meaning(f, &m, out);
}

/* "name:instance": the run's id is a part of it. */
static void fill_name(struct by_hand_filling *f, const char *what, struct shell_text *out)
{
	autofree char *name = run_name("<", what);
	size_t n = strcspn(name, "<");
	autofree char *before = xstrndup(name, n);

	shell_text_add(out, false, before);
	by_hand_fill_run(f, out);
	shell_text_add(out, false, name + n + (name[n] != '\0'));
}

/* `names` is "a|b". */
static void fill_names(struct by_hand_filling *f, int side, char *names, struct shell_text *out)
{
	char *save = NULL;

	if (text_starts_with(names, "name:")) {
		fill_name(f, names + strlen("name:"), out);
		return;
	}
	for (char *name = strtok_r(names, "|", &save), *next; name; name = next) {
		CLEANUP(meaning_clear) struct meaning m = { 0 };

		next = strtok_r(NULL, "|", &save);
		mean(f, side, name, &m);
		if (!m.value && next)
			continue;
		add_meaning(f, &m, out);
		return;
	}
}

void by_hand_fill(struct by_hand_filling *f, int side, const char *text, struct shell_text *out)
{
	while (*text) {
		size_t n = strcspn(text, "<");
		autofree char *literal = xstrndup(text, n);

		shell_text_add(out, false, literal);
		text += n;
		if (!*text)
			return;
		n = strcspn(text, ">");
		autofree char *names = xstrndup(text + 1, n - 1);

		fill_names(f, side, names, out);
		text += n + (text[n] == '>');
	}
}
