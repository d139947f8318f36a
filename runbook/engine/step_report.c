/* SPDX-License-Identifier: Apache-2.0 */
/* What a step reports: outputs, notes, claims, and what it waits for. */
#include "runbook/engine/step_ctx_int.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "aws/ec2/read_cache.h"
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
	if (ctx->run->loop)
		loop_wake(ctx->run->loop, step_ctx_state(ctx));
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

/* A fact that fails to be written is no reason to stop: the next intent is.  Takes `said`. */
static void record_text(struct step_ctx *ctx, const char *type, const struct strv *known,
			struct said *said)
{
	auto_said *safe = said_mapped(said, redact);
	const char *text = said_english(safe);
	struct rb_error *err;

	said_free(said);
	if (strv_has(known, text))
		return;
	run_emit(ctx->run, &(struct event){ .type = EVENT_NOTE, .step = ctx->step, .text = text });
	if (ctx->run->read_only)
		return;
	err = stack_record(
		ctx->run->stack,
		json_pack("{s:s, s:s, s:s}", "type", type, "step", ctx->step->id, "text", text),
		/* sync= */ false);
	(void)rb_error_free(err);
}

void step_note(struct step_ctx *ctx, const char *fmt, ...)
{
	struct said *said;
	va_list ap;

	va_start(ap, fmt);
	said = said_vnew(fmt, ap);
	va_end(ap);
	record_text(ctx, "note", &step_ctx_history(ctx)->notes, said);
}

void step_note_kept(struct step_ctx *ctx, const char *fmt, ...)
{
	struct said *said;
	va_list ap;

	va_start(ap, fmt);
	said = said_vnew(fmt, ap);
	va_end(ap);
	record_text(ctx, "keeps", &step_ctx_history(ctx)->kept, said);
}

/* `kind` NULL: an ordinary claim, about a setting. */
static void add_claim(struct step_ctx *ctx, const char *kind, bool agrees, const char *claim,
		      const char *expected, const char *found)
{
	autofree char *safe_expected = redact(expected ? expected : N_("(none)"));
	autofree char *safe_found = redact(found ? found : N_("(none)"));

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

void step_expect_tag(struct step_ctx *ctx, const char *thing, const char *key, const char *expected,
		     const char *found)
{
	autofree char *claim = xasprintf("%s.tag.%s", thing, key);

	add_claim(ctx, CLAIM_TAG, text_eq(expected, found), claim, expected, found);
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

/* Before the old one goes: it may be a value of the new one. */
static void put(const char **slot, struct said *said)
{
	said_drop(slot);
	*slot = said_english(said);
}

void step_missing(struct step_ctx *ctx, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put(&ctx->missing, said_vnew(fmt, ap));
	va_end(ap);
	ctx->missing_output = NULL;
}

void step_missing_output(struct step_ctx *ctx, const char *output, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put(&ctx->missing, said_vnew(fmt, ap));
	va_end(ap);
	ctx->missing_output = output;
}

void step_untried(struct step_ctx *ctx, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put(&ctx->untried, said_vnew(fmt, ap));
	va_end(ap);
}

static void wait_for(struct step_ctx *ctx, struct said *what, struct said *state,
		     const char *reason, int usual_s)
{
	struct said *why = reason ? said_new("%-s", reason) : NULL;

	put(&ctx->wait.what, what);
	put(&ctx->wait.state, state);
	put(&ctx->wait.reason, why);
	ctx->wait.usual_s = usual_s;
	ctx->wait.blocked = false;
	ctx->wait.undo_of = NULL;
}

void step_pending(struct step_ctx *ctx, const char *what, const char *state, const char *reason,
		  int usual_s)
{
	/* how it stands then is asked then */
	if (ctx->run->session)
		ec2_cache_invalidate(ctx->run->session, what);
	if (reason && state && text_eq_nocase(reason, state)) /* "pending": it says no more */
		reason = NULL;
	wait_for(ctx, said_new("%s", what), said_new("%s", state ? state : ""), reason, usual_s);
}

void step_waiting(struct step_ctx *ctx, const char *what, const char *why, const char *reason,
		  int usual_s)
{
	wait_for(ctx, said_new("%-s", what), said_new("%-s", why), reason, usual_s);
}

void step_pending_undo(struct step_ctx *ctx, const char *what, const char *reason,
		       const char *step_id, int usual_s)
{
	step_waiting(ctx, what, N_("in use"), reason, usual_s);
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
