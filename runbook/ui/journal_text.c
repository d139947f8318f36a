/* SPDX-License-Identifier: Apache-2.0 */
/* A record of the journal in words. */
#include "runbook/ui/journal_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "runbook/contract/event.h"
#include "runbook/record/journal.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/ui.h"

enum { CLAIMS_MAX = 3, LINE_MAX = 600 };

static const char *text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text ? text : "";
}

char *claim_text(const json_t *claim, const char *key)
{
	const char *text = text_of(claim, key);

	return text_eq(text_of(claim, "kind"), CLAIM_TAG) && !text_eq(text, "(none)")
		       ? xstrdup(text)
		       : tr_recorded(text);
}

char *claim_name(const char *claim)
{
	const char *dot = strchr(claim, '.');
	autofree char *rest = NULL;

	if (!dot || !strchr(dot, ' '))
		return xstrdup(tr(claim));
	rest = tr_recorded(dot + 1);
	return xasprintf("%.*s.%s", (int)(dot - claim), claim, rest);
}

const char *decision_words(const char *what, const char *phase)
{
	static const struct {
		const char *what, *words, *of_undo;
	} all[] = {
		{ "begin", N_("begin a new run"), NULL },
		{ "undo", N_("undo the run"), NULL },
		{ "do", N_("do it"), N_("undo it") },
		{ "by-hand", N_("do it by hand"), N_("undo it by hand") },
		{ "wait", N_("wait for AWS first"), NULL },
		{ "look", N_("look again first"), NULL },
		{ "stop", N_("stop here"), NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (text_eq(what, all[i].what))
			return text_eq(phase, "undo") && all[i].of_undo ? all[i].of_undo
									: all[i].words;
	return what;
}

static void add_run(const json_t *rec, struct buf *out)
{
	(void)buf_addf(out, tr("run %s of stack %s: procedure %s, account %s"), text_of(rec, "run"),
		       text_of(rec, "stack"),
		       *text_of(rec, "procedure") ? text_of(rec, "procedure") : "peering",
		       text_of(rec, "account"));
}

static void add_range(const json_t *rec, struct buf *out)
{
	static const char *const words[] = { "from", "to", "ttl" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (*text_of(rec, words[i]))
			(void)buf_addf(out, " --%s %s", words[i], text_of(rec, words[i]));
	if (json_is_true(json_object_get(rec, "expired")))
		(void)buf_adds(out, " --expired");
	if (json_is_true(json_object_get(rec, "serial")))
		(void)buf_adds(out, " --serial");
	if (json_is_true(json_object_get(rec, "sandbox")))
		(void)buf_adds(out, " --sandbox");
}

static void add_command(const json_t *rec, struct buf *out)
{
	(void)buf_addf(out, tr("command %s"), text_of(rec, "command"));
	add_range(rec, out);
	if (*text_of(rec, "operator"))
		(void)buf_addf(out, tr("; operator %s"), text_of(rec, "operator"));
	if (*text_of(rec, "witness"))
		(void)buf_addf(out, tr("; witness %s"), text_of(rec, "witness"));
	if (*text_of(rec, "principal"))
		(void)buf_addf(out, "; %s", text_of(rec, "principal"));
}

static enum journal_mood add_state(const json_t *rec, const struct procedure *procedure,
				   struct buf *out)
{
	const char *state = text_of(rec, "state");
	const struct step *step = procedure_step(procedure, text_of(rec, "step"));

	(void)buf_adds(out, tr(state));
	if (step && (text_eq(state, "doing") || text_eq(state, "undoing")))
		(void)buf_addf(out, ": %s", step_title(step));
	return text_eq(state, "held") || text_eq(state, "undone") ? JOURNAL_GOOD : JOURNAL_PLAIN;
}

static void add_intent(const json_t *rec, struct buf *out)
{
	(void)buf_addf(out, tr("calls %s %s in %s"), text_of(rec, "service"),
		       text_of(rec, "action"), text_of(rec, "region"));
}

static enum journal_mood add_outcome(const json_t *rec, struct buf *out)
{
	const char *result = text_of(rec, "result"), *code = text_of(rec, "code");
	autofree char *took = ui_duration(json_integer_value(json_object_get(rec, "took_ms")));

	if (text_eq(result, "ok")) {
		(void)buf_addf(out, tr("%s: done in %s"), text_of(rec, "call"), took);
		return JOURNAL_FAINT;
	}
	if (text_eq(result, "lost"))
		(void)buf_addf(out, tr("%s: no answer was seen after %s"), text_of(rec, "call"),
			       took);
	else
		(void)buf_addf(out, tr("%s: refused after %s: %s"), text_of(rec, "call"), took,
			       *code ? code : "?");
	if (*text_of(rec, "request_id"))
		(void)buf_addf(out, tr(" (request %s)"), text_of(rec, "request_id"));
	return JOURNAL_BAD;
}

static void add_differing(const json_t *rec, struct buf *out)
{
	const json_t *claims = json_object_get(rec, "claims"), *claim;
	size_t i, n = 0;

	json_array_foreach(claims, i, claim) {
		if (json_is_true(json_object_get(claim, "agrees")))
			continue;
		if (n++ < CLAIMS_MAX) {
			autofree char *name = claim_name(text_of(claim, "claim"));
			autofree char *expected = claim_text(claim, "expected");
			autofree char *found = claim_text(claim, "found");

			(void)buf_addf(out, tr("; %s: expected %s, found %s"), name, expected,
				       found);
		}
	}
	if (n > CLAIMS_MAX)
		(void)buf_addf(out, tr("; and %zu more"), n - CLAIMS_MAX);
}

static enum journal_mood add_evidence(const json_t *rec, struct buf *out)
{
	const char *verdict = text_of(rec, "verdict");
	autofree char *missing = tr_recorded(text_of(rec, "missing"));
	size_t n = json_array_size(json_object_get(rec, "claims"));
	bool holds = text_eq(verdict, "holds");

	(void)buf_addf(out, tr_n(n, "verified: %s (%zu claim)", "verified: %s (%zu claims)"),
		       tr(verdict), n);
	if (*missing)
		(void)buf_addf(out, "; %s", missing);
	add_differing(rec, out);
	return holds ? JOURNAL_GOOD : JOURNAL_BAD;
}

static void add_error(const json_t *rec, struct buf *out)
{
	const json_t *error = json_object_get(rec, "error");

	autofree char *what = NULL, *why = NULL;

	if (!json_is_object(error))
		error = rec;
	what = tr_recorded(text_of(error, "what"));
	why = tr_recorded(text_of(error, "why"));
	(void)buf_addf(out, tr("failed: %s"), what);
	if (*why)
		(void)buf_addf(out, ": %s", why);
}

static void add_expires(const json_t *rec, struct buf *out)
{
	(void)buf_addf(out, tr("the run's time to live ends at %s"), text_of(rec, "at"));
}

static void add_sweep(const json_t *rec, struct buf *out, enum journal_mood *mood)
{
	const json_t *left = json_object_get(rec, "left"), *item;
	size_t i, n = json_array_size(left);

	*mood = n ? JOURNAL_BAD : JOURNAL_GOOD;
	if (!n) {
		(void)buf_adds(out, tr("looked for leftovers: nothing is left"));
		return;
	}
	(void)buf_addf(out,
		       tr_n(n, "looked for leftovers: %zu thing is left",
			    "looked for leftovers: %zu things are left"),
		       n);
	json_array_foreach(left, i, item) {
		(void)buf_addf(out, "%s %s %s", i ? "," : ":", tr(text_of(item, "kind")),
			       text_of(item, "id"));
	}
}

static enum journal_mood add_hook(const json_t *rec, struct buf *out)
{
	json_int_t status = json_integer_value(json_object_get(rec, "status"));
	bool late = json_is_true(json_object_get(rec, "timed_out"));

	(void)buf_addf(out, tr("hook %s ended with %lld"), text_of(rec, "hook"), (long long)status);
	if (late)
		(void)buf_adds(out, tr(": its time ran out"));
	if (*text_of(rec, "output"))
		(void)buf_addf(out, ": %s", text_of(rec, "output"));
	return status || late ? JOURNAL_BAD : JOURNAL_PLAIN;
}

static enum journal_mood add_by_hand(const json_t *rec, struct buf *out)
{
	const char *what = text_of(rec, "what"), *who = text_of(rec, "operator");
	bool undo = text_eq(text_of(rec, "phase"), "undo");

	if (text_eq(what, "chosen"))
		(void)buf_adds(out,
			       undo ? tr("is to be undone by hand") : tr("is to be done by hand"));
	else if (text_eq(what, "withdrawn"))
		(void)buf_adds(out, undo ? tr("is not to be undone by hand any more")
					 : tr("is not to be done by hand any more"));
	else if (text_eq(what, "adopted"))
		(void)buf_addf(out, tr("adopted %s %s, which was found by %s"),
			       tr(text_of(rec, "kind")), text_of(rec, "id"),
			       tr(text_of(rec, "found_by")));
	else
		(void)buf_adds(out, undo ? tr("undone by hand") : tr("made by hand"));
	if (*who)
		(void)buf_addf(out, tr("; operator %s"), who);
	if (*text_of(rec, "witness"))
		(void)buf_addf(out, tr("; witness %s"), text_of(rec, "witness"));
	return text_eq(what, "done") ? JOURNAL_GOOD : JOURNAL_PLAIN;
}

/* "decided: do it; operator alice; witness bob". */
static void add_decision(const json_t *rec, struct buf *out)
{
	(void)buf_addf(out, tr("decided: %s"),
		       tr(decision_words(text_of(rec, "what"), text_of(rec, "phase"))));
	if (*text_of(rec, "operator"))
		(void)buf_addf(out, tr("; operator %s"), text_of(rec, "operator"));
	if (*text_of(rec, "witness"))
		(void)buf_addf(out, tr("; witness %s"), text_of(rec, "witness"));
}

/* "LABEL a, b", nothing for an empty list. */
static void add_list(const char *label, const json_t *list, struct buf *out)
{
	json_t *item;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)list, i, item)
		(void)buf_addf(out, "%s%s", i ? ", " : label, json_string_value(item));
}

/* Which parameters no thing of the run's has told. */
static void add_untold(const json_t *rec, struct buf *out)
{
	const char *name;
	json_t *by;
	size_t n = 0;

	json_object_foreach(json_object_get(rec, "parameters"), name, by) {
		const char *how = json_string_value(by);

		if (text_eq(how, "default") || text_eq(how, "given"))
			(void)buf_addf(out, "%s%s", n++ ? ", " : tr("; not told by AWS: "), name);
	}
}

static enum journal_mood add_recovered(const json_t *rec, struct buf *out)
{
	bool stands = json_is_true(json_object_get(rec, "stands"));

	if (!*text_of(rec, "step")) {
		(void)buf_adds(out, tr("the journal was lost, and the run found again in AWS"));
		add_untold(rec, out);
		return JOURNAL_PLAIN;
	}
	(void)buf_adds(out, stands ? tr("found again: all of it stands")
			    : json_object_size(json_object_get(rec, "known"))
				    ? tr("found again: part of it stands")
				    : tr("found again: nothing of it stands"));
	add_list(tr("; not found: "), json_object_get(rec, "missing"), out);
	add_list(tr("; left alone: "), json_object_get(rec, "left_alone"), out);
	add_list(tr("; not seen: "), json_object_get(rec, "not_seen"), out);
	return stands ? JOURNAL_GOOD : JOURNAL_PLAIN;
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
		add_command(rec, &out);
	} else if (text_eq(type, "state")) {
		*ret_mood = add_state(rec, procedure, &out);
	} else if (text_eq(type, "intent")) {
		*ret_mood = JOURNAL_FAINT;
		add_intent(rec, &out);
	} else if (text_eq(type, "outcome")) {
		*ret_mood = add_outcome(rec, &out);
	} else if (text_eq(type, "output")) {
		(void)buf_addf(&out, "%s = %s", text_of(rec, "name"), text_of(rec, "value"));
	} else if (text_eq(type, "forget")) {
		(void)buf_addf(&out, tr("%s is no more"), text_of(rec, "name"));
	} else if (text_eq(type, "token-retired")) {
		(void)buf_addf(&out, tr("another client token for: %s"), text_of(rec, "what"));
	} else if (text_eq(type, "evidence")) {
		*ret_mood = add_evidence(rec, &out);
	} else if (text_eq(type, "error")) {
		*ret_mood = JOURNAL_BAD;
		add_error(rec, &out);
	} else if (text_eq(type, "note")) {
		autofree char *text = tr_recorded(text_of(rec, "text"));

		(void)buf_addf(&out, tr("note: %s"), text);
	} else if (text_eq(type, "keeps")) {
		autofree char *text = tr_recorded(text_of(rec, "text"));

		(void)buf_addf(&out, tr("kept on purpose: %s"), text);
	} else if (text_eq(type, "expires")) {
		add_expires(rec, &out);
	} else if (text_eq(type, "sweep")) {
		add_sweep(rec, &out, ret_mood);
	} else if (text_eq(type, "recovered")) {
		*ret_mood = add_recovered(rec, &out);
	} else if (text_eq(type, "decision")) {
		add_decision(rec, &out);
	} else if (text_eq(type, "hook")) {
		*ret_mood = add_hook(rec, &out);
	} else if (text_eq(type, "handed-over")) {
		(void)buf_addf(&out, tr("handed over to %s: %s"), text_of(rec, "to"),
			       text_of(rec, "folder"));
	} else if (text_eq(type, "by-hand")) {
		*ret_mood = add_by_hand(rec, &out);
	} else {
		add_members(rec, &out);
	}
	return text_printable(out.p, out.n, LINE_MAX);
}
