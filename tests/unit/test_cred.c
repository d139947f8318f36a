/* SPDX-License-Identifier: Apache-2.0 */
/* The chain: order, static keys, the cache and its windows, and what it says when it has nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/secret.h"
#include "tests/lib/cred_world.h"

static void set_keys(const char *id)
{
	cw_setenv("AWS_ACCESS_KEY_ID", "%s", id);
	cw_setenv("AWS_SECRET_ACCESS_KEY", "s3cr3t");
}

static void assert_key(const char *id)
{
	assert_non_null(cw.cred.access_key_id);
	assert_string_equal(cw.cred.access_key_id, id);
}

/* ---- environment and static keys -------------------------------------------- */

static void keys_of_the_environment_are_used(void **state)
{
	(void)state;
	set_keys("AKIAENV");
	cw_setenv("AWS_SESSION_TOKEN", "t0ken");
	cw_setenv("AWS_ACCOUNT_ID", "111122223333");
	cw_get(NULL);
	assert_key("AKIAENV");
	assert_string_equal(secret_reveal(&cw.cred.secret_key), "s3cr3t");
	assert_string_equal(secret_reveal(&cw.cred.session_token), "t0ken");
	assert_string_equal(cw.cred.account_id, "111122223333");
	assert_string_equal(cred_chain_source(cw.chain), "environment");
	cw_setenv("AWS_SECURITY_TOKEN", "older");
	cw_get(NULL);
	assert_string_equal(secret_reveal(&cw.cred.session_token), "older");
}

static void an_id_without_its_secret_is_an_error(void **state)
{
	(void)state;
	cw_write(".aws/credentials", "[default]\naws_access_key_id = AKIAFILE\n"
				     "aws_secret_access_key = s\n"
				     "[half]\naws_access_key_id = AKIAHALF\n");
	cw_write(".aws/config", "[profile cfg]\naws_access_key_id = AKIACFG\n");
	cw_setenv("AWS_ACCESS_KEY_ID", "AKIAENV");
	cw_fails(NULL, RB_CREDENTIALS, "from the environment", "AWS_SECRET_ACCESS_KEY", NULL);
	cw_fails("half", RB_CREDENTIALS, "profile 'half'",
		 "/.aws/credentials' has an "
		 "aws_access_key_id but no",
		 NULL);
	cw_fails("cfg", RB_CREDENTIALS, "profile 'cfg'", "/.aws/config' has an", NULL);
}

static void the_environment_beats_the_profile_variable_but_not_the_option(void **state)
{
	(void)state;
	cw_write(".aws/credentials",
		 "[work]\naws_access_key_id = AKIAWORK\naws_secret_access_key = s\n"
		 "aws_session_token = t\n");
	set_keys("AKIAENV");
	cw_setenv("AWS_PROFILE", "work");
	cw_get(NULL);
	assert_key("AKIAENV");
	cw_get("work");
	assert_key("AKIAWORK");
	assert_string_equal(secret_reveal(&cw.cred.session_token), "t");
	assert_int_equal(cw.cred.expires_utc_s, 0);
	assert_non_null(strstr(cred_chain_source(cw.chain), "profile 'work'"));
}

static void the_environment_may_say_when_its_keys_end(void **state)
{
	(void)state;
	set_keys("AKIAENV");
	cw_setenv("AWS_CREDENTIAL_EXPIRATION", "%s", cw_time(60));
	cw_get(NULL);
	assert_int_equal(cw.cred.expires_utc_s, CW_NOW + 60);
	cw_now += 59; /* nobody can renew them: they serve to their end */
	assert_null(cw_get_again());
	assert_false(cred_chain_expire(cw.chain));
	cw_now += 1;
	auto_error struct rb_error *err = cw_get_again();
	assert_true(rb_error_is(err, RB_CREDENTIALS));
	assert_non_null(strstr(err->why, "expired at 2026-01-01T00:01:00Z"));
	cw_setenv("AWS_CREDENTIAL_EXPIRATION", "soon");
	cw_fails(NULL, RB_CREDENTIALS, "the environment", "not an ISO 8601 time", NULL);
}

static void keys_that_fit_no_header_are_refused(void **state)
{
	static const char *const bad[] = { "AKIA X", "AKIA\r\nX-Evil: 1", "AKIA\x7f",
					   "AKIA\xc3\xa9" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		set_keys(bad[i]);
		cw_fails(NULL, RB_CREDENTIALS, "the environment", "the access key id holds a blank",
			 NULL);
	}
	set_keys("AKIAENV");
	cw_setenv("AWS_SECRET_ACCESS_KEY", "pasted \r");
	cw_fails(NULL, RB_CREDENTIALS, "the environment", "the secret access key holds", NULL);
	cw_setenv("AWS_SECRET_ACCESS_KEY", "s");
	autofree char *big = xcalloc(1, 40001);

	memset(big, 'x', 40000);
	cw_setenv("AWS_SESSION_TOKEN", "%s", big);
	cw_fails(NULL, RB_CREDENTIALS, "the environment", "the session token is longer", NULL);
}

/* ---- order ------------------------------------------------------------------ */

static void one_profile_with_everything_is_read_in_order(void **state)
{
	/* Each case takes one more source away. */
	static const struct {
		const char *keys, *id;
	} cases[] = {
		{ "role_arn = arn:aws:iam::1:role/R\nsource_profile = keys\n", "ASIASTS" },
		{ "web_identity_token_file = ~/token\nrole_arn = arn:aws:iam::1:role/R\n",
		  "ASIASTS" },
		{ "sso_role_name = R\nsso_account_id = 1\nsso_region = us-east-1\n"
		  "sso_start_url = http://start\n",
		  "ASIASSO" },
		{ "", "AKIACREDS" },
		{ NULL, "ASIALOGIN" },
		{ NULL, "AKIAPROCESS" },
		{ NULL, "AKIACONFIG" },
	};

	(void)state;
	cw_sts_gives("ASIASTS", 3600);
	http_stub_answer(
		cw.stub, "GET /federation/credentials", 200, NULL,
		"{\"roleCredentials\":{\"accessKeyId\":\"ASIASSO\",\"secretAccessKey\":\"s\","
		"\"sessionToken\":\"t\",\"expiration\":1767229200000}}");
	cw_write("token", "web-token\n");
	/* SHA-1 of "http://start", SHA-256 of "session" */
	cw_write(".aws/sso/cache/2c99b100361d1941aeaf1b74b0f4f626bd2bf4c2.json",
		 "{\"accessToken\":\"a\",\"expiresAt\":\"%s\"}", cw_time(3600));
	cw_write(".aws/login/cache/"
		 "3f3af1ecebbd1410ab417ec0d27bbfcb5d340e177ae159b59fc8626c2dfd9175.json",
		 "{\"accessToken\":{\"accessKeyId\":\"ASIALOGIN\",\"secretAccessKey\":\"s\","
		 "\"sessionToken\":\"t\",\"expiresAt\":\"%s\"}}",
		 cw_time(3600));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		cw_write(".aws/config",
			 "[default]\n%s%s%saws_access_key_id = AKIACONFIG\n"
			 "aws_secret_access_key = s\n[profile keys]\naws_access_key_id = AKIAKEYS\n"
			 "aws_secret_access_key = s\n",
			 cases[i].keys ? cases[i].keys : "",
			 i <= 4 ? "login_session = session\n" : "",
			 i <= 5 ? "credential_process = /bin/echo '{\"Version\":1,\"AccessKeyId\":"
				  "\"AKIAPROCESS\",\"SecretAccessKey\":\"s\"}'\n"
				: "");
		cw_write(".aws/credentials", "%s",
			 i <= 3 ? "[default]\naws_access_key_id = AKIACREDS\n"
				  "aws_secret_access_key = s\n"
				: "");
		cw_get(NULL);
		assert_key(cases[i].id);
	}
}

/* ---- nothing ---------------------------------------------------------------- */

static void without_credentials_the_sources_that_were_tried_are_named(void **state)
{
	(void)state;
	cw_fails(NULL, RB_CREDENTIALS, "cannot find AWS credentials",
		 "environment: AWS_ACCESS_KEY_ID is not set; profile 'default': neither in '",
		 "aws configure");
	cw_write(".aws/config", "[profile empty]\nregion = eu-west-1\n");
	cw_fails("empty", RB_CREDENTIALS, "cannot find",
		 "environment: not looked at, as --profile was given; profile 'empty' in '",
		 "--sandbox");
	cw_fails("empty", RB_CREDENTIALS, "cannot find",
		 "container: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and "
		 "AWS_CONTAINER_CREDENTIALS_FULL_URI are not set; instance metadata: switched off "
		 "by "
		 "AWS_EC2_METADATA_DISABLED",
		 NULL);
	assert_string_equal(cred_chain_source(cw.chain), "");
}

/* A language of one message. */
static const char *other_language(const char *english)
{
	return strcmp(english, "environment: AWS_ACCESS_KEY_ID is not set") == 0 ? "ENV" : english;
}

static void each_source_that_has_nothing_is_a_sentence_of_its_own(void **state)
{
	auto_cred got = { 0 };
	struct rb_error *err;
	autofree char *why = NULL;

	(void)state;
	cw_open(NULL);
	err = cred_chain_get(cw.chain, &got);
	assert_non_null(err);
	why = said_in(err->said[RB_WHY], other_language);
	assert_true(strncmp(why, "ENV; profile 'default'", 22) == 0);
	(void)rb_error_free(err);
}

/* ---- the cache and its windows ---------------------------------------------- */

static void container_gives(const char *id, int64_t lasts_s)
{
	autofree char *body =
		xasprintf("{\"AccessKeyId\":\"%s\",\"SecretAccessKey\":\"s\",\"Token\":\"t\","
			  "\"Expiration\":\"%s\"}",
			  id, cw_time(lasts_s));

	http_stub_answer(cw.stub, "GET /c", 200, NULL, body);
}

static void open_container(int64_t lasts_s)
{
	cw_setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "%s/c", http_stub_url(cw.stub));
	container_gives("ASIAONE", lasts_s);
	cw_get(NULL);
	assert_key("ASIAONE");
	assert_int_equal(http_stub_count(cw.stub), 1);
}

static void with_fifteen_minutes_left_nobody_is_asked(void **state)
{
	(void)state;
	open_container(3600);
	container_gives("ASIATWO", 7200);
	cw_now += 2700;
	assert_null(cw_get_again());
	assert_key("ASIAONE");
	assert_int_equal(http_stub_count(cw.stub), 1);
	cw_now += 1;
	assert_null(cw_get_again());
	assert_key("ASIATWO");
	assert_int_equal(http_stub_count(cw.stub), 2);
}

static void with_more_than_ten_minutes_left_the_old_serve_on_when_renewal_fails(void **state)
{
	(void)state;
	open_container(3600);
	http_stub_answer(cw.stub, "GET /c", 500, NULL, "down");
	cw_now += 2760; /* 14 minutes left */
	assert_null(cw_get_again());
	assert_key("ASIAONE");
	assert_int_equal(http_stub_count(cw.stub), 4); /* three tries of the container's own */
	cw_now += 59;
	assert_null(cw_get_again());
	assert_int_equal(http_stub_count(cw.stub), 4); /* at most once a minute */
	cw_now += 1;
	assert_null(cw_get_again());
	assert_int_equal(http_stub_count(cw.stub), 7);
	container_gives("ASIATWO", 3600);
	cw_now += 60;
	assert_null(cw_get_again());
	assert_key("ASIATWO");
}

static void with_less_than_ten_minutes_left_a_failed_renewal_is_an_error(void **state)
{
	(void)state;
	open_container(3600);
	http_stub_answer(cw.stub, "GET /c", 500, NULL, "down");
	cw_now += 3001;
	auto_error struct rb_error *err = cw_get_again();
	assert_true(rb_error_is(err, RB_CREDENTIALS));
	assert_non_null(strstr(err->why, "HTTP 500: down"));
	container_gives("ASIATWO", 3600);
	assert_null(cw_get_again()); /* and asked at once when it is back */
	assert_key("ASIATWO");
}

static void keys_that_never_last_long_are_fetched_once_a_minute(void **state)
{
	(void)state;
	open_container(300);
	cw_now += 59;
	assert_null(cw_get_again());
	assert_int_equal(http_stub_count(cw.stub), 1);
	container_gives("ASIATWO", 300);
	cw_now += 1;
	assert_null(cw_get_again());
	assert_key("ASIATWO");
	assert_int_equal(http_stub_count(cw.stub), 2);
}

static void new_keys_that_are_past_their_time_are_an_error(void **state)
{
	(void)state;
	cw_setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "%s/c", http_stub_url(cw.stub));
	container_gives("ASIAONE", 0);
	cw_fails(NULL, RB_CREDENTIALS, "cannot use the AWS credentials of container",
		 "they expired at 2026-01-01T00:00:00Z", "clock");
}

static void what_the_service_calls_expired_is_fetched_again_where_that_helps(void **state)
{
	(void)state;
	open_container(3600);
	container_gives("ASIATWO", 3600);
	assert_true(cred_chain_expire(cw.chain)); /* fetched a moment ago: kept */
	assert_null(cw_get_again());
	assert_key("ASIAONE");
	cw_now += 10;
	assert_true(cred_chain_expire(cw.chain));
	assert_null(cw_get_again());
	assert_key("ASIATWO");
	unsetenv("AWS_CONTAINER_CREDENTIALS_FULL_URI");
	set_keys("AKIAENV");
	cw_get(NULL);
	cw_now += 10;
	assert_false(cred_chain_expire(cw.chain));
	assert_null(cw_get_again());
	assert_key("AKIAENV");
}

/* Calls go on side by side: one that was signed with the old keys may be refused after the others
 * have made new ones of them. */
static void a_late_refusal_of_old_keys_leaves_the_new_ones(void **state)
{
	(void)state;
	open_container(3600);
	container_gives("ASIATWO", 3600);
	assert_true(cred_chain_refused(cw.chain, "ASIAONE"));
	assert_null(cw_get_again());
	assert_key("ASIATWO");
	container_gives("ASIATHREE", 3600);
	assert_true(cred_chain_refused(cw.chain, "ASIAONE"));
	assert_null(cw_get_again());
	assert_key("ASIATWO");
	assert_int_equal(http_stub_count(cw.stub), 2);
}

static void get_in_task(void *arg)
{
	struct cred *c = arg;
	struct rb_error *err = cred_chain_get(cw.chain, c);

	assert_null(err);
}

static void tasks_that_ask_together_cost_one_fetch(void **state)
{
	struct cred got[3] = { 0 };
	struct task *tasks[ARRAY_LEN(got)];
	bool all_done = false;

	(void)state;
	cw_setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "%s/c", http_stub_url(cw.stub));
	container_gives("ASIAONE", 3600);
	cw_open(NULL);
	for (size_t i = 0; i < ARRAY_LEN(got); i++)
		tasks[i] = loop_spawn(cw.loop, get_in_task, &got[i]);
	while (!all_done) {
		loop_run_once(cw.loop, /* max_ms= */ 1000, /* wake_fd= */ -1);
		all_done = true;
		for (size_t i = 0; i < ARRAY_LEN(got); i++)
			all_done = all_done && task_is_done(tasks[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(got); i++) {
		task_free(tasks[i]);
		assert_string_equal(got[i].access_key_id, "ASIAONE");
		cred_clear(&got[i]);
	}
	assert_int_equal(http_stub_count(cw.stub), 1);
}

static void an_interrupt_is_told_as_one(void **state)
{
	(void)state;
	cw_setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "%s/c", http_stub_url(cw.stub));
	cw_open(NULL);
	loop_interrupt(cw.loop);
	auto_error struct rb_error *err = cw_get_again();
	assert_true(rb_error_is(err, RB_INTERRUPTED));
	assert_int_equal(http_stub_count(cw.stub), 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, cw_setup, cw_teardown)
	const struct CMUnitTest tests[] = {
		T(keys_of_the_environment_are_used),
		T(an_id_without_its_secret_is_an_error),
		T(the_environment_beats_the_profile_variable_but_not_the_option),
		T(the_environment_may_say_when_its_keys_end),
		T(keys_that_fit_no_header_are_refused),
		T(one_profile_with_everything_is_read_in_order),
		T(without_credentials_the_sources_that_were_tried_are_named),
		T(each_source_that_has_nothing_is_a_sentence_of_its_own),
		T(with_fifteen_minutes_left_nobody_is_asked),
		T(with_more_than_ten_minutes_left_the_old_serve_on_when_renewal_fails),
		T(with_less_than_ten_minutes_left_a_failed_renewal_is_an_error),
		T(keys_that_never_last_long_are_fetched_once_a_minute),
		T(new_keys_that_are_past_their_time_are_an_error),
		T(what_the_service_calls_expired_is_fetched_again_where_that_helps),
		T(a_late_refusal_of_old_keys_leaves_the_new_ones),
		T(tasks_that_ask_together_cost_one_fetch),
		T(an_interrupt_is_told_as_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
