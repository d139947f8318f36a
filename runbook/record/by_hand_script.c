/* SPDX-License-Identifier: Apache-2.0 */
/* A step's command as a statement of a script; the functions are in runbook/export/script.c. */
#include "runbook/record/by_hand_text.h"

#include <string.h>

#include "base/alloc.h"

enum { TRIES_AT_ONCE = 1, TRIES_WHILE_HELD = 60 };

/* The functions' names and what comes before the command. */
static char *before_call(const struct cli_command *c, enum by_hand_way way, const char *mark)
{
	const char *fails = c->fails ? c->fails : "";

	if (way == BY_HAND_UNMAKE && c->until)
		return xasprintf("await %s '%s' ", c->until, fails);
	if (way == BY_HAND_UNMAKE)
		return xasprintf("gone %s %d ", mark, c->again ? TRIES_WHILE_HELD : TRIES_AT_ONCE);
	if (c->until)
		return xasprintf("once %s await %s '%s' ", mark, c->until, fails);
	if (c->refused)
		return xasprintf("refused %s ", c->refused);
	if (c->output)
		return xstrdup(c->again ? "again " : "");
	return xasprintf("once %s %s", mark, c->again ? "again " : "");
}

size_t by_hand_script_around(const struct cli_command *c, enum by_hand_way way)
{
	autofree char *before = before_call(c, way, "1-1.10");

	return strlen(before) + (c->output ? strlen(c->output) + strlen("_1_1=$()") : 0);
}

/* Made once: what a run of the script before has caught is not made again. */
static void add_catch(const struct by_hand_filling *f, const struct cli_command *c,
		      const char *before, const char *call, struct buf *out)
{
	autofree char *variable = by_hand_variable(f->values->step->id, c->output);

	(void)buf_addf(out, "if [ -z \"${%s:-}\" ]; then\n", variable);
	(void)buf_addf(out, "    %s=$(%s%s)\n", variable, before, call);
	if (c->strip)
		(void)buf_addf(out, "    %s=${%s#\"%s\"}\n", variable, variable, c->strip);
	(void)buf_addf(out, "    keep %s \"$%s\"\nfi", variable, variable);
}

/* Only what was made, as far as its ids are known. */
static void add_removal(const struct by_hand_filling *f, const char *before, const char *call,
			struct buf *out)
{
	(void)buf_addf(out, "if made %s", f->values->step->id);
	for (size_t i = 0; i < f->met.n; i++)
		(void)buf_addf(out, " && [ -n \"${%s:-}\" ]", f->met.v[i]);
	(void)buf_addf(out, "; then\n    %s%s\nfi", before, call);
}

void by_hand_script_statement(const struct by_hand_filling *f, const struct cli_command *c,
			      enum by_hand_way way, const char *mark, const char *call,
			      struct buf *out)
{
	autofree char *before = before_call(c, way, mark);

	if (way == BY_HAND_UNMAKE)
		add_removal(f, before, call, out);
	else if (c->output)
		add_catch(f, c, before, call, out);
	else
		(void)buf_addf(out, "%s%s", before, call);
}
