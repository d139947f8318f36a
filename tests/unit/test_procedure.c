/* SPDX-License-Identifier: Apache-2.0 */
/* The engine, the journal and the sweep with a procedure of the tests, tests/procedures/toy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "runbook/contract/procedure.h"
#include "runbook/engine/engine.h"
#include "runbook/engine/sweep.h"
#include "tests/lib/step_world.h"

extern const struct procedure procedure_toy;
static const struct procedure *const procedures[] = { &procedure_toy, NULL };

static void well(struct rb_error *err)
{
	if (err)
		fail_msg("%s: %s", err->what ? err->what : "-", err->why ? err->why : "-");
}

static size_t in_state(const struct stack *st, enum step_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < st->state.n; i++)
		n += st->state.history[i].state == state;
	return n;
}

static void a_toy_is_walked_read_again_and_undone(void **state)
{
	const struct engine_options opt = { .loop = sw.aws.loop };
	const struct step *failed = NULL;
	auto_sweep left = { 0 };
	auto_params params = { 0 };
	auto_strv regions = { 0 };
	auto_stack st;
	struct run run = {
		.stack = &st, .session = sw.aws.session, .loop = sw.aws.loop, .speed = sw.run.speed
	};

	(void)state;
	params_init(&params, &procedure_toy);
	well(params_set_pair(&params, "toy.region=eu-north-1"));
	well(params_finish(&params));
	well(stack_open(&st, sw.dir, "toy", STACK_WRITE, procedures));
	well(stack_begin_run(&st, "123456789012", "aws", &params));
	well(engine_forward(&run, &opt, &failed));
	assert_null(failed);
	assert_int_equal(in_state(&st, STEP_HELD), 2);

	/* as another process finds it */
	stack_close(&st);
	well(stack_open(&st, sw.dir, "toy", STACK_WRITE, procedures));
	assert_ptr_equal(st.state.procedure, &procedure_toy);
	params_regions(&st.state.params, &regions);
	assert_int_equal(regions.n, 1);
	assert_string_equal(regions.v[0], "eu-north-1");
	well(sweep_run(&run, &opt, &left));
	assert_true(left.left >= 2);
	sweep_clear(&left);
	well(engine_back(&run, &opt));
	assert_int_equal(in_state(&st, STEP_UNDONE), 2);
	well(sweep_run(&run, &opt, &left));
	assert_int_equal(left.left, 0);
}

static void a_program_without_it_names_the_version_that_is_needed(void **state)
{
	auto_params params = { 0 };
	auto_stack st;
	struct rb_error *err;

	(void)state;
	params_init(&params, &procedure_toy);
	well(stack_open(&st, sw.dir, "toy", STACK_WRITE, procedures));
	well(stack_begin_run(&st, "123456789012", "aws", &params));
	stack_close(&st);
	err = stack_open(&st, sw.dir, "toy", STACK_READ, all_procedures);
	assert_non_null(err);
	assert_int_equal(err->kind, RB_USAGE);
	assert_non_null(strstr(err->what, "no procedure 'toy'"));
	(void)rb_error_free(err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, sw_setup, sw_teardown)
		TEST(a_toy_is_walked_read_again_and_undone),
		TEST(a_program_without_it_names_the_version_that_is_needed),
#undef TEST
	};

	sw_begin();
	return cmocka_run_group_tests_name("procedure", tests, NULL, NULL);
}
