/* SPDX-License-Identifier: Apache-2.0 */
/* What a step tells: outputs, notes, claims, and what it waits for. */
#include "runbook/engine/step_ctx_int.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

struct rb_error *step_record(struct step_ctx *ctx, const char *name, const char *value)
{
	const struct history_output *row = history_output_row(step_ctx_history(ctx), name);
	const char *before = !row ? NULL : row->value ? row->value : row->former;
	autofree char *safe = text_printable(value, strlen(value), 4000);
	bool replaced = before && strcmp(before, safe) != 0;

	step_log(ctx, "give", name, NULL);
	if (ctx->run->read_only || (row && text_eq(row->value, safe)))
		return NULL;
	TRY(stack_record(ctx->run->stack,
			 json_pack("{s:s, s:s, s:s, s:s}", "type", "output", "step", ctx->step->id,
				   "name", name, "value", safe),
			 /* sync= */ true));
	if (ctx->run->session)
		aws_session_expect_id(ctx->run->session, safe);
	ctx->replaced |= replaced;
	run_emit(ctx->run,
		 &(struct event){
			 .type = EVENT_OUTPUT, .step = ctx->step, .what = name, .text = safe });
	return NULL;
}

struct rb_error *step_forget(struct step_ctx *ctx, const char *name)
{
	if (ctx->run->read_only || !history_output(step_ctx_history(ctx), name))
		return NULL;
	return stack_record(
		ctx->run->stack,
		json_pack("{s:s, s:s, s:s}", "type", "forget", "step", ctx->step->id, "name", name),
		/* sync= */ true);
}

/* A fact that fails to be written is no reason to stop: the next intent is. */
static void record_text(struct step_ctx *ctx, const char *type, const struct strv *known,
			const char *text)
{
	autofree char *safe = redact(text);
	struct rb_error *err;

	if (strv_has(known, safe))
		return;
	run_emit(ctx->run, &(struct event){ .type = EVENT_NOTE, .step = ctx->step, .text = safe });
	if (ctx->run->read_only)
		return;
	err = stack_record(
		ctx->run->stack,
		json_pack("{s:s, s:s, s:s}", "type", type, "step", ctx->step->id, "text", safe),
		/* sync= */ false);
	(void)rb_error_free(err);
}

void step_note(struct step_ctx *ctx, const char *fmt, ...)
{
	autofree char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	record_text(ctx, "note", &step_ctx_history(ctx)->notes, text);
}

void step_note_kept(struct step_ctx *ctx, const char *fmt, ...)
{
	autofree char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	record_text(ctx, "keeps", &step_ctx_history(ctx)->kept, text);
}

/* `kind` NULL: an ordinary claim, about a setting. */
static void add_claim(struct step_ctx *ctx, const char *kind, bool agrees, const char *claim,
		      const char *expected, const char *found)
{
	autofree char *safe_expected = redact(expected ? expected : "(none)");
	autofree char *safe_found = redact(found ? found : "(none)");

	json_array_append_new(ctx->claims, json_pack("{s:s, s:s, s:s, s:b, s:s*}", "claim", claim,
						     "expected", safe_expected, "found", safe_found,
						     "agrees", (int)agrees, "kind", kind));
	ctx->differs |= !agrees;
}

void step_expect_that(struct step_ctx *ctx, bool agrees, const char *claim, const char *expected,
		      const char *found)
{
	add_claim(ctx, NULL, agrees, claim, expected, found);
}

void step_expect_state(struct step_ctx *ctx, bool agrees, const char *claim, const char *expected,
		       const char *found)
{
	add_claim(ctx, CLAIM_STATE, agrees, claim, expected, found);
}

void step_expect(struct step_ctx *ctx, const char *claim, const char *expected, const char *found)
{
	step_expect_that(ctx, text_eq(expected, found), claim, expected, found);
}

void step_expect_bool(struct step_ctx *ctx, const char *claim, bool expected, bool found)
{
	step_expect_that(ctx, expected == found, claim, expected ? "true" : "false",
			 found ? "true" : "false");
}

void step_missing(struct step_ctx *ctx, const char *fmt, ...)
{
	va_list ap;

	free(ctx->missing);
	va_start(ap, fmt);
	ctx->missing = xvasprintf(fmt, ap);
	va_end(ap);
	ctx->missing_output = NULL;
}

void step_missing_output(struct step_ctx *ctx, const char *output, const char *fmt, ...)
{
	va_list ap;

	free(ctx->missing);
	va_start(ap, fmt);
	ctx->missing = xvasprintf(fmt, ap);
	va_end(ap);
	ctx->missing_output = output;
}

void step_untried(struct step_ctx *ctx, const char *fmt, ...)
{
	va_list ap;

	free(ctx->untried);
	va_start(ap, fmt);
	ctx->untried = xvasprintf(fmt, ap);
	va_end(ap);
}

void step_pending(struct step_ctx *ctx, const char *what, const char *state, const char *reason,
		  int usual_s)
{
	set_str(&ctx->wait.what, what);
	set_str(&ctx->wait.state, state ? state : "");
	set_str(&ctx->wait.reason, reason);
	ctx->wait.usual_s = usual_s;
	ctx->wait.blocked = false;
	ctx->wait.undo_of = NULL;
}

void step_pending_undo(struct step_ctx *ctx, const char *what, const char *reason,
		       const char *step_id, int usual_s)
{
	step_pending(ctx, what, N_("in use"), reason, usual_s);
	ctx->wait.blocked = true;
	ctx->wait.undo_of = step_id;
}

bool step_waits(struct step_ctx *ctx)
{
	return ctx->wait.what != NULL;
}

bool step_still(struct step_ctx *ctx, const char *what, const char *waiting, const char *state,
		int usual_s)
{
	if (!state || !text_eq_nocase(waiting, state))
		return false;
	step_pending(ctx, what, state, NULL, usual_s);
	return true;
}
