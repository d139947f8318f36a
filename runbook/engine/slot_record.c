/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a step in a command, recorded and reported: its states, errors and evidence. */
#include "runbook/engine/engine_int.h"

#include "base/alloc.h"

/* The record of an end says how much of its time was work of its own; the rest was waiting for AWS.
 */
static json_t *state_record(const struct slot *s, enum step_state state)
{
	json_t *rec = json_pack("{s:s, s:s, s:s}", "type", "state", "step", s->step->id, "state",
				step_state_name(state));

	if (state == STEP_MADE || state == STEP_UNDONE)
		json_object_set_new(rec, "busy_ms", json_integer(s->busy_ms));
	return rec;
}

void slot_state(struct engine *e, struct slot *s, enum step_state state)
{
	struct rb_error *err;

	if (s->history->state != state) {
		err = stack_record(e->run->stack, state_record(s, state), /* sync= */ false);
		if (err) {
			e->stopping = true;
			engine_fail(e, err);
			return;
		}
	}
	run_emit(e->run, &(struct event){ .type = EVENT_STATE, .step = s->step, .state = state });
}

static json_t *next_json(const struct rb_error *err)
{
	json_t *list = json_array();

	for (size_t i = 0; i < err->next_n; i++) {
		autofree char *safe = err->next[i].args ? redact(err->next[i].args) : NULL;

		json_array_append_new(list, json_pack("{s:s, s:s*}", "verb",
						      rb_next_name(err->next[i].verb), "arguments",
						      safe));
	}
	return list;
}

static json_t *error_json(const struct rb_error *err)
{
	static const size_t texts = 4;
	const char *const names[] = { "what", "where", "why", "hint" };
	const char *const values[] = { err->what, err->where, err->why, err->hint };
	json_t *o = json_pack("{s:s}", "kind", rb_kind_name(err->kind));

	for (size_t i = 0; i < texts; i++) {
		autofree char *safe = values[i] ? redact(values[i]) : NULL;

		if (safe)
			json_object_set_new(o, names[i], json_string(safe));
	}
	if (err->next_n)
		json_object_set_new(o, "next", next_json(err));
	if (err->denial)
		json_object_set_new(o, "denial", json_loads(err->denial, 0, NULL));
	if (err->aws_code) {
		autofree char *code = redact(err->aws_code);

		json_object_set_new(o, "code", json_string(code));
	}
	if (err->request_id) {
		autofree char *id = redact(err->request_id);

		json_object_set_new(o, "request_id", json_string(id));
	}
	return o;
}

void slot_fail(struct engine *e, struct slot *s, struct rb_error *err)
{
	struct rb_error *second;

	s->phase = SLOT_FAILED;
	/* A journal that cannot be written is the failure itself. */
	second =
		stack_record(e->run->stack,
			     json_pack("{s:s, s:s, s:s, s:o}", "type", "error", "step", s->step->id,
				       "phase", phase_name(s->pass), "error", error_json(err)),
			     /* sync= */ true);
	(void)rb_error_free(second);
	run_emit(e->run,
		 &(struct event){
			 .type = EVENT_ERROR, .step = s->step, .state = STEP_FAILED, .err = err });
	engine_fail(e, err);
}

json_t *evidence_record(const struct step_ctx *ctx, int64_t busy_ms)
{
	json_t *rec = json_pack("{s:s, s:s, s:s, s:O, s:s*, s:s*}", "type", "evidence", "step",
				ctx->step->id, "verdict", verdict_name(step_ctx_verdict(ctx)),
				"claims", ctx->claims, "missing", ctx->missing, "missing_output",
				ctx->missing_output);

	json_object_set_new(rec, "busy_ms", json_integer(busy_ms));
	return rec;
}

void slot_evidence(struct engine *e, struct slot *s)
{
	struct rb_error *err = stack_record(e->run->stack, evidence_record(&s->ctx, s->pass_ms),
					    /* sync= */ false);

	if (err) {
		e->stopping = true;
		engine_fail(e, err);
	}
}
