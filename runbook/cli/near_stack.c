/* SPDX-License-Identifier: Apache-2.0 */
/* A stack's name that is nearly that of one which stands. */
#include "runbook/cli/near_stack.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/text.h"
#include "runbook/cli/question.h"
#include "runbook/cli/standing.h"
#include "runbook/record/stack_list.h"
#include "runbook/ui/lang.h"

char *near_stack(const struct cli *cli)
{
	const char *name = cli_stack_name(cli);
	autofree char *home = NULL;
	auto_strv stacks = { 0 };
	struct rb_error *err;
	bool there = true;

	err = cli_home(cli, &home);
	if (!err)
		err = stack_is_there(home, name, &there);
	if (!err && !there)
		stack_list(home, &stacks);
	(void)rb_error_free(err); /* opening the stack meets it again, and reports it */
	return stacks.n ? xstrdup_or_null(text_near(name, strv_list(&stacks))) : NULL;
}

/* What of it stands; NULL: nothing, or it cannot be read.  Caller frees. */
static char *what_stands(const struct cli *cli, const char *name)
{
	autofree char *home = NULL;
	auto_stack st;
	char *text = NULL;
	struct rb_error *err;

	err = cli_home(cli, &home);
	stack_init(&st, home ? home : "", name, all_procedures);
	if (!err) {
		stack_close(&st);
		err = stack_open(&st, home, name, STACK_READ, all_procedures);
	}
	if (!err && stack_has_run(&st))
		text = standing_text(&st.state);
	(void)rb_error_free(err);
	return text;
}

bool near_stack_note(const struct cli *cli)
{
	autofree char *near = near_stack(cli);
	autofree char *stands = near ? what_stands(cli, near) : NULL;

	if (!stands)
		return false;
	cli_say(cli,
		tr("stack '%s' is new, and this begins another set, while stack '%s' stands: %s"),
		cli_stack_name(cli), near, stands);
	return true;
}

struct rb_error *near_stack_ask(const struct cli *cli, struct signals *signals, bool *ret_go)
{
	autofree char *question = xasprintf(tr("Begin stack '%s'? [y/N] "), cli_stack_name(cli));

	*ret_go = true;
	return cli->yes || !question_can_be_asked() ? NULL
						    : question_ask(signals, question, ret_go);
}
