/* SPDX-License-Identifier: Apache-2.0 */
/* How long what is left of a run usually takes, and why. */
#include "runbook/cli/plan_time.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "runbook/record/aftermath.h"

const char *plan_action(const struct step_history *history)
{
	return history_begins_with_verify(history) ? N_("verify") : N_("do");
}

bool plan_takes_time(const struct step_history *history)
{
	return text_eq(plan_action(history), "do") || history_drift(history);
}

/* When a step is over, and which one it waited for last: its index + 1, 0 for none. */
struct way {
	int done_s;
	size_t after;
};

/* Steps come after what they need, so one pass is enough. */
static void add_step(const struct run_state *st, size_t i, struct way *ways)
{
	const struct step *step = st->history[i].step;
	int begin_s = 0;

	if (!plan_takes_time(&st->history[i]))
		return;
	for (const struct step_need *n = step->needs; n && n->step; n++)
		for (size_t k = 0; k < i; k++)
			if (text_eq(st->history[k].step->id, n->step) && n->when == WHEN_HELD &&
			    ways[k].done_s > begin_s) {
				begin_s = ways[k].done_s;
				ways[i].after = k + 1;
			}
	ways[i].done_s = begin_s + step->usual_s;
}

static void list_chain(const struct run_state *st, const struct way *ways, size_t last,
		       struct strv *chain)
{
	if (ways[last].after)
		list_chain(st, ways, ways[last].after - 1, chain);
	strv_add(chain, st->history[last].step->id);
}

int plan_usual_s(const struct run_state *st, struct strv *chain)
{
	struct way *ways = xcalloc(st->n + 1, sizeof(*ways));
	size_t last = 0;
	int longest;

	for (size_t i = 0; i < st->n; i++) {
		add_step(st, i, ways);
		if (ways[i].done_s > ways[last].done_s)
			last = i;
	}
	longest = ways[last].done_s;
	if (chain && longest)
		list_chain(st, ways, last, chain);
	free(ways);
	return longest;
}

/* Must the undo of `other` be done before that of `step` begins? */
static bool undo_waits_for(const struct step *step, const struct step *other)
{
	if (step->undo_after) {
		for (const char *const *id = step->undo_after; *id; id++)
			if (strncmp(*id, other->id, strcspn(*id, ".")) == 0 &&
			    strlen(other->id) == strcspn(*id, "."))
				return true; /* also of one thing of it: "1-4.security_group_id" */
		return false;
	}
	for (const struct step_need *n = other->needs; n && n->step; n++)
		if (text_eq(n->step, step->id))
			return true;
	return false;
}

int plan_undo_usual_s(const struct run_state *st)
{
	int *done_s = xcalloc(st->n + 1, sizeof(*done_s));
	int longest = 0;

	for (size_t i = st->n; i-- > 0;) {
		const struct step *step = st->history[i].step;

		for (size_t k = i + 1; k < st->n; k++)
			if (undo_waits_for(step, st->history[k].step) && done_s[k] > done_s[i])
				done_s[i] = done_s[k];
		done_s[i] += step->undo_usual_s;
		if (done_s[i] > longest)
			longest = done_s[i];
	}
	free(done_s);
	return longest;
}
