/* SPDX-License-Identifier: Apache-2.0 */
/* Roles: whose keys sign, what is asked of STS, chains, circles, MFA, web identity. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <pty.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/secret.h"
#include "tests/lib/cred_world.h"

#define KEYS(id) "aws_access_key_id = " id "\naws_secret_access_key = s\n"

static void assert_key(const char *id)
{
	assert_non_null(cw.cred.access_key_id);
	assert_string_equal(cw.cred.access_key_id, id);
}

static void a_role_is_assumed_with_the_keys_of_its_source_profile(void **state)
{
	(void)state;
	cw_write(".aws/config", "[profile role]\nrole_arn = arn:aws:iam::1:role/R\n"
				"source_profile = base\nregion = eu-west-3\n"
				"[profile base]\nregion = ignored-1\n" KEYS("AKIABASE"));
	cw_sts_gives("ASIAROLE", 3600);
	cw_setenv("AWS_ACCESS_KEY_ID", "AKIAENV"); /* of no importance to a source profile */
	cw_get("role");
	assert_key("ASIAROLE");
	assert_string_equal(secret_reveal(&cw.cred.secret_key), "s3cr3t/of/ASIAROLE");
	assert_string_equal(secret_reveal(&cw.cred.session_token), "t0ken/of/ASIAROLE==");
	assert_string_equal(cw.cred.account_id, "111122223333");
	assert_int_equal(cw.cred.expires_utc_s, CW_NOW + 3600);
	assert_string_equal(cred_chain_source(cw.chain), "profile 'role' (assume role)");
	assert_int_equal(http_stub_count(cw.stub), 1);
	cw_asked(0, "POST / HTTP/1.1\r\n");
	cw_asked(0, "\r\n\r\nAction=AssumeRole&Version=2011-06-15&"
		    "RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2FR&"
		    "RoleSessionName=runbook-1767225600");
	cw_asked(0, "AWS4-HMAC-SHA256 Credential=AKIABASE/20260101/eu-west-3/sts/aws4_request");
	cw_not_asked(0, "ExternalId");
	cw_not_asked(0, "DurationSeconds");
	cw_not_asked(0, "SerialNumber");
}

static void the_profile_says_what_is_asked_of_sts(void **state)
{
	(void)state;
	cw_write(".aws/credentials",
		 "[default]\nrole_arn = arn:aws-cn:iam::1:role/R\nsource_profile = base\n"
		 "external_id = a/b c\nrole_session_name = me@here\nduration_seconds = 1800\n"
		 "[base]\naws_session_token = t\n" KEYS("AKIABASE"));
	cw_sts_gives("ASIAROLE", 1800);
	cw_get(NULL);
	cw_asked(0, "&RoleSessionName=me%40here&ExternalId=a%2Fb%20c&DurationSeconds=1800");
	cw_asked(0, "\r\nX-Amz-Security-Token: t\r\n");
	cw_asked(0, "/cn-north-1/sts/aws4_request"); /* no region is set: the ARN's partition */
	cw_write(".aws/credentials",
		 "[default]\nrole_arn = arn:aws:iam::1:role/R\nsource_profile = base\n"
		 "duration_seconds = long\n[base]\n" KEYS("AKIABASE"));
	cw_get(NULL);
	cw_not_asked(1, "DurationSeconds");
	cw_asked(1, "/us-east-1/sts/aws4_request");
}

static void roles_are_chained_from_the_far_end(void **state)
{
	(void)state;
	cw_write(".aws/config",
		 "[profile a]\nrole_arn = arn:aws:iam::1:role/A\nsource_profile = b\n"
		 "external_id = of-a\n"
		 "[profile b]\nrole_arn = arn:aws:iam::1:role/B\nsource_profile = c\n"
		 "[profile c]\n" KEYS("AKIACCC"));
	cw_sts_gives("ASIAROLE", 3600);
	cw_get("a");
	assert_int_equal(http_stub_count(cw.stub), 2);
	cw_asked(0, "role%2FB");
	cw_asked(0, "Credential=AKIACCC/");
	cw_not_asked(0, "of-a");
	cw_asked(1, "role%2FA");
	cw_asked(1, "Credential=ASIAROLE/");
	cw_asked(1, "\r\nX-Amz-Security-Token: t0ken/of/ASIAROLE==\r\n");
	cw_asked(1, "ExternalId=of-a");
}

static void a_source_with_keys_and_a_role_ends_the_chain(void **state)
{
	(void)state;
	cw_write(".aws/config",
		 "[profile a]\nrole_arn = arn:aws:iam::1:role/A\nsource_profile = b\n"
		 "[profile b]\nrole_arn = arn:aws:iam::1:role/B\nsource_profile = b\n" KEYS(
			 "AKIABBB"));
	cw_sts_gives("ASIAROLE", 3600);
	cw_get("a");
	assert_int_equal(http_stub_count(cw.stub), 1);
	cw_asked(0, "Credential=AKIABBB/");
	cw_get("b"); /* names itself, and has keys */
	assert_int_equal(http_stub_count(cw.stub), 2);
	cw_asked(1, "role%2FB");
	cw_asked(1, "Credential=AKIABBB/");
}

static void roles_that_cannot_work_are_refused_before_any_call(void **state)
{
#define ROLE "role_arn = arn:aws:iam::1:role/R\n"
	static const struct {
		const char *config, *why;
	} cases[] = {
		{ "[profile p]\n" ROLE, "neither source_profile nor credential_source" },
		{ "[profile p]\n" ROLE "source_profile = p\n", "runs in a circle: p -> p" },
		{ "[profile p]\n" ROLE "source_profile = none\n",
		  "source_profile 'none', and there is no such profile" },
		{ "[profile p]\n" ROLE
		  "source_profile = q\ncredential_source = Environment\n[profile q]\n",
		  "both source_profile and credential_source" },
		{ "[profile p]\n" ROLE "credential_source = environment\n",
		  "unknown credential_source 'environment'" },
		{ "[profile p]\n" ROLE "credential_source = Environment\n",
		  "has nothing: environment: AWS_ACCESS_KEY_ID is not set" },
		{ "[profile p]\n" ROLE "credential_source = EcsContainer\n",
		  "has nothing: container: AWS_CONTAINER" },
		{ "[profile p]\n" ROLE "credential_source = Ec2InstanceMetadata\n",
		  "has nothing: instance metadata: switched off" },
		{ "[profile p]\n" ROLE "source_profile = q\n[profile q]\n",
		  "source_profile 'q' of profile 'p' has no credentials" },
		{ "[profile p]\n" ROLE "source_profile = q\n[profile q]\naws_access_key_id = A\n",
		  "but no aws_secret_access_key" },
		{ "[profile p]\n" ROLE "source_profile = q\n[profile q]\n" ROLE
		  "source_profile = p\n",
		  "runs in a circle: p -> q -> p" },
		{ "[profile p]\n" ROLE "source_profile = q\n[profile q]\n" ROLE
		  "source_profile = r\n"
		  "[profile r]\n" ROLE "source_profile = q\n",
		  "runs in a circle: p -> q -> r -> q" },
		{ "[profile p]\n" ROLE "source_profile = q\n[profile q]\n" ROLE
		  "source_profile = q\n",
		  "runs in a circle: p -> q -> q" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		cw_write(".aws/config", "%s", cases[i].config);
		cw_fails("p", RB_CREDENTIALS, "from profile 'p' (assume role)", cases[i].why, NULL);
	}
	assert_int_equal(http_stub_count(cw.stub), 0);
}

static void an_endless_chain_is_cut(void **state)
{
	auto_buf config = BUF_INIT;

	(void)state;
	for (int i = 0; i < 5000; i++)
		assert_true(buf_addf(&config,
				     "[profile p%d]\nrole_arn = arn:aws:iam::1:role/R\n"
				     "source_profile = p%d\n",
				     i, i + 1));
	cw_write(".aws/config", "%s", config.p);
	cw_fails("p0", RB_CREDENTIALS, "'p0'", "more than 16 profiles", NULL);
}

static void the_machine_may_be_the_source_of_a_role(void **state)
{
	(void)state;
	cw_sts_gives("ASIAROLE", 3600);
	cw_write(".aws/config", "[profile env]\n" ROLE "credential_source = Environment\n"
				"[profile ecs]\n" ROLE "credential_source = EcsContainer\n"
				"[profile ec2]\n" ROLE "credential_source = Ec2InstanceMetadata\n");
	cw_setenv("AWS_ACCESS_KEY_ID", "AKIAENV");
	cw_setenv("AWS_SECRET_ACCESS_KEY", "s");
	cw_get("env");
	cw_asked(0, "Credential=AKIAENV/");

	http_stub_answer(cw.stub, "GET /c", 200, NULL,
			 "{\"AccessKeyId\":\"ASIAECS\",\"SecretAccessKey\":\"s\",\"Token\":\"t\"}");
	cw_setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "%s/c", http_stub_url(cw.stub));
	cw_get("ecs");
	cw_asked(2, "Credential=ASIAECS/");

	http_stub_answer(cw.stub, "PUT /latest/api/token", 200, NULL, "T");
	http_stub_answer(cw.stub, "GET /latest/meta-data/iam/security-credentials/", 200, NULL,
			 "I");
	http_stub_answer(cw.stub, "GET /latest/meta-data/iam/security-credentials/I", 200, NULL,
			 "{\"Code\":\"Success\",\"AccessKeyId\":\"ASIAEC2\","
			 "\"SecretAccessKey\":\"s\",\"Token\":\"t\"}");
	unsetenv("AWS_EC2_METADATA_DISABLED");
	cw_setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "%s", http_stub_url(cw.stub));
	cw_get("ec2");
	cw_asked(6, "Credential=ASIAEC2/");
}

/* ---- STS says no ------------------------------------------------------------ */

#define STS_ERROR(code)                                                                            \
	"<ErrorResponse><Error><Type>Sender</Type><Code>" code "</Code><Message>because</Message>" \
	"</Error><RequestId>req-1</RequestId></ErrorResponse>"

static void write_role(void)
{
	cw_write(".aws/config",
		 "[default]\n" ROLE "source_profile = b\n[profile b]\n" KEYS("AKIAB"));
}

static void a_refusal_of_sts_is_told_as_it_came_and_not_repeated(void **state)
{
	(void)state;
	write_role();
	http_stub_answer(cw.stub, "POST /", 403, NULL, STS_ERROR("AccessDenied"));
	cw_fails(NULL, RB_DENIED, "from profile 'default' (assume role)", "AccessDenied: because",
		 NULL);
	assert_int_equal(http_stub_count(cw.stub), 1);
	http_stub_answer(cw.stub, "POST /", 403, NULL, STS_ERROR("InvalidClientTokenId"));
	cw_fails(NULL, RB_CREDENTIALS, "assume role", "InvalidClientTokenId: because", NULL);
	assert_int_equal(http_stub_count(cw.stub), 2);
}

static void a_busy_or_broken_sts_is_asked_again(void **state)
{
	(void)state;
	write_role();
	cw_setenv("AWS_MAX_ATTEMPTS", "3");
	http_stub_answer(cw.stub, "POST /", 503, NULL, "<html>busy</html>");
	cw_fails(NULL, RB_NETWORK, "assume role", "HTTP 503", NULL);
	assert_int_equal(http_stub_count(cw.stub), 3);
	http_stub_answer(cw.stub, "POST /", 400, NULL, STS_ERROR("Throttling"));
	cw_fails(NULL, RB_NETWORK, "assume role", "Throttling", NULL);
	assert_int_equal(http_stub_count(cw.stub), 6);
	http_stub_answer(cw.stub, "POST /", 0, NULL, "");
	cw_setenv("AWS_MAX_ATTEMPTS", "2");
	cw_fails(NULL, RB_NETWORK, "assume role", "127.0.0.1", NULL);
	assert_int_equal(http_stub_count(cw.stub), 8);
	cw_setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1");
	cw_fails(NULL, RB_NETWORK, "assume role", "no connection", NULL);
}

static void answers_that_are_none_are_refused(void **state)
{
	static const char *const bodies[] = {
		"",
		"hello",
		"{}",
		"<a/>",
		"<AssumeRoleResponse/>",
		"<R><AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId></Credentials>"
		"</AssumeRoleResult></R>",
		"<R><AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId>"
		"<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
		"<Expiration>tomorrow</Expiration></Credentials></AssumeRoleResult></R>",
		"<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
	};

	(void)state;
	write_role();
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		http_stub_answer(cw.stub, "POST /", 200, NULL, bodies[i]);
		cw_fails(NULL, RB_CREDENTIALS, "assume role", "", NULL);
	}
	autofree char *big = xcalloc(1, 300001);

	memset(big, ' ', 300000);
	http_stub_answer(cw.stub, "POST /", 200, NULL, big);
	cw_fails(NULL, RB_CREDENTIALS, "assume role", "larger than", NULL);
}

static void a_wrong_clock_is_corrected_by_what_sts_says(void **state)
{
	(void)state;
	write_role();
	http_stub_answer(cw.stub, "POST /", 400, "Date: Thu, 01 Jan 2026 02:00:00 GMT",
			 STS_ERROR("SignatureDoesNotMatch"));
	cw_fails(NULL, RB_CREDENTIALS, "assume role", "SignatureDoesNotMatch", NULL);
	assert_int_equal(http_stub_count(cw.stub), 2); /* once more, not for ever */
	cw_asked(0, "X-Amz-Date: 20260101T000000Z");
	cw_asked(1, "X-Amz-Date: 20260101T020000Z");
}

/* ---- MFA -------------------------------------------------------------------- */

struct typist {
	int master;
	const char *keys;
	char seen[512];
};

/* Waits for the question, answers it, and notes all that the terminal shows. */
static void *type(void *arg)
{
	struct typist *t = arg;
	bool typed = false;
	size_t n = 0;

	for (;;) {
		struct pollfd pfd = { .fd = t->master, .events = POLLIN };
		ssize_t got;

		if (poll(&pfd, 1, 5000) <= 0)
			return NULL;
		got = read(t->master, t->seen + n, sizeof(t->seen) - 1 - n);
		if (got <= 0)
			return NULL;
		n += (size_t)got;
		if (!typed && strstr(t->seen, "MFA code")) {
			typed = write(t->master, t->keys, strlen(t->keys)) > 0;
			continue;
		}
		if (typed && strchr(t->seen, '\n'))
			return NULL;
	}
}

static struct rb_error *get_typing(struct typist *t, const char *keys)
{
	struct termios before, after;
	struct rb_error *err;
	pthread_t thread;
	int slave;

	*t = (struct typist){ .keys = keys };
	assert_int_equal(openpty(&t->master, &slave, NULL, NULL, NULL), 0);
	assert_int_equal(tcgetattr(slave, &before), 0);
	cw_open(NULL);
	cred_chain_ctx(cw.chain)->tty_path = ttyname(slave);
	assert_int_equal(pthread_create(&thread, NULL, type, t), 0);
	err = cw_get_again();
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(tcgetattr(slave, &after), 0);
	assert_int_equal(after.c_lflag, before.c_lflag);
	close(slave);
	close(t->master);
	cred_chain_ctx(cw.chain)->tty_path = "/nonexistent/tty";
	return err;
}

static void write_mfa_role(void)
{
	cw_write(".aws/config", "[default]\n" ROLE "source_profile = b\n"
				"mfa_serial = arn:aws:iam::1:mfa/me\n[profile b]\n" KEYS("AKIAB"));
	cw_sts_gives("ASIAROLE", 3600);
}

static void an_mfa_code_is_asked_for_without_echo(void **state)
{
	struct typist t;

	(void)state;
	write_mfa_role();
	assert_null(get_typing(&t, "9\x15"
				   "12 3\x7f\x1b"
				   "456\r"));
	assert_key("ASIAROLE");
	cw_asked(0, "&SerialNumber=arn%3Aaws%3Aiam%3A%3A1%3Amfa%2Fme&TokenCode=12456");
	assert_non_null(strstr(t.seen, "Enter MFA code for arn:aws:iam::1:mfa/me: "));
	assert_null(strstr(t.seen, "456"));
	assert_null(strchr(t.seen, '9'));
}

static void an_interrupt_at_the_question_leaves_the_terminal_as_it_was(void **state)
{
	struct typist t;
	auto_error struct rb_error *err = NULL;

	(void)state;
	write_mfa_role();
	err = get_typing(&t, "12\x03");
	assert_true(rb_error_is(err, RB_INTERRUPTED));
	assert_int_equal(http_stub_count(cw.stub), 0);
	(void)rb_error_free(err);
	err = get_typing(&t, "\r");
	assert_true(rb_error_is(err, RB_CREDENTIALS));
	assert_non_null(strstr(err->why, "no MFA code was entered"));
}

static void without_a_terminal_an_mfa_role_is_an_error(void **state)
{
	(void)state;
	write_mfa_role();
	cw_fails(NULL, RB_CREDENTIALS, "assume role",
		 "asks for an MFA code of 'arn:aws:iam::1:mfa/me', and there is no terminal",
		 "terminal");
	assert_int_equal(http_stub_count(cw.stub), 0);
}

static void keys_that_cost_an_mfa_code_serve_to_their_end(void **state)
{
	struct typist t;
	auto_error struct rb_error *err = NULL;

	(void)state;
	write_mfa_role();
	assert_null(get_typing(&t, "123456\r"));
	cw_now += 3599;
	assert_null(cw_get_again());
	assert_int_equal(http_stub_count(cw.stub), 1);
	assert_false(cred_chain_expire(cw.chain));
	cw_now += 1;
	err = cw_get_again();
	assert_true(rb_error_is(err, RB_CREDENTIALS));
	assert_non_null(strstr(err->why, "expired at"));
	assert_non_null(strstr(err->hint, "new MFA code"));
	assert_int_equal(http_stub_count(cw.stub), 1);
}

static void write_cli_cache(const char *name, const char *expiration)
{
	cw_write(name,
		 "{\"Credentials\":{\"AccessKeyId\":\"ASIACLI\",\"SecretAccessKey\":\"s\","
		 "\"SessionToken\":\"t\",\"Expiration\":\"%s\"},\"AssumedRoleUser\":{}}",
		 expiration);
}

/* The names are what the AWS CLI's botocore makes of these questions. */
static void a_code_that_was_typed_for_the_aws_cli_serves_here_too(void **state)
{
	static const char plain[] = ".aws/cli/cache/0249793c70bc7253df82d53453489c3de6aaf20e.json";
	static const char full[] = ".aws/cli/cache/add5060e62918ef582fef3c4f53217800ba020ec.json";
	auto_error struct rb_error *err = NULL;

	(void)state;
	write_mfa_role();
	write_cli_cache(plain, "2026-01-01T00:15:00Z");
	cw_get(NULL);
	assert_key("ASIACLI");
	assert_string_equal(cred_chain_source(cw.chain),
			    "profile 'default' (assume role, from the AWS CLI's cache)");
	cw_now += 899;
	assert_null(cw_get_again());
	cw_now += 1;
	err = cw_get_again();
	assert_true(rb_error_is(err, RB_CREDENTIALS));
	cw_now = CW_NOW;
	write_cli_cache(plain, "2026-01-01T00:15:00UTC");
	cw_get(NULL);
	write_cli_cache(plain, "2026-01-01T00:14:59Z"); /* too near its end */
	cw_fails(NULL, RB_CREDENTIALS, "assume role", "no terminal", NULL);
	cw_write(plain, "{\"Credentials\":[]}");
	cw_fails(NULL, RB_CREDENTIALS, "assume role", "no terminal", NULL);
	cw_write(".aws/config", "[default]\n" ROLE "source_profile = b\nexternal_id = e/1\n"
				"duration_seconds = 1800\nrole_session_name = me\n"
				"mfa_serial = arn:aws:iam::1:mfa/me\n[profile b]\n" KEYS("AKIAB"));
	write_cli_cache(full, "2026-01-01T01:00:00Z");
	cw_get(NULL);
	assert_int_equal(http_stub_count(cw.stub), 0);
	/* A role without MFA is asked for anew. */
	cw_write(".aws/config",
		 "[default]\n" ROLE "source_profile = b\n[profile b]\n" KEYS("AKIAB"));
	cw_get(NULL);
	assert_key("ASIAROLE");
}

/* ---- web identity ----------------------------------------------------------- */

static void a_web_identity_token_is_given_to_sts_unsigned(void **state)
{
	(void)state;
	cw_write("token", "a.b+c/d==\r\n\n");
	cw_write(".aws/config", "[default]\n" ROLE "web_identity_token_file = ~/token\n"
				"role_session_name = pod\n");
	cw_sts_gives("ASIAWEB", 3600);
	cw_get(NULL);
	assert_key("ASIAWEB");
	assert_string_equal(cred_chain_source(cw.chain), "profile 'default' (web identity)");
	cw_asked(0, "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&");
	cw_asked(0, "&RoleSessionName=pod&WebIdentityToken=a.b%2Bc%2Fd%3D%3D");
	cw_not_asked(0, "%0A");
	cw_not_asked(0, "Authorization");
	cw_not_asked(0, "X-Amz-");
	cw_write("token", "renewed"); /* by whoever put it there */
	cw_now += 3000;
	cw_sts_gives("ASIATWO", 3600);
	assert_null(cw_get_again());
	assert_key("ASIATWO");
	cw_asked(1, "WebIdentityToken=renewed");
}

static void a_web_identity_token_may_come_through_a_pipe(void **state)
{
	autofree char *path = xasprintf("%s/pipe", cw.dir);
	pid_t pid;

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	pid = fork();
	if (!pid) {
		FILE *f = fopen(path, "w");

		(void)!fputs("a.b", f);
		(void)fflush(f);
		(void)nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL);
		(void)!fputs("+c\n", f);
		(void)fclose(f);
		_exit(0);
	}
	cw_setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "%s", path);
	cw_setenv("AWS_ROLE_ARN", "arn:aws:iam::1:role/R");
	cw_sts_gives("ASIAWEB", 3600);
	cw_get(NULL);
	assert_key("ASIAWEB");
	cw_asked(0, "&WebIdentityToken=a.b%2Bc");
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void the_environment_wins_over_the_profile_key_by_key(void **state)
{
	(void)state;
	cw_write("file-token", "of-file");
	cw_write("env-token", "of-env");
	cw_write(".aws/config", "[profile p]\nrole_arn = arn:aws:iam::1:role/File\n"
				"web_identity_token_file = ~/file-token\nrole_session_name = n\n"
				"[profile bare]\n");
	cw_sts_gives("ASIAWEB", 3600);
	cw_setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "%s/env-token", cw.dir);
	cw_setenv("AWS_ROLE_ARN", "arn:aws:iam::1:role/Env");
	cw_setenv("AWS_PROFILE", "p");
	cw_get(NULL);
	cw_asked(0, "role%2FEnv&RoleSessionName=n&WebIdentityToken=of-env");
	cw_get("p"); /* the option: variables do not count */
	cw_asked(1, "role%2FFile&RoleSessionName=n&WebIdentityToken=of-file");
	cw_fails("bare", RB_CREDENTIALS, "cannot find", "", NULL);
}

static void web_identity_may_be_the_source_of_a_role(void **state)
{
	(void)state;
	cw_write("token", "t");
	cw_write(".aws/config", "[profile a]\n" ROLE "source_profile = w\n"
				"[profile w]\nrole_arn = arn:aws:iam::1:role/W\n"
				"web_identity_token_file = ~/token\n");
	cw_sts_gives("ASIAWEB", 3600);
	cw_get("a");
	cw_asked(0, "role%2FW");
	cw_not_asked(0, "Authorization");
	cw_asked(1, "Credential=ASIAWEB/");
}

static void web_identity_that_is_half_set_is_an_error(void **state)
{
	(void)state;
	cw_setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "%s/none", cw.dir);
	cw_fails(NULL, RB_CREDENTIALS, "web identity", "but no role", "AWS_ROLE_ARN");
	cw_setenv("AWS_ROLE_ARN", "arn:aws:iam::1:role/R");
	cw_fails(NULL, RB_CREDENTIALS, "web identity", "/none': No such file", NULL);
	cw_write("none", "\n");
	cw_fails(NULL, RB_CREDENTIALS, "web identity", "/none' is empty", NULL);
	cw_setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "%s", cw.dir);
	cw_fails(NULL, RB_CREDENTIALS, "web identity", "not a regular file", NULL);
	assert_int_equal(http_stub_count(cw.stub), 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, cw_setup, cw_teardown)
	const struct CMUnitTest tests[] = {
		T(a_role_is_assumed_with_the_keys_of_its_source_profile),
		T(the_profile_says_what_is_asked_of_sts),
		T(roles_are_chained_from_the_far_end),
		T(a_source_with_keys_and_a_role_ends_the_chain),
		T(roles_that_cannot_work_are_refused_before_any_call),
		T(an_endless_chain_is_cut),
		T(the_machine_may_be_the_source_of_a_role),
		T(a_refusal_of_sts_is_told_as_it_came_and_not_repeated),
		T(a_busy_or_broken_sts_is_asked_again),
		T(answers_that_are_none_are_refused),
		T(a_wrong_clock_is_corrected_by_what_sts_says),
		T(an_mfa_code_is_asked_for_without_echo),
		T(an_interrupt_at_the_question_leaves_the_terminal_as_it_was),
		T(without_a_terminal_an_mfa_role_is_an_error),
		T(keys_that_cost_an_mfa_code_serve_to_their_end),
		T(a_code_that_was_typed_for_the_aws_cli_serves_here_too),
		T(a_web_identity_token_is_given_to_sts_unsigned),
		T(a_web_identity_token_may_come_through_a_pipe),
		T(the_environment_wins_over_the_profile_key_by_key),
		T(web_identity_may_be_the_source_of_a_role),
		T(web_identity_that_is_half_set_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
