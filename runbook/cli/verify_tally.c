/* SPDX-License-Identifier: Apache-2.0 */
/* What a verify comes to: a word for each step, how many are so, the summary. */
#include "runbook/cli/verify_view.h"

#include <string.h>

#include "base/buf.h"
#include "runbook/ui/lang.h"

bool verify_is_error(const struct engine_verify_result *result)
{
	return result->err && result->verdict != VERDICT_BLOCKED && result->err->kind != RB_DRIFT;
}

const char *verify_word(const struct verify_view *v, size_t i)
{
	const struct engine_verify_result *l = &v->results[i];

	if (l->checked)
		return verify_is_error(l) ? N_("error") : verdict_name(l->verdict);
	if (history_is_half_undone(&v->state->history[i]))
		return N_("half undone");
	switch (v->state->history[i].state) {
	case STEP_UNDOING:
		return N_("half undone");
	case STEP_UNDONE:
		return N_("undone");
	case STEP_TODO:
		return N_("not made");
	case STEP_DOING:
	case STEP_MADE:
	case STEP_HELD:
	case STEP_FAILED:
	case STEP_STALE:
		break;
	}
	return N_("half made");
}

void verify_count(struct verify_view *v)
{
	struct verify_tally *t = &v->tally;

	memset(t, 0, sizeof(*t));
	for (size_t i = 0; i < v->state->n; i++) {
		const struct engine_verify_result *l = &v->results[i];
		enum step_state state = v->state->history[i].state;

		if (!v->listed[i])
			continue;
		if (!l->checked) {
			if (history_is_half_undone(&v->state->history[i]))
				t->half_undone++;
			else if (state == STEP_UNDONE)
				t->undone++;
			else
				t->not_made++;
			continue;
		}
		t->looked_at++;
		if (verify_is_error(l))
			t->errors++;
		else
			t->by_verdict[l->verdict]++;
	}
}

bool verify_all_hold(const struct verify_view *v)
{
	const struct verify_tally *t = &v->tally;

	return t->by_verdict[VERDICT_HOLDS] == t->looked_at && !t->not_made && !t->half_undone &&
	       !t->undone;
}

bool verify_has_drift(const struct verify_view *v)
{
	const struct verify_tally *t = &v->tally;

	return t->by_verdict[VERDICT_DIFFERS] || t->by_verdict[VERDICT_MISSING] ||
	       t->by_verdict[VERDICT_BLOCKED];
}

static void add_count(struct buf *out, const char *between, size_t n, const char *word)
{
	if (n)
		(void)buf_addf(out, "%s%zu %s", out->n ? between : "", n, tr(word));
}

void verify_add_findings(struct buf *out, const size_t *by_verdict)
{
	add_count(out, ", ", by_verdict[VERDICT_DIFFERS],
		  by_verdict[VERDICT_DIFFERS] == 1 ? N_("differs") : N_("differ"));
	add_count(out, ", ", by_verdict[VERDICT_MISSING], N_("missing"));
	add_count(out, ", ", by_verdict[VERDICT_BLOCKED], N_("blocked"));
	add_count(out, ", ", by_verdict[VERDICT_PENDING], N_("pending"));
}

char *verify_summary(const struct verify_view *v)
{
	const struct verify_tally *t = &v->tally;
	struct buf out = BUF_INIT;
	const char *between = "; ";

	if (t->looked_at)
		(void)buf_addf(
			&out,
			tr_n(t->by_verdict[VERDICT_HOLDS], "%zu of %zu holds", "%zu of %zu hold"),
			t->by_verdict[VERDICT_HOLDS], t->looked_at);
	verify_add_findings(&out, t->by_verdict);
	add_count(&out, ", ", t->errors, N_("could not be looked at"));
	add_count(&out, between, t->not_made, N_("not made"));
	between = t->not_made ? ", " : between;
	add_count(&out, between, t->half_undone, N_("half undone"));
	between = t->not_made + t->half_undone ? ", " : between;
	add_count(&out, between, t->undone, N_("undone"));
	return buf_steal(&out);
}
