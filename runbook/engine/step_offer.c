/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a person may have made, by what it is: taken when they say that it is theirs.
 *
 * A thing without this run's tags may be anybody's, and what is adopted is deleted by undo.  So
 * nothing is adopted unasked, and of two nothing at all.
 */
#include "base/alloc.h"
#include "base/text.h"
#include "runbook/engine/step_ctx_int.h"

static struct rb_error *not_taken(struct step_ctx *ctx, struct rb_error *err)
{
	return rb_error_why(err, "the right one gets the tags runbook:run=%s and runbook:step=%s",
			    step_run_id(ctx), ctx->step->id);
}

static struct rb_error *several(struct step_ctx *ctx, const char *kind, const char *found_by,
				const struct strv *ids)
{
	autofree char *all = strv_join(ids, ", ");

	return not_taken(ctx, rb_error_new(RB_FAILED,
					   "cannot tell which %-s is this step's, found by %-s: %s",
					   kind, found_by, all));
}

/* Whoever makes it by its commands tags it, perhaps with the next: what was seen once is not asked
 * about yet. */
static bool was_seen_before(struct step_history *history, const char *id)
{
	bool before = strv_has(&history->offered, id);

	if (!before)
		strv_add(&history->offered, id);
	return before;
}

static struct rb_error *agreed(struct step_ctx *ctx, const char *kind, const char *found_by,
			       const char *id)
{
	TRY(stack_record(ctx->run->stack,
			 json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s*, s:s*}", "type",
				   "by-hand", "step", ctx->step->id, "phase",
				   phase_name(ctx->phase), "what", "adopted", "kind", kind, "id",
				   id, "found_by", found_by, "operator",
				   step_ctx_state(ctx)->operator_name, "witness",
				   step_ctx_state(ctx)->witness),
			 /* sync= */ true));
	strv_add(&step_ctx_history(ctx)->agreed, id);
	step_note(ctx, "adopted %-s %s, found by %-s, as made by hand", kind, id, found_by);
	return NULL;
}

struct rb_error *step_offer(struct step_ctx *ctx, const char *kind, const char *found_by,
			    const struct strv *ids, const char **ret_id)
{
	struct step_history *history = step_ctx_history(ctx);
	const struct step_found found = { ctx->step, kind, found_by, ids->n ? ids->v[0] : NULL };
	bool yes = false;

	*ret_id = NULL;
	if (!ids->n || !step_is_by_hand(ctx))
		return NULL;
	if (ids->n > 1)
		return several(ctx, kind, found_by, ids);
	if (!was_seen_before(history, found.id))
		return rb_error_because(RB_BY_HAND, "%s", found.id);
	if (ctx->run->agree && !strv_has(&history->declined, found.id))
		TRY(ctx->run->agree(ctx->run->agree_arg, &found, &yes));
	if (!yes) {
		strv_add_once(&history->declined, found.id);
		return not_taken(ctx, rb_error_new(RB_FAILED,
						   "%-s '%s', found by %-s, is left alone: nobody "
						   "has said that it is this step's",
						   kind, found.id, found_by));
	}
	TRY(agreed(ctx, kind, found_by, found.id));
	*ret_id = ids->v[0];
	return NULL;
}

bool step_was_offered(struct step_ctx *ctx, const char *id)
{
	return strv_has(&step_ctx_history(ctx)->agreed, id);
}
