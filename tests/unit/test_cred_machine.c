/* SPDX-License-Identifier: Apache-2.0 */
/* What the machine gives: programs (credential_process), container agents, instance metadata. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/secret.h"
#include "tests/lib/cred_world.h"

/* ---- credential_process ----------------------------------------------------- */

#define GOOD                                                                                       \
	"{\"Version\":1,\"AccessKeyId\":\"AKIAPROC\",\"SecretAccessKey\":\"sEcReT\","              \
	"\"SessionToken\":\"t\",\"Expiration\":\"2026-01-01T01:00:00Z\",\"AccountId\":\"1\"}"

/* A script in the home, run as credential_process with `args`. */
static void set_process(const char *script, const char *args)
{
	autofree char *path = cw_path("helper");

	cw_write("helper", "#!/bin/sh\n%s\n", script);
	assert_int_equal(chmod(path, 0700), 0);
	cw_write(".aws/config", "[default]\ncredential_process = \"%s\" %s\n", path, args);
}

static void a_program_prints_keys(void **state)
{
	(void)state;
	set_process("echo noise >&2; cat <<'E'\n" GOOD "\nE", "");
	cw_get(NULL);
	assert_string_equal(cw.cred.access_key_id, "AKIAPROC");
	assert_string_equal(secret_reveal(&cw.cred.secret_key), "sEcReT");
	assert_string_equal(secret_reveal(&cw.cred.session_token), "t");
	assert_string_equal(cw.cred.account_id, "1");
	assert_int_equal(cw.cred.expires_utc_s, CW_NOW + 3600);
	assert_string_equal(cred_chain_source(cw.chain), "profile 'default' (process)");
}

static void its_line_is_split_into_words_and_no_shell_sees_it(void **state)
{
	autofree char *said = cw_path("said");
	auto_buf text = BUF_INIT;

	(void)state;
	set_process("printf '%s|' \"$@\" > ~/said; cat <<'E'\n" GOOD "\nE",
		    "'two words' \"a\\\"b\" c\\ d $HOME `id` ; | > x # no comment");
	cw_get(NULL);
	assert_null(file_read(said, 1000, &text));
	assert_string_equal(text.p, "two words|a\"b|c d|$HOME|`id`|;|||>|x|#|no|comment|");
}

static void keys_without_an_end_are_kept(void **state)
{
	(void)state;
	set_process("echo x >> ~/runs; echo '{\"Version\":1,\"AccessKeyId\":\"AKIAPROC\","
		    "\"SecretAccessKey\":\"s\"}'",
		    "");
	cw_get(NULL);
	cw_now += 1000000;
	assert_null(cw_get_again());
	autofree char *runs = cw_path("runs");
	auto_buf text = BUF_INIT;

	assert_null(file_read(runs, 1000, &text));
	assert_string_equal(text.p, "x\n");
}

static void outputs_that_are_none_are_refused_and_not_shown(void **state)
{
	static const struct {
		const char *script, *why;
	} cases[] = {
		{ "true", "is not JSON" },
		{ "echo sEcReT", "is not JSON" },
		{ "echo '[1]'", "is not a JSON object" },
		{ "echo '{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"sEcReT\"}'",
		  "is not of \"Version\": 1" },
		{ "echo '{\"Version\":2,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"sEcReT\"}'",
		  "is not of \"Version\": 1" },
		{ "echo '{\"Version\":\"1\",\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"sEcReT\"}'",
		  "is not of \"Version\": 1" },
		{ "echo '{\"Version\":1,\"AccessKeyId\":\"A\"}'", "has no 'SecretAccessKey'" },
		{ "echo '{\"Version\":1,\"SecretAccessKey\":\"sEcReT\"}'", "has no 'AccessKeyId'" },
		{ "echo '{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"sEcReT\","
		  "\"Expiration\":\"tomorrow\"}'",
		  "'Expiration' is not an ISO 8601 time" },
		{ "echo '{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s E\"}'",
		  "the secret access key holds a blank" },
		{ "echo '{\"Version\":1,\"AccessKeyId\":\"A\\u0000B\",\"SecretAccessKey\":\"s\"}'",
		  "is not JSON" },
		{ "head -c 300000 /dev/zero | tr '\\0' ' '; echo '" GOOD "'",
		  "is larger than 262143 bytes" },
		{ "echo sEcReT; echo 'no\033[2J luck' >&2; exit 3",
		  "ended with exit status 3: no?[2J luck" },
		{ "kill -9 $$", "ended with exit status 137" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		set_process(cases[i].script, "");
		cw_open(NULL);
		auto_error struct rb_error *err = cw_get_again();

		assert_true(rb_error_is(err, RB_CREDENTIALS));
		assert_string_equal(err->what, "cannot get AWS credentials from profile 'default' "
					       "(process)");
		if (!strstr(err->why, cases[i].why))
			fail_msg("why is '%s', without '%s'", err->why, cases[i].why);
		assert_null(strstr(err->why, "sEcReT"));
	}
}

static void lines_that_name_no_program_are_refused(void **state)
{
	static const struct {
		const char *line, *why;
	} cases[] = {
		{ "/nonexistent/helper x", "'/nonexistent/helper': there is no such program" },
		{ "runbook-has-no-such-helper", "there is no such program" },
		{ "'/bin/echo", "has an open quote" },
		{ "/bin/echo \\", "has an open quote or ends in a backslash" },
		{ "''", "names no program" },
		{ "/etc", "Permission denied" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		cw_write(".aws/config", "[default]\ncredential_process = %s\n", cases[i].line);
		cw_fails(NULL, RB_CREDENTIALS, "profile 'default' (process)", cases[i].why, NULL);
	}
}

static void a_program_that_does_not_end_is_stopped(void **state)
{
	static const char *const endless[] = { "exec tail -f /dev/null", "exec yes" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(endless); i++) {
		auto_error struct rb_error *err = NULL;

		set_process(endless[i], "");
		cw_open(NULL);
		cred_chain_ctx(cw.chain)->process_limit_ms = 100;
		err = cw_get_again();
		assert_non_null(err);
		assert_non_null(strstr(err->why, "did not end within"));
	}
}

/* A login in a browser with a second factor takes minutes; the program that waits is bounded. */
static void a_program_may_take_ten_minutes(void **state)
{
	(void)state;
	cw_open(NULL);
	assert_int_equal(cred_chain_ctx(cw.chain)->process_limit_ms, 600000);
}

static void an_expiration_is_read_as_languages_write_it(void **state)
{
	enum { MOMENT = 1795406706 }; /* 2026-11-23T04:05:06Z */
	static const char *const same[] = {
		"2026-11-23T04:05:06Z",		 "2026-11-23 04:05:06Z",
		"2026-11-23 04:05:06+00:00",	 "2026-11-23 04:05:06.123456+00:00",
		"2026-11-23T13:05:06+09:00",	 "2026-11-23 13:05:06+0900",
		"2026-11-23 13:05:06 +0900",	 "2026-11-23 13:05:06 +09:00",
		"2026-11-23T13:05:06+09",	 "2026-11-23 13:05:06+09",
		"2026-11-22T23:05:06-05",	 "2026-11-23 04:05:06 UTC",
		"2026-11-23 04:05:06 GMT",	 "2026-11-23 04:05:06.5 UTC",
		"2026-11-23 04:05:06 +0000 UTC", "2026-11-23 04:05:06.123456789 +0000 UTC",
		"2026-11-23T04:05:06.0000000Z",	 "2026-11-23T04:05:06UTC",
	};
	static const char *const none[] = {
		"",
		"2026-11-23",
		"2026-11-23T04:05:06",
		"2026-11-23 04:05:06",
		"2026-11-23 04:05:06.123456",
		"2026-11-23T04:05Z",
		"1795406706",
		"2026-11-23 04:05:06 CET",
		"2026-11-23 04:05:06 +09 +09",
		"2026-11-23  04:05:06Z",
		" 2026-11-23T04:05:06Z",
		"2026-11-23T04:05:06 UTC UTC",
		"2026-11-23 04:05:06 + 0900",
		"2026-11-23 04:05:06+9",
		"Mon, 23 Nov 2026 04:05:06 GMT",
		"+09",
		"2026-11-23T04:05:-6",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(same); i++) {
		int64_t t = 0;

		if (!cred_parse_time(same[i], &t) || t != MOMENT)
			fail_msg("'%s' is %lld", same[i], (long long)t);
	}
	for (size_t i = 0; i < ARRAY_LEN(none); i++) {
		int64_t t = -7;

		if (cred_parse_time(none[i], &t) || t != -7)
			fail_msg("'%s' is %lld", none[i], (long long)t);
	}
}

static void a_program_that_leaves_another_behind_is_not_waited_for(void **state)
{
	(void)state;
	/* The one left behind holds the pipes; it ends with the home directory.  Waiting for it
	 * would end in the error that the test before this one looks for. */
	set_process("(while [ -d ~ ]; do sleep 0.05; done) & cat <<'E'\n" GOOD "\nE", "");
	cw_get(NULL);
	assert_string_equal(cw.cred.access_key_id, "AKIAPROC");
}

/* ---- containers ------------------------------------------------------------- */

#define AGENT_SAYS                                                                                 \
	"{\"AccessKeyId\":\"ASIAECS\",\"SecretAccessKey\":\"s\",\"Token\":\"t\","                  \
	"\"Expiration\":\"2026-01-01T01:00:00Z\",\"AccountId\":\"111122223333\",\"RoleArn\":"      \
	"\"r\"}"

static void plain_http_goes_only_to_the_machine_and_the_agents(void **state)
{
	static const struct {
		const char *relative, *full;
		const char *url; /* NULL: refused */
	} cases[] = {
		{ "/v2/creds?id=1", NULL, "http://169.254.170.2/v2/creds?id=1" },
		{ "/v2", "http://evil.example/", "http://169.254.170.2/v2" },
		{ "evil.example/", NULL, NULL },
		{ "@evil.example/", NULL, NULL },
		{ ":80@evil.example/", NULL, NULL },
		{ NULL, "https://any.example/x", "https://any.example/x" },
		{ NULL, "HTTPS://any.example/x", "HTTPS://any.example/x" },
		{ NULL, "http://localhost:8080/x", "http://localhost:8080/x" },
		{ NULL, "http://LOCALHOST/x", "http://LOCALHOST/x" },
		{ NULL, "http://127.0.0.1/x", "http://127.0.0.1/x" },
		{ NULL, "http://127.3.2.1/x", "http://127.3.2.1/x" },
		{ NULL, "http://[::1]/x", "http://[::1]/x" },
		{ NULL, "http://169.254.170.2/x", "http://169.254.170.2/x" },
		{ NULL, "http://169.254.170.23/v1", "http://169.254.170.23/v1" },
		{ NULL, "http://[fd00:ec2::23]/v1", "http://[fd00:ec2::23]/v1" },
		{ NULL, "http://[fd00:ec2:0::23]/v1", "http://[fd00:ec2:0::23]/v1" },
		{ NULL, "http://169.254.169.254/x", NULL },
		{ NULL, "http://[fd00:ec2::254]/x", NULL },
		{ NULL, "http://evil.example/", NULL },
		{ NULL, "http://localhost.evil.example/", NULL },
		{ NULL, "http://127.evil.example/", NULL },
		{ NULL, "http://127.0.0.1.evil.example/", NULL },
		{ NULL, "http://10.0.0.1/x", NULL },
		{ NULL, "http://0.0.0.0/x", NULL },
		{ NULL, "http://[::]/x", NULL },
		{ NULL, "http://user@127.0.0.1/x", NULL },
		{ NULL, "http://127.0.0.1@evil.example/x", NULL },
		{ NULL, "ftp://127.0.0.1/x", NULL },
		{ NULL, "file:///etc/passwd", NULL },
		{ NULL, "127.0.0.1/x", NULL },
		{ NULL, "http://", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autofree char *url = NULL;
		auto_error struct rb_error *err =
			cred_container_url(cases[i].relative, cases[i].full, &url);

		if (cases[i].url) {
			assert_null(err);
			assert_string_equal(url, cases[i].url);
		} else {
			if (!err)
				fail_msg("'%s' was allowed", cases[i].full ? cases[i].full : "");
			assert_true(rb_error_is(err, RB_CREDENTIALS));
			assert_null(url);
		}
	}
}

static void use_agent(void)
{
	cw_setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "%s/creds?q=1", http_stub_url(cw.stub));
}

static void the_agent_of_a_container_gives_keys(void **state)
{
	(void)state;
	use_agent();
	http_stub_answer(cw.stub, "GET /creds", 200, NULL, AGENT_SAYS);
	cw_setenv("http_proxy", "http://127.0.0.1:1"); /* never used */
	cw_get(NULL);
	assert_string_equal(cw.cred.access_key_id, "ASIAECS");
	assert_string_equal(cw.cred.account_id, "111122223333");
	assert_int_equal(cw.cred.expires_utc_s, CW_NOW + 3600);
	assert_string_equal(cred_chain_source(cw.chain), "container");
	cw_asked(0, "GET /creds?q=1 HTTP/1.1\r\n");
	cw_asked(0, "\r\nAccept: application/json\r\n");
	cw_not_asked(0, "Authorization");
}

static void its_token_comes_from_a_file_before_the_variable(void **state)
{
	(void)state;
	use_agent();
	http_stub_answer(cw.stub, "GET /creds", 200, NULL, AGENT_SAYS);
	cw_setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "of-variable");
	cw_get(NULL);
	cw_asked(0, "\r\nAuthorization: of-variable\r\n");
	cw_write("token", "Bearer of-file\n");
	cw_setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "%s/token", cw.dir);
	cw_get(NULL);
	cw_asked(1, "\r\nAuthorization: Bearer of-file\r\n");
	cw_write("token", "renewed");
	cw_now += 3000;
	http_stub_answer(cw.stub, "GET /creds", 200, NULL,
			 "{\"AccessKeyId\":\"ASIATWO\",\"SecretAccessKey\":\"s\"}");
	assert_null(cw_get_again());
	cw_asked(2, "\r\nAuthorization: renewed\r\n");
	cw_write("token", "a\r\nX-Evil: 1");
	cw_fails(NULL, RB_CREDENTIALS, "the container's agent", "holds a line break", NULL);
	assert_int_equal(http_stub_count(cw.stub), 3);
}

static void an_agent_that_fails_is_asked_three_times_and_nobody_else(void **state)
{
	(void)state;
	use_agent();
	unsetenv("AWS_EC2_METADATA_DISABLED");
	cw_setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "%s", http_stub_url(cw.stub));
	http_stub_answer(cw.stub, "GET /creds", 500, NULL, "{\"code\":\"down\"}");
	cw_fails(NULL, RB_CREDENTIALS, "from the container's agent",
		 "HTTP 500: {\"code\":\"down\"}", NULL);
	assert_int_equal(http_stub_count(cw.stub), 3);
	http_stub_answer(cw.stub, "GET /creds", 302, "Location: http://127.0.0.1:1/", "");
	cw_fails(NULL, RB_CREDENTIALS, "agent", "HTTP 302", NULL);
	assert_int_equal(http_stub_count(cw.stub), 6);
	http_stub_answer(cw.stub, "GET /creds", 200, NULL, "{\"AccessKeyId\":\"A\"}");
	cw_fails(NULL, RB_CREDENTIALS, "agent", "has no 'SecretAccessKey'", NULL);
	http_stub_answer(cw.stub, "GET /creds", 200, NULL, "");
	cw_fails(NULL, RB_CREDENTIALS, "agent", "is not JSON", NULL);
	http_stub_answer(cw.stub, "GET /creds", 0, NULL, "");
	cw_fails(NULL, RB_NETWORK, "agent", NULL, NULL);
	assert_int_equal(http_stub_count(cw.stub), 15);
	cw_setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://evil.example/");
	cw_fails(NULL, RB_CREDENTIALS, "agent", "may not be plain http to 'evil.example'", "https");
}

/* ---- instance metadata ------------------------------------------------------ */

#define ROLES "/latest/meta-data/iam/security-credentials/"
#define IMDS_SAYS(id, end)                                                                         \
	"{\"Code\":\"Success\",\"Type\":\"AWS-HMAC\",\"AccessKeyId\":\"" id "\","                  \
	"\"SecretAccessKey\":\"s\",\"Token\":\"t\",\"Expiration\":\"" end "\"}"

static void use_imds(void)
{
	unsetenv("AWS_EC2_METADATA_DISABLED");
	cw_setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "%s/", http_stub_url(cw.stub));
	http_stub_answer(cw.stub, "PUT /latest/api/token", 200, NULL, "TOKEN==");
	http_stub_answer(cw.stub, "GET " ROLES, 200, NULL, "my role\nignored");
	http_stub_answer(cw.stub, "GET " ROLES "my%20role", 200, NULL,
			 IMDS_SAYS("ASIAEC2", "2026-01-01T01:00:00Z"));
}

static void the_role_of_an_instance_is_asked_for_with_a_token(void **state)
{
	(void)state;
	use_imds();
	cw_setenv("HTTP_PROXY", "http://127.0.0.1:1");
	cw_get(NULL);
	assert_string_equal(cw.cred.access_key_id, "ASIAEC2");
	assert_string_equal(cred_chain_source(cw.chain), "instance metadata (role 'my role')");
	assert_int_equal(http_stub_count(cw.stub), 3);
	cw_asked(0, "PUT /latest/api/token HTTP/1.1\r\n");
	cw_asked(0, "\r\nx-aws-ec2-metadata-token-ttl-seconds: 21600\r\n");
	cw_asked(1, "GET " ROLES " HTTP/1.1\r\n");
	cw_asked(1, "\r\nx-aws-ec2-metadata-token: TOKEN==\r\n");
	cw_asked(2, "GET " ROLES "my%20role HTTP/1.1\r\n");
	cw_asked(2, "\r\nx-aws-ec2-metadata-token: TOKEN==\r\n");
	cw_now += 3000; /* the token is still good */
	http_stub_answer(cw.stub, "GET " ROLES "my%20role", 200, NULL,
			 IMDS_SAYS("ASIATWO", "2026-01-01T06:00:00Z"));
	assert_null(cw_get_again());
	assert_string_equal(cw.cred.access_key_id, "ASIATWO");
	assert_int_equal(http_stub_count(cw.stub), 5);
	cw_now = CW_NOW + 21540; /* and now too old */
	assert_null(cw_get_again());
	assert_int_equal(http_stub_count(cw.stub), 8);
	cw_asked(5, "PUT ");
}

static void a_token_that_is_no_longer_taken_is_replaced_once(void **state)
{
	(void)state;
	use_imds();
	http_stub_answer(cw.stub, "GET " ROLES, 401, NULL, "");
	cw_fails(NULL, RB_CREDENTIALS, "cannot find", "instance metadata at http://127.0.0.1",
		 NULL);
	assert_int_equal(http_stub_count(cw.stub), 4); /* PUT GET PUT GET */
	cw_asked(2, "PUT ");
}

static void without_a_token_nothing_is_asked(void **state)
{
	static const struct {
		int status;
		const char *body, *note;
	} cases[] = {
		{ 403, "", "the metadata service is switched off for this instance" },
		{ 404, "", "gives no token (HTTP 404)" },
		{ 405, "", "gives no token (HTTP 405)" },
		{ 400, "", "gives no token (HTTP 400)" },
		{ 200, "", "gives no token (HTTP 200)" },
		{ 200, "a\r\nX-Evil: 1", "token is none" },
		{ 0, "", "the answer of '127.0.0.1' broke off" },
	};

	(void)state;
	use_imds();
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		http_stub_answer(cw.stub, "PUT /latest/api/token", cases[i].status, NULL,
				 cases[i].body);
		cw_fails(NULL, RB_CREDENTIALS, "cannot find AWS credentials", cases[i].note, NULL);
		assert_int_equal(http_stub_count(cw.stub), i + 1); /* never version 1 */
	}
}

static void a_metadata_service_that_never_answers_costs_its_timeout(void **state)
{
	int64_t start_ms = clock_mono_ms();

	(void)state;
	use_imds();
	http_stub_answer(cw.stub, "PUT /latest/api/token", -1, NULL, "");
	cw_fails(NULL, RB_CREDENTIALS, "cannot find", "instance metadata at", NULL);
	assert_true(clock_mono_ms() - start_ms >= 900);
}

static void metadata_without_a_usable_role_are_no_error_but_a_note(void **state)
{
	static const struct {
		int role_status;
		const char *role;
		int status;
		const char *body, *note;
	} cases[] = {
		{ 404, "", 404, "", "this instance has no role" },
		{ 500, "", 404, "", "answers HTTP 500" },
		{ 200, "\n", 404, "", "names no role" },
		{ 200, "R", 404, "", "answers HTTP 404 for the role's keys" },
		{ 200, "R", 200, "", "is not JSON" },
		{ 200, "R", 200, "{\"Code\":\"Failed\",\"Message\":\"no trust\"}",
		  "has no keys: Failed: no trust" },
		{ 200, "R", 200, "{\"Code\":\"Success\",\"AccessKeyId\":\"A\"}",
		  "has no 'SecretAccessKey'" },
	};

	(void)state;
	use_imds();
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		http_stub_answer(cw.stub, "GET " ROLES, cases[i].role_status, NULL, cases[i].role);
		http_stub_answer(cw.stub, "GET " ROLES "R", cases[i].status, NULL, cases[i].body);
		cw_fails(NULL, RB_CREDENTIALS, "cannot find AWS credentials", cases[i].note, NULL);
	}
}

static void failed_questions_are_repeated_as_configured(void **state)
{
	(void)state;
	use_imds();
	http_stub_answer(cw.stub, "GET " ROLES, 500, NULL, "");
	cw_setenv("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "3");
	cw_fails(NULL, RB_CREDENTIALS, "cannot find", "HTTP 500", NULL);
	assert_int_equal(http_stub_count(cw.stub), 4); /* one token, three questions */
	cw_setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "not a url");
	cw_fails(NULL, RB_CREDENTIALS, "instance metadata", NULL, NULL);
}

static void keys_of_an_instance_past_their_time_are_kept(void **state)
{
	(void)state;
	use_imds();
	cw_get(NULL);
	http_stub_answer(cw.stub, "GET " ROLES, 500, NULL, "");
	cw_now += 7200; /* an hour past, and the service is late */
	assert_null(cw_get_again());
	assert_string_equal(cw.cred.access_key_id, "ASIAEC2");
	size_t asked = http_stub_count(cw.stub);

	cw_now += 119;
	assert_null(cw_get_again());
	assert_int_equal(http_stub_count(cw.stub), asked); /* two to ten minutes later */
	cw_now += 481;
	assert_null(cw_get_again());
	assert_true(http_stub_count(cw.stub) > asked);
	/* even as a first answer */
	http_stub_answer(cw.stub, "GET " ROLES, 200, NULL, "my role");
	cw_get(NULL);
	assert_string_equal(cw.cred.access_key_id, "ASIAEC2");
}

static void the_metadata_tell_the_region(void **state)
{
	static const struct {
		int status;
		const char *body, *region;
	} cases[] = {
		{ 200, "ap-northeast-1\n", "ap-northeast-1" },
		{ 404, "ap-northeast-1", NULL },
		{ 200, "", NULL },
		{ 200, "evil.example/", NULL },
		{ 0, "", NULL },
	};

	(void)state;
	use_imds();
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autofree char *region = NULL;

		http_stub_answer(cw.stub, "GET /latest/meta-data/placement/region", cases[i].status,
				 NULL, cases[i].body);
		cw_open(NULL);
		assert_null(cred_imds_region(cw.chain, &region));
		if (cases[i].region)
			assert_string_equal(region, cases[i].region);
		else
			assert_null(region);
	}
	cw_setenv("AWS_EC2_METADATA_DISABLED", "true");
	size_t asked = http_stub_count(cw.stub);
	autofree char *region = NULL;

	cw_open(NULL);
	assert_null(cred_imds_region(cw.chain, &region));
	assert_null(region);
	assert_int_equal(http_stub_count(cw.stub), asked);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, cw_setup, cw_teardown)
	const struct CMUnitTest tests[] = {
		T(a_program_prints_keys),
		T(its_line_is_split_into_words_and_no_shell_sees_it),
		T(keys_without_an_end_are_kept),
		T(outputs_that_are_none_are_refused_and_not_shown),
		T(lines_that_name_no_program_are_refused),
		T(a_program_that_does_not_end_is_stopped),
		T(a_program_may_take_ten_minutes),
		T(an_expiration_is_read_as_languages_write_it),
		T(a_program_that_leaves_another_behind_is_not_waited_for),
		T(plain_http_goes_only_to_the_machine_and_the_agents),
		T(the_agent_of_a_container_gives_keys),
		T(its_token_comes_from_a_file_before_the_variable),
		T(an_agent_that_fails_is_asked_three_times_and_nobody_else),
		T(the_role_of_an_instance_is_asked_for_with_a_token),
		T(a_token_that_is_no_longer_taken_is_replaced_once),
		T(without_a_token_nothing_is_asked),
		T(a_metadata_service_that_never_answers_costs_its_timeout),
		T(metadata_without_a_usable_role_are_no_error_but_a_note),
		T(failed_questions_are_repeated_as_configured),
		T(keys_of_an_instance_past_their_time_are_kept),
		T(the_metadata_tell_the_region),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
