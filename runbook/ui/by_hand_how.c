/* SPDX-License-Identifier: Apache-2.0 */
/* How a step is done by hand, as lines to be read and copied. */
#include "runbook/ui/by_hand_how.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "runbook/contract/step.h"
#include "runbook/record/params.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/width.h"

enum { INDENT = 7, HANGING = 2 };

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static void add_detail(const char *text, int columns, struct buf *out)
{
	text_wrap(out, text, columns, INDENT, INDENT + HANGING);
}

void by_hand_add_console(const struct by_hand_values *values, int columns, struct buf *out)
{
	const struct step *step = values->step;
	const struct console_path *c = step->by_hand ? step->by_hand->console : NULL;

	if (!c || !c->en)
		return;
	text_wrap(out, tr("In AWS's console:"), columns, 0, HANGING);
	if (step->side != SIDE_LOCAL) {
		autofree char *region = xasprintf(
			tr("region %s"), params_region(&values->state->params, step->side));

		add_detail(region, columns, out);
	}
	for (; c->en; c++) {
		autofree char *other = xasprintf("(%s)", lang_is_japanese() ? c->en : c->ja);

		add_detail(lang_is_japanese() ? c->ja : c->en, columns, out);
		add_detail(other, columns, out);
	}
}

void aws_reach_add(const struct aws_reach *r, int columns, struct buf *out)
{
	if (!aws_reach_is_needed(r))
		return;
	if (r->serve) {
		text_wrap(out,
			  tr("This is a rehearsal, and its sandbox ended with the command. For the "
			     "AWS CLI, have it running at another terminal, and end it before the "
			     "next command of runbook:"),
			  columns, 0, HANGING);
		(void)buf_addf(out, "%s\n", r->serve);
	}
	if (r->shell) {
		text_wrap(out, tr("What leads the AWS CLI to the rehearsal:"), columns, 0, HANGING);
		(void)buf_addf(out, "%s\n", r->shell);
	}
}

void by_hand_add_reach(const struct by_hand_values *values, enum by_hand_way way, int columns,
		       struct buf *out)
{
	json_t *commands = by_hand_commands(values, way);

	if (json_array_size(commands) && aws_reach_is_needed(values->reach)) {
		(void)buf_adds(out, "\n");
		aws_reach_add(values->reach, columns, out);
	}
	json_decref(commands);
}

void aws_reach_print(const struct aws_reach *r)
{
	auto_buf out = BUF_INIT;

	(void)buf_adds(&out, "\n");
	aws_reach_add(r, terminal_columns(STDOUT_FILENO), &out);
	(void)fputs(out.p, stdout);
}

/* As they are, to be copied: nothing is wrapped. */
void by_hand_add_commands(const struct by_hand_values *values, enum by_hand_way way,
			  const char *heading, int columns, struct buf *out)
{
	json_t *both = by_hand_way_json(values, way), *item;
	size_t i;

	if (json_array_size(json_object_get(both, "commands"))) {
		(void)buf_adds(out, "\n");
		text_wrap(out, heading, columns, 0, HANGING);
		json_array_foreach(json_object_get(both, "variables"), i, item) {
			(void)buf_addf(out, "%s\n", text_of(item, "shell"));
		}
		json_array_foreach(json_object_get(both, "commands"), i, item) {
			if (*text_of(item, "about"))
				(void)buf_addf(out, "# %s\n", tr(text_of(item, "about")));
			(void)buf_addf(out, "%s\n", text_of(item, "shell"));
		}
	}
	json_decref(both);
}

json_t *by_hand_way_json(const struct by_hand_values *values, enum by_hand_way way)
{
	return json_pack("{s:o, s:o, s:o}", "aws_cli", aws_reach_json(values->reach), "variables",
			 by_hand_variables(values, way), "commands", by_hand_commands(values, way));
}

json_t *by_hand_console_json(const struct step *step)
{
	json_t *console = json_array();

	for (const struct console_path *c = step->by_hand ? step->by_hand->console : NULL;
	     c && c->en; c++)
		json_array_append_new(console, json_pack("{s:s, s:s}", "en", c->en, "ja", c->ja));
	return console;
}

char *by_hand_how(const struct by_hand_values *values, enum by_hand_way way, int columns)
{
	bool undo = way == BY_HAND_UNMAKE;
	auto_buf out = BUF_INIT;

	by_hand_add_console(values, columns, &out);
	by_hand_add_reach(values, way, columns, &out);
	by_hand_add_commands(values, way,
			     undo ? tr("To undo it by hand:") : tr("By hand, with the AWS CLI:"),
			     columns, &out);
	(void)buf_adds(&out, "\n");
	return buf_steal(&out);
}

char *by_hand_who(const struct history_hand *hand, bool undone)
{
	autofree char *safe = hand->by ? text_printable(hand->by, strlen(hand->by), 100) : NULL;

	if (hand->done && safe)
		return xasprintf(undone ? tr("undone by hand by %s") : tr("made by hand by %s"),
				 safe);
	if (hand->done)
		return xstrdup(undone ? tr("undone by hand") : tr("made by hand"));
	if (hand->chosen)
		return xstrdup(undone ? tr("is to be undone by hand")
				      : tr("is to be done by hand"));
	return NULL;
}
