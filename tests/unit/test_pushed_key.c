/* SPDX-License-Identifier: Apache-2.0 */
/* One key for those who log in to one instance as one user within its time, and for nobody else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "runbook/ssh/pushed_key.h"
#include "tests/lib/fault_world.h"

#define INSTANCE "i-0123456789abcdef0"

/* Who logs in, in a task. */
struct guest {
	struct pushed_key asked;
	char *public_line; /* of the key that they got */
	struct rb_error *err;
};

static void log_in(void *arg)
{
	struct guest *g = arg;

	g->err = pushed_key_get(&g->asked);
	if (!g->err)
		g->public_line = xstrdup(g->asked.key->public_line);
}

/* All at once. */
static void all_log_in(struct fault_world *f, struct guest *guests, size_t n)
{
	struct task *tasks[4];

	assert_true(n <= ARRAY_LEN(tasks));
	for (size_t i = 0; i < n; i++) {
		guests[i].asked.aws = f->client;
		tasks[i] = loop_spawn(f->loop, log_in, &guests[i]);
	}
	for (size_t i = 0; i < n; i++) {
		while (!task_is_done(tasks[i]))
			loop_run_once(f->loop, /* max_ms= */ 1000, /* wake_fd= */ -1);
		task_free(tasks[i]);
	}
}

static void guests_clear(struct guest *guests, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(guests[i].public_line);
		(void)rb_error_free(guests[i].err);
	}
}

#define GUEST(user, is_anew)                                                                       \
	{                                                                                          \
		.asked = {.instance_id = INSTANCE, .os_user = (user), .anew = (is_anew) }          \
	}

static void success(struct fault_world *f)
{
	fw_add_http(f, 200, "", 0, "{\"RequestId\": \"r\", \"Success\": true}");
}

static void one_key_is_sent_for_those_who_ask_side_by_side_and_after(void **state)
{
	struct guest together[] = { GUEST("ec2-user", false), GUEST("ec2-user", false) };
	struct guest after[] = { GUEST("ec2-user", false) };
	struct guest anew[] = { GUEST("ec2-user", true) };
	struct guest another[] = { GUEST("admin", false) };
	struct fault_world f = { 0 };

	(void)state;
	pushed_key_forget();
	for (int i = 0; i < 4; i++)
		success(&f);
	fw_start(&f);
	all_log_in(&f, together, 2);
	assert_int_equal(faultd_count(f.d), 1);
	assert_string_equal(together[0].public_line, together[1].public_line);
	assert_false(together[0].asked.was_there);
	assert_true(together[1].asked.was_there);
	assert_int_equal(together[0].asked.pushed_ms, together[1].asked.pushed_ms);
	all_log_in(&f, after, 1);
	assert_int_equal(faultd_count(f.d), 1);
	assert_string_equal(after[0].public_line, together[0].public_line);
	all_log_in(&f, anew, 1);
	assert_int_equal(faultd_count(f.d), 2);
	assert_string_not_equal(anew[0].public_line, together[0].public_line);
	all_log_in(&f, another, 1);
	assert_int_equal(faultd_count(f.d), 3);
	assert_string_not_equal(another[0].public_line, anew[0].public_line);
	guests_clear(together, 2);
	guests_clear(after, 1);
	guests_clear(anew, 1);
	guests_clear(another, 1);
	fw_stop(&f);
}

/* Who waited for it sends one; what was refused was no key, also for those who come after. */
static void a_key_that_was_refused_is_nobodys(void **state)
{
	struct guest together[] = { GUEST("ec2-user", false), GUEST("ec2-user", false) };
	struct fault_world f = { 0 };

	(void)state;
	pushed_key_forget();
	fw_add_http(&f, 400, "", 0, "{\"__type\": \"EC2InstanceNotFoundException\"}");
	success(&f);
	fw_start(&f);
	all_log_in(&f, together, 2);
	assert_non_null(together[0].err);
	assert_null(together[1].err);
	assert_false(together[1].asked.was_there);
	assert_int_equal(faultd_count(f.d), 2);
	guests_clear(together, 2);
	fw_stop(&f);
}

/* Nobody tries it again; a newer one stays. */
static void a_key_that_the_instance_refused_is_not_used_again(void **state)
{
	struct guest first[] = { GUEST("ec2-user", false) },
		     second[] = { GUEST("ec2-user", false) };
	struct guest third[] = { GUEST("ec2-user", false) };
	struct fault_world f = { 0 };

	(void)state;
	pushed_key_forget();
	success(&f);
	success(&f);
	fw_start(&f);
	all_log_in(&f, first, 1);
	pushed_key_refused(first[0].asked.pushed_ms);
	all_log_in(&f, second, 1);
	assert_int_equal(faultd_count(f.d), 2);
	assert_false(second[0].asked.was_there);
	pushed_key_refused(second[0].asked.pushed_ms - 1);
	all_log_in(&f, third, 1);
	assert_int_equal(faultd_count(f.d), 2);
	assert_true(third[0].asked.was_there);
	guests_clear(first, 1);
	guests_clear(second, 1);
	guests_clear(third, 1);
	fw_stop(&f);
}

/* 60 seconds, of which ssh needs some. */
static void a_key_is_used_for_three_quarters_of_its_time(void **state)
{
	(void)state;
	assert_false(pushed_key_lasts(0, 1000));
	assert_true(pushed_key_lasts(1000, 1000));
	assert_true(pushed_key_lasts(1000, 1000 + 44999));
	assert_false(pushed_key_lasts(1000, 1000 + 45000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_key_is_sent_for_those_who_ask_side_by_side_and_after),
		cmocka_unit_test(a_key_that_was_refused_is_nobodys),
		cmocka_unit_test(a_key_that_the_instance_refused_is_not_used_again),
		cmocka_unit_test(a_key_is_used_for_three_quarters_of_its_time),
	};
	int failed;

	fw_clean_environment();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	pushed_key_forget();
	return failed;
}
