/* SPDX-License-Identifier: Apache-2.0 */
/* A step's command as a statement of a shell that stands alone; by_hand_script.c has those of a
 * script. */
#include "runbook/record/by_hand_text.h"

#include <stdlib.h>
#include <string.h>

#include "aws/core/client.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/strv.h"
#include "net/loop.h"
#include "runbook/contract/by_hand.h"
#include "runbook/contract/params.h"
#include "runbook/contract/procedure.h"
#include "runbook/contract/step.h"
#include "runbook/contract/way.h"

enum { PAUSE_S = 10 };

/* "[ "$STATE" = a ] || [ "$STATE" = b ]" of "a|b". */
static void add_states(const char *states, struct buf *out)
{
	autofree char *list = xstrdup(states);
	char *save = NULL;

	for (char *s = strtok_r(list, "|", &save); s; s = strtok_r(NULL, "|", &save))
		(void)buf_addf(out, " || [ \"$STATE\" = %s ]", s);
}

/* The call as a statement that catches, waits, or asks again. */
void by_hand_statement(struct by_hand_filling *f, const struct cli_command *c, const char *call,
		       struct buf *out)
{
	autofree char *variable =
		c->output ? by_hand_variable(f->values->step->id, c->output) : NULL;

	if (c->until) {
		(void)buf_addf(out, "until STATE=$(%s); [ \"$STATE\" = %s ]", call, c->until);
		if (c->fails)
			add_states(c->fails, out);
		(void)buf_addf(out, "; do sleep %d; done", PAUSE_S);
		if (c->fails)
			(void)buf_addf(
				out,
				"\n[ \"$STATE\" = %s ] || { echo \"it is $STATE\" >&2; false; }",
				c->until);
		return;
	}
	if (c->refused) {
		(void)buf_addf(out, "%s 2>&1 | grep %s", call, c->refused);
		return;
	}
	if (c->again)
		(void)buf_adds(out, "until ");
	if (variable)
		(void)buf_addf(out, "%s=$(%s)", variable, call);
	else
		(void)buf_adds(out, call);
	if (c->again)
		(void)buf_addf(out, "; do sleep %d; done", PAUSE_S);
	if (variable && c->strip)
		(void)buf_addf(out, "\n%s=${%s#\"%s\"}", variable, variable, c->strip);
	if (variable && !strv_has(&f->caught, variable))
		strv_add(&f->caught, variable);
}

/* How much stands around the call in its line. */
size_t by_hand_statement_around(const struct cli_command *c)
{
	if (c->until)
		return strlen("until STATE=$()") + strlen("; [ \"$STATE\" = ]; do sleep 10; done") +
		       strlen(c->until);
	return (c->output ? strlen(c->output) + strlen("_1_1=$()") : 0) +
	       (c->again ? strlen("until ; do sleep 10; done") : 0) +
	       (c->refused ? strlen(" 2>&1 | grep ") + strlen(c->refused) : 0);
}
