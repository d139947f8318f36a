/* SPDX-License-Identifier: Apache-2.0 */
/* What people, or programs of theirs, had to say in a run, in words: commands, decisions, hooks. */
#include "runbook/ui/journal_text_int.h"

#include "base/buf.h"
#include "base/text.h"
#include "runbook/ui/lang.h"

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

static void add_range(const json_t *rec, struct buf *out)
{
	static const char *const words[] = { "from", "to", "ttl" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (*journal_text_of(rec, words[i]))
			(void)buf_addf(out, " --%s %s", words[i], journal_text_of(rec, words[i]));
	if (json_is_true(json_object_get(rec, "expired")))
		(void)buf_adds(out, " --expired");
	if (json_is_true(json_object_get(rec, "serial")))
		(void)buf_adds(out, " --serial");
	if (json_is_true(json_object_get(rec, "sandbox")))
		(void)buf_adds(out, " --sandbox");
}

void journal_text_add_command(const json_t *rec, struct buf *out)
{
	(void)buf_addf(out, tr("command %s"), journal_text_of(rec, "command"));
	add_range(rec, out);
	if (*journal_text_of(rec, "operator"))
		(void)buf_addf(out, tr("; operator %s"), journal_text_of(rec, "operator"));
	if (*journal_text_of(rec, "witness"))
		(void)buf_addf(out, tr("; witness %s"), journal_text_of(rec, "witness"));
	if (*journal_text_of(rec, "principal"))
		(void)buf_addf(out, "; %s", journal_text_of(rec, "principal"));
}

enum journal_mood journal_text_add_hook(const json_t *rec, struct buf *out)
{
	json_int_t status = json_integer_value(json_object_get(rec, "status"));
	bool late = json_is_true(json_object_get(rec, "timed_out"));

	(void)buf_addf(out, tr("hook %s ended with %lld"), journal_text_of(rec, "hook"),
		       (long long)status);
	if (late)
		(void)buf_adds(out, tr(": its time ran out"));
	if (*journal_text_of(rec, "output"))
		(void)buf_addf(out, ": %s", journal_text_of(rec, "output"));
	return status || late ? JOURNAL_BAD : JOURNAL_PLAIN;
}

enum journal_mood journal_text_add_by_hand(const json_t *rec, struct buf *out)
{
	const char *what = journal_text_of(rec, "what"), *who = journal_text_of(rec, "operator");
	bool undo = text_eq(journal_text_of(rec, "phase"), "undo");

	if (text_eq(what, "chosen"))
		(void)buf_adds(out,
			       undo ? tr("is to be undone by hand") : tr("is to be done by hand"));
	else if (text_eq(what, "withdrawn"))
		(void)buf_adds(out, undo ? tr("is not to be undone by hand any more")
					 : tr("is not to be done by hand any more"));
	else if (text_eq(what, "adopted"))
		(void)buf_addf(out, tr("adopted %s %s, which was found by %s"),
			       tr(journal_text_of(rec, "kind")), journal_text_of(rec, "id"),
			       tr(journal_text_of(rec, "found_by")));
	else
		(void)buf_adds(out, undo ? tr("undone by hand") : tr("made by hand"));
	if (*who)
		(void)buf_addf(out, tr("; operator %s"), who);
	if (*journal_text_of(rec, "witness"))
		(void)buf_addf(out, tr("; witness %s"), journal_text_of(rec, "witness"));
	return text_eq(what, "done") ? JOURNAL_GOOD : JOURNAL_PLAIN;
}

/* "decided: do it; operator alice; witness bob". */
void journal_text_add_decision(const json_t *rec, struct buf *out)
{
	(void)buf_addf(
		out, tr("decided: %s"),
		tr(decision_words(journal_text_of(rec, "what"), journal_text_of(rec, "phase"))));
	if (*journal_text_of(rec, "operator"))
		(void)buf_addf(out, tr("; operator %s"), journal_text_of(rec, "operator"));
	if (*journal_text_of(rec, "witness"))
		(void)buf_addf(out, tr("; witness %s"), journal_text_of(rec, "witness"));
}
