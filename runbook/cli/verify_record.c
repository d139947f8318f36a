/* SPDX-License-Identifier: Apache-2.0 */
/* Notes in the journal what verify found. */
#include "runbook/cli/verify_record.h"

#include "base/alloc.h"
#include "base/log.h"
#include "base/text.h"
#include "runbook/cli/verify_view.h"
#include "runbook/contract/procedure.h"
#include "runbook/ui/lang.h"

static json_t *record_of(const struct engine_verify_result *l)
{
	json_t *causes = json_array();
	json_t *rec;

	for (size_t i = 0; i < l->blocked_by.n; i++)
		json_array_append_new(causes, json_string(l->blocked_by.v[i]));
	rec = json_pack("{s:s, s:s, s:s, s:O, s:s*, s:s*}", "type", "evidence", "step", l->step->id,
			"verdict", verdict_name(l->verdict), "claims", l->claims, "missing",
			l->missing, "missing_output", l->missing_output);
	if (json_array_size(causes))
		json_object_set(rec, "blocked_by", causes);
	json_decref(causes);
	return rec;
}

static bool is_news(const json_t *rec, const json_t *before)
{
	static const char *const members[] = { "verdict", "claims", "missing", "missing_output",
					       "blocked_by" };

	for (size_t i = 0; i < ARRAY_LEN(members); i++) {
		const json_t *a = json_object_get(rec, members[i]);
		const json_t *b = json_object_get(before, members[i]);

		if (a != b && !json_equal(a, b))
			return true;
	}
	return false;
}

/* What was made, and never seen to hold (its journal was lost, or the command ended before), holds
 * from now on. */
static json_t *held_record(const struct step_history *history,
			   const struct engine_verify_result *result)
{
	if (history->state != STEP_MADE || result->verdict != VERDICT_HOLDS)
		return NULL;
	return json_pack("{s:s, s:s, s:s}", "type", "state", "step", history->step->id, "state",
			 step_state_name(STEP_HELD));
}

json_t *verify_evidence(const struct run_state *st, const struct engine_verify_result *results)
{
	json_t *recs = json_array();

	for (size_t i = 0; i < st->n; i++) {
		const struct engine_verify_result *l = &results[i];
		const json_t *before = st->history[i].evidence;
		bool held = text_eq(json_string_value(json_object_get(before, "verdict")), "holds");
		json_t *rec, *state;

		if (!l->checked || verify_is_error(l))
			continue;
		state = held_record(&st->history[i], l);
		if (!state && l->verdict == VERDICT_HOLDS && held)
			continue;
		rec = record_of(l);
		before = st->history[i].is_evidence_old ? NULL : before;
		if (is_news(rec, before))
			json_array_append(recs, rec);
		json_decref(rec);
		if (state)
			json_array_append_new(recs, state);
	}
	return recs;
}

static struct rb_error *append(struct stack *st, const json_t *recs)
{
	json_t *rec;
	size_t i;

	json_array_foreach(recs, i, rec)
		TRY(stack_record(st, json_incref(rec), /* sync= */ false));
	return journal_flush(st->journal);
}

/* Read without the lock: it is taken now, and what was read must still be all. */
static struct rb_error *reopen_and_append(const struct command_ctx *ctx, const json_t *recs)
{
	auto_stack st;

	TRY(stack_open(&st, ctx->stack.home, ctx->stack.name, STACK_WRITE, all_procedures));
	if (!text_eq(st.state.run_id, ctx->stack.state.run_id) ||
	    st.state.last_ms != ctx->stack.state.last_ms)
		return NULL;
	return append(&st, recs);
}

void verify_record(struct command_ctx *ctx, json_t *recs)
{
	struct rb_error *err = NULL;

	if (json_array_size(recs))
		err = ctx->stack.journal ? append(&ctx->stack, recs) : reopen_and_append(ctx, recs);
	json_decref(recs);
	if (err && err->kind == RB_LOCKED)
		log_debug("verify: not noted, %s", err->what);
	else if (err) {
		autofree char *reason = tr_reason(err);

		cli_say(ctx->cli, tr("not noted in the journal: %s"), reason);
	}
	(void)rb_error_free(err);
}
