/* SPDX-License-Identifier: Apache-2.0 */
/* What was found in AWS, in words: the evidence of a step, leftovers, a run without its journal. */
#include "runbook/ui/journal_text_int.h"

#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "runbook/contract/event.h"
#include "runbook/ui/lang.h"

enum { CLAIMS_MAX = 3 };

char *claim_text(const json_t *claim, const char *key)
{
	const char *text = journal_text_of(claim, key);

	return text_eq(journal_text_of(claim, "kind"), CLAIM_TAG) && !text_eq(text, "(none)")
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

static void add_differing(const json_t *rec, struct buf *out)
{
	const json_t *claims = json_object_get(rec, "claims"), *claim;
	size_t i, n = 0;

	json_array_foreach(claims, i, claim) {
		if (json_is_true(json_object_get(claim, "agrees")))
			continue;
		if (n++ < CLAIMS_MAX) {
			autofree char *name = claim_name(journal_text_of(claim, "claim"));
			autofree char *expected = claim_text(claim, "expected");
			autofree char *found = claim_text(claim, "found");

			(void)buf_addf(out, tr("; %s: expected %s, found %s"), name, expected,
				       found);
		}
	}
	if (n > CLAIMS_MAX)
		(void)buf_addf(out, tr("; and %zu more"), n - CLAIMS_MAX);
}

enum journal_mood journal_text_add_evidence(const json_t *rec, struct buf *out)
{
	const char *verdict = journal_text_of(rec, "verdict");
	autofree char *missing = tr_recorded(journal_text_of(rec, "missing"));
	size_t n = json_array_size(json_object_get(rec, "claims"));
	bool holds = text_eq(verdict, "holds");

	(void)buf_addf(out, tr_n(n, "verified: %s (%zu claim)", "verified: %s (%zu claims)"),
		       tr(verdict), n);
	if (*missing)
		(void)buf_addf(out, "; %s", missing);
	add_differing(rec, out);
	return holds ? JOURNAL_GOOD : JOURNAL_BAD;
}

void journal_text_add_sweep(const json_t *rec, struct buf *out, enum journal_mood *mood)
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
		(void)buf_addf(out, "%s %s %s", i ? "," : ":", tr(journal_text_of(item, "kind")),
			       journal_text_of(item, "id"));
	}
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

enum journal_mood journal_text_add_recovered(const json_t *rec, struct buf *out)
{
	bool stands = json_is_true(json_object_get(rec, "stands"));

	if (!*journal_text_of(rec, "step")) {
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
