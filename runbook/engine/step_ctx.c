/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions of step.h.
 *
 * The client's observer is how an intent comes before its call: aws/ asks
 * before_change once for each call that changes AWS, and an error from there
 * stops the call.
 */
#include "runbook/engine/step_ctx.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/core/advice.h"
#include "aws/core/actions.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "net/loop.h"

/* Longest usual delay until a new thing is listed; traps.md's "visible" row says 1 to 10 s. */
enum { SETTLE_MS = 20000, SETTLE_FLOOR_MS = 150, LOOKS_AT_LEAST = 5 };

const char *phase_name(enum phase phase)
{
	static const char *const names[] = { "do", "verify", "undo" };

	return names[phase];
}

const char *verdict_name(enum verdict v)
{
	static const char *const names[] = { "holds", "pending", "differs", "missing", "blocked" };

	return names[v];
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

/* Bytes of the ARN that `p` begins with: of the policy that denied, and the administrator needs it
 * whole.  0: there is none, or it is longer than one can be. */
static size_t arn_bytes(const char *p)
{
	enum { LONGEST = 600 };
	size_t n = strcspn(p, " \t\r\n\"'<>()[],;");
	int colons = 0;

	if (!text_starts_with(p, "arn:") || n > LONGEST)
		return 0;
	for (size_t i = 0; i < n; i++)
		colons += p[i] == ':';
	return colons >= 5 ? n : 0;
}

/*
 * An encoded authorisation message, a presigned URL or a token is one long word;
 * nothing else that a person needs from a message is, but an ARN.
 */
char *redact(const char *text)
{
	static const char word[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				   "_-+/=%";
	autofree char *safe = text_printable(text, strlen(text), 8000);
	struct buf out = BUF_INIT;

	for (const char *p = safe; *p;) {
		size_t arn = arn_bytes(p), n = arn ? arn : strspn(p, word);

		if (n > 90 && !arn)
			(void)buf_adds(&out, "(cut)");
		else
			(void)buf_add(&out, p, n ? n : 1);
		p += n ? n : 1;
	}
	return buf_steal(&out);
}

static struct run_state *state_of(const struct step_ctx *ctx)
{
	return &ctx->run->stack->state;
}

static struct step_past *own_past(const struct step_ctx *ctx)
{
	return state_past(state_of(ctx), ctx->step->id);
}

/* ---- the pass ----------------------------------------------------------- */

static void set_in_flight(struct step_ctx *ctx, bool on)
{
	struct step_past *past = own_past(ctx);

	if (past && ctx->in_flight != on)
		past->in_flight += on ? 1 : -1;
	ctx->in_flight = past && on;
}

struct rb_error *step_ctx_intent(struct step_ctx *ctx, const char *service, const char *action,
				 const char *region)
{
	json_t *rec;

	/* It would not be sent: no intent without a call. */
	if (ctx->run->loop && loop_is_interrupted(ctx->run->loop))
		return rb_error_because(RB_INTERRUPTED, "interrupted");
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

/* True when nobody can tell whether the call did something. */
static bool is_lost(int http_status, const struct rb_error *err)
{
	return err && (err->kind == RB_LOST || err->kind == RB_PROTOCOL ||
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
	ctx->observer = (struct aws_observer){ ctx, before_change, after_call };
}

void step_ctx_clear(struct step_ctx *ctx)
{
	if (ctx->in_flight) { /* it ended without an answer */
		own_past(ctx)->unanswered_ms = clock_utc_ms();
		set_in_flight(ctx, false);
	}
	json_decref(ctx->claims);
	free(ctx->untried);
	free(ctx->missing);
	free(ctx->wait.what);
	free(ctx->wait.state);
	free(ctx->wait.reason);
	free(ctx->token);
	free(ctx->call);
	free(ctx->call_region);
	free(ctx->last_call);
	free(ctx->last_region);
	for (size_t i = 0; i < ARRAY_LEN(ctx->clients); i++)
		aws_client_free(ctx->clients[i]);
	strv_clear(&ctx->scratch);
	for (size_t i = 0; i < ctx->n_tags; i++)
		aws_tags_clear(&ctx->tags[i]);
	memset(ctx, 0, sizeof(*ctx));
}

struct rb_error *step_ctx_call(struct step_ctx *ctx)
{
	struct rb_error *err = NULL;

	switch (ctx->phase) {
	case PHASE_DO:
		err = ctx->step->do_(ctx);
		break;
	case PHASE_VERIFY:
		err = ctx->step->verify(ctx);
		break;
	case PHASE_UNDO:
		err = ctx->step->undo(ctx);
		break;
	}
	if (!err)
		return NULL;
	err->of_run = true;
	if (ctx->last_call)
		return rb_error_where(err, "step %s %s, %s, %s", ctx->step->id,
				      phase_name(ctx->phase), ctx->last_region, ctx->last_call);
	return rb_error_where(err, "step %s %s", ctx->step->id, phase_name(ctx->phase));
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

/* ---- side by side -------------------------------------------------------- */

struct branch {
	struct step_ctx ctx;
	const struct step_branch *what;
	struct task *task;
	struct rb_error *err;
};

static void run_branch(void *arg)
{
	struct branch *b = arg;

	b->err = b->what->fn(&b->ctx, b->what->arg);
	if (b->err && b->ctx.last_call)
		b->err = rb_error_where(b->err, "step %s %s, %s, %s", b->ctx.step->id,
					phase_name(b->ctx.phase), b->ctx.last_region,
					b->ctx.last_call);
}

/* What the branch told is the step's word. */
static void take_branch(struct step_ctx *ctx, struct step_ctx *from)
{
	(void)json_array_extend(ctx->claims, from->claims);
	if (from->missing && !ctx->missing)
		ctx->missing = steal_str(&from->missing);
	if (from->untried && !ctx->untried)
		ctx->untried = steal_str(&from->untried);
	if (from->wait.what && !ctx->wait.what) {
		ctx->wait = from->wait;
		memset(&from->wait, 0, sizeof(from->wait));
	}
	ctx->differs |= from->differs;
	ctx->replaced |= from->replaced;
}

struct rb_error *step_together(struct step_ctx *ctx, const struct step_branch *branches)
{
	struct loop *loop = ctx->run->loop;
	struct rb_error *first = NULL;
	struct branch *b;
	size_t n = 0;

	while (branches[n].fn)
		n++;
	b = xcalloc(n + 1, sizeof(*b));
	for (size_t i = 0; i < n; i++) {
		step_ctx_init(&b[i].ctx, ctx->run, ctx->step, ctx->phase);
		b[i].ctx.fresh = ctx->fresh;
		b[i].ctx.looks = ctx->looks;
		b[i].what = &branches[i];
		if (loop)
			b[i].task = loop_spawn(loop, run_branch, &b[i]);
		else
			run_branch(&b[i]);
	}
	for (size_t i = 0; i < n; i++) {
		if (b[i].task)
			loop_join(loop, b[i].task);
		task_free(b[i].task);
		take_branch(ctx, &b[i].ctx);
		step_ctx_clear(&b[i].ctx);
		if (first)
			(void)rb_error_free(b[i].err);
		else
			first = b[i].err;
	}
	free(b);
	return first;
}

/* ---- what a step knows -------------------------------------------------- */

/* Keep `s` (taken) until the step returns. */
static const char *lend(struct step_ctx *ctx, char *s)
{
	strv_add_owned(&ctx->scratch, s);
	return s;
}

/* A task may run while another changes what it was lent: so it is lent a copy. */
static const char *lend_copy(struct step_ctx *ctx, const char *s)
{
	return s ? lend(ctx, xstrdup(s)) : NULL;
}

const char *step_param(struct step_ctx *ctx, const char *name)
{
	step_log(ctx, "param", name, NULL);
	return params_get(&state_of(ctx)->params, name);
}

const char *step_output(struct step_ctx *ctx, const char *name)
{
	return lend_copy(ctx, past_output(own_past(ctx), name));
}

const char *step_output_at(struct step_ctx *ctx, const char *name)
{
	const struct past_output *row = past_output_row(own_past(ctx), name);
	char at[CLOCK_ISO_SIZE];

	if (!row || !row->value)
		return "";
	clock_iso8601(row->at_ms / 1000, at);
	return lend_copy(ctx, at);
}

const char *step_output_of(struct step_ctx *ctx, const char *step_id, const char *name)
{
	const struct step_past *past = state_past(state_of(ctx), step_id);

	step_log(ctx, "need", step_id, name);
	return past ? lend_copy(ctx, past_output(past, name)) : NULL;
}

struct rb_error *step_need_output(struct step_ctx *ctx, const char *step_id, const char *name,
				  const char **ret)
{
	const char *value = step_output_of(ctx, step_id, name);

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
	const struct step_past *past = state_past(state_of(ctx), step_id);

	if (!past)
		return false;
	if (ctx->run->is_held)
		return ctx->run->is_held(ctx->run->is_held_arg, past->step);
	return past->state == STEP_HELD;
}

/* Does `step` need `id`, itself or through others? */
static bool needs(const struct run_state *st, const struct step *step, const char *id)
{
	for (const struct step_need *n = step->needs; n && n->step; n++) {
		const struct step_past *past = state_past(st, n->step);

		if (strcmp(n->step, id) == 0 || (past && needs(st, past->step, id)))
			return true;
	}
	return false;
}

const char *step_changed_since(struct step_ctx *ctx, const char *name, const char **ret_at)
{
	const struct past_output *row = past_output_row(own_past(ctx), name);
	const struct run_state *st = state_of(ctx);
	char at[CLOCK_ISO_SIZE];

	for (size_t i = 0; row && row->value && i < st->n; i++) {
		const struct step_past *past = &st->past[i];

		if (past->changed_nth <= row->nth || !needs(st, ctx->step, past->step->id))
			continue;
		clock_iso8601(past->changed_ms / 1000, at);
		*ret_at = lend_copy(ctx, at);
		return past->step->id;
	}
	return NULL;
}

bool step_run_made(struct step_ctx *ctx, const char *id)
{
	const struct run_state *st = state_of(ctx);

	for (size_t i = 0; i < st->n; i++)
		for (size_t k = 0; k < st->past[i].n_outputs; k++) {
			const struct past_output *o = &st->past[i].outputs[k];

			if (text_eq(o->value, id) || text_eq(o->former, id))
				return true;
		}
	return false;
}

bool step_is_fresh(struct step_ctx *ctx)
{
	return ctx->fresh;
}

bool step_may_be_unseen(struct step_ctx *ctx)
{
	const struct step_past *past = own_past(ctx);

	return past->unanswered > past->in_flight &&
	       clock_utc_ms() - past->unanswered_ms < run_settle_ms(ctx->run) &&
	       clock_utc_ms() >= past->unanswered_ms;
}

bool step_done_lately(struct step_ctx *ctx, const char *step_id, const char *action, int within_s)
{
	const struct step_past *past = state_past(state_of(ctx), step_id);
	int64_t within_ms = (int64_t)(within_s * 1000.0 / ctx->run->speed) + SETTLE_FLOOR_MS;
	int64_t done_ms = past ? past_call_done_ms(past, action) : 0;
	int64_t ago_ms = clock_utc_ms() - done_ms;

	if (!done_ms || ago_ms < 0)
		return false;
	/*
	 * A rehearsal divides AWS's time, and not what this machine takes to log in or to be
	 * scheduled: the first looks are not too late because they took long.
	 */
	if (ctx->looks <= LOOKS_AT_LEAST && ago_ms < within_s * INT64_C(1000))
		return true;
	return ago_ms < within_ms;
}

bool step_is_known_gone(struct step_ctx *ctx, const char *name, const char *by)
{
	const struct step_past *past = own_past(ctx);
	const struct past_output *row = past_output_row(past, name);

	if (ctx->run->undo_again)
		return false;
	return row && !row->value && row->former && past_call_done_ms(past, by) >= row->at_ms &&
	       past->do_nth <= row->forgotten_nth && past->unanswered <= past->in_flight;
}

bool step_delete_foreign_objects(struct step_ctx *ctx)
{
	return ctx->run->delete_foreign_objects;
}

const char *step_run_id(struct step_ctx *ctx)
{
	return state_of(ctx)->run_id;
}

const char *step_stack(struct step_ctx *ctx)
{
	return state_of(ctx)->stack;
}

const char *step_account(struct step_ctx *ctx)
{
	return state_of(ctx)->account;
}

const char *step_partition(struct step_ctx *ctx)
{
	return state_of(ctx)->partition;
}

/* ---- AWS ---------------------------------------------------------------- */

struct aws_client *step_aws_of(struct step_ctx *ctx, int side)
{
	const struct params *params = &state_of(ctx)->params;
	size_t i = side == SIDE_LOCAL ? 0 : (size_t)side;

	assert(i < ARRAY_LEN(ctx->clients));
	if (!ctx->clients[i]) {
		ctx->clients[i] = aws_client_new(ctx->run->session, params_region(params, side));
		aws_client_observe(ctx->clients[i], &ctx->observer);
	}
	return ctx->clients[i];
}

struct aws_client *step_aws(struct step_ctx *ctx)
{
	return step_aws_of(ctx, ctx->step->side);
}

const struct aws_tags *step_tags(struct step_ctx *ctx, const char *what)
{
	autofree char *name = xasprintf("runbook-%s-%s-%s", step_stack(ctx), ctx->step->id, what);
	struct aws_tags *tags;

	for (size_t i = 0; i < ctx->n_tags; i++) /* the same, asked for again */
		if (text_eq(aws_tags_get(&ctx->tags[i], "Name"), name))
			return &ctx->tags[i];
	assert(ctx->n_tags < ARRAY_LEN(ctx->tags));
	tags = &ctx->tags[ctx->n_tags++];
	aws_tags_add(tags, "Name", name);
	aws_tags_add(tags, "runbook:stack", step_stack(ctx));
	aws_tags_add(tags, "runbook:run", step_run_id(ctx));
	aws_tags_add(tags, "runbook:step", ctx->step->id);
	return tags;
}

const struct aws_filter *step_filters(struct step_ctx *ctx)
{
	ctx->filters[0] = (struct aws_filter){ "tag:runbook:run", { step_run_id(ctx) } };
	ctx->filters[1] = (struct aws_filter){ "tag:runbook:step", { ctx->step->id } };
	ctx->filters[2] = (struct aws_filter){ NULL, { NULL } };
	return ctx->filters;
}

bool step_owns(struct step_ctx *ctx, const struct aws_tags *tags)
{
	return text_eq(aws_tags_get(tags, "runbook:run"), step_run_id(ctx)) &&
	       text_eq(aws_tags_get(tags, "runbook:step"), ctx->step->id);
}

const char *step_name(struct step_ctx *ctx, const char *what)
{
	return lend(ctx, xasprintf("runbook-%s-%.38s", step_run_id(ctx), what));
}

const char *step_token(struct step_ctx *ctx, const char *what)
{
	autofree char *basis = xasprintf("%s/%s/%s/%d", step_run_id(ctx), ctx->step->id, what,
					 past_token_retired(own_past(ctx), what));
	char hex[65];

	text_sha256_hex(basis, strlen(basis), hex);
	free(ctx->token);
	ctx->token = xasprintf("runbook-%.48s", hex);
	return lend_copy(ctx, ctx->token);
}

struct rb_error *step_retire_token(struct step_ctx *ctx, const char *what)
{
	return stack_record(ctx->run->stack,
			    json_pack("{s:s, s:s, s:s}", "type", "token-retired", "step",
				      ctx->step->id, "what", what),
			    /* sync= */ true);
}

/* ---- what a step tells -------------------------------------------------- */

struct rb_error *step_record(struct step_ctx *ctx, const char *name, const char *value)
{
	const struct past_output *row = past_output_row(own_past(ctx), name);
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
	if (ctx->run->read_only || !past_output(own_past(ctx), name))
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
	record_text(ctx, "note", &own_past(ctx)->notes, text);
}

void step_keeps(struct step_ctx *ctx, const char *fmt, ...)
{
	autofree char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	record_text(ctx, "keeps", &own_past(ctx)->keeps, text);
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
	step_pending(ctx, what, "in use", reason, usual_s);
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
