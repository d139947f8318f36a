/* SPDX-License-Identifier: Apache-2.0 */
/* Which command comes next, by what the journal knows of failures and of drift. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/strv.h"
#include "runbook/cli/standing.h"
#include "runbook/contract/procedure.h"
#include "runbook/record/state.h"

static void tell(struct run_state *st, json_t *rec)
{
	assert_non_null(rec);
	json_object_set_new(rec, "at_ms", json_integer(INT64_C(1795458901000) + st->n_records));
	assert_null(state_apply(st, rec));
	json_decref(rec);
}

static void move(struct run_state *st, const char *step, const char *state)
{
	tell(st, json_pack("{s:s, s:s, s:s}", "type", "state", "step", step, "state", state));
}

static void look(struct run_state *st, const char *step, const char *verdict)
{
	tell(st, json_pack("{s:s, s:s, s:s, s:[]}", "type", "evidence", "step", step, "verdict",
			   verdict, "claims"));
}

/* The upload failed, and what mends that begins with 2-4. */
static void begin(struct run_state *st)
{
	state_init(st, all_procedures);
	tell(st,
	     json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:{s:s}, s:s}", "type", "run", "run",
		       "20261123-5f0c2a91", "procedure", "peering", "stack", "default", "account",
		       "111122223333", "partition", "aws", "created_ms", (json_int_t)1795458901000,
		       "parameters", "source.region", "eu-west-1", "version", "1.0.0"));
	for (size_t i = 0; i < st->n; i++) {
		move(st, st->history[i].step->id, "doing");
		move(st, st->history[i].step->id, "held");
	}
	move(st, "4-2", "doing");
	tell(st, json_pack("{s:s, s:s, s:s, s:{s:s, s:s, s:s, s:[{s:s, s:s}]}}", "type", "error",
			   "step", "4-2", "phase", "do", "error", "kind", "drift", "what",
			   "the bucket policy does not protect it", "hint",
			   "this writes the policy again:", "next", "verb", "resume", "arguments",
			   "--from 2-4"));
}

static void expect_next(const struct run_state *st, const char *command)
{
	const struct cli cli = { 0 };
	autofree char *next = standing_next_command(&cli, st);
	auto_strv lines = { 0 }, commands = { 0 };
	autofree char *line =
		xasprintf("next, for step 4-2: this writes the policy again: %s", command);

	assert_string_equal(next, command);
	standing_next_lines(&cli, st, &lines, &commands);
	assert_int_equal(lines.n, 1);
	assert_string_equal(lines.v[0], line);
	assert_string_equal(commands.v[0], command);
}

/* In a region whose prices are not known. */
static void a_price_that_is_not_known_makes_no_sum(void **state)
{
	(void)state;
	for (int rehearsal = 0; rehearsal < 2; rehearsal++) {
		struct run_state st;
		autofree char *cost = NULL, *so_far = NULL, *planned = NULL;

		begin(&st);
		tell(&st, json_pack("{s:s, s:s, s:s, s:s}", "type", "output", "step", "1-4", "name",
				    "instance_id", "value", "i-0a1b2c3d4e5f60718"));
		st.rehearsal = rehearsal;
		cost = standing_cost_text(&st);
		so_far = standing_so_far_text(&st);
		planned = standing_planned_cost_text(&st, NULL, rehearsal);
		assert_int_equal(strstr(cost, "costs nothing here") != NULL, rehearsal);
		assert_int_equal(strstr(planned, "costs nothing here") != NULL, rehearsal);
		assert_non_null(strstr(cost, "prices that are not known"));
		assert_null(strstr(so_far, "USD"));
		assert_non_null(strstr(so_far, "not known here: price."));
		assert_int_equal(strstr(so_far, "on an account") != NULL, rehearsal);
		state_clear(&st);
	}
}

static void resuming_begins_at_the_earliest_step_that_does_not_hold(void **state)
{
	static const struct {
		const char *step, *verdict, *next;
	} rows[] = {
		{ "2-4", "differs", "runbook resume --from 2-4" },
		{ "3-1", "missing", "runbook resume --from 2-4" }, /* that is done again anyway */
		{ "1-2", "holds", "runbook resume --from 2-4" },
		{ "1-2", "pending", "runbook resume --from 2-4" },
		{ "1-2", "differs", "runbook resume --from 1-2" },
		{ "1-2", "missing", "runbook resume --from 1-2" },
		{ "2-3", "blocked", "runbook resume --from 2-3" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_state st;

		begin(&st);
		look(&st, rows[i].step, rows[i].verdict);
		expect_next(&st, rows[i].next);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_price_that_is_not_known_makes_no_sum),
		cmocka_unit_test(resuming_begins_at_the_earliest_step_that_does_not_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
