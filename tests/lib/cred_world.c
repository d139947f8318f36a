/* SPDX-License-Identifier: Apache-2.0 */
/* A home, a web server, a clock and a chain. */
#include "tests/lib/cred_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"

struct cred_world cw;
int64_t cw_now;

static int64_t read_clock(void)
{
	return cw_now;
}

int cw_setup(void **state)
{
	(void)state;
	if (!temp_folder(cw.dir, "rbtest"))
		return -1;
	clearenv();
	cw_now = CW_NOW;
	cw.stub = http_stub_start();
	cw_setenv("HOME", "%s", cw.dir);
	cw_setenv("PATH", "/usr/bin:/bin");
	cw_setenv("AWS_EC2_METADATA_DISABLED", "true");
	cw_setenv("AWS_ENDPOINT_URL", "%s", http_stub_url(cw.stub));
	return 0;
}

static void close_chain(void)
{
	cred_clear(&cw.cred);
	cred_chain_free(cw.chain);
	aws_config_free(cw.config);
	http_free(cw.http);
	loop_free(cw.loop);
	cw.chain = NULL;
	cw.config = NULL;
	cw.http = NULL;
	cw.loop = NULL;
}

int cw_teardown(void **state)
{
	(void)state;
	if (cw.loop)
		close_chain();
	http_stub_stop(cw.stub);
	cw.stub = NULL;
	return file_remove_tree(cw.dir) ? -1 : 0;
}

char *cw_path(const char *name)
{
	return file_join(cw.dir, name);
}

void cw_write(const char *name, const char *fmt, ...)
{
	autofree char *path = cw_path(name);
	char *slash = strrchr(path, '/');
	va_list ap;

	va_start(ap, fmt);
	autofree char *text = xvasprintf(fmt, ap);
	va_end(ap);
	*slash = '\0';
	assert_null(file_make_private_dir(path));
	*slash = '/';
	assert_null(file_write_atomic(path, text, strlen(text), 0600));
}

void cw_setenv(const char *name, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	autofree char *value = xvasprintf(fmt, ap);
	va_end(ap);
	(void)setenv(name, value, 1);
}

void cw_open(const char *profile)
{
	const struct aws_config_options options = { .profile = profile };
	struct rb_error *err;

	if (cw.loop)
		close_chain();
	cw.loop = loop_new();
	cw.http = http_new(cw.loop, NULL);
	err = aws_config_load(&options, &cw.config);
	if (err)
		fail_msg("%s: %s", err->what, err->why ? err->why : "");
	cw.chain = cred_chain_new(cw.config, cw.http);
	cred_chain_ctx(cw.chain)->utc_s = read_clock;
	cred_chain_ctx(cw.chain)->retry_pause_ms = 1;
	cred_chain_ctx(cw.chain)->tty_path = "/nonexistent/tty";
}

struct rb_error *cw_get_again(void)
{
	return cred_chain_get(cw.chain, &cw.cred);
}

void cw_get(const char *profile)
{
	struct rb_error *err;

	cw_open(profile);
	err = cw_get_again();
	if (err)
		fail_msg("%s: %s", err->what, err->why ? err->why : "");
}

static void assert_says(const char *field, const char *text, const char *expected)
{
	if (expected && (!text || !strstr(text, expected)))
		fail_msg("%s is '%s', without '%s'", field, text ? text : "", expected);
}

void cw_fails(const char *profile, enum rb_kind kind, const char *what, const char *why,
	      const char *hint)
{
	auto_error struct rb_error *err = NULL;

	cw_open(profile);
	err = cw_get_again();
	assert_non_null(err);
	assert_null(cw.cred.access_key_id);
	assert_string_equal(rb_kind_name(err->kind), rb_kind_name(kind));
	assert_says("what", err->what, what);
	assert_says("why", err->why, why);
	assert_says("hint", err->hint, hint);
}

const char *cw_time(int64_t from_now_s)
{
	static char text[CLOCK_ISO_SIZE];

	clock_iso8601(cw_now + from_now_s, text);
	return text;
}

void cw_sts_gives(const char *access_key_id, int64_t lasts_s)
{
	autofree char *credentials =
		xasprintf("<Credentials><AccessKeyId>%s</AccessKeyId><SecretAccessKey>s3cr3t/of/%s"
			  "</SecretAccessKey><SessionToken>t0ken/of/%s==</SessionToken>"
			  "<Expiration>%s</Expiration></Credentials><AssumedRoleUser><Arn>"
			  "arn:aws:sts::111122223333:assumed-role/R/S</Arn></AssumedRoleUser>",
			  access_key_id, access_key_id, access_key_id, cw_time(lasts_s));
	autofree char *body = xasprintf(
		"<Answer xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
		"<AssumeRoleResult>%s</AssumeRoleResult><AssumeRoleWithWebIdentityResult>%s"
		"</AssumeRoleWithWebIdentityResult></Answer>",
		credentials, credentials);

	http_stub_answer(cw.stub, "POST /", 200, "Content-Type: text/xml", body);
}

void cw_asked(size_t n, const char *text)
{
	const char *request = http_stub_request(cw.stub, n);

	if (!strstr(request, text))
		fail_msg("request %zu has no '%s':\n%s", n, text, request);
}

void cw_not_asked(size_t n, const char *text)
{
	const char *request = http_stub_request(cw.stub, n);

	if (strstr(request, text))
		fail_msg("request %zu has '%s':\n%s", n, text, request);
}
