/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --by-hand 1-1,2-4 | all | none.  The choice is kept in the journal, for a step that only another
 * team may do is theirs in the next command as well; `none` gives all steps back to the program.
 */
#include "runbook/cli/by_hand_choice.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strv.h"
#include "base/text.h"

static bool is_all(const char *words)
{
	return text_eq(words, "all");
}

static bool is_none(const char *words)
{
	return text_eq(words, "none");
}

/* "1-1,2-4": its parts, blanks around them left out. */
static void parts_of(const char *words, struct strv *ret)
{
	autofree char *copy = xstrdup(words);
	char *save = NULL;

	for (char *part = strtok_r(copy, ", ", &save); part; part = strtok_r(NULL, ", ", &save))
		strv_add(ret, part);
}

struct rb_error *by_hand_check(const struct cli *cli, const struct procedure *procedure)
{
	auto_strv parts = { 0 };

	if (!cli->by_hand || is_all(cli->by_hand) || is_none(cli->by_hand))
		return NULL;
	parts_of(cli->by_hand, &parts);
	if (!parts.n)
		return rb_error_hint(rb_error_new(RB_USAGE, "--by-hand names no step"),
				     "--by-hand 1-1,2-4, or all");
	for (size_t i = 0; i < parts.n; i++) {
		const struct step *step;

		TRY(cli_find_step(procedure, parts.v[i], &step));
	}
	return NULL;
}

struct rb_error *by_hand_choose(struct command_ctx *ctx, bool undoing)
{
	const struct procedure *procedure = ctx->stack.state.procedure;
	const char *words = ctx->cli->by_hand;
	auto_strv parts = { 0 };

	if (!words)
		return NULL;
	parts_of(words, &parts);
	for (const struct step *const *s = procedure->steps; *s; s++) {
		if (is_none(words))
			TRY(engine_set_by_hand(&ctx->run, *s, undoing, /* by_hand= */ false));
		else if (is_all(words) || strv_has(&parts, (*s)->id))
			TRY(engine_set_by_hand(&ctx->run, *s, undoing, /* by_hand= */ true));
	}
	return NULL;
}
