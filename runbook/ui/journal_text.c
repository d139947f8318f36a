/* SPDX-License-Identifier: Apache-2.0 */
/* A record of the journal in words. */
#include "runbook/ui/journal_text_int.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "runbook/record/journal.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/ui.h"

enum { LINE_MAX = 600 };

static void add_run(const json_t *rec, struct buf *out)
{
	(void)buf_addf(out, tr("run %s of stack %s: procedure %s, account %s"),
		       journal_text_of(rec, "run"), journal_text_of(rec, "stack"),
		       *journal_text_of(rec, "procedure") ? journal_text_of(rec, "procedure")
							  : "peering",
		       journal_text_of(rec, "account"));
}

static enum journal_mood add_state(const json_t *rec, const struct procedure *procedure,
				   struct buf *out)
{
	const char *state = journal_text_of(rec, "state");
	const struct step *step = procedure_step(procedure, journal_text_of(rec, "step"));

	(void)buf_adds(out, tr(state));
	if (step && (text_eq(state, "doing") || text_eq(state, "undoing")))
		(void)buf_addf(out, ": %s", step_title(step));
	return text_eq(state, "held") || text_eq(state, "undone") ? JOURNAL_GOOD : JOURNAL_PLAIN;
}

static void add_intent(const json_t *rec, struct buf *out)
{
	(void)buf_addf(out, tr("calls %s %s in %s"), journal_text_of(rec, "service"),
		       journal_text_of(rec, "action"), journal_text_of(rec, "region"));
}

static enum journal_mood add_outcome(const json_t *rec, struct buf *out)
{
	const char *result = journal_text_of(rec, "result"), *code = journal_text_of(rec, "code");
	autofree char *took = ui_duration(json_integer_value(json_object_get(rec, "took_ms")));

	if (text_eq(result, "ok")) {
		(void)buf_addf(out, tr("%s: done in %s"), journal_text_of(rec, "call"), took);
		return JOURNAL_FAINT;
	}
	if (text_eq(result, "lost"))
		(void)buf_addf(out, tr("%s: no answer was seen after %s"),
			       journal_text_of(rec, "call"), took);
	else
		(void)buf_addf(out, tr("%s: refused after %s: %s"), journal_text_of(rec, "call"),
			       took, *code ? code : "?");
	if (*journal_text_of(rec, "request_id"))
		(void)buf_addf(out, tr(" (request %s)"), journal_text_of(rec, "request_id"));
	return JOURNAL_BAD;
}

static void add_error(const json_t *rec, struct buf *out)
{
	const json_t *error = json_object_get(rec, "error");

	autofree char *what = NULL, *why = NULL;

	if (!json_is_object(error))
		error = rec;
	what = tr_recorded(journal_text_of(error, "what"));
	why = tr_recorded(journal_text_of(error, "why"));
	(void)buf_addf(out, tr("failed: %s"), what);
	if (*why)
		(void)buf_addf(out, ": %s", why);
}

static void add_expires(const json_t *rec, struct buf *out)
{
	(void)buf_addf(out, tr("the run's time to live ends at %s"), journal_text_of(rec, "at"));
}

/* By its members, those that every record has left out. */
static void add_members(const json_t *rec, struct buf *out)
{
	static const char *const common[] = { "format", "seq", "at_ms", "type", "step", "sum" };
	const char *key;
	json_t *value;

	(void)buf_adds(out, journal_type(rec));
	json_object_foreach((json_t *)(uintptr_t)rec, key, value) {
		bool known = false;

		for (size_t i = 0; i < ARRAY_LEN(common); i++)
			known |= text_eq(key, common[i]);
		if (known)
			continue;
		(void)buf_addf(out, " %s=", key);
		if (json_is_string(value)) {
			(void)buf_adds(out, json_string_value(value));
		} else {
			char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

			(void)buf_adds(out, text ? text : "?");
			free(text);
		}
	}
}

char *journal_text(const json_t *rec, const struct procedure *procedure,
		   enum journal_mood *ret_mood)
{
	const char *type = journal_type(rec);
	auto_buf out = BUF_INIT;

	*ret_mood = JOURNAL_PLAIN;
	if (text_eq(type, "run")) {
		add_run(rec, &out);
	} else if (text_eq(type, "command")) {
		journal_text_add_command(rec, &out);
	} else if (text_eq(type, "state")) {
		*ret_mood = add_state(rec, procedure, &out);
	} else if (text_eq(type, "intent")) {
		*ret_mood = JOURNAL_FAINT;
		add_intent(rec, &out);
	} else if (text_eq(type, "outcome")) {
		*ret_mood = add_outcome(rec, &out);
	} else if (text_eq(type, "output")) {
		(void)buf_addf(&out, "%s = %s", journal_text_of(rec, "name"),
			       journal_text_of(rec, "value"));
	} else if (text_eq(type, "forget")) {
		(void)buf_addf(&out, tr("%s is no more"), journal_text_of(rec, "name"));
	} else if (text_eq(type, "token-retired")) {
		(void)buf_addf(&out, tr("another client token for: %s"),
			       journal_text_of(rec, "what"));
	} else if (text_eq(type, "evidence")) {
		*ret_mood = journal_text_add_evidence(rec, &out);
	} else if (text_eq(type, "error")) {
		*ret_mood = JOURNAL_BAD;
		add_error(rec, &out);
	} else if (text_eq(type, "note")) {
		autofree char *text = tr_recorded(journal_text_of(rec, "text"));

		(void)buf_addf(&out, tr("note: %s"), text);
	} else if (text_eq(type, "keeps")) {
		autofree char *text = tr_recorded(journal_text_of(rec, "text"));

		(void)buf_addf(&out, tr("kept on purpose: %s"), text);
	} else if (text_eq(type, "expires")) {
		add_expires(rec, &out);
	} else if (text_eq(type, "sweep")) {
		journal_text_add_sweep(rec, &out, ret_mood);
	} else if (text_eq(type, "recovered")) {
		*ret_mood = journal_text_add_recovered(rec, &out);
	} else if (text_eq(type, "decision")) {
		journal_text_add_decision(rec, &out);
	} else if (text_eq(type, "hook")) {
		*ret_mood = journal_text_add_hook(rec, &out);
	} else if (text_eq(type, "handed-over")) {
		(void)buf_addf(&out, tr("handed over to %s: %s"), journal_text_of(rec, "to"),
			       journal_text_of(rec, "folder"));
	} else if (text_eq(type, "by-hand")) {
		*ret_mood = journal_text_add_by_hand(rec, &out);
	} else {
		add_members(rec, &out);
	}
	return text_printable(out.p, out.n, LINE_MAX);
}
