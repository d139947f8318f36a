/* SPDX-License-Identifier: Apache-2.0 */
/* See fault_world.h. */
#include "tests/lib/fault_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "aws/core/call.h"
#include "base/alloc.h"
#include "base/text.h"

void fw_set_env(const char *name, const char *value)
{
	assert_int_equal(value ? setenv(name, value, 1) : unsetenv(name), 0);
}

void fw_clean_environment(void)
{
	for (char **e = environ; e && *e;) {
		autofree char *name = xstrndup(*e, strcspn(*e, "="));

		if (text_starts_with(name, "AWS_") || text_ends_with(name, "_PROXY") ||
		    text_ends_with(name, "_proxy")) {
			fw_set_env(name, NULL);
			e = environ;
		} else {
			e++;
		}
	}
	fw_set_env("AWS_CONFIG_FILE", "/nonexistent");
	fw_set_env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent");
	fw_set_env("AWS_EC2_METADATA_DISABLED", "true");
	fw_set_env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
	fw_set_env("AWS_SECRET_ACCESS_KEY", "secret");
}

static struct rb_error *on_before(void *arg, const char *service, const char *action,
				  const char *region)
{
	struct fault_world *f = arg;

	assert_non_null(service);
	assert_string_equal(region, "eu-west-1");
	(void)snprintf(f->last_action, sizeof(f->last_action), "%s", action);
	f->before++;
	return f->refuse ? rb_error_new(RB_IO, "cannot write the intent") : NULL;
}

static void on_after(void *arg, const char *service, const char *action, const char *region,
		     int http_status, const char *request_id, int64_t took_ms,
		     const struct rb_error *err)
{
	struct fault_world *f = arg;

	(void)request_id;
	assert_non_null(service);
	assert_non_null(action);
	assert_string_equal(region, "eu-west-1");
	assert_true(took_ms >= 0);
	assert_true(http_status || err);
	f->after++;
}

/* `as_aws`: the server is asked under AWS's own names, over TLS. */
static void open_client(struct fault_world *f, bool as_aws)
{
	const struct aws_config_options options = { .region = "eu-west-1" };
	autofree char *leads = xasprintf("::127.0.0.1:%d", faultd_port(f->d));
	const char *const connect_to[] = { leads, NULL };
	const struct http_options aws_options = { .ca_bundle = faultd_ca_file(f->d),
						  .connect_to = connect_to };
	struct aws_config *config = NULL;
	struct rb_error *err;

	fw_set_env("AWS_ENDPOINT_URL", as_aws ? NULL : faultd_url(f->d));
	err = aws_config_load(&options, &config);
	if (err)
		fail_msg("%s: %s", err->what, err->why ? err->why : "");
	f->loop = loop_new();
	f->http = http_new(f->loop, as_aws ? &aws_options : NULL);
	f->session = aws_session_new(config, f->http);
	aws_session_set_speed(f->session, FW_SPEED);
	f->client = aws_client_new(f->session, "eu-west-1");
	f->observer = (struct aws_observer){ f, on_before, on_after, NULL };
	aws_client_observe(f->client, &f->observer);
}

static void close_client(struct fault_world *f)
{
	aws_client_free(f->client);
	aws_session_free(f->session);
	http_free(f->http);
	loop_free(f->loop);
}

/* ---- answers ----------------------------------------------------------------------------------
 */

void fw_add_bytes(struct fault_world *f, enum faultd_act act, char *bytes)
{
	assert_true(f->n_steps < ARRAY_LEN(f->steps));
	if (bytes)
		f->answers[f->n_answers++] = bytes;
	f->steps[f->n_steps++] = (struct faultd_step){ act, bytes, 0 };
}

void fw_add_http(struct fault_world *f, int status, const char *headers, int64_t date_offset_s,
		 const char *body)
{
	fw_add_bytes(f, FAULTD_ANSWER, faultd_http(status, headers, date_offset_s, body));
}

void fw_add_ok(struct fault_world *f, const char *action)
{
	autofree char *body =
		xasprintf("<%sResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">"
			  "<requestId>r-ok</requestId><vpcSet/></%sResponse>",
			  action, action);

	fw_add_http(f, 200, "Content-Type: text/xml\r\n", 0, body);
}

void fw_add_error_at(struct fault_world *f, int status, int64_t date_offset_s, const char *code,
		     const char *message)
{
	autofree char *body =
		xasprintf("<Response><Errors><Error><Code>%s</Code><Message>%s</Message>"
			  "</Error></Errors><RequestID>r-err</RequestID></Response>",
			  code, message);

	fw_add_http(f, status, "", date_offset_s, body);
}

void fw_add_error(struct fault_world *f, int status, const char *code, const char *message)
{
	fw_add_error_at(f, status, 0, code, message);
}

void fw_start(struct fault_world *f)
{
	f->d = faultd_start(FAULTD_PLAIN, f->steps, f->n_steps);
	open_client(f, /* as_aws= */ false);
}

void fw_start_as_aws(struct fault_world *f)
{
	f->d = faultd_start(FAULTD_CERT, f->steps, f->n_steps);
	open_client(f, /* as_aws= */ true);
}

void fw_stop(struct fault_world *f)
{
	close_client(f);
	faultd_stop(f->d);
	for (size_t i = 0; i < f->n_answers; i++)
		free(f->answers[i]);
	*f = (struct fault_world){ 0 };
}

struct rb_error *fw_describe(struct fault_world *f)
{
	return aws_query_call(f->client, "ec2", "DescribeVpcs", NULL, AWS_READS, NULL);
}

struct rb_error *fw_create(struct fault_world *f, unsigned flags)
{
	auto_aws_params p = AWS_PARAMS_INIT;

	params_add(&p, "CidrBlock", "10.0.0.0/16");
	return aws_query_call(f->client, "ec2", "CreateVpc", &p, AWS_CHANGES | flags, NULL);
}

void fw_assert_kind(struct rb_error *err, enum rb_kind kind)
{
	if (!err)
		fail_msg("no error where '%s' was expected", rb_kind_name(kind));
	if (err->kind != kind)
		fail_msg("'%s' instead of '%s': %s", rb_kind_name(err->kind), rb_kind_name(kind),
			 err->why);
	(void)rb_error_free(err);
}

void fw_assert_well(struct rb_error *err)
{
	if (err)
		fail_msg("%s: %s", rb_kind_name(err->kind), err->why);
}

char *fw_header_of(struct fault_world *f, size_t i, const char *name)
{
	autofree char *start_of = xasprintf("\r\n%s: ", name);
	const char *request = faultd_request(f->d, i), *at;

	assert_non_null(request);
	at = strcasestr(request, start_of);
	if (!at)
		fail_msg("no header '%s' in: %s", name, request);
	at += strlen(start_of);
	return xstrndup(at, strcspn(at, "\r"));
}

bool fw_near(int64_t value_s, int64_t expected_s)
{
	return llabs(value_s - expected_s) <= 5;
}
