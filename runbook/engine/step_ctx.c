/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pass of a step: its calls, their intents and outcomes, its verdict.
 *
 * The client's observer is how an intent comes before its call: aws/ asks
 * before_change once for each call that changes AWS, and an error from there
 * stops the call.
 */
#include "runbook/engine/step_ctx_int.h"

#include <stdlib.h>
#include <string.h>

#include "aws/core/actions.h"
#include "aws/core/advice.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"

/* A new thing is usually listed after 1 to 10 seconds; this is the longest that is waited. */
enum { SETTLE_MS = 20000 };

const char *phase_name(enum phase phase)
{
	static const char *const names[] = { N_("do"), N_("verify"), N_("undo"), N_("recover") };

	return names[phase];
}

int64_t run_settle_ms(const struct run *run)
{
	int64_t ms = (int64_t)(SETTLE_MS / run->speed);

	/* however fast the rehearsal: what a killed process sent is still on its way */
	return ms > SETTLE_FLOOR_MS ? ms : SETTLE_FLOOR_MS;
}

void run_emit(const struct run *run, const struct event *e)
{
	if (run->sink)
		run->sink->on_event(run->sink->arg, e);
}

struct run_state *step_ctx_state(const struct step_ctx *ctx)
{
	return &ctx->run->stack->state;
}

struct step_history *step_ctx_history(const struct step_ctx *ctx)
{
	return state_history(step_ctx_state(ctx), ctx->step->id);
}

/* Keep `s` (taken) until the step returns. */
const char *step_ctx_lend(struct step_ctx *ctx, char *s)
{
	strv_add_owned(&ctx->scratch, s);
	return s;
}

/* A task may run while another changes what it was lent: so it is lent a copy. */
const char *step_ctx_lend_copy(struct step_ctx *ctx, const char *s)
{
	return s ? step_ctx_lend(ctx, xstrdup(s)) : NULL;
}

static void set_in_flight(struct step_ctx *ctx, bool on)
{
	struct step_history *history = step_ctx_history(ctx);

	if (history && ctx->in_flight != on)
		history->in_flight += on ? 1 : -1;
	ctx->in_flight = history && on;
}

struct rb_error *step_ctx_intent(struct step_ctx *ctx, const char *service, const char *action,
				 const char *region)
{
	json_t *rec;

	/* A run that is looked for is changed by nobody. */
	if (ctx->phase == PHASE_RECOVER)
		return rb_error_because(RB_FAILED,
					"recover changes nothing, but %s was to be asked", action);
	/* It would not be sent: no intent without a call. */
	if (ctx->run->loop && loop_is_interrupted(ctx->run->loop))
		return rb_error_because(RB_INTERRUPTED, "interrupted");
	if (ctx->first_change) {
		struct rb_error *(*ask)(struct step_ctx * c, void *arg) = ctx->first_change;

		ctx->first_change = NULL;
		TRY(ask(ctx, ctx->first_change_arg));
	}
	if (ctx->by_hand && !aws_action_only_tags(action))
		return rb_error_because(RB_BY_HAND, "%s %s", service, action);
	step_log(ctx, "call", service, action);
	free(ctx->call);
	ctx->call = xasprintf("%s %s", service, action);
	set_str(&ctx->call_region, region);
	/* 4-2's proof that a PutObject is refused: `runbook verify` has no journal to write to, and
	 * the step removes what should never have come to be. */
	if (ctx->run->read_only)
		return NULL;
	rec = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s*}", "type", "intent", "step",
			ctx->step->id, "phase", phase_name(ctx->phase), "service", service,
			"action", action, "region", region, "token",
			aws_action_takes_token(action) ? ctx->token : NULL);
	set_in_flight(ctx, true);
	TRY(stack_record(ctx->run->stack, rec, /* sync= */ true));
	ctx->in_change = true;
	run_emit(ctx->run,
		 &(struct event){ .type = EVENT_CALL, .step = ctx->step, .text = ctx->call });
	return NULL;
}

static struct rb_error *before_change(void *arg, const char *service, const char *action,
				      const char *region)
{
	return step_ctx_intent(arg, service, action, region);
}

/* Between the intent and this, the process may have been stopped for long. */
static struct rb_error *before_send(void *arg)
{
	const struct step_ctx *ctx = arg;

	return ctx->run->stack->journal && ctx->in_change
		       ? journal_may_send(ctx->run->stack->journal)
		       : NULL;
}

/* True when it is unknown whether the call took effect. */
static bool is_lost(int http_status, const struct rb_error *err)
{
	return err && (err->kind == RB_LOST ||
		       (http_status >= 500 && !advice_did_nothing(err->kind, http_status)));
}

static void record_outcome(struct step_ctx *ctx, int http_status, const char *request_id,
			   int64_t took_ms, const struct rb_error *err)
{
	json_t *rec;
	struct rb_error *failed;

	rec = json_pack("{s:s, s:s, s:s, s:s, s:i, s:s?, s:I, s:s?}", "type", "outcome", "step",
			ctx->step->id, "call", ctx->call, "result",
			is_lost(http_status, err) ? "lost"
			: err			  ? "failed"
						  : "ok",
			"http_status", http_status, "request_id", request_id, "took_ms",
			(json_int_t)took_ms, "code", err ? err->aws_code : NULL);
	/* Not synced: the output or the next intent is.  Lost with a crash, it is looked up.  The
	 * next intent meets the same failure, before its call. */
	failed = stack_record(ctx->run->stack, rec, /* sync= */ false);
	(void)rb_error_free(failed);
}

static void after_call(void *arg, const char *service, const char *action, const char *region,
		       int http_status, const char *request_id, int64_t took_ms,
		       const struct rb_error *err)
{
	struct step_ctx *ctx = arg;

	free(ctx->last_call);
	ctx->last_call = xasprintf("%s %s", service, action);
	set_str(&ctx->last_region, region);
	if (ctx->in_change && text_eq(ctx->call, ctx->last_call)) {
		record_outcome(ctx, http_status, request_id, took_ms, err);
		set_in_flight(ctx, false);
	} else {
		step_log(ctx, "look", service, action);
	}
}

void step_ctx_init(struct step_ctx *ctx, struct run *run, const struct step *step, enum phase phase)
{
	memset(ctx, 0, sizeof(*ctx));
	ctx->run = run;
	ctx->step = step;
	ctx->phase = phase;
	ctx->claims = json_array();
	ctx->observer = (struct aws_observer){ ctx, before_change, after_call, before_send };
}

void step_ctx_clear(struct step_ctx *ctx)
{
	if (ctx->in_flight) { /* it ended without an answer */
		step_ctx_history(ctx)->unanswered_ms = clock_utc_ms();
		set_in_flight(ctx, false);
	}
	json_decref(ctx->claims);
	said_drop(&ctx->untried);
	said_drop(&ctx->missing);
	said_drop(&ctx->wait.what);
	said_drop(&ctx->wait.state);
	said_drop(&ctx->wait.reason);
	free(ctx->token);
	free(ctx->call);
	free(ctx->call_region);
	free(ctx->last_call);
	free(ctx->last_region);
	for (size_t i = 0; i < ARRAY_LEN(ctx->clients); i++)
		aws_client_free(ctx->clients[i]);
	aws_client_free(ctx->dry_client);
	strv_clear(&ctx->scratch);
	for (size_t i = 0; i < ctx->n_tags; i++)
		aws_tags_clear(&ctx->tags[i]);
	memset(ctx, 0, sizeof(*ctx));
}

struct rb_error *step_ctx_located(const struct step_ctx *ctx, struct rb_error *err)
{
	const struct denied_call call = { ctx->step, phase_name(ctx->phase), ctx->last_call,
					  ctx->last_region };

	if (err->kind == RB_DENIED && ctx->run->explain && !err->denial)
		ctx->run->explain(ctx->run->explain_arg, &call, err);
	if (ctx->last_call)
		return rb_error_where(err, "step %s %-s, %s, %s", ctx->step->id,
				      phase_name(ctx->phase), ctx->last_region, ctx->last_call);
	return rb_error_where(err, "step %s %-s", ctx->step->id, phase_name(ctx->phase));
}

struct rb_error *step_ctx_call(struct step_ctx *ctx)
{
	struct rb_error *err = NULL;

	switch (ctx->phase) {
	case PHASE_DO:
		err = ctx->step->do_(ctx);
		if (!err && !ctx->wait.what && ctx->run->made && !ctx->by_hand)
			err = ctx->run->made(ctx->run->made_arg, ctx);
		break;
	case PHASE_VERIFY:
		err = ctx->step->verify(ctx);
		break;
	case PHASE_UNDO:
		err = ctx->step->undo(ctx);
		break;
	case PHASE_RECOVER:
		err = ctx->step->recover ? ctx->step->recover(ctx) : NULL;
		break;
	}
	if (!err)
		return NULL;
	err->of_run = true;
	return step_ctx_located(ctx, err);
}

enum verdict step_ctx_verdict(const struct step_ctx *ctx)
{
	if (ctx->missing)
		return VERDICT_MISSING;
	/* A difference while AWS still works on it is judged when it is done. */
	if (ctx->wait.what)
		return VERDICT_PENDING;
	return ctx->differs ? VERDICT_DIFFERS : VERDICT_HOLDS;
}
