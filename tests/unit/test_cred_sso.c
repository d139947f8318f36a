/* SPDX-License-Identifier: Apache-2.0 */
/* SSO: settings, the shared token cache, its renewal, the portal; and `aws login`. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include <jansson.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/secret.h"
#include "tests/lib/cred_world.h"

/* SHA-1 of "corp" and of "http://start"; SHA-256 of "session". */
#define SESSION_CACHE ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json"
#define URL_CACHE ".aws/sso/cache/2c99b100361d1941aeaf1b74b0f4f626bd2bf4c2.json"
#define LOGIN_CACHE "3f3af1ecebbd1410ab417ec0d27bbfcb5d340e177ae159b59fc8626c2dfd9175.json"

#define NEW_FORM                                                                                   \
	"[profile work]\nsso_session = corp\nsso_account_id = 111122223333\n"                      \
	"sso_role_name = Power User\nregion = eu-west-1\n"                                         \
	"[sso-session corp]\nsso_region = us-west-2\nsso_start_url = http://start\n"
#define OLD_FORM                                                                                   \
	"[profile old]\nsso_start_url = http://start\nsso_region = us-west-2\n"                    \
	"sso_account_id = 111122223333\nsso_role_name = R\n"

static void portal_gives(const char *id, int64_t lasts_s)
{
	autofree char *body = xasprintf(
		"{\"roleCredentials\":{\"accessKeyId\":\"%s\",\"secretAccessKey\":\"s/s\","
		"\"sessionToken\":\"t/t\",\"expiration\":%lld}}",
		id, (long long)(cw_now + lasts_s) * 1000 + 999);

	http_stub_answer(cw.stub, "GET /federation/credentials", 200, NULL, body);
}

/* A token of a session, renewable for 90 days. */
static void write_session_cache(int64_t lasts_s, int64_t registered_s)
{
	autofree char *registered = xstrdup(cw_time(registered_s));

	cw_write(SESSION_CACHE,
		 "{\"accessToken\":\"old-token\",\"expiresAt\":\"%s\",\"refreshToken\":\"r1\","
		 "\"clientId\":\"c\",\"clientSecret\":\"cs\",\"registrationExpiresAt\":\"%s\","
		 "\"startUrl\":\"http://start\",\"other\":[1]}",
		 cw_time(lasts_s), registered);
}

static void a_token_of_the_cache_buys_the_keys_of_the_role(void **state)
{
	(void)state;
	cw_write(".aws/config", NEW_FORM);
	write_session_cache(3600, 86400);
	portal_gives("ASIASSO", 1800);
	cw_get("work");
	assert_string_equal(cw.cred.access_key_id, "ASIASSO");
	assert_string_equal(secret_reveal(&cw.cred.secret_key), "s/s");
	assert_string_equal(secret_reveal(&cw.cred.session_token), "t/t");
	assert_int_equal(cw.cred.expires_utc_s, CW_NOW + 1800);
	assert_string_equal(cw.cred.account_id, "111122223333");
	assert_string_equal(cred_chain_source(cw.chain), "profile 'work' (SSO)");
	assert_int_equal(http_stub_count(cw.stub), 1);
	cw_asked(0, "GET /federation/credentials?role_name=Power%20User&account_id=111122223333 ");
	cw_asked(0, "\r\nx-amz-sso_bearer_token: old-token\r\n");
	cw_not_asked(0, "Authorization");
}

static void the_old_form_keeps_its_token_under_the_url(void **state)
{
	(void)state;
	cw_write(".aws/config", OLD_FORM);
	cw_write(URL_CACHE, "{\"accessToken\":\"url-token\",\"expiresAt\":\"%s\"}", cw_time(60));
	portal_gives("ASIASSO", 1800);
	cw_get("old");
	cw_asked(0, "x-amz-sso_bearer_token: url-token");
	cw_now += 60;
	cw_fails("old", RB_CREDENTIALS, "profile 'old' (SSO)",
		 "the SSO session ended at 2026-01-01T00:01:00Z", "aws sso login --profile old");
	assert_int_equal(http_stub_count(cw.stub), 1); /* never renewed */
}

static void a_token_near_its_end_is_renewed_and_shared(void **state)
{
	autofree char *path = cw_path(SESSION_CACHE);
	auto_buf text = BUF_INIT;
	struct stat st;
	json_t *cache;

	(void)state;
	cw_write(".aws/config", NEW_FORM);
	write_session_cache(14 * 60, 86400);
	portal_gives("ASIASSO", 1800);
	http_stub_answer(cw.stub, "POST /token", 200, NULL,
			 "{\"accessToken\":\"new-token\",\"expiresIn\":28800,"
			 "\"refreshToken\":\"r2\",\"tokenType\":\"Bearer\"}");
	cw_get("work");
	cw_asked(0, "POST /token HTTP/1.1\r\n");
	cw_asked(0, "\r\nContent-Type: application/json\r\n");
	cw_asked(0, "{\"grantType\":\"refresh_token\",\"clientId\":\"c\",\"clientSecret\":\"cs\","
		    "\"refreshToken\":\"r1\"}");
	cw_not_asked(0, "Authorization");
	cw_asked(1, "x-amz-sso_bearer_token: new-token");
	assert_null(file_read(path, 4096, &text));
	cache = json_loads(text.p, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(cache, "accessToken")), "new-token");
	assert_string_equal(json_string_value(json_object_get(cache, "refreshToken")), "r2");
	assert_string_equal(json_string_value(json_object_get(cache, "expiresAt")),
			    "2026-01-01T08:00:00Z");
	assert_int_equal(json_array_size(json_object_get(cache, "other")), 1);
	json_decref(cache);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void a_renewal_that_fails_does_no_harm_while_the_token_lasts(void **state)
{
	(void)state;
	cw_write(".aws/config", NEW_FORM);
	write_session_cache(14 * 60, 86400);
	portal_gives("ASIASSO", 300);
	http_stub_answer(cw.stub, "POST /token", 400, NULL,
			 "{\"error\":\"invalid_grant\",\"error_description\":\"no\"}");
	cw_get("work");
	assert_int_equal(http_stub_count(cw.stub), 2);
	cw_asked(1, "x-amz-sso_bearer_token: old-token");
	cw_now += 59; /* short-lived keys, but neither they nor the token is tried so soon */
	assert_null(cw_get_again());
	assert_int_equal(http_stub_count(cw.stub), 2);
	cw_now += 14 * 60;
	cw_fails("work", RB_CREDENTIALS, "SSO", NULL, "aws sso login --profile work");
}

static void what_cannot_be_renewed_is_not_tried(void **state)
{
	(void)state;
	cw_write(".aws/config", NEW_FORM);
	portal_gives("ASIASSO", 1800);
	write_session_cache(14 * 60, 0); /* the registration of the client has ended */
	cw_get("work");
	assert_int_equal(http_stub_count(cw.stub), 1);
	cw_write(SESSION_CACHE, "{\"accessToken\":\"a\",\"expiresAt\":\"%s\"}", cw_time(0));
	cw_fails("work", RB_CREDENTIALS, "SSO", "the SSO session ended at", "aws sso login");
	assert_int_equal(http_stub_count(cw.stub), 1);
}

static void a_cache_that_is_none_asks_for_a_login(void **state)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{",
		"{}",
		"{\"accessToken\":\"a\"}",
		"{\"accessToken\":\"a\",\"expiresAt\":\"later\"}",
		"{\"accessToken\":7,\"expiresAt\":\"2027-01-01T00:00:00Z\"}"
	};

	(void)state;
	cw_write(".aws/config", NEW_FORM);
	cw_fails("work", RB_CREDENTIALS, "profile 'work' (SSO)", "nobody has logged in",
		 "aws sso login --profile work");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		cw_write(SESSION_CACHE, "%s", bad[i]);
		cw_fails("work", RB_CREDENTIALS, "SSO", SESSION_CACHE, "aws sso login");
	}
	assert_int_equal(http_stub_count(cw.stub), 0);
}

static void sso_settings_must_be_whole_and_agree(void **state)
{
	static const struct {
		const char *config, *why;
	} cases[] = {
		{ "[profile p]\nsso_account_id = 1\n",
		  "lacks sso_start_url, sso_region, sso_role_name" },
		{ "[profile p]\nsso_role_name = R\nsso_start_url = u\nsso_region = r\n",
		  "lacks sso_account_id" },
		{ "[profile p]\nsso_role_name = R\nsso_session = none\n",
		  "sso_session 'none', and there is no such sso-session" },
		{ "[profile p]\nsso_role_name = R\nsso_account_id = 1\nsso_session = s\n"
		  "sso_region = a\n[sso-session s]\nsso_region = b\nsso_start_url = u\n",
		  "different values of sso_region" },
		{ "[profile p]\nsso_role_name = R\nsso_account_id = 1\nsso_session = s\n"
		  "[sso-session s]\nsso_start_url = u\n",
		  "lacks sso_region" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		cw_write(".aws/config", "%s", cases[i].config);
		cw_fails("p", RB_CREDENTIALS, "profile 'p' (SSO)", cases[i].why, NULL);
	}
}

static void what_the_portal_refuses_is_told(void **state)
{
	(void)state;
	cw_write(".aws/config", NEW_FORM);
	write_session_cache(3600, 86400);
	http_stub_answer(cw.stub, "GET /federation/credentials", 401,
			 "x-amzn-ErrorType: UnauthorizedException:",
			 "{\"message\":\"Session token not found or invalid\"}");
	cw_fails("work", RB_CREDENTIALS, "SSO",
		 "UnauthorizedException: Session token not found or invalid",
		 "aws sso login --profile work");
	http_stub_answer(cw.stub, "GET /federation/credentials", 403,
			 "x-amzn-ErrorType: ForbiddenException", "{\"message\":\"No access\"}");
	cw_fails("work", RB_CREDENTIALS, "SSO", "No access", NULL);
	http_stub_answer(cw.stub, "GET /federation/credentials", 200, NULL, "{}");
	cw_fails("work", RB_CREDENTIALS, "SSO", "the answer of SSO has no 'accessKeyId'", NULL);
	http_stub_answer(cw.stub, "GET /federation/credentials", 200, NULL, "<html>");
	cw_fails("work", RB_CREDENTIALS, "SSO", "the answer of SSO is not JSON", NULL);
	http_stub_answer(cw.stub, "GET /federation/credentials", 200, NULL,
			 "{\"roleCredentials\":{\"accessKeyId\":\"A\",\"secretAccessKey\":\"s\","
			 "\"expiration\":\"soon\"}}");
	cw_fails("work", RB_CREDENTIALS, "SSO", "'expiration' is not a time", NULL);
}

static void a_busy_portal_is_asked_again(void **state)
{
	(void)state;
	cw_write(".aws/config", NEW_FORM);
	write_session_cache(3600, 86400);
	http_stub_answer(cw.stub, "GET /federation/credentials", 503, NULL, "");
	cw_fails("work", RB_NETWORK, "SSO", "HTTP 503", "AWS is busy");
	assert_int_equal(http_stub_count(cw.stub), 8); /* as often as any call: max_attempts */
}

static void sso_may_be_the_source_of_a_role(void **state)
{
	(void)state;
	cw_write(".aws/config", NEW_FORM
		 "[profile role]\nrole_arn = arn:aws:iam::1:role/R\nsource_profile = work\n");
	write_session_cache(3600, 86400);
	portal_gives("ASIASSO", 1800);
	cw_sts_gives("ASIAROLE", 3600);
	cw_get("role");
	cw_asked(1, "Credential=ASIASSO/");
	cw_asked(1, "X-Amz-Security-Token: t/t");
}

/* ---- aws login -------------------------------------------------------------- */

static void write_login(const char *dir, const char *id, int64_t lasts_s)
{
	autofree char *name = xasprintf("%s/%s", dir, LOGIN_CACHE);

	cw_write(name,
		 "{\"accessToken\":{\"accessKeyId\":\"%s\",\"secretAccessKey\":\"s\","
		 "\"sessionToken\":\"t\",\"accountId\":\"111122223333\",\"expiresAt\":\"%s\"},"
		 "\"refreshToken\":\"r\"}",
		 id, cw_time(lasts_s));
}

static void the_keys_of_aws_login_serve_while_they_last(void **state)
{
	auto_error struct rb_error *err = NULL;

	(void)state;
	cw_write(".aws/config", "[default]\nlogin_session = session\n");
	cw_fails(NULL, RB_CREDENTIALS, "profile 'default' (aws login)", "nobody has logged in",
		 "aws login --profile default");
	write_login(".aws/login/cache", "ASIALOGIN", 900);
	cw_get(NULL);
	assert_string_equal(cw.cred.access_key_id, "ASIALOGIN");
	assert_string_equal(cw.cred.account_id, "111122223333");
	cw_now += 899;
	assert_null(cw_get_again());
	cw_now += 60;
	err = cw_get_again();
	assert_non_null(err);
	assert_string_equal(err->hint, "aws login --profile default");
	assert_string_equal(err->why, "the login ended at 2026-01-01T00:15:00Z");
	write_login(".aws/login/cache", "ASIATWO", 900); /* the user did so */
	assert_null(cw_get_again());
	assert_string_equal(cw.cred.access_key_id, "ASIATWO");

	cw_setenv("AWS_LOGIN_CACHE_DIRECTORY", "~/elsewhere");
	write_login("elsewhere", "ASIAELSE", 900);
	cw_get(NULL);
	assert_string_equal(cw.cred.access_key_id, "ASIAELSE");
	cw_write("elsewhere/" LOGIN_CACHE, "{\"accessToken\":\"not an object\"}");
	cw_fails(NULL, RB_CREDENTIALS, "aws login", "has no 'accessKeyId'", "aws login");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, cw_setup, cw_teardown)
	const struct CMUnitTest tests[] = {
		T(a_token_of_the_cache_buys_the_keys_of_the_role),
		T(the_old_form_keeps_its_token_under_the_url),
		T(a_token_near_its_end_is_renewed_and_shared),
		T(a_renewal_that_fails_does_no_harm_while_the_token_lasts),
		T(what_cannot_be_renewed_is_not_tried),
		T(a_cache_that_is_none_asks_for_a_login),
		T(sso_settings_must_be_whole_and_agree),
		T(what_the_portal_refuses_is_told),
		T(a_busy_portal_is_asked_again),
		T(sso_may_be_the_source_of_a_role),
		T(the_keys_of_aws_login_serve_while_they_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
