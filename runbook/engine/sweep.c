/* SPDX-License-Identifier: Apache-2.0 */
/* The rounds, until nothing is left that may only be listed still; and what they found. */
#include "runbook/engine/sweep_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/said.h"
#include "base/text.h"

enum { SETTLE_FLOOR_MS = 1000, ROUND_GAP_MS = 2000, ROUND_FLOOR_MS = 20 };
/* How long what AWS is deleting is waited for; then it is reported as fading. */
enum { DELETING_MS = 300 * 1000 };

/* Minutes may pass: says once what is waited for. */
static void say_ending(const struct run *run, const struct sweep_round *r)
{
	for (size_t i = 0; i < r->n; i++)
		for (size_t k = 0; k < r->queries[i].found.n; k++) {
			const struct sweep_item *item = &r->queries[i].found.v[k];
			auto_said *text = NULL;

			if (!item->fading || !text_eq_nocase(item->state, "deleting"))
				continue;
			text = said_new("AWS is still deleting %-s %s (%s): waiting for its end",
					item->kind, item->id, item->region);
			run_emit(run,
				 &(struct event){ .type = EVENT_NOTE, .text = said_english(text) });
		}
}

struct rb_error *sweep_run(const struct run *run, const struct engine_options *opt,
			   struct sweep *ret)
{
	int64_t settled_ms = clock_mono_ms() + run_settle_ms(run) + SETTLE_FLOOR_MS;
	int64_t gap_ms = (int64_t)(ROUND_GAP_MS / run->speed) + ROUND_FLOOR_MS;
	int64_t ended_ms = clock_mono_ms() + (int64_t)(DELETING_MS / run->speed) + SETTLE_FLOOR_MS;
	struct sweep_round r = { 0 };
	size_t left = 0, ending = 0;
	auto_strv regions = { 0 };
	struct rb_error *err;
	bool said = false;

	params_regions(&run->stack->state.params, &regions);
	sweep_round_init(run, &regions, &r);
	/* What was deleted a moment ago may still be listed: before the first round, too. */
	do {
		err = loop_sleep(opt->loop, gap_ms);
		if (!err)
			err = sweep_round_run(&r, opt, &left, &ending);
		if (!err && ending && !said)
			say_ending(run, &r);
		said = said || ending;
	} while (!err && ((left && clock_mono_ms() < settled_ms) ||
			  (ending && clock_mono_ms() < ended_ms)));
	if (!err && left)
		err = sweep_round_read_steps(&r, opt);
	sweep_round_end(&r, ret);
	if (err)
		sweep_clear(ret);
	return err;
}

void sweep_clear(struct sweep *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->v[i].kind);
		free(s->v[i].id);
		free(s->v[i].region);
		free(s->v[i].state);
	}
	free(s->v);
	memset(s, 0, sizeof(*s));
}

json_t *sweep_to_json(const struct sweep *s)
{
	json_t *left = json_array(), *fading = json_array();

	for (size_t i = 0; i < s->n; i++) {
		json_t *item =
			json_pack("{s:s, s:s, s:s, s:s}", "kind", s->v[i].kind, "id", s->v[i].id,
				  "region", s->v[i].region, "state", s->v[i].state);

		if (s->v[i].by_hand)
			json_object_set_new(item, "by_hand", json_true());
		json_array_append_new(s->v[i].fading ? fading : left, item);
	}
	return json_pack("{s:s, s:b, s:o, s:o}", "type", "sweep", "clean", (int)(s->left == 0),
			 "left", left, "fading", fading);
}
