/* SPDX-License-Identifier: Apache-2.0 */
/* What of a run is billed: list prices and own ones, since when, and what it came to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/text.h"
#include "runbook/record/bill.h"
#include "runbook/record/state.h"

#define HOUR_MS INT64_C(3600000)
#define T0 INT64_C(1795458901234)

static void refused(struct rb_error *err)
{
	assert_non_null(err);
	(void)rb_error_free(err);
}

static void apply(struct run_state *st, json_t *rec, int64_t at_ms)
{
	struct rb_error *err;

	json_object_set_new(rec, "at_ms", json_integer(at_ms));
	err = state_apply(st, rec);
	assert_null(err);
	json_decref(rec);
}

static void begin(struct run_state *st, json_t *parameters)
{
	json_t *all, *value;
	const char *name;
	struct params p;

	state_init(st, all_procedures);
	params_init(&p, all_procedures[0]);
	assert_null(params_finish(&p));
	all = params_to_json(&p);
	params_clear(&p);
	json_object_foreach(parameters, name, value) {
		json_object_set(all, name, value);
	}
	json_decref(parameters);
	apply(st,
	      json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "type", "run", "run", "20261123-1",
			"procedure", "peering", "stack", "s", "account", "123456789012",
			"partition", "aws", "parameters", all),
	      T0);
}

static void make(struct run_state *st, const char *step, const char *output, const char *id,
		 int64_t at_ms)
{
	apply(st,
	      json_pack("{s:s, s:s, s:s, s:s}", "type", "output", "step", step, "name", output,
			"value", id),
	      at_ms);
}

static void each_counts_from_when_it_was_made(void **state)
{
	auto_state st;
	struct bill bill;

	(void)state;
	begin(&st, json_object());
	assert_false(bill_of(&st, T0).any);
	make(&st, "1-4", "instance_id", "i-1", T0 + HOUR_MS);
	make(&st, "2-3", "vpc_endpoint_id", "vpce-1", T0 + 2 * HOUR_MS);
	bill = bill_of(&st, T0 + 4 * HOUR_MS);
	assert_true(bill.any && !bill.unknown && !bill.own);
	assert_int_equal(bill.usd_micros, 13600 + 1100 + 10000);
	assert_int_equal(bill.since_ms, T0 + HOUR_MS);
	assert_int_equal(bill.usd_micros_so_far, 3 * (13600 + 1100) + 2 * 10000);

	/* A clock that was set back gives nothing back. */
	assert_int_equal(bill_of(&st, T0).usd_micros_so_far, 0);
	/* What was undone is not billed any more. */
	apply(&st,
	      json_pack("{s:s, s:s, s:s}", "type", "forget", "step", "1-4", "name", "instance_id"),
	      T0 + 4 * HOUR_MS);
	bill = bill_of(&st, T0 + 4 * HOUR_MS);
	assert_int_equal(bill.usd_micros, 10000);
	assert_int_equal(bill.since_ms, T0 + 2 * HOUR_MS);
}

static void a_price_of_ones_own_takes_the_place_of_the_lists(void **state)
{
	auto_state st;
	struct bill bill;

	(void)state;
	begin(&st, json_pack("{s:s, s:s}", "source.instance_type", "t3.nano", "price.endpoint",
			     "0.0125"));
	make(&st, "1-4", "instance_id", "i-1", T0);
	make(&st, "2-3", "vpc_endpoint_id", "vpce-1", T0);
	bill = bill_of(&st, T0 + HOUR_MS);
	assert_true(bill.unknown); /* the instance's: the list is of another type */
	assert_true(bill.own);
	assert_int_equal(bill.usd_micros, 1100 + 12500);
	assert_int_equal(bill.usd_micros_so_far, 1100 + 12500);
	bill = bill_of_all(&st, NULL);
	assert_true(bill.unknown);
	assert_int_equal(bill.usd_micros, 1100 + 12500);
}

static void every_price_has_a_parameter(void **state)
{
	(void)state;
	for (const struct procedure *const *p = all_procedures; *p; p++) {
		const struct param *family = NULL;

		for (const struct param *const *q = (*p)->params; *q; q++)
			if (text_eq((*q)->name, PARAM_PRICES))
				family = *q;
		assert_non_null(family);
		for (const struct step *const *s = (*p)->steps; *s; s++)
			for (const struct step_price *x = (*s)->prices; x && x->output; x++)
				assert_null(family->check_member(x->name, "1.000001"));
	}
}

static void a_price_is_an_amount(void **state)
{
	static const char *const bad[] = { "",	   "-1",  "1e3", "0x1", "1.",	    ".5",
					   "1000", "1,5", " 1",	 "inf", "1.1234567" };
	const struct param *family = NULL;

	(void)state;
	for (const struct param *const *q = all_procedures[0]->params; *q; q++)
		if (text_eq((*q)->name, PARAM_PRICES))
			family = *q;
	assert_non_null(family);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		refused(family->check_member("instance", bad[i]));
	assert_null(family->check_member("instance", "0"));
	assert_null(family->check_member("volume", "999.999999"));
	refused(family->check_member("nat", "1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_counts_from_when_it_was_made),
		cmocka_unit_test(a_price_of_ones_own_takes_the_place_of_the_lists),
		cmocka_unit_test(every_price_has_a_parameter),
		cmocka_unit_test(a_price_is_an_amount),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
