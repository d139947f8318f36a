/* SPDX-License-Identifier: Apache-2.0 */
/* What a step knows: parameters, outputs, what became of its calls. */
#include "runbook/engine/step_ctx_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"

enum { PASSES_AT_LEAST = 5 };

const char *step_param(struct step_ctx *ctx, const char *name)
{
	step_log(ctx, "param", name, NULL);
	return params_get(&step_ctx_state(ctx)->params, name);
}

bool step_has_given_tags(struct step_ctx *ctx)
{
	size_t i = 0;

	return params_next(&step_ctx_state(ctx)->params, PARAM_TAGS, &i) != NULL;
}

const char *step_output(struct step_ctx *ctx, const char *name)
{
	return step_ctx_lend_copy(ctx, history_output(step_ctx_history(ctx), name));
}

const char *step_output_at(struct step_ctx *ctx, const char *name)
{
	const struct history_output *row = history_output_row(step_ctx_history(ctx), name);
	char at[CLOCK_ISO_SIZE];

	if (!row || !row->value)
		return "";
	clock_iso8601(row->at_ms / 1000, at);
	return step_ctx_lend_copy(ctx, at);
}

const char *step_output_of(struct step_ctx *ctx, const char *step_id, const char *name)
{
	const struct step_history *history = state_history(step_ctx_state(ctx), step_id);

	step_log(ctx, "need", step_id, name);
	return history ? step_ctx_lend_copy(ctx, history_output(history, name)) : NULL;
}

struct rb_error *step_need_output(struct step_ctx *ctx, const char *step_id, const char *name,
				  const char **ret)
{
	const char *value = step_output_of(ctx, step_id, name);

	if (!value && ctx->await_output) {
		TRY(ctx->await_output(ctx->await_arg, step_id, name));
		value = step_output_of(ctx, step_id, name);
	}
	if (!value) {
		autofree char *from = xasprintf("--from %s", step_id);

		return rb_error_next(rb_error_new(RB_FAILED,
						  "step %s needs %s of step %s, which is "
						  "not recorded",
						  ctx->step->id, name, step_id),
				     RB_NEXT_RESUME, from);
	}
	*ret = value;
	return NULL;
}

bool step_is_held(struct step_ctx *ctx, const char *step_id)
{
	const struct step_history *history = state_history(step_ctx_state(ctx), step_id);

	if (!history)
		return false;
	if (ctx->run->is_held)
		return ctx->run->is_held(ctx->run->is_held_arg, history->step);
	return history->state == STEP_HELD;
}

bool step_is_undone(struct step_ctx *ctx, const char *step_id)
{
	const struct step_history *history = state_history(step_ctx_state(ctx), step_id);

	return history && history->state == STEP_UNDONE;
}

bool step_held_before(struct step_ctx *ctx)
{
	return step_ctx_history(ctx)->state == STEP_HELD;
}

bool step_made_itself(struct step_ctx *ctx, const char *name, const char *by)
{
	const struct step_history *history = step_ctx_history(ctx);
	const struct history_output *row = history_output_row(history, name);
	int64_t done_ms = history_call_done_ms(history, by);

	return row && row->value && !row->former && done_ms && row->at_ms >= done_ms &&
	       !history->made_by_hand.chosen && !history->made_by_hand.done;
}

/* Does `step` need `id`, itself or through others? */
static bool needs(const struct run_state *st, const struct step *step, const char *id)
{
	for (const struct step_need *n = step->needs; n && n->step; n++) {
		const struct step_history *history = state_history(st, n->step);

		if (strcmp(n->step, id) == 0 || (history && needs(st, history->step, id)))
			return true;
	}
	return false;
}

const char *step_changed_since(struct step_ctx *ctx, const char *name, const char **ret_at)
{
	const struct history_output *row = history_output_row(step_ctx_history(ctx), name);
	const struct run_state *st = step_ctx_state(ctx);
	char at[CLOCK_ISO_SIZE];

	for (size_t i = 0; row && row->value && i < st->n; i++) {
		const struct step_history *history = &st->history[i];

		if (history->changed_nth <= row->nth || !needs(st, ctx->step, history->step->id))
			continue;
		clock_iso8601(history->changed_ms / 1000, at);
		*ret_at = step_ctx_lend_copy(ctx, at);
		return history->step->id;
	}
	return NULL;
}

bool step_run_made(struct step_ctx *ctx, const char *id)
{
	const struct run_state *st = step_ctx_state(ctx);

	for (size_t i = 0; i < st->n; i++)
		for (size_t k = 0; k < st->history[i].n_outputs; k++) {
			const struct history_output *o = &st->history[i].outputs[k];

			if (text_eq(o->value, id) || text_eq(o->former, id))
				return true;
		}
	return false;
}

bool step_is_fresh(struct step_ctx *ctx)
{
	return ctx->fresh;
}

bool step_is_by_hand(struct step_ctx *ctx)
{
	return ctx->by_hand && ctx->phase == PHASE_DO;
}

bool step_may_be_unseen(struct step_ctx *ctx)
{
	const struct step_history *history = step_ctx_history(ctx);

	return history->unanswered > history->in_flight &&
	       clock_utc_ms() - history->unanswered_ms < run_settle_ms(ctx->run) &&
	       clock_utc_ms() >= history->unanswered_ms;
}

bool step_done_lately(struct step_ctx *ctx, const char *step_id, const char *action, int within_s)
{
	const struct step_history *history = state_history(step_ctx_state(ctx), step_id);
	int64_t within_ms = (int64_t)(within_s * 1000.0 / ctx->run->speed) + SETTLE_FLOOR_MS;
	int64_t done_ms = history ? history_call_done_ms(history, action) : 0;
	int64_t ago_ms = clock_utc_ms() - done_ms;

	if (!done_ms || ago_ms < 0)
		return false;
	/*
	 * A rehearsal divides AWS's time, and not what this machine takes to log in or to be
	 * scheduled: the first passes of verify are not too late because they took long.
	 */
	if (ctx->verify_pass <= PASSES_AT_LEAST && ago_ms < within_s * INT64_C(1000))
		return true;
	return ago_ms < within_ms;
}

bool step_is_known_gone(struct step_ctx *ctx, const char *name, const char *by)
{
	const struct step_history *history = step_ctx_history(ctx);
	const struct history_output *row = history_output_row(history, name);

	/* what a person makes again, no intent of do's announces */
	if (ctx->run->undo_again || ctx->by_hand)
		return false;
	return row && !row->value && row->former &&
	       history_call_done_ms(history, by) >= row->at_ms &&
	       history->do_nth <= row->forgotten_nth && history->unanswered <= history->in_flight;
}

bool step_delete_foreign_objects(struct step_ctx *ctx)
{
	return ctx->run->delete_foreign_objects;
}

/* What a person undoes, the program need not look at right after. */
bool step_undo_follows(struct step_ctx *ctx, const char *step_id)
{
	const struct run_state *st = step_ctx_state(ctx);
	bool reached = false;

	for (size_t i = 0; ctx->run->undo_down_to && i < st->n; i++) {
		const struct step_history *history = &st->history[i];

		reached |= history->step == ctx->run->undo_down_to;
		if (reached && strcmp(history->step->id, step_id) == 0)
			return history->state != STEP_UNDONE && !history->unmade_by_hand.chosen;
	}
	return false;
}

const char *step_run_id(struct step_ctx *ctx)
{
	return step_ctx_state(ctx)->run_id;
}

const char *step_stack(struct step_ctx *ctx)
{
	return step_ctx_state(ctx)->stack;
}

const char *step_account(struct step_ctx *ctx)
{
	return step_ctx_state(ctx)->account;
}

const char *step_partition(struct step_ctx *ctx)
{
	return step_ctx_state(ctx)->partition;
}
