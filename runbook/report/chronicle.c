/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A replay of the journal for its times.  A step's timeline is a list of spans, each within one
 * command; in the document they are
 *
 *   {"command": 0, "direction": "do", "from": T, "made": T, "checked_from": T, "until": T,
 *    "busy_ms": 120, "result": "held"}
 *
 * From `from` to `made` it was made (of which `busy_ms` was the program's own work), then AWS
 * worked on it, and from `checked_from` to `until` the verify that settled it went on.
 */
#include "runbook/report/chronicle.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "runbook/record/journal.h"

static const char *text_of(const json_t *rec, const char *key)
{
	return json_string_value(json_object_get(rec, key));
}

static json_t *time_json(json_int_t at_ms)
{
	char at[CLOCK_ISO_SIZE];

	clock_iso8601_ms(at_ms, at);
	return json_string(at);
}

void chronicle_init(struct chronicle *t)
{
	memset(t, 0, sizeof(*t));
	t->commands = json_array();
	t->steps = json_object();
	t->sweeps = json_array();
}

void chronicle_clear(struct chronicle *t)
{
	json_decref(t->commands);
	json_decref(t->steps);
	json_decref(t->sweeps);
	memset(t, 0, sizeof(*t));
}

json_t *chronicle_step(struct chronicle *t, const char *step_id)
{
	json_t *step = json_object_get(t->steps, step_id);

	if (step)
		return step;
	step = json_pack("{s:[], s:[], s:[]}", "timeline", "calls", "failures");
	json_object_set_new(t->steps, step_id, step);
	return step;
}

static json_t *last_of(const json_t *list)
{
	size_t n = json_array_size(list);

	return n ? json_array_get(list, n - 1) : NULL;
}

/* ---- commands ------------------------------------------------------------ */

/* Has a step of the last command failed?  Then that ended it, and what was under way as well. */
static bool has_failed(const struct chronicle *t)
{
	json_int_t last = (json_int_t)json_array_size(t->commands) - 1;
	const char *id;
	json_t *step, *span;
	size_t i;

	json_object_foreach(t->steps, id, step)
		json_array_foreach(json_object_get(step, "timeline"), i, span)
			if (json_integer_value(json_object_get(span, "command")) == last &&
			    text_eq(json_string_value(json_object_get(span, "result")), "failed"))
				return true;
	return false;
}

/* What was under way when the program ended, however that was: unless it was by a failure, no
 * record tells of that, so until when it waited is not known. */
static void close_all(struct chronicle *t, json_int_t at_ms)
{
	const char *id;
	json_t *step, *command = last_of(t->commands);
	bool open = false;

	json_object_foreach(t->steps, id, step) {
		json_t *span = last_of(json_object_get(step, "timeline"));

		if (!span || json_object_get(span, "until"))
			continue;
		json_object_set_new(span, "until", time_json(at_ms));
		json_object_set_new(span, "result", json_string("interrupted"));
		open = true;
	}
	if (command && !json_object_get(command, "until"))
		json_object_set_new(command, "until", time_json(at_ms));
	if (command && open && !has_failed(t))
		json_object_set_new(command, "interrupted", json_true());
}

static void take_command(struct chronicle *t, const json_t *rec)
{
	static const char *const copied[] = { "command",  "from",    "to",	"principal",
					      "operator", "witness", "version", "serial" };
	json_t *command = json_object();

	close_all(t, t->last_at_ms);
	for (size_t i = 0; i < ARRAY_LEN(copied); i++) {
		json_t *value = json_object_get(rec, copied[i]);

		if (value && !json_is_null(value))
			json_object_set(command, copied[i], value);
	}
	json_object_set_new(command, "at", time_json(journal_time_ms(rec)));
	json_array_append_new(t->commands, command);
}

/* ---- spans --------------------------------------------------------------- */

static json_int_t command_number(const struct chronicle *t)
{
	size_t n = json_array_size(t->commands);

	return n ? (json_int_t)n - 1 : 0;
}

static json_t *open_span(const json_t *step)
{
	json_t *span = last_of(json_object_get(step, "timeline"));

	return span && !json_object_get(span, "until") ? span : NULL;
}

static json_t *begin_span(struct chronicle *t, json_t *step, const char *direction,
			  json_int_t at_ms)
{
	json_t *span = json_pack("{s:I, s:s, s:o}", "command", command_number(t), "direction",
				 direction, "from", time_json(at_ms));

	json_array_append_new(json_object_get(step, "timeline"), span);
	return span;
}

static void end_span(json_t *span, json_int_t at_ms, const char *result)
{
	if (!span)
		return;
	json_object_set_new(span, "until", time_json(at_ms));
	json_object_set_new(span, "result", json_string(result));
}

static void copy_busy(json_t *span, const json_t *rec)
{
	json_t *busy = json_object_get(rec, "busy_ms");

	if (busy)
		json_object_set(span, "busy_ms", busy);
}

static void failures_helped(const struct chronicle *t, const json_t *step, json_int_t at_ms)
{
	json_t *failure, *command = last_of(t->commands);
	const char *verb = text_of(command, "command");
	size_t i;

	json_array_foreach(json_object_get(step, "failures"), i, failure) {
		if (!json_object_get(failure, "overcome"))
			json_object_set_new(failure, "overcome",
					    json_pack("{s:o, s:s}", "at", time_json(at_ms),
						      "command", verb ? verb : ""));
	}
}

static void take_state(struct chronicle *t, json_t *step, const json_t *rec)
{
	const char *state = text_of(rec, "state");
	json_int_t at_ms = journal_time_ms(rec);
	json_t *span = open_span(step);

	if (text_eq(state, "doing") || text_eq(state, "undoing")) {
		end_span(span, at_ms, "again");
		(void)begin_span(t, step, *state == 'd' ? "do" : "undo", at_ms);
	} else if (text_eq(state, "made") && span) {
		json_object_set_new(span, "made", time_json(at_ms));
		copy_busy(span, rec);
	} else if (text_eq(state, "held")) {
		end_span(span, at_ms, "held");
		failures_helped(t, step, at_ms);
	} else if (text_eq(state, "undone")) {
		if (span)
			copy_busy(span, rec);
		end_span(span, at_ms, "undone");
		failures_helped(t, step, at_ms);
	}
}

/* The verify that settled it; without an open span it is one of what was made earlier. */
static void take_evidence(struct chronicle *t, json_t *step, const json_t *rec)
{
	json_int_t at_ms = journal_time_ms(rec);
	const json_t *busy = json_object_get(rec, "busy_ms");
	json_t *span = open_span(step);

	if (!busy) /* an older program's, or one of `runbook verify`, which is no command here */
		return;
	if (!span) {
		span = begin_span(t, step, "verify", at_ms - json_integer_value(busy));
		end_span(span, at_ms, text_of(rec, "verdict"));
	}
	json_object_set_new(span, "checked_from", time_json(at_ms - json_integer_value(busy)));
}

/* ---- calls and failures -------------------------------------------------- */

static void take_intent(struct chronicle *t, json_t *step, const json_t *rec)
{
	static const char *const copied[] = { "phase", "service", "action", "region", "token" };
	json_t *call = json_pack("{s:o, s:I}", "at", time_json(journal_time_ms(rec)), "command",
				 command_number(t));

	for (size_t i = 0; i < ARRAY_LEN(copied); i++)
		if (json_object_get(rec, copied[i]))
			json_object_set(call, copied[i], json_object_get(rec, copied[i]));
	json_array_append_new(json_object_get(step, "calls"), call);
}

static bool is_call_of(const json_t *call, const char *name)
{
	const char *service = text_of(call, "service"), *action = text_of(call, "action");
	size_t n = service ? strlen(service) : 0;

	return service && action && name && strncmp(name, service, n) == 0 && name[n] == ' ' &&
	       strcmp(name + n + 1, action) == 0;
}

/* The last call of that name: one before it that has no answer was lost, or is not AWS's to answer
 * (what the instance does).  A call that was refused and asked again has several answers: the last
 * one is what became of it. */
static void take_outcome(json_t *step, const json_t *rec)
{
	static const char *const copied[] = { "result", "http_status", "request_id", "code",
					      "took_ms" };
	const json_t *calls = json_object_get(step, "calls");

	json_t *call = NULL;

	for (size_t i = json_array_size(calls); i-- > 0;) {
		json_t *other = json_array_get(calls, i);

		if (!is_call_of(other, text_of(rec, "call")))
			continue;
		if (!call || (json_object_get(call, "result") && !json_object_get(other, "result")))
			call = other;
	}
	for (size_t k = 0; call && k < ARRAY_LEN(copied); k++) {
		json_t *value = json_object_get(rec, copied[k]);

		if (value && !json_is_null(value))
			json_object_set(call, copied[k], value);
		else
			json_object_del(call, copied[k]);
	}
}

static void take_error(struct chronicle *t, json_t *step, const json_t *rec)
{
	json_t *failure = json_deep_copy(json_object_get(rec, "error"));
	json_int_t at_ms = journal_time_ms(rec);

	if (!failure)
		failure = json_object();
	json_object_set_new(failure, "at", time_json(at_ms));
	json_object_set_new(failure, "command", json_integer(command_number(t)));
	if (text_of(rec, "phase"))
		json_object_set(failure, "phase", json_object_get(rec, "phase"));
	json_array_append_new(json_object_get(step, "failures"), failure);
	end_span(open_span(step), at_ms, "failed");
}

/* Who decided what at a question; of the command as a whole when it names no step. */
static void take_decision(struct chronicle *t, json_t *step, const json_t *rec)
{
	static const char *const copied[] = { "phase", "what", "operator", "witness" };
	json_t *decision = json_object(), *command = last_of(t->commands), *list;

	json_object_set_new(decision, "at", time_json(journal_time_ms(rec)));
	for (size_t i = 0; i < ARRAY_LEN(copied); i++)
		if (json_object_get(rec, copied[i]))
			json_object_set(decision, copied[i], json_object_get(rec, copied[i]));
	list = json_object_get(step ? step : command, "decisions");
	if (!list) {
		list = json_array();
		json_object_set_new(step ? step : command, "decisions", list);
	}
	json_array_append_new(list, decision);
}

static void take_sweep(struct chronicle *t, const json_t *rec)
{
	json_int_t at_ms = journal_time_ms(rec);

	json_array_append_new(t->sweeps,
			      json_pack("{s:I, s:o, s:o, s:b}", "command", command_number(t),
					"from", time_json(t->last_at_ms ? t->last_at_ms : at_ms),
					"until", time_json(at_ms), "clean",
					json_is_true(json_object_get(rec, "clean"))));
}

struct rb_error *chronicle_record(void *arg, const json_t *rec)
{
	struct chronicle *t = arg;
	const char *type = journal_type(rec), *id = text_of(rec, "step"),
		   *sum = text_of(rec, "sum");
	json_t *step = id ? chronicle_step(t, id) : NULL;
	bool by_verify = text_eq(type, "evidence") && !json_object_get(rec, "busy_ms");

	t->records++;
	if (sum)
		(void)memcpy(t->last_sum, sum, strnlen(sum, sizeof(t->last_sum) - 1));
	if (text_eq(type, "command"))
		take_command(t, rec);
	else if (text_eq(type, "sweep"))
		take_sweep(t, rec);
	else if (text_eq(type, "decision") && (step || json_array_size(t->commands)))
		take_decision(t, step, rec);
	else if (step && text_eq(type, "state"))
		take_state(t, step, rec);
	else if (step && text_eq(type, "evidence"))
		take_evidence(t, step, rec);
	else if (step && text_eq(type, "intent"))
		take_intent(t, step, rec);
	else if (step && text_eq(type, "outcome"))
		take_outcome(step, rec);
	else if (step && text_eq(type, "error"))
		take_error(t, step, rec);
	if (!by_verify)
		t->last_at_ms = journal_time_ms(rec);
	return NULL;
}

void chronicle_finish(struct chronicle *t)
{
	const char *id;
	json_t *step, *call;
	size_t i;

	close_all(t, t->last_at_ms);
	json_object_foreach(t->steps, id, step)
		json_array_foreach(json_object_get(step, "calls"), i, call)
			if (!json_object_get(call, "result"))
				json_object_set_new(call, "result", json_string("unanswered"));
}
