/* SPDX-License-Identifier: Apache-2.0 */
/* The sandbox's clock, which jumps. */
#include "sandbox/compare/play.h"
#include "sandbox/core/inner.h"

struct rb_error *play_skip_to(struct compare *c, int64_t ms)
{
	struct rb_error *err = NULL;

	if (ms <= c->here_ms)
		return NULL;
	sbx_lock(c->sbx);
	err = sbx_skip_ms(c->sbx, ms - c->here_ms);
	sbx_unlock(c->sbx);
	c->here_ms = ms;
	return err;
}

struct rb_error *play_wait_on(struct compare *c, int64_t since_ms)
{
	int64_t step_ms = (c->here_ms - since_ms) / 20;

	return play_skip_to(c, c->here_ms + (step_ms > STEP_MS ? step_ms : STEP_MS));
}

/* The reads that come next are asked at `c->here_ms`, for the states alone. */
static void look_ahead(struct compare *c, const struct recorded *e)
{
	const struct recorded *end = c->recording->v + c->recording->n;

	for (int asked = 0; e < end && asked < LOOKS_AHEAD; e++) {
		struct played p = { 0 };
		struct node answer = { 0 };

		if (e->changes || !play_is_good(e->status))
			continue;
		asked++;
		player_ask(c->sbx, e, &c->match.bindings, &p);
		play_read_answer(e, &answer);
		play_about(c, e);
		if (play_is_good(p.status))
			match_see_here(&c->match, &answer, &p.answer, c->here_ms);
		node_clear(&answer);
		played_clear(&p);
	}
}

/* To the time of `e`, with reads on the way: a state's end is known no better than it is read.
 */
struct rb_error *play_pass_time(struct compare *c, const struct recorded *e)
{
	int64_t until_ms = play_aws_ms(c, e->at_ms) + c->behind_ms;
	int64_t gap_ms = until_ms - c->here_ms;
	int64_t step_ms = gap_ms / LOOKS_IN_A_GAP > STEP_MS ? gap_ms / LOOKS_IN_A_GAP : STEP_MS;

	while (c->here_ms + step_ms < until_ms) {
		TRY(play_skip_to(c, c->here_ms + step_ms));
		look_ahead(c, e);
	}
	return play_skip_to(c, until_ms);
}
