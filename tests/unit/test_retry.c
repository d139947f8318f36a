/* Calls against a server that misbehaves: what is asked again, what is not, what it is called. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "aws/call.h"
#include "aws/client.h"
#include "aws/retry.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "tests/lib/faultd.h"

/* Waits a thousandth of the real ones: backoff 20 s -> 20 ms, settling 5 min -> 300 ms. */
enum { SPEED = 1000 };

struct fixture {
	struct loop *loop;
	struct http *http;
	struct aws_session *session;
	struct aws_client *client;
	struct faultd *d;
	struct aws_observer observer;
	int before, after;
	bool refuse;
	char last_action[40];
	char *answers[8]; /* what the steps point to */
	size_t n_answers;
	struct faultd_step steps[8];
	size_t n_steps;
};

static struct rb_error *on_before(void *arg, const char *service, const char *action,
				  const char *region)
{
	struct fixture *f = arg;

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
	struct fixture *f = arg;

	(void)request_id;
	assert_non_null(service);
	assert_non_null(action);
	assert_string_equal(region, "eu-west-1");
	assert_true(took_ms >= 0);
	assert_true(http_status || err);
	f->after++;
}

static void set_env(const char *name, const char *value)
{
	assert_int_equal(value ? setenv(name, value, 1) : unsetenv(name), 0);
}

/* `as_aws`: the server is asked under AWS's own names, over TLS. */
static void open_client(struct fixture *f, bool as_aws)
{
	const struct aws_config_options options = { .region = "eu-west-1" };
	autofree char *leads = xasprintf("::127.0.0.1:%d", faultd_port(f->d));
	const char *const connect_to[] = { leads, NULL };
	const struct http_options aws_options = { .ca_bundle = faultd_ca_file(f->d),
						  .connect_to = connect_to };
	struct aws_config *config = NULL;
	struct rb_error *err;

	set_env("AWS_ENDPOINT_URL", as_aws ? NULL : faultd_url(f->d));
	err = aws_config_load(&options, &config);
	if (err)
		fail_msg("%s: %s", err->what, err->why ? err->why : "");
	f->loop = loop_new();
	f->http = http_new(f->loop, as_aws ? &aws_options : NULL);
	f->session = aws_session_new(config, f->http);
	aws_session_set_speed(f->session, SPEED);
	f->client = aws_client_new(f->session, "eu-west-1");
	f->observer = (struct aws_observer){ f, on_before, on_after };
	aws_client_observe(f->client, &f->observer);
}

static void close_client(struct fixture *f)
{
	aws_client_free(f->client);
	aws_session_free(f->session);
	http_free(f->http);
	loop_free(f->loop);
}

/* ---- answers ---------------------------------------------------------------------------------- */

static void add_bytes(struct fixture *f, enum faultd_act act, char *bytes)
{
	assert_true(f->n_steps < ARRAY_LEN(f->steps));
	if (bytes)
		f->answers[f->n_answers++] = bytes;
	f->steps[f->n_steps++] = (struct faultd_step){ act, bytes, 0 };
}

static void add_http(struct fixture *f, int status, const char *headers, int64_t date_offset_s,
		     const char *body)
{
	add_bytes(f, FAULTD_ANSWER, faultd_http(status, headers, date_offset_s, body));
}

static void add_ok(struct fixture *f, const char *action)
{
	autofree char *body =
		xasprintf("<%sResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">"
			  "<requestId>r-ok</requestId><vpcSet/></%sResponse>",
			  action, action);

	add_http(f, 200, "Content-Type: text/xml\r\n", 0, body);
}

static void add_error_at(struct fixture *f, int status, int64_t date_offset_s, const char *code,
			 const char *message)
{
	autofree char *body = xasprintf("<Response><Errors><Error><Code>%s</Code><Message>%s</Message>"
					"</Error></Errors><RequestID>r-err</RequestID></Response>",
					code, message);

	add_http(f, status, "", date_offset_s, body);
}

static void add_error(struct fixture *f, int status, const char *code, const char *message)
{
	add_error_at(f, status, 0, code, message);
}

static void start(struct fixture *f)
{
	f->d = faultd_start(FAULTD_PLAIN, f->steps, f->n_steps);
	open_client(f, /* as_aws= */ false);
}

static void start_as_aws(struct fixture *f)
{
	f->d = faultd_start(FAULTD_CERT, f->steps, f->n_steps);
	open_client(f, /* as_aws= */ true);
}

static void stop(struct fixture *f)
{
	close_client(f);
	faultd_stop(f->d);
	for (size_t i = 0; i < f->n_answers; i++)
		free(f->answers[i]);
	*f = (struct fixture){ 0 };
}

static struct rb_error *describe(struct fixture *f)
{
	return aws_query_call(f->client, "ec2", "DescribeVpcs", NULL, AWS_READS, NULL);
}

static struct rb_error *create(struct fixture *f, unsigned flags)
{
	auto_aws_params p = AWS_PARAMS_INIT;

	params_add(&p, "CidrBlock", "10.0.0.0/16");
	return aws_query_call(f->client, "ec2", "CreateVpc", &p, AWS_CHANGES | flags, NULL);
}

/* `err` is taken. */
static void assert_kind(struct rb_error *err, enum rb_kind kind)
{
	if (!err)
		fail_msg("no error where '%s' was expected", rb_kind_name(kind));
	if (err->kind != kind)
		fail_msg("'%s' instead of '%s': %s", rb_kind_name(err->kind), rb_kind_name(kind),
			 err->why);
	(void)rb_error_free(err);
}

static void assert_well(struct rb_error *err)
{
	if (err)
		fail_msg("%s: %s", rb_kind_name(err->kind), err->why);
}

/* A header of the i-th request as the server read it.  Caller frees. */
static char *header_of(struct fixture *f, size_t i, const char *name)
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

/* ---- what is asked again -------------------------------------------------------------------------- */

static void throttling_is_asked_again_even_for_a_change(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	add_error(&f, 503, "RequestLimitExceeded", "Request limit exceeded.");
	add_error(&f, 400, "Throttling", "Rate exceeded");
	add_ok(&f, "CreateVpc");
	start(&f);
	assert_well(create(&f, 0));
	assert_int_equal(faultd_count(f.d), 3);
	assert_int_equal(f.before, 1);
	assert_int_equal(f.after, 3);
	assert_string_equal(f.last_action, "CreateVpc");
	for (size_t i = 0; i < 3; i++) {
		autofree char *id = header_of(&f, i, "amz-sdk-invocation-id");
		autofree char *first = header_of(&f, 0, "amz-sdk-invocation-id");
		autofree char *attempt = header_of(&f, i, "amz-sdk-request");
		autofree char *expected = xasprintf("attempt=%zu; max=8", i + 1);

		assert_int_equal(strlen(id), 36);
		assert_string_equal(id, first);
		assert_string_equal(attempt, expected);
	}
	stop(&f);
}

/* What leaves open whether the change happened. */
static void add_doubt(struct fixture *f, int which)
{
	switch (which) {
	case 0:
		add_error(f, 500, "InternalError", "An internal error has occurred");
		break;
	case 1:
		add_http(f, 502, "Content-Type: text/html\r\n", 0, "<html>Bad gateway</html>");
		break;
	case 2:
		add_bytes(f, FAULTD_RESET_READ, NULL);
		break;
	case 3:
		add_bytes(f, FAULTD_CLOSE_READ, NULL);
		break;
	case 4:
		add_bytes(f, FAULTD_ANSWER_CLOSE,
			  xstrdup("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<CreateVpc"));
		break;
	case 5:
		add_error(f, 503, "ServiceUnavailable", "try later");
		break;
	default:
		fail();
	}
}
enum { DOUBTS = 6 };

static void a_change_whose_fate_is_unknown_is_not_repeated(void **state)
{
	(void)state;
	for (int i = 0; i < DOUBTS; i++) {
		struct fixture f = { 0 };
		struct rb_error *err;

		add_doubt(&f, i);
		add_ok(&f, "CreateVpc");
		start(&f);
		err = create(&f, 0);
		assert_non_null(err);
		assert_non_null(strstr(err->hint, "may have happened"));
		assert_kind(err, RB_LOST);
		assert_int_equal(faultd_count(f.d), 1);
		assert_int_equal(f.before, 1);
		stop(&f);
	}
}

static void a_change_that_may_be_done_twice_is_repeated(void **state)
{
	(void)state;
	for (int i = 0; i < DOUBTS; i++) {
		struct fixture f = { 0 };

		add_doubt(&f, i);
		add_ok(&f, "CreateVpc");
		start(&f);
		assert_well(create(&f, AWS_AGAIN));
		assert_int_equal(faultd_count(f.d), 2);
		assert_int_equal(f.before, 1);
		stop(&f);
	}
}

static void a_read_is_repeated_after_every_doubt(void **state)
{
	(void)state;
	for (int i = 0; i < DOUBTS; i++) {
		struct fixture f = { 0 };

		add_doubt(&f, i);
		add_ok(&f, "DescribeVpcs");
		start(&f);
		assert_well(describe(&f));
		assert_int_equal(faultd_count(f.d), 2);
		assert_int_equal(f.before, 0);
		assert_int_equal(f.after, 2);
		stop(&f);
	}
}

static void a_connection_reset_before_the_request_was_read_is_repeated_for_reads(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	add_bytes(&f, FAULTD_RESET_UNREAD, NULL);
	add_ok(&f, "DescribeVpcs");
	start(&f);
	assert_well(describe(&f));
	assert_int_equal(faultd_count(f.d), 1);
	assert_int_equal(faultd_connections(f.d), 2);
	stop(&f);
}

static void an_endless_500_ends_after_eight_tries(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	add_error(&f, 500, "InternalError", "no");
	start(&f);
	assert_kind(describe(&f), RB_RETRY);
	assert_int_equal(faultd_count(f.d), 8);
	stop(&f);
}

static void aws_max_attempts_is_obeyed(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	set_env("AWS_MAX_ATTEMPTS", "2");
	add_error(&f, 500, "InternalError", "no");
	start(&f);
	assert_kind(describe(&f), RB_RETRY);
	assert_int_equal(faultd_count(f.d), 2);
	stop(&f);
	set_env("AWS_MAX_ATTEMPTS", NULL);
}

static void a_probe_is_asked_once(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	add_error(&f, 503, "SlowDown", "no");
	start(&f);
	assert_kind(aws_query_call(f.client, "ec2", "DescribeVpcs", NULL, AWS_ONCE, NULL),
		    RB_THROTTLED);
	assert_int_equal(faultd_count(f.d), 1);
	stop(&f);
}

static void missing_capacity_is_asked_for_three_times(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	add_error(&f, 500, "InsufficientInstanceCapacity", "none of it");
	start(&f);
	assert_kind(create(&f, AWS_AGAIN), RB_QUOTA);
	assert_int_equal(faultd_count(f.d), 3);
	stop(&f);
}

static void a_lost_answer_followed_by_silence_stays_lost(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	add_bytes(&f, FAULTD_RESET_READ, NULL);
	add_error(&f, 503, "RequestLimitExceeded", "no");
	start(&f);
	assert_kind(create(&f, AWS_AGAIN), RB_LOST);
	assert_int_equal(faultd_count(f.d), 8);
	stop(&f);
}

static void an_unwritten_intent_sends_nothing(void **state)
{
	struct fixture f = { .refuse = true };

	(void)state;
	add_ok(&f, "CreateVpc");
	start(&f);
	assert_kind(create(&f, AWS_AGAIN), RB_IO);
	assert_int_equal(faultd_count(f.d), 0);
	assert_int_equal(f.after, 0);
	stop(&f);
}

struct sleeper {
	struct fixture *f;
	struct rb_error *err;
};

static void create_in_task(void *arg)
{
	struct sleeper *s = arg;

	s->err = describe(s->f);
}

static void an_interrupt_ends_the_backoff(void **state)
{
	struct fixture f = { 0 };
	struct sleeper s = { &f, NULL };
	int64_t start_ms = clock_mono_ms();
	struct task *task;

	(void)state;
	add_http(&f, 503, "Retry-After: 3600\r\n", 0, "");
	start(&f);
	aws_session_set_speed(f.session, 1);
	task = loop_spawn(f.loop, create_in_task, &s);
	while (!f.after && clock_mono_ms() - start_ms < 10000)
		loop_run_once(f.loop, /* max_ms= */ 10, /* wake_fd= */ -1);
	assert_false(task_is_done(task));
	loop_interrupt(f.loop);
	while (!task_is_done(task) && clock_mono_ms() - start_ms < 10000)
		loop_run_once(f.loop, /* max_ms= */ 10, /* wake_fd= */ -1);
	task_free(task);
	assert_kind(s.err, RB_INTERRUPTED);
	assert_int_equal(faultd_count(f.d), 1);
	stop(&f);
}

/* ---- what is never asked again -------------------------------------------------------------------- */

static void a_denial_is_final_and_whole(void **state)
{
	struct fixture f = { 0 };
	autofree char *blob = xasprintf("%01800d", 7);
	autofree char *message = xasprintf("You are not authorized to perform this operation. Encoded "
					   "authorization failure message: %s", blob);
	struct rb_error *err;

	(void)state;
	add_error(&f, 403, "UnauthorizedOperation", message);
	start(&f);
	err = create(&f, AWS_AGAIN);
	assert_non_null(err);
	assert_non_null(strstr(err->why, message));
	assert_string_equal(err->aws_code, "UnauthorizedOperation");
	assert_string_equal(err->request_id, "r-err");
	assert_int_equal(err->http_status, 403);
	assert_non_null(err->hint);
	assert_kind(err, RB_DENIED);
	assert_int_equal(faultd_count(f.d), 1);
	stop(&f);
}

static void what_is_no_answer_of_aws_is_a_protocol_error(void **state)
{
	static const char bomb[] =
		"<?xml version=\"1.0\"?><!DOCTYPE b [<!ENTITY a \"aaaaaaaaaa\">"
		"<!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">]>"
		"<DescribeVpcsResponse>&b;</DescribeVpcsResponse>";
	static const char *const bodies[] = {
		"<html><body>Please log in</body></html>",
		"<!DOCTYPE html><html></html>",
		"",
		"{\"message\":\"hello\"}",
		"<DescribeVpcsResponse><vpcSet>",
		"<DescribeSubnetsResponse/>",
		bomb,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		struct fixture f = { 0 };
		struct rb_error *err;

		add_http(&f, 200, "Content-Type: text/html\r\n", 0, bodies[i]);
		start(&f);
		err = describe(&f);
		assert_non_null(err);
		assert_non_null(strstr(err->hint, "text/html"));
		assert_kind(err, RB_PROTOCOL);
		assert_int_equal(faultd_count(f.d), 1);
		/* Of a change such an answer leaves everything open. */
		assert_kind(create(&f, 0), RB_LOST);
		stop(&f);
	}
}

static void a_wrong_content_type_on_a_right_answer_does_no_harm(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	add_http(&f, 200, "Content-Type: application/octet-stream\r\n", 0,
		 "<DescribeVpcsResponse><vpcSet/></DescribeVpcsResponse>");
	start(&f);
	assert_well(describe(&f));
	stop(&f);
}

static void an_answer_without_end_is_cut_off(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	add_bytes(&f, FAULTD_ENDLESS, xstrdup("HTTP/1.1 200 OK\r\n\r\n<DescribeVpcsResponse>"));
	start(&f);
	assert_kind(describe(&f), RB_PROTOCOL);
	assert_int_equal(faultd_count(f.d), 1);
	stop(&f);
}

/* ---- credentials and clock ---------------------------------------------------------------------------- */

static void expired_keys_that_cannot_be_renewed_are_final(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	add_error(&f, 400, "RequestExpired", "Request has expired.");
	start(&f);
	assert_kind(describe(&f), RB_CREDENTIALS);
	assert_int_equal(faultd_count(f.d), 1);
	stop(&f);
}

static void expired_keys_are_renewed_once(void **state)
{
	char dir[] = "/tmp/rbretry.XXXXXX";
	struct fixture f = { 0 };

	(void)state;
	assert_non_null(mkdtemp(dir));
	{
		autofree char *script = file_join(dir, "keys");
		autofree char *config = file_join(dir, "config");
		autofree char *text = xasprintf(
			"#!/bin/sh\necho x >>%s/calls\n"
			"n=$(wc -l <%s/calls)\n"
			"echo '{\"Version\":1,\"AccessKeyId\":\"AKIDFRESH'$n'\","
			"\"SecretAccessKey\":\"s\",\"SessionToken\":\"t\","
			"\"Expiration\":\"2099-01-01T00:00:00Z\"}'\n",
			dir, dir);
		autofree char *profile =
			xasprintf("[default]\ncredential_process = %s\n", script);

		assert_null(file_write_atomic(script, text, strlen(text), 0700));
		assert_null(file_write_atomic(config, profile, strlen(profile), 0600));
		set_env("AWS_CONFIG_FILE", config);
		set_env("AWS_ACCESS_KEY_ID", NULL);
		set_env("AWS_SECRET_ACCESS_KEY", NULL);
		add_error(&f, 400, "RequestExpired", "Request has expired.");
		add_ok(&f, "CreateVpc");
		add_error(&f, 400, "RequestExpired", "Request has expired.");
		start(&f);
		assert_well(create(&f, 0));
		assert_int_equal(faultd_count(f.d), 2);
		{
			autofree char *first = header_of(&f, 0, "authorization");
			autofree char *second = header_of(&f, 1, "authorization");

			assert_non_null(strstr(first, "Credential=AKIDFRESH1/"));
			assert_non_null(strstr(second, "Credential=AKIDFRESH2/"));
		}
		/* Once a call; then it is the user's turn. */
		assert_kind(create(&f, 0), RB_CREDENTIALS);
		assert_int_equal(faultd_count(f.d), 4);
		assert_int_equal(f.before, 2);
		stop(&f);
	}
	set_env("AWS_CONFIG_FILE", "/nonexistent");
	set_env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
	set_env("AWS_SECRET_ACCESS_KEY", "secret");
	assert_null(file_remove_tree(dir));
}

static int64_t signed_offset_s(struct fixture *f, size_t i)
{
	autofree char *date = header_of(f, i, "x-amz-date");
	int64_t utc_s = 0;

	assert_true(clock_parse_amz_date(date, &utc_s));
	return utc_s - clock_utc_s();
}

static bool near(int64_t value, int64_t expected)
{
	return llabs(value - expected) <= 5;
}

static void a_wrong_clock_is_measured_and_corrected_once(void **state)
{
	static const struct {
		const char *code;
		int64_t off_s;
	} cases[] = {
		{ "RequestTimeTooSkewed", 3600 },
		{ "RequestExpired", -7200 },
		{ "AuthFailure", 600 },
		{ "SignatureDoesNotMatch", -600 },
		{ "RequestTimeTooSkewed", 120 }, /* the service is strict */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fixture f = { 0 };

		add_error_at(&f, 403, cases[i].off_s, cases[i].code, "the clock");
		add_ok(&f, "CreateVpc");
		add_ok(&f, "DescribeVpcs");
		start(&f);
		assert_well(create(&f, 0));
		assert_well(describe(&f));
		assert_int_equal(faultd_count(f.d), 3);
		assert_true(near(signed_offset_s(&f, 0), 0));
		assert_true(near(signed_offset_s(&f, 1), cases[i].off_s));
		assert_true(near(signed_offset_s(&f, 2), cases[i].off_s));
		assert_true(near(aws_session_skew_s(f.session), cases[i].off_s));
		stop(&f);
	}
}

static void a_clock_that_stays_wrong_is_told(void **state)
{
	struct fixture f = { 0 };
	struct rb_error *err;

	(void)state;
	add_error_at(&f, 403, 3600, "RequestTimeTooSkewed", "too far");
	start(&f);
	err = describe(&f);
	assert_non_null(err);
	assert_non_null(strstr(err->hint, "clock"));
	assert_non_null(strstr(err->hint, "behind"));
	assert_kind(err, RB_CLOCK);
	assert_int_equal(faultd_count(f.d), 2);
	stop(&f);
}

static void a_bad_signature_with_a_right_clock_is_about_keys(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	add_error_at(&f, 403, 30, "SignatureDoesNotMatch", "no match");
	start(&f);
	assert_kind(describe(&f), RB_CREDENTIALS);
	assert_int_equal(faultd_count(f.d), 1);
	stop(&f);
}

/* ---- consistency --------------------------------------------------------------------------------------- */

static void add_not_found(struct fixture *f)
{
	add_error(f, 400, "InvalidVpcID.NotFound", "The vpc ID 'vpc-0123456789abcdef0' does not exist");
}
#define VPC "vpc-0123456789abcdef0"

static void a_young_thing_is_waited_for(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	add_not_found(&f);
	add_not_found(&f);
	add_ok(&f, "DescribeVpcs");
	start(&f);
	aws_session_note_id(f.session, VPC, /* age_s= */ 0);
	assert_well(describe(&f));
	assert_int_equal(faultd_count(f.d), 3);
	stop(&f);
}

static void an_old_or_strange_thing_is_gone_at_once(void **state)
{
	static const struct {
		const char *id;
		int64_t age_s;
		unsigned flags;
	} cases[] = {
		{ NULL, 0, 0 },
		{ "vpc-0123456789abcdef", 0, 0 }, /* a prefix of it is another thing */
		{ VPC, 301, 0 },
		{ VPC, 0, AWS_NO_SETTLE },
		{ VPC, 0, AWS_ONCE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fixture f = { 0 };

		add_not_found(&f);
		start(&f);
		if (cases[i].id)
			aws_session_note_id(f.session, cases[i].id, cases[i].age_s);
		assert_kind(aws_query_call(f.client, "ec2", "DescribeVpcs", NULL, cases[i].flags,
					   NULL),
			    RB_GONE);
		assert_int_equal(faultd_count(f.d), 1);
		stop(&f);
	}
}

static void a_young_thing_that_never_comes_is_gone_when_it_is_old(void **state)
{
	struct fixture f = { 0 };
	int64_t start_ms;

	(void)state;
	add_not_found(&f);
	start(&f);
	aws_session_note_id(f.session, VPC, /* age_s= */ 0);
	start_ms = clock_mono_ms();
	assert_kind(describe(&f), RB_GONE);
	assert_true(clock_mono_ms() - start_ms >= SETTLE_MS / SPEED);
	assert_true(faultd_count(f.d) > 10);
	faultd_script(f.d, f.steps, f.n_steps);
	aws_session_note_id(f.session, VPC, /* age_s= */ 0);
	aws_session_forget_id(f.session, VPC);
	assert_kind(describe(&f), RB_GONE);
	assert_int_equal(faultd_count(f.d), 1);
	stop(&f);
}

static void a_delete_whose_answer_was_lost_finds_nothing_left(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	add_bytes(&f, FAULTD_RESET_READ, NULL);
	add_not_found(&f);
	start(&f);
	aws_session_note_id(f.session, VPC, /* age_s= */ 0);
	assert_kind(aws_query_call(f.client, "ec2", "DeleteVpc", NULL, AWS_CHANGES | AWS_AGAIN, NULL),
		    RB_GONE);
	assert_int_equal(faultd_count(f.d), 2);
	stop(&f);
}

static void another_service_may_need_minutes_to_hear_of_a_thing(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	add_error(&f, 400, "InvalidParameterValue",
		  "Value (p) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance "
		  "Profile name");
	add_error(&f, 400, "InvalidParameterValue",
		  "Value (p) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance "
		  "Profile name");
	add_ok(&f, "CreateVpc");
	start(&f);
	assert_well(create(&f, 0));
	assert_int_equal(faultd_count(f.d), 3);
	stop(&f);
}

/* ---- S3 --------------------------------------------------------------------------------------------------- */

static struct rb_error *s3(struct fixture *f, const char *method, unsigned flags, const char *key,
			   struct http_response *res)
{
	const struct s3_call call = { .action = "GetObject",
				      .method = method,
				      .bucket = "my-bucket",
				      .key = key,
				      .flags = flags,
				      .owner = "123456789012" };

	return aws_s3_call(f->client, &call, res);
}

static void a_bucket_in_another_region_is_asked_there_once_for_reads(void **state)
{
	static const struct {
		int status;
		const char *body;
	} cases[] = {
		{ 301, "<Error><Code>PermanentRedirect</Code><Message>m</Message></Error>" },
		{ 307, "<Error><Code>TemporaryRedirect</Code><Message>m</Message></Error>" },
		{ 400, "<Error><Code>AuthorizationHeaderMalformed</Code><Message>m</Message>"
		       "<Region>us-east-1</Region></Error>" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_http_response res = HTTP_RESPONSE_INIT;
		struct fixture f = { 0 };
		struct rb_error *err;

		add_http(&f, cases[i].status, i < 2 ? "x-amz-bucket-region: us-east-1\r\n" : "", 0,
			 cases[i].body);
		add_http(&f, 200, "", 0, "content");
		start(&f);
		assert_well(s3(&f, "GET", AWS_READS, "a b+c/\xe3\x81\x82", &res));
		assert_string_equal(res.body.p, "content");
		assert_int_equal(faultd_count(f.d), 2);
		{
			autofree char *first = header_of(&f, 0, "authorization");
			autofree char *second = header_of(&f, 1, "authorization");

			assert_non_null(strstr(first, "/eu-west-1/s3/aws4_request"));
			assert_non_null(strstr(second, "/us-east-1/s3/aws4_request"));
		}
		assert_true(text_starts_with(faultd_request(f.d, 1),
					     "GET /my-bucket/a%20b%2Bc/%E3%81%82 HTTP/1.1\r\n"));
		faultd_script(f.d, f.steps, 1);
		err = s3(&f, "PUT", AWS_CHANGES | AWS_ONCE, "k", &res);
		assert_non_null(err);
		assert_string_equal(err->region, "us-east-1");
		(void)rb_error_free(err);
		assert_int_equal(faultd_count(f.d), 1);
		stop(&f);
	}
}

static void a_bucket_is_part_of_the_host_where_it_may_be(void **state)
{
	static const struct {
		const char *bucket, *host, *line;
	} cases[] = {
		{ "my-bucket", "my-bucket.s3.eu-west-1.amazonaws.com", "GET /k/1?x-id=%2F HTTP/1.1" },
		{ "dots.in.it", "s3.eu-west-1.amazonaws.com", "GET /dots.in.it/k/1?x-id=%2F HTTP/1.1" },
		{ "UPPER", "s3.eu-west-1.amazonaws.com", "GET /UPPER/k/1?x-id=%2F HTTP/1.1" },
	};
	auto_aws_params query = AWS_PARAMS_INIT;
	struct fixture f = { 0 };

	(void)state;
	params_add(&query, "x-id", "/");
	add_http(&f, 200, "", 0, "");
	start_as_aws(&f);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct s3_call call = { .action = "GetObject",
					      .method = "GET",
					      .bucket = cases[i].bucket,
					      .key = "k/1",
					      .query = &query };
		autofree char *host = NULL;

		assert_well(aws_s3_call(f.client, &call, NULL));
		host = header_of(&f, i, "host");
		assert_string_equal(host, cases[i].host);
		assert_true(text_starts_with(faultd_request(f.d, i), cases[i].line));
	}
	stop(&f);
}

static void a_redirected_read_goes_to_the_other_regions_host(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	add_http(&f, 301, "x-amz-bucket-region: us-east-1\r\n", 0,
		 "<Error><Code>PermanentRedirect</Code><Message>m</Message></Error>");
	add_http(&f, 200, "", 0, "content");
	start_as_aws(&f);
	assert_well(s3(&f, "GET", AWS_READS, "k", NULL));
	{
		autofree char *host = header_of(&f, 1, "host");

		assert_string_equal(host, "my-bucket.s3.us-east-1.amazonaws.com");
	}
	stop(&f);
	/* A region that AWS does not have leads nowhere. */
	add_http(&f, 301, "x-amz-bucket-region: evil.example/\r\n", 0,
		 "<Error><Code>PermanentRedirect</Code><Message>m</Message></Error>");
	start_as_aws(&f);
	assert_kind(s3(&f, "GET", AWS_READS, "k", NULL), RB_FAILED);
	assert_int_equal(faultd_count(f.d), 1);
	stop(&f);
}

static void s3_documents_are_parsed(void **state)
{
	const struct s3_call call = { .action = "ListBuckets", .method = "GET" };
	auto_xml_reply reply = XML_REPLY_INIT;
	struct fixture f = { 0 };

	(void)state;
	add_http(&f, 200, "x-amz-request-id: R1\r\n", 0,
		 "<ListAllMyBucketsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Buckets>"
		 "<Bucket><Name>b</Name></Bucket></Buckets></ListAllMyBucketsResult>");
	add_http(&f, 200, "Content-Type: text/html\r\n", 0, "<html/>");
	start(&f);
	assert_well(aws_s3_call_xml(f.client, &call, &reply));
	assert_string_equal(reply.request_id, "R1");
	assert_true(xml_is(reply.root, "Buckets/Bucket/Name", "b"));
	assert_kind(aws_s3_call_xml(f.client, &call, &reply), RB_PROTOCOL);
	stop(&f);
}

static void a_presigned_url_uses_the_corrected_clock(void **state)
{
	auto_http_request req = HTTP_REQUEST_INIT;
	struct fixture f = { 0 };
	const char *date;
	int64_t utc_s = 0;

	(void)state;
	add_error_at(&f, 403, 3600, "RequestTimeTooSkewed", "too far");
	add_ok(&f, "DescribeVpcs");
	start(&f);
	assert_well(describe(&f));
	req.method = xstrdup("GET");
	req.scheme = xstrdup("https");
	req.host = xstrdup("eice.example");
	req.path = xstrdup("/openTunnel");
	assert_well(aws_presign(f.client, "ec2-instance-connect", &req, /* expires_s= */ 60));
	assert_non_null(strstr(req.query, "%2Feu-west-1%2Fec2-instance-connect%2Faws4_request"));
	date = strstr(req.query, "X-Amz-Date=");
	assert_non_null(date);
	{
		autofree char *text = xstrndup(date + strlen("X-Amz-Date="), 16);

		assert_true(clock_parse_amz_date(text, &utc_s));
		assert_true(near(utc_s - clock_utc_s(), 3600));
	}
	stop(&f);
}

static void an_error_under_200_is_an_error(void **state)
{
	const struct s3_call call = { .action = "DeleteObjects",
				      .method = "POST",
				      .bucket = "b-1",
				      .flags = AWS_CHANGES | AWS_AGAIN };
	auto_http_response res = HTTP_RESPONSE_INIT;
	struct fixture f = { 0 };

	(void)state;
	add_http(&f, 200, "", 0,
		 "<?xml version=\"1.0\"?>\n<Error><Code>InternalError</Code><Message>m</Message></Error>");
	add_http(&f, 200, "", 0, "<DeleteResult><Error><Code>AccessDenied</Code></Error></DeleteResult>");
	start(&f);
	assert_well(aws_s3_call(f.client, &call, &res));
	assert_int_equal(faultd_count(f.d), 2);
	assert_non_null(strstr(res.body.p, "DeleteResult"));
	stop(&f);
}

static void only_a_missing_bucket_is_a_matter_of_age(void **state)
{
	static const char gone[] = "<Error><Code>NoSuchBucket</Code><Message>m</Message></Error>";
	static const char none[] = "<Error><Code>NoSuchBucketPolicy</Code><Message>m</Message></Error>";
	const struct s3_call head = { .action = "HeadBucket", .method = "HEAD", .bucket = "my-bucket" };
	const struct s3_call policy = { .action = "GetBucketPolicy",
					.method = "GET",
					.bucket = "my-bucket" };
	struct fixture f = { 0 };

	(void)state;
	add_http(&f, 404, "", 0, gone);
	add_http(&f, 404, "", 0, none);
	start(&f);
	aws_session_note_id(f.session, "my-bucket", /* age_s= */ 0);
	assert_kind(aws_s3_call(f.client, &policy, NULL), RB_GONE);
	assert_int_equal(faultd_count(f.d), 2);
	stop(&f);

	add_bytes(&f, FAULTD_ANSWER, xstrdup("HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\n"));
	add_bytes(&f, FAULTD_ANSWER, xstrdup("HTTP/1.1 200 OK\r\n\r\n"));
	start(&f);
	aws_session_note_id(f.session, "my-bucket", /* age_s= */ 0);
	assert_well(aws_s3_call(f.client, &head, NULL));
	assert_int_equal(faultd_count(f.d), 2);
	stop(&f);
}

static void a_body_carries_its_checksum(void **state)
{
	const struct s3_call call = { .action = "PutBucketPolicy",
				      .method = "PUT",
				      .bucket = "b-1",
				      .body = "{}",
				      .body_n = 2,
				      .checksum = true,
				      .flags = AWS_CHANGES | AWS_AGAIN };
	struct fixture f = { 0 };

	(void)state;
	add_http(&f, 204, "", 0, "");
	start(&f);
	assert_well(aws_s3_call(f.client, &call, NULL));
	{
		autofree char *sum = header_of(&f, 0, "x-amz-checksum-sha256");
		autofree char *hash = header_of(&f, 0, "x-amz-content-sha256");

		assert_string_equal(sum, "RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=");
		assert_string_equal(hash, "44136fa355b3678a1146ad16f7e8649e"
					  "94fb4fc21fe77e8310c060f61caaff8a");
	}
	stop(&f);
}

/* ---- JSON, pages, headers ------------------------------------------------------------------------------------ */

static void json_calls_read_errors_and_answers(void **state)
{
	struct fixture f = { 0 };
	json_t *in = json_pack("{s:s}", "Name", "/aws/x"), *out = NULL;
	struct rb_error *err;

	(void)state;
	add_http(&f, 400, "x-amzn-RequestId: r-9\r\n", 0,
		 "{\"__type\":\"com.amazonaws.ssm#ThrottlingException\",\"message\":\"slow\"}");
	add_http(&f, 200, "", 0, "{\"Parameter\":{\"Value\":\"ami-1\"}}");
	add_http(&f, 400, "x-amzn-RequestId: r-9\r\nx-amzn-ErrorType: ParameterNotFound:http://x/\r\n",
		 0, "{\"Message\":\"no such\"}");
	add_http(&f, 200, "", 0, "[1,2]");
	start(&f);
	assert_well(aws_json_call(f.client, "ssm", "GetParameter", in, AWS_READS, &out));
	assert_non_null(json_object_get(out, "Parameter"));
	json_decref(out);
	{
		autofree char *target = header_of(&f, 1, "x-amz-target");
		autofree char *type = header_of(&f, 1, "content-type");

		assert_string_equal(target, "AmazonSSM.GetParameter");
		assert_string_equal(type, "application/x-amz-json-1.1");
	}
	err = aws_json_call(f.client, "ssm", "GetParameter", in, AWS_READS, NULL);
	assert_non_null(err);
	assert_string_equal(err->aws_code, "ParameterNotFound");
	assert_string_equal(err->why, "ParameterNotFound: no such");
	assert_string_equal(err->request_id, "r-9");
	assert_kind(err, RB_GONE);
	assert_kind(aws_json_call(f.client, "ssm", "GetParameter", in, AWS_READS, NULL), RB_PROTOCOL);
	assert_kind(aws_json_call(f.client, "ssm", "GetParameter", NULL, AWS_READS, NULL), RB_USAGE);
	json_decref(in);
	stop(&f);
}

static struct rb_error *add_id(void *list, const struct xml_node *item)
{
	xml_strv(item, "vpcId", list);
	return NULL;
}

static void all_pages_are_read(void **state)
{
	struct fixture f = { 0 };
	auto_aws_params p = AWS_PARAMS_INIT;
	auto_strv ids = { 0 };

	(void)state;
	add_http(&f, 200, "", 0,
		 "<DescribeVpcsResponse><vpcSet><item><vpcId>vpc-1</vpcId></item></vpcSet>"
		 "<nextToken>t/1=</nextToken></DescribeVpcsResponse>");
	add_http(&f, 200, "", 0,
		 "<DescribeVpcsResponse><vpcSet/><nextToken>t2</nextToken></DescribeVpcsResponse>");
	add_http(&f, 200, "", 0,
		 "<DescribeVpcsResponse><vpcSet><item><vpcId>vpc-2</vpcId></item></vpcSet>"
		 "<nextToken/></DescribeVpcsResponse>");
	start(&f);
	params_add_filter(&p, "tag:a", "b");
	assert_well(aws_query_items(f.client, "ec2", "DescribeVpcs", &p, "vpcSet/item", add_id, &ids));
	assert_int_equal(ids.n, 2);
	assert_string_equal(ids.v[1], "vpc-2");
	assert_int_equal(faultd_count(f.d), 3);
	assert_null(strstr(faultd_request(f.d, 0), "NextToken"));
	assert_non_null(strstr(faultd_request(f.d, 1),
			       "\r\n\r\nAction=DescribeVpcs&Version=2016-11-15&Filter.1.Name=tag%3Aa"
			       "&Filter.1.Value.1=b&NextToken=t%2F1%3D"));
	stop(&f);

	/* IAM has its own words for it; a token that stands still ends it. */
	add_http(&f, 200, "", 0,
		 "<ListRolesResponse><ListRolesResult><IsTruncated>true</IsTruncated>"
		 "<Marker>m</Marker></ListRolesResult></ListRolesResponse>");
	start(&f);
	assert_kind(aws_query_items(f.client, "iam", "ListRoles", NULL, "ListRolesResult/Roles/member",
				    add_id, &ids),
		    RB_PROTOCOL);
	assert_non_null(strstr(faultd_request(f.d, 1), "&Marker=m"));
	stop(&f);
}

static void a_request_says_who_sends_it(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	set_env("AWS_SDK_UA_APP_ID", "my app/1");
	add_ok(&f, "DescribeVpcs");
	start(&f);
	assert_well(describe(&f));
	{
		autofree char *agent = header_of(&f, 0, "user-agent");
		autofree char *auth = header_of(&f, 0, "authorization");

		assert_true(text_starts_with(agent, "runbook/" RUNBOOK_VERSION " ua/2.1 os/linux#"));
		assert_non_null(strstr(agent, " cfg/retry-mode#standard app/my-app-1"));
		assert_non_null(strstr(auth, "SignedHeaders=content-type;host;x-amz-date, "));
	}
	assert_well(aws_query_call(f.client, "ec2", "DescribeVpcs", NULL, AWS_UNSIGNED, NULL));
	assert_null(strcasestr(faultd_request(f.d, 1), "authorization"));
	stop(&f);
	set_env("AWS_SDK_UA_APP_ID", NULL);
}

/* ---- numbers ------------------------------------------------------------------------------------------------------ */

static void delays_double_up_to_twenty_seconds(void **state)
{
	static const int64_t most_ms[] = { 1000, 2000, 4000, 8000, 16000, 20000, 20000 };

	(void)state;
	for (int i = 0; i < 7; i++) {
		assert_int_equal(retry_delay_ms(i + 1, 0.0, 0, 0), 0);
		assert_int_equal(retry_delay_ms(i + 1, 0.5, 0, 0), most_ms[i] / 2);
		assert_true(retry_delay_ms(i + 1, 0.999999, 0, 0) < most_ms[i]);
	}
	assert_int_equal(retry_delay_ms(1, 0.5, 3000, 0), 3000);
	assert_int_equal(retry_delay_ms(1, 0.5, 100, 0), 500);
	assert_int_equal(retry_delay_ms(1, 0.5, 0, 4000), 4000);
}

static void a_servers_hint_is_believed_within_reason(void **state)
{
	static const struct {
		const char *name, *value;
		int64_t ms;
	} cases[] = {
		{ "Retry-After", "7", 7000 },
		{ "retry-after", "0", 0 },
		{ "Retry-After", "86400", 30000 },
		{ "Retry-After", "-1", 0 },
		{ "Retry-After", "soon", 0 },
		{ "Retry-After", "Sun, 06 Nov 1994 08:49:47 GMT", 10000 },
		{ "Retry-After", "Sun, 06 Nov 1994 08:49:27 GMT", 0 },
		{ "x-amz-retry-after", "1500", 1500 },
		{ "x-amz-retry-after", "bad", 0 },
		{ "X-Other", "5", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct http_headers headers = { 0 };

		http_headers_add(&headers, cases[i].name, cases[i].value);
		assert_int_equal(retry_hint_ms(&headers, /* 1994-11-06T08:49:37Z */ 784111777),
				 cases[i].ms);
		http_headers_clear(&headers);
	}
}

static void the_quota_of_retries_runs_dry_and_fills_again(void **state)
{
	struct retry_bucket bucket = RETRY_BUCKET_INIT;
	struct rb_error *err = rb_error_because(RB_THROTTLED, "slow");
	struct retry fresh = { .sent = 1 };
	int n;

	(void)state;
	for (n = 0; n < 1000; n++) {
		struct retry r = { .sent = 1 };

		if (!retry_may(&r, &bucket, 8, err, false, false))
			break;
	}
	assert_int_equal(n, RETRY_BUCKET / RETRY_COST);
	retry_succeeded(&fresh, &bucket); /* without a retry: one token */
	assert_int_equal(bucket.tokens, 1);
	fresh.cost = RETRY_COST;
	retry_succeeded(&fresh, &bucket);
	assert_true(retry_may(&fresh, &bucket, 8, err, false, false));
	fresh.sent = 8;
	bucket.tokens = RETRY_BUCKET;
	assert_false(retry_may(&fresh, &bucket, 8, err, false, false));
	retry_succeeded(&fresh, &bucket);
	assert_int_equal(bucket.tokens, RETRY_BUCKET);
	(void)rb_error_free(err);
}

static void settling_polls_grow_from_one_to_five_seconds(void **state)
{
	static const int64_t ms[] = { 1000, 1500, 2250, 3375, 5000, 5000 };
	struct retry r = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ms); i++)
		assert_int_equal(retry_settle_ms(&r), ms[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(throttling_is_asked_again_even_for_a_change),
		cmocka_unit_test(a_change_whose_fate_is_unknown_is_not_repeated),
		cmocka_unit_test(a_change_that_may_be_done_twice_is_repeated),
		cmocka_unit_test(a_read_is_repeated_after_every_doubt),
		cmocka_unit_test(a_connection_reset_before_the_request_was_read_is_repeated_for_reads),
		cmocka_unit_test(an_endless_500_ends_after_eight_tries),
		cmocka_unit_test(aws_max_attempts_is_obeyed),
		cmocka_unit_test(a_probe_is_asked_once),
		cmocka_unit_test(missing_capacity_is_asked_for_three_times),
		cmocka_unit_test(a_lost_answer_followed_by_silence_stays_lost),
		cmocka_unit_test(an_unwritten_intent_sends_nothing),
		cmocka_unit_test(an_interrupt_ends_the_backoff),
		cmocka_unit_test(a_denial_is_final_and_whole),
		cmocka_unit_test(what_is_no_answer_of_aws_is_a_protocol_error),
		cmocka_unit_test(a_wrong_content_type_on_a_right_answer_does_no_harm),
		cmocka_unit_test(an_answer_without_end_is_cut_off),
		cmocka_unit_test(expired_keys_that_cannot_be_renewed_are_final),
		cmocka_unit_test(expired_keys_are_renewed_once),
		cmocka_unit_test(a_wrong_clock_is_measured_and_corrected_once),
		cmocka_unit_test(a_clock_that_stays_wrong_is_told),
		cmocka_unit_test(a_bad_signature_with_a_right_clock_is_about_keys),
		cmocka_unit_test(a_young_thing_is_waited_for),
		cmocka_unit_test(an_old_or_strange_thing_is_gone_at_once),
		cmocka_unit_test(a_young_thing_that_never_comes_is_gone_when_it_is_old),
		cmocka_unit_test(a_delete_whose_answer_was_lost_finds_nothing_left),
		cmocka_unit_test(another_service_may_need_minutes_to_hear_of_a_thing),
		cmocka_unit_test(a_bucket_in_another_region_is_asked_there_once_for_reads),
		cmocka_unit_test(a_bucket_is_part_of_the_host_where_it_may_be),
		cmocka_unit_test(a_redirected_read_goes_to_the_other_regions_host),
		cmocka_unit_test(s3_documents_are_parsed),
		cmocka_unit_test(a_presigned_url_uses_the_corrected_clock),
		cmocka_unit_test(an_error_under_200_is_an_error),
		cmocka_unit_test(only_a_missing_bucket_is_a_matter_of_age),
		cmocka_unit_test(a_body_carries_its_checksum),
		cmocka_unit_test(json_calls_read_errors_and_answers),
		cmocka_unit_test(all_pages_are_read),
		cmocka_unit_test(a_request_says_who_sends_it),
		cmocka_unit_test(delays_double_up_to_twenty_seconds),
		cmocka_unit_test(a_servers_hint_is_believed_within_reason),
		cmocka_unit_test(the_quota_of_retries_runs_dry_and_fills_again),
		cmocka_unit_test(settling_polls_grow_from_one_to_five_seconds),
	};
	extern char **environ;

	/* No setting of whoever runs this. */
	for (char **e = environ; e && *e;) {
		autofree char *name = xstrndup(*e, strcspn(*e, "="));

		if (text_starts_with(name, "AWS_") || text_ends_with(name, "_PROXY") ||
		    text_ends_with(name, "_proxy")) {
			set_env(name, NULL);
			e = environ;
		} else {
			e++;
		}
	}
	set_env("AWS_CONFIG_FILE", "/nonexistent");
	set_env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent");
	set_env("AWS_EC2_METADATA_DISABLED", "true");
	set_env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
	set_env("AWS_SECRET_ACCESS_KEY", "secret");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
