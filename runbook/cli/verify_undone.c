/* SPDX-License-Identifier: Apache-2.0 */
/* `runbook verify` of a run that was undone: what is left of it. */
#include "runbook/cli/verify_int.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "runbook/cli/verify_record.h"
#include "runbook/cli/verify_view.h"
#include "runbook/engine/sweep.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/rows.h"

/* True when all that was made was undone, whatever the sweep after it found. */
bool verify_is_undone(const struct run_state *st)
{
	return st->undone || (state_nothing_is_left(st) && state_any_is_undone(st));
}

static void print_left(const struct command_ctx *ctx, const struct sweep *s)
{
	const char *run_id = ctx->stack.state.run_id;
	autofree char *text = s->left ? xasprintf(tr_n(s->left, "of run %s, %zu thing is left",
						       "of run %s, %zu things are left"),
						  run_id, s->left)
				      : xasprintf(tr("nothing of run %s is left"), run_id);
	autofree char *marked = command_mark(ctx, text);

	for (size_t i = 0; i < s->n; i++)
		row_text(s->v[i].fading ? tr("gone, still listed for a while: %s %s (%s%s%s)")
					: tr("left: %s %s (%s%s%s)"),
			 tr(s->v[i].kind), s->v[i].id, s->v[i].region, *s->v[i].state ? " " : "",
			 s->v[i].state);
	row_text("%s", marked);
}

/* After an undo nothing should exist: that is what is searched for and what the exit status says.
 */
static struct rb_error *show_leftovers(const struct command_ctx *ctx, const struct sweep *s,
				       int *status)
{
	const struct run_state *st = &ctx->stack.state;
	struct engine_verify_result *results = xcalloc(st->n + 1, sizeof(*results));
	bool *listed = xcalloc(st->n + 1, sizeof(*listed));
	struct verify_view v = {
		.place = cli_place(ctx->cli), .state = st, .results = results, .listed = listed
	};
	bool by_hand = s->left && s->by_hand == s->left;
	autofree char *next =
		s->left ? cli_next_command(ctx->cli, by_hand ? RB_NEXT_VERIFY : RB_NEXT_UNDO)
			: NULL;
	struct rb_error *err = NULL;

	for (size_t i = 0; i < st->n; i++)
		listed[i] = true;
	verify_count(&v);
	*status = s->left ? 3 : 0;
	if (ctx->cli->cases) {
		auto_verify_cases cases = { 0 };

		verify_cases_of_sweep(s, st->run_id, &cases);
		err = verify_print_cases(ctx, &cases);
	} else if (ctx->cli->json) {
		json_t *doc = json_pack("{s:s, s:s, s:o, s:b, s:s?, s:o}", "stack", ctx->stack.name,
					"run", st->run_id, "rehearsal",
					rehearsal_to_json(st->rehearsal, ctx->cli->speed_n),
					"holds", 0, "next", next, "sweep", sweep_to_json(s));

		json_object_del(json_object_get(doc, "sweep"), "type");
		verify_to_json(&v, doc);
		err = cli_print_json(doc);
	} else {
		verify_print(&v, /* all= */ true);
		print_left(ctx, s);
		(void)fflush(stdout);
		if (next && by_hand)
			cli_say(ctx->cli, tr("delete by hand what no step made; then: %s"), next);
		else if (next)
			cli_say(ctx->cli, tr("to take down the rest: %s"), next);
	}
	free(results);
	free(listed);
	return err;
}

struct rb_error *verify_undone_run(struct command_ctx *ctx, int *status)
{
	auto_sweep s = { 0 };

	TRY(command_connect(ctx));
	ctx->run.sink = NULL;
	ctx->run.read_only = true;
	ctx->host.tick = NULL; /* no step is at work: there is nothing to draw */
	TRY(sweep_run(&ctx->run, &ctx->options, &s));
	TRY(show_leftovers(ctx, &s, status));
	verify_record(ctx, json_pack("[o]", sweep_to_json(&s)));
	return NULL;
}
