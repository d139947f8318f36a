/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP and the loop: what arrives, what comes back, and what each failure is called. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "net/http.h"
#include "net/loop.h"
#include "tests/lib/faultd.h"

#define STEPS(...)                                                                                 \
	(const struct faultd_step[]){ __VA_ARGS__ },                                               \
		ARRAY_LEN(((const struct faultd_step[]){ __VA_ARGS__ }))

struct fixture {
	struct loop *loop;
	struct http *http;
	struct faultd *d;
};

static void start(struct fixture *f, enum faultd_cert cert, const struct faultd_step *steps,
		  size_t n)
{
	const struct http_options options = { .user_agent = "test/1" };

	f->d = faultd_start(cert, steps, n);
	f->loop = loop_new();
	f->http = http_new(f->loop, &options);
}

/* Trusting `ca`, when given. */
static void start_tls(struct fixture *f, enum faultd_cert cert, bool trusted, bool by_dir)
{
	static const struct faultd_step answer[] = {
		{ FAULTD_ANSWER, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 0 }
	};
	struct http_options options = { 0 };

	f->d = faultd_start(cert, answer, 1);
	if (trusted)
		options.ca_bundle = by_dir ? faultd_ca_dir(f->d) : faultd_ca_file(f->d);
	f->loop = loop_new();
	f->http = http_new(f->loop, &options);
}

static void stop(struct fixture *f)
{
	http_free(f->http);
	loop_free(f->loop);
	faultd_stop(f->d);
}

static void fill(struct http_request *req, const struct faultd *d, const char *method)
{
	req->method = xstrdup(method);
	req->scheme = xstrdup(text_starts_with(faultd_url(d), "https") ? "https" : "http");
	req->host = xstrdup("127.0.0.1");
	req->port = faultd_port(d);
	req->path = xstrdup("/");
	req->timeout_ms = 10000;
}

static struct rb_error *get(struct fixture *f, struct http_response *res)
{
	auto_http_request req = HTTP_REQUEST_INIT;

	fill(&req, f->d, "GET");
	return http_perform(f->http, &req, res);
}

/* A GET that must fail as `kind`; the error's why holds `text`. */
static void assert_get_fails(struct fixture *f, enum rb_kind kind, const char *text)
{
	auto_http_response res = HTTP_RESPONSE_INIT;
	auto_error struct rb_error *err = get(f, &res);

	assert_non_null(err);
	assert_string_equal(rb_kind_name(err->kind), rb_kind_name(kind));
	assert_non_null(err->why);
	if (!strstr(err->why, text))
		fail_msg("'%s' does not say '%s'", err->why, text);
	assert_int_equal(res.status, 0);
}

static void a_request_arrives_as_given(void **state)
{
	autofree char *answer = faultd_http(200, "X-One: 1\r\nx-two:\t2 \r\n", 0, "body");
	const struct faultd_step step = { FAULTD_ANSWER, answer, 0 };
	auto_http_request req = HTTP_REQUEST_INIT;
	auto_http_response res = HTTP_RESPONSE_INIT;
	struct fixture f;
	const char *seen;

	(void)state;
	start(&f, FAULTD_PLAIN, &step, 1);
	fill(&req, f.d, "POST");
	set_str(&req.path, "/a%20b/../c//d");
	req.query = xstrdup("x=%2F&policy");
	http_headers_add(&req.headers, "X-Empty", "");
	http_headers_add(&req.headers, "X-Odd", "a  b; \"c\"");
	(void)buf_add(&req.body, "A=1&B=\0", 7);
	assert_null(http_perform(f.http, &req, &res));
	assert_int_equal(res.status, 200);
	assert_string_equal(res.body.p, "body");
	assert_string_equal(http_headers_get(&res.headers, "x-ONE"), "1");
	assert_string_equal(http_headers_get(&res.headers, "X-Two"), "2");
	assert_non_null(http_headers_get(&res.headers, "date"));
	assert_null(http_headers_get(&res.headers, "x-three"));
	seen = faultd_request(f.d, 0);
	assert_true(text_starts_with(seen, "POST /a%20b/../c//d?x=%2F&policy HTTP/1.1\r\n"));
	assert_non_null(strstr(seen, "\r\nX-Empty:\r\n"));
	assert_non_null(strstr(seen, "\r\nX-Odd: a  b; \"c\"\r\n"));
	assert_non_null(strstr(seen, "\r\nUser-Agent: test/1\r\n"));
	assert_non_null(strstr(seen, "\r\nContent-Length: 7\r\n"));
	assert_null(strcasestr(seen, "expect:"));
	assert_null(strcasestr(seen, "content-type:"));
	stop(&f);
}

static void each_method_has_the_body_that_it_should(void **state)
{
	static const struct {
		const char *method, *expect;
	} cases[] = {
		{ "PUT", "\r\nContent-Length: 0\r\n" },
		{ "POST", "\r\nContent-Length: 0\r\n" },
		{ "DELETE", NULL },
		{ "GET", NULL },
		{ "HEAD", NULL },
	};
	autofree char *answer = faultd_http(200, "", 0, "");
	const struct faultd_step step = { FAULTD_ANSWER, answer, 0 };
	struct fixture f;

	(void)state;
	start(&f, FAULTD_PLAIN, &step, 1);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_http_request req = HTTP_REQUEST_INIT;
		auto_http_response res = HTTP_RESPONSE_INIT;
		const char *seen;

		fill(&req, f.d, cases[i].method);
		assert_null(http_perform(f.http, &req, &res));
		seen = faultd_request(f.d, i);
		assert_true(text_starts_with(seen, cases[i].method));
		if (cases[i].expect)
			assert_non_null(strstr(seen, cases[i].expect));
		else
			assert_null(strcasestr(seen, "content-length"));
	}
	stop(&f);
}

static void a_head_answer_has_a_length_but_no_body(void **state)
{
	const struct faultd_step step = { FAULTD_ANSWER,
					  "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", 0 };
	auto_http_request req = HTTP_REQUEST_INIT;
	auto_http_response res = HTTP_RESPONSE_INIT;
	struct fixture f;

	(void)state;
	start(&f, FAULTD_PLAIN, &step, 1);
	fill(&req, f.d, "HEAD");
	assert_null(http_perform(f.http, &req, &res));
	assert_int_equal(res.body.n, 0);
	assert_string_equal(http_headers_get(&res.headers, "content-length"), "1000");
	stop(&f);
}

static void connections_are_kept_and_counted(void **state)
{
	autofree char *answer = faultd_http(200, "", 0, "ok");
	autofree char *last = faultd_http(200, "Connection: close\r\n", 0, "ok");
	const struct faultd_step steps[] = { { FAULTD_ANSWER, answer, 0 },
					     { FAULTD_ANSWER, answer, 0 },
					     { FAULTD_ANSWER_CLOSE, last, 0 },
					     { FAULTD_ANSWER, answer, 0 } };
	static const long numbers[] = { 0, 0, 0, 1 };
	struct fixture f;

	(void)state;
	start(&f, FAULTD_PLAIN, steps, ARRAY_LEN(steps));
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		auto_http_response res = HTTP_RESPONSE_INIT;

		assert_null(get(&f, &res));
		assert_int_equal(res.connection, numbers[i]);
	}
	assert_int_equal(http_stats(f.http).requests, 4);
	assert_int_equal(http_stats(f.http).connections, 2);
	assert_int_equal(faultd_connections(f.d), 2);
	stop(&f);
}

static void a_redirect_is_an_answer_like_any_other(void **state)
{
	autofree char *answer = faultd_http(307, "Location: http://127.0.0.1:1/\r\n", 0, "");
	const struct faultd_step step = { FAULTD_ANSWER, answer, 0 };
	auto_http_response res = HTTP_RESPONSE_INIT;
	struct fixture f;

	(void)state;
	start(&f, FAULTD_PLAIN, &step, 1);
	assert_null(get(&f, &res));
	assert_int_equal(res.status, 307);
	assert_int_equal(faultd_count(f.d), 1);
	stop(&f);
}

/* ---- failures ------------------------------------------------------------ */

static void what_was_sent_and_not_answered_is_lost(void **state)
{
	static const struct {
		struct faultd_step step;
		const char *why;
	} cases[] = {
		{ { FAULTD_CLOSE_READ, NULL, 0 }, "broke off" },
		{ { FAULTD_RESET_READ, NULL, 0 }, "broke off" },
		{ { FAULTD_ANSWER_CLOSE, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ntorn", 0 },
		  "broke off" },
		{ { FAULTD_ANSWER_CLOSE,
		    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", 0 },
		  "broke off" },
		{ { FAULTD_ANSWER_CLOSE, "HTTP/1.1 200", 0 }, "broke off" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fixture f;

		start(&f, FAULTD_PLAIN, &cases[i].step, 1);
		assert_get_fails(&f, RB_LOST, cases[i].why);
		assert_int_equal(faultd_count(f.d), 1);
		stop(&f);
	}
}

static void a_kept_connection_that_dies_does_not_repeat_the_request(void **state)
{
	static const enum faultd_act deaths[] = { FAULTD_CLOSE_READ, FAULTD_RESET_READ };
	autofree char *answer = faultd_http(200, "", 0, "ok");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(deaths); i++) {
		const struct faultd_step steps[] = { { FAULTD_ANSWER, answer, 0 },
						     { deaths[i], NULL, 0 },
						     { FAULTD_ANSWER, answer, 0 } };
		auto_http_response res = HTTP_RESPONSE_INIT;
		struct fixture f;

		start(&f, FAULTD_PLAIN, steps, ARRAY_LEN(steps));
		assert_null(get(&f, &res));
		http_response_clear(&res);
		assert_get_fails(&f, RB_LOST, "127.0.0.1");
		assert_int_equal(faultd_count(f.d), 2);
		assert_null(get(&f, &res));
		stop(&f);
	}
}

static void a_server_that_says_nothing_is_lost_at_the_deadline(void **state)
{
	const struct faultd_step step = { FAULTD_HANG, NULL, 0 };
	auto_http_request req = HTTP_REQUEST_INIT;
	auto_http_response res = HTTP_RESPONSE_INIT;
	struct rb_error *err;
	struct fixture f;

	(void)state;
	start(&f, FAULTD_PLAIN, &step, 1);
	fill(&req, f.d, "GET");
	req.timeout_ms = 200; /* without it nothing would ever end this */
	err = http_perform(f.http, &req, &res);
	assert_true(rb_error_is(err, RB_LOST));
	assert_non_null(strstr(err->why, "took the request and did not answer"));
	(void)rb_error_free(err);
	stop(&f);
}

static void a_drip_fed_answer_is_lost_at_the_deadline(void **state)
{
	const struct faultd_step step = {
		FAULTD_SLOW, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nxxxxxxxxxxxxxxxxxxxxxxx",
		20
	};
	auto_http_request req = HTTP_REQUEST_INIT;
	auto_http_response res = HTTP_RESPONSE_INIT;
	struct rb_error *err;
	struct fixture f;

	(void)state;
	start(&f, FAULTD_PLAIN, &step, 1);
	fill(&req, f.d, "GET");
	req.timeout_ms = 1500; /* the first line alone takes 340 ms */
	err = http_perform(f.http, &req, &res);
	assert_true(rb_error_is(err, RB_LOST));
	assert_non_null(strstr(err->why, "was not whole in time"));
	(void)rb_error_free(err);
	stop(&f);
}

static void nobody_there_means_nothing_was_sent(void **state)
{
	const struct faultd_step step = { FAULTD_HANG, NULL, 0 };
	auto_http_request req = HTTP_REQUEST_INIT;
	auto_http_response res = HTTP_RESPONSE_INIT;
	struct rb_error *err;
	struct fixture f;
	int port;

	(void)state;
	start(&f, FAULTD_PLAIN, &step, 1);
	port = faultd_port(f.d);
	fill(&req, f.d, "GET");
	stop(&f);
	f.loop = loop_new();
	f.http = http_new(f.loop, NULL);
	req.port = port;
	err = http_perform(f.http, &req, &res);
	assert_true(rb_error_is(err, RB_NETWORK));
	assert_non_null(err->hint);
	(void)rb_error_free(err);
	set_str(&req.host, "name.invalid");
	err = http_perform(f.http, &req, &res);
	assert_true(rb_error_is(err, RB_NETWORK));
	assert_non_null(strstr(err->why, "does not resolve"));
	assert_true(http_no_such_name(err));
	(void)rb_error_free(err);
	http_free(f.http);
	loop_free(f.loop);
}

static void what_is_no_http_is_a_protocol_error(void **state)
{
	static const char *const rubbish[] = { "SSH-2.0-OpenSSH_9.2\r\n", "hello\r\n\r\nworld" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rubbish); i++) {
		const struct faultd_step step = { FAULTD_ANSWER_CLOSE, rubbish[i], 0 };
		struct fixture f;

		start(&f, FAULTD_PLAIN, &step, 1);
		assert_get_fails(&f, RB_PROTOCOL, "does not answer in HTTP");
		stop(&f);
	}
}

static void an_endless_answer_meets_the_ceiling(void **state)
{
	static const char *const heads[] = {
		"HTTP/1.1 200 OK\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n",
		"HTTP/1.1 200 OK\r\nX-Long: ",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
		const struct faultd_step step = { FAULTD_ENDLESS, heads[i], 0 };
		auto_http_request req = HTTP_REQUEST_INIT;
		auto_http_response res = HTTP_RESPONSE_INIT;
		struct rb_error *err;
		struct fixture f;

		start(&f, FAULTD_PLAIN, &step, 1);
		fill(&req, f.d, "GET");
		req.max_answer_bytes = 100000;
		err = http_perform(f.http, &req, &res);
		assert_non_null(err);
		/* libcurl's own limit on one header line comes first. */
		assert_true(err->kind == RB_PROTOCOL || (i == 2 && err->kind == RB_LOST));
		(void)rb_error_free(err);
		stop(&f);
	}
}

/* The server ends it, so that a ceiling that is not there fails at once. */
static void sixteen_mib_are_the_ceiling_when_none_is_given(void **state)
{
	static const struct {
		const char *head;
		bool fits;
	} cases[] = {
		{ "HTTP/1.1 200 OK\r\nContent-Length: 16777216\r\n\r\n", true },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 16777217\r\n\r\n", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct faultd_step step = { FAULTD_ENDLESS, cases[i].head, 0 };
		auto_http_response res = HTTP_RESPONSE_INIT;
		auto_error struct rb_error *err = NULL;
		struct fixture f;

		start(&f, FAULTD_PLAIN, &step, 1);
		err = get(&f, &res);
		if (cases[i].fits) {
			assert_null(err);
			assert_int_equal(res.body.n, 16 << 20);
		} else {
			assert_true(rb_error_is(err, RB_PROTOCOL));
		}
		stop(&f);
	}
}

static void headers_that_could_break_out_are_refused(void **state)
{
	const struct faultd_step step = { FAULTD_HANG, NULL, 0 };
	static const char *const values[] = { "a\r\nX-Evil: 1", "a\nb", "a\x01" };
	struct fixture f;

	(void)state;
	start(&f, FAULTD_PLAIN, &step, 1);
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		auto_http_request req = HTTP_REQUEST_INIT;
		auto_http_response res = HTTP_RESPONSE_INIT;
		struct rb_error *err;

		fill(&req, f.d, "GET");
		http_headers_add(&req.headers, "X-Token", values[i]);
		err = http_perform(f.http, &req, &res);
		assert_true(rb_error_is(err, RB_USAGE));
		(void)rb_error_free(err);
		http_headers_clear(&req.headers);
		set_str(&req.path, "/a b");
		err = http_perform(f.http, &req, &res);
		assert_true(rb_error_is(err, RB_USAGE));
		(void)rb_error_free(err);
	}
	assert_int_equal(faultd_connections(f.d), 0);
	stop(&f);
}

/* ---- TLS ----------------------------------------------------------------- */

static void a_trusted_server_is_believed_by_file_and_by_directory(void **state)
{
	static const enum faultd_cert certs[] = { FAULTD_CERT, FAULTD_CERT_TLS12 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(certs); i++) {
		for (int by_dir = 0; by_dir < 2; by_dir++) {
			auto_http_response res = HTTP_RESPONSE_INIT;
			struct fixture f;

			start_tls(&f, certs[i], /* trusted= */ true, by_dir);
			assert_null(get(&f, &res));
			assert_string_equal(res.body.p, "ok");
			stop(&f);
		}
	}
}

static void a_bad_certificate_is_refused_with_its_reason(void **state)
{
	static const struct {
		enum faultd_cert cert;
		bool trusted;
		const char *why, *hint;
	} cases[] = {
		{ FAULTD_CERT, false, "certificate", "AWS_CA_BUNDLE" },
		{ FAULTD_CERT_EXPIRED, true, "expired", "clock" },
		{ FAULTD_CERT_EARLY, true, "not yet valid", "clock" },
		{ FAULTD_CERT_OTHER_NAME, true, "name", "another server" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_http_response res = HTTP_RESPONSE_INIT;
		struct rb_error *err;
		struct fixture f;

		start_tls(&f, cases[i].cert, cases[i].trusted, /* by_dir= */ false);
		err = get(&f, &res);
		assert_non_null(err);
		assert_string_equal(rb_kind_name(err->kind), "failed");
		if (!strstr(err->why, cases[i].why) || !strstr(err->hint, cases[i].hint))
			fail_msg("case %zu: '%s', '%s'", i, err->why, err->hint);
		(void)rb_error_free(err);
		assert_int_equal(faultd_count(f.d), 0);
		stop(&f);
	}
}

static void tls_older_than_1_2_is_not_spoken(void **state)
{
	struct fixture f;

	(void)state;
	start_tls(&f, FAULTD_CERT_TLS11, /* trusted= */ true, /* by_dir= */ false);
	assert_get_fails(&f, RB_NETWORK, "no connection");
	assert_int_equal(faultd_count(f.d), 0);
	stop(&f);
}

static void an_unreadable_authority_file_says_so(void **state)
{
	const struct http_options options = { .ca_bundle = "/nonexistent/ca.pem" };
	struct fixture f;

	(void)state;
	f.d = faultd_start(FAULTD_CERT, STEPS({ FAULTD_HANG, NULL, 0 }));
	f.loop = loop_new();
	f.http = http_new(f.loop, &options);
	assert_get_fails(&f, RB_FAILED, "authorities");
	stop(&f);
}

/* ---- proxies ------------------------------------------------------------- */

static void set_proxies(const char *name, const char *value)
{
	static const char *const all[] = { "http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY",
					   "no_proxy",	 "NO_PROXY",	"all_proxy",  "ALL_PROXY" };

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		assert_int_equal(unsetenv(all[i]), 0);
	if (name)
		assert_int_equal(setenv(name, value, 1), 0);
}

static struct rb_error *get_named(struct fixture *f, const char *scheme, bool no_proxy,
				  struct http_response *res)
{
	auto_http_request req = HTTP_REQUEST_INIT;

	fill(&req, f->d, "GET");
	set_str(&req.scheme, scheme);
	set_str(&req.host, "ec2.nowhere.invalid");
	req.port = 0;
	req.no_proxy = no_proxy;
	return http_perform(f->http, &req, res);
}

static void proxies_come_from_the_environment_in_either_case(void **state)
{
	static const char *const names[] = { "HTTP_PROXY", "http_proxy" };
	autofree char *answer = faultd_http(200, "", 0, "by proxy");
	const struct faultd_step step = { FAULTD_ANSWER, answer, 0 };
	struct fixture f;

	(void)state;
	start(&f, FAULTD_PLAIN, &step, 1);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		auto_http_response res = HTTP_RESPONSE_INIT;
		struct rb_error *err;

		set_proxies(names[i], faultd_url(f.d));
		assert_null(get_named(&f, "http", /* no_proxy= */ false, &res));
		assert_string_equal(res.body.p, "by proxy");
		assert_true(text_starts_with(faultd_request(f.d, i),
					     "GET http://ec2.nowhere.invalid/ HTTP/1.1\r\n"));
		/* Metadata services are never asked through one. */
		err = get_named(&f, "http", /* no_proxy= */ true, &res);
		assert_true(rb_error_is(err, RB_NETWORK));
		(void)rb_error_free(err);
	}
	assert_int_equal(setenv("NO_PROXY", "nowhere.invalid", 1), 0);
	{
		auto_http_response res = HTTP_RESPONSE_INIT;
		struct rb_error *err = get_named(&f, "http", /* no_proxy= */ false, &res);

		assert_true(rb_error_is(err, RB_NETWORK));
		(void)rb_error_free(err);
	}
	assert_int_equal(faultd_count(f.d), 2);
	set_proxies(NULL, NULL);
	stop(&f);
}

static void a_proxy_that_refuses_is_told_apart_from_aws(void **state)
{
	static const struct {
		int status;
		const char *header, *user; /* of the variable */
		enum rb_kind kind;
		const char *why, *hint;
	} cases[] = {
		{ 407, "Proxy-Authenticate: Basic realm=\"x\"\r\n", "", RB_FAILED,
		  "user name and password", "HTTPS_PROXY=http://USER:PASSWORD@127.0.0.1:" },
		{ 407, "Proxy-Authenticate: Basic realm=\"x\"\r\n", "alice:s3cretPW@", RB_FAILED,
		  "refuses the user name and password of HTTPS_PROXY", "correct them" },
		{ 407, "Proxy-Authenticate: Digest realm=\"x\", nonce=\"1\"\r\n", "alice:s3cretPW@",
		  RB_FAILED, "a login by Digest", "local proxy" },
		{ 407, "Proxy-Authenticate: NTLM\r\nProxy-Authenticate: Negotiate\r\n", "",
		  RB_FAILED, "a login by NTLM", "local proxy" },
		{ 407, "", "alice:s3cretPW@", RB_FAILED, "scheme of its own", "local proxy" },
		{ 403, "", "", RB_FAILED, "refuses 'ec2.nowhere.invalid'", "NO_PROXY" },
		{ 302, "", "", RB_FAILED, "answers CONNECT with HTTP 302", "web server" },
		{ 502, "", "", RB_NETWORK, "cannot reach 'ec2.nowhere.invalid'", "runs it" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autofree char *answer =
			faultd_http(cases[i].status, cases[i].header, 0, "<html>no</html>");
		const struct faultd_step step = { FAULTD_ANSWER_CLOSE, answer, 0 };
		auto_http_response res = HTTP_RESPONSE_INIT;
		autofree char *variable = NULL;
		struct rb_error *err;
		struct fixture f;

		start(&f, FAULTD_PLAIN, &step, 1);
		variable = xasprintf("http://%s127.0.0.1:%d", cases[i].user, faultd_port(f.d));
		set_proxies("HTTPS_PROXY", variable);
		err = get_named(&f, "https", /* no_proxy= */ false, &res);
		assert_non_null(err);
		assert_string_equal(rb_kind_name(err->kind), rb_kind_name(cases[i].kind));
		if (!strstr(err->why, cases[i].why) || !strstr(err->hint, cases[i].hint))
			fail_msg("case %zu: '%s', '%s'", i, err->why, err->hint);
		assert_non_null(strstr(err->why, "the proxy 'http://127.0.0.1:"));
		assert_null(strstr(err->why, "s3cret"));
		assert_true(text_starts_with(faultd_request(f.d, 0),
					     "CONNECT ec2.nowhere.invalid:443 HTTP/1.1\r\n"));
		/* "alice:s3cretPW" */
		assert_int_equal(strstr(faultd_request(f.d, 0), "YWxpY2U6czNjcmV0UFc=") != NULL,
				 *cases[i].user != '\0');
		(void)rb_error_free(err);
		set_proxies(NULL, NULL);
		stop(&f);
	}
}

/* A plain request goes to the proxy itself, and its 407 is the answer to it. */
static void a_407_to_a_plain_request_is_the_proxys_too(void **state)
{
	autofree char *answer =
		faultd_http(407, "Proxy-Authenticate: Basic realm=\"x\"\r\n", 0, "");
	const struct faultd_step step = { FAULTD_ANSWER_CLOSE, answer, 0 };
	auto_http_response res = HTTP_RESPONSE_INIT;
	struct rb_error *err;
	struct fixture f;

	(void)state;
	start(&f, FAULTD_PLAIN, &step, 1);
	set_proxies("HTTP_PROXY", faultd_url(f.d));
	err = get_named(&f, "http", /* no_proxy= */ false, &res);
	assert_true(rb_error_is(err, RB_FAILED));
	assert_non_null(strstr(err->why, "HTTP_PROXY gives none"));
	(void)rb_error_free(err);
	set_proxies(NULL, NULL);
	/* Without one it is an answer like any other. */
	assert_null(get(&f, &res));
	assert_int_equal(res.status, 407);
	stop(&f);
}

static void whose_certificate_was_refused_is_said(void **state)
{
	static const struct {
		enum faultd_cert cert;
		bool trusted;
		const char *why, *hint;
	} cases[] = {
		{ FAULTD_CERT, true, "refuses 'ec2.nowhere.invalid' (HTTP 403)", "NO_PROXY" },
		{ FAULTD_CERT, false, "the TLS certificate of the proxy 'https://",
		  "AWS_CA_BUNDLE" },
		{ FAULTD_CERT_EXPIRED, true, "the TLS certificate of the proxy 'https://",
		  "expired" },
		{ FAULTD_CERT_EARLY, true, "the TLS certificate of the proxy 'https://",
		  "not valid yet" },
		{ FAULTD_CERT_OTHER_NAME, true, "the TLS certificate of the proxy 'https://",
		  "HTTPS_PROXY" },
		{ FAULTD_CERT_TLS11, true, "no TLS of version 1.2", "old" },
	};
	autofree char *answer = faultd_http(403, "", 0, "");
	const struct faultd_step step = { FAULTD_ANSWER_CLOSE, answer, 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_http_response res = HTTP_RESPONSE_INIT;
		autofree char *variable = NULL;
		struct http_options options = { 0 };
		struct rb_error *err;
		struct fixture f;

		f.d = faultd_start(cases[i].cert, &step, 1);
		if (cases[i].trusted)
			options.ca_bundle = i % 2 ? faultd_ca_dir(f.d) : faultd_ca_file(f.d);
		f.loop = loop_new();
		f.http = http_new(f.loop, &options);
		variable = xasprintf("https://alice:s3cretPW@127.0.0.1:%d", faultd_port(f.d));
		set_proxies("HTTPS_PROXY", variable);
		err = get_named(&f, "https", /* no_proxy= */ false, &res);
		assert_non_null(err);
		if (!strstr(err->why, cases[i].why) || !strstr(err->hint, cases[i].hint))
			fail_msg("case %zu: '%s', '%s'", i, err->why, err->hint);
		assert_null(strstr(err->why, "s3cret"));
		(void)rb_error_free(err);
		set_proxies(NULL, NULL);
		stop(&f);
	}
}

/* One text for one cause: where it stopped, and at whom. */
static void how_far_a_connection_came_is_said(void **state)
{
	static const struct {
		bool by_proxy;
		enum faultd_act act;
		const char *bytes;
		const char *why;
	} cases[] = {
		{ true, FAULTD_HANG, NULL, "took the connection and did not answer" },
		{ true, FAULTD_CLOSE_READ, NULL, "broke off instead of leading to" },
		{ true, FAULTD_ANSWER_CLOSE, "HTTP/1.1 200 OK\r\n\r\nSSH-2.0-x\r\n",
		  "'ec2.nowhere.invalid' does not answer in TLS" },
		{ true, FAULTD_ANSWER, "HTTP/1.1 200 OK\r\n\r\n", "its TLS did not begin" },
		{ false, FAULTD_HANG, NULL, "its TLS did not begin" },
		{ false, FAULTD_RESET_UNREAD, NULL, "broke off the TLS handshake" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct faultd_step step = { cases[i].act, cases[i].bytes, 0 };
		auto_http_request req = HTTP_REQUEST_INIT;
		auto_http_response res = HTTP_RESPONSE_INIT;
		struct rb_error *err;
		struct fixture f;

		start(&f, FAULTD_PLAIN, &step, 1);
		fill(&req, f.d, "GET");
		set_str(&req.scheme, "https");
		if (cases[i].by_proxy) {
			set_proxies("HTTPS_PROXY", faultd_url(f.d));
			set_str(&req.host, "ec2.nowhere.invalid");
			req.port = 0;
		}
		/* Without it nothing would ever end the silent ones. */
		req.connect_timeout_ms = strstr(cases[i].why, "did not") ? 1000 : 20000;
		err = http_perform(f.http, &req, &res);
		assert_non_null(err);
		if (!strstr(err->why, cases[i].why) || !err->hint)
			fail_msg("case %zu: '%s'", i, err->why);
		(void)rb_error_free(err);
		set_proxies(NULL, NULL);
		stop(&f);
	}
}

static void a_proxy_that_is_not_there_is_named(void **state)
{
	static const struct {
		const char *url, *why;
	} cases[] = {
		{ "http://alice:s3cretPW@127.0.0.1:1",
		  "no connection to the proxy 'http://127.0.0.1:1': Connection refused" },
		{ "socks5h://alice:s3cretPW@127.0.0.1:1",
		  "no connection to the proxy 'socks5h://127.0.0.1:1': Connection refused" },
		{ "http://alice:s3cretPW@proxy.invalid:1",
		  "the name of the proxy 'http://proxy.invalid:1' does not resolve" },
	};
	const struct faultd_step step = { FAULTD_HANG, NULL, 0 };
	struct fixture f;

	(void)state;
	start(&f, FAULTD_PLAIN, &step, 1);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_http_response res = HTTP_RESPONSE_INIT;
		struct rb_error *err;

		set_proxies("ALL_PROXY", cases[i].url);
		err = get_named(&f, "https", /* no_proxy= */ false, &res);
		assert_true(rb_error_is(err, RB_NETWORK));
		assert_string_equal(err->why, cases[i].why);
		assert_non_null(strstr(err->hint, "ALL_PROXY"));
		assert_false(http_no_such_name(err)); /* that is said of AWS's names alone */
		(void)rb_error_free(err);
	}
	set_proxies(NULL, NULL);
	stop(&f);
}

static void loopback_is_never_asked_through_a_proxy(void **state)
{
	autofree char *answer = faultd_http(200, "", 0, "direct");
	const struct faultd_step step = { FAULTD_ANSWER, answer, 0 };
	auto_http_response res = HTTP_RESPONSE_INIT;
	struct fixture f;

	(void)state;
	start(&f, FAULTD_PLAIN, &step, 1);
	set_proxies("http_proxy", "http://127.0.0.1:1");
	assert_null(get(&f, &res));
	assert_string_equal(res.body.p, "direct");
	set_proxies(NULL, NULL);
	stop(&f);
}

static void connect_to_leads_a_name_to_loopback(void **state)
{
	autofree char *answer = faultd_http(200, "", 0, "led");
	const struct faultd_step step = { FAULTD_ANSWER, answer, 0 };
	auto_http_response res = HTTP_RESPONSE_INIT;
	auto_http_request req = HTTP_REQUEST_INIT;
	const char *lines[] = { NULL, NULL };
	struct http_options options = { .connect_to = lines };
	autofree char *line = NULL;
	struct fixture f;

	(void)state;
	f.d = faultd_start(FAULTD_CERT, &step, 1);
	line = xasprintf("eice.us-east-1.amazonaws.com:443:127.0.0.1:%d", faultd_port(f.d));
	lines[0] = line;
	options.ca_bundle = faultd_ca_file(f.d);
	f.loop = loop_new();
	f.http = http_new(f.loop, &options);
	fill(&req, f.d, "GET");
	set_str(&req.host, "eice.us-east-1.amazonaws.com");
	req.port = 0;
	assert_null(http_perform(f.http, &req, &res));
	assert_string_equal(res.body.p, "led");
	assert_non_null(
		strstr(faultd_request(f.d, 0), "\r\nHost: eice.us-east-1.amazonaws.com\r\n"));
	stop(&f);
}

/* ---- the loop ------------------------------------------------------------ */

struct job {
	struct fixture *f;
	int64_t sleep_ms;
	bool requests;
	struct rb_error *err;
	char body[16];
	int *order, *next, index;
};

static void run_job(void *arg)
{
	struct job *job = arg;
	auto_http_response res = HTTP_RESPONSE_INIT;

	if (job->sleep_ms)
		job->err = loop_sleep(job->f->loop, job->sleep_ms);
	if (!job->err && job->requests)
		job->err = get(job->f, &res);
	(void)snprintf(job->body, sizeof(job->body), "%s", res.body.p);
	if (job->order)
		job->order[(*job->next)++] = job->index;
}

static void run_to_end(struct loop *loop, struct task *const *tasks, size_t n)
{
	int64_t deadline_ms = clock_mono_ms() + 120 * 1000;

	for (;;) {
		bool all = true;

		for (size_t i = 0; i < n; i++)
			all &= task_is_done(tasks[i]);
		if (all)
			return;
		assert_true(clock_mono_ms() < deadline_ms);
		loop_run_once(loop, /* max_ms= */ 1000, /* wake_fd= */ -1);
	}
}

static void tasks_overlap_their_round_trips(void **state)
{
	enum { TASKS = 8, LATE_MS = 300 };
	autofree char *answer = faultd_http(200, "", 0, "late");
	const struct faultd_step step = { FAULTD_LATE, answer, LATE_MS };
	struct job jobs[TASKS];
	struct task *tasks[TASKS];
	struct fixture f;

	(void)state;
	start(&f, FAULTD_PLAIN, &step, 1);
	for (size_t i = 0; i < TASKS; i++) {
		jobs[i] = (struct job){ .f = &f, .requests = true };
		tasks[i] = loop_spawn(f.loop, run_job, &jobs[i]);
		assert_false(task_is_done(tasks[i]));
	}
	run_to_end(f.loop, tasks, TASKS);
	/* one after the other they would all go over the first one's connection */
	assert_true(faultd_connections(f.d) > 1);
	for (size_t i = 0; i < TASKS; i++) {
		assert_null(jobs[i].err);
		assert_string_equal(jobs[i].body, "late");
		task_free(tasks[i]);
	}
	assert_int_equal(http_stats(f.http).requests, TASKS);
	stop(&f);
}

static void sleepers_wake_in_the_order_of_their_timers(void **state)
{
	static const int64_t sleeps_ms[] = { 60, 20, 40, 0 };
	static const int expected[] = { 3, 1, 2, 0 };
	const struct faultd_step step = { FAULTD_HANG, NULL, 0 };
	struct job jobs[4];
	struct task *tasks[4];
	int order[4], next = 0;
	struct fixture f;

	(void)state;
	start(&f, FAULTD_PLAIN, &step, 1);
	for (int i = 0; i < 4; i++) {
		jobs[i] = (struct job){
			.f = &f, .sleep_ms = sleeps_ms[i], .order = order, .next = &next, .index = i
		};
		tasks[i] = loop_spawn(f.loop, run_job, &jobs[i]);
	}
	run_to_end(f.loop, tasks, 4);
	assert_memory_equal(order, expected, sizeof(order));
	for (int i = 0; i < 4; i++)
		task_free(tasks[i]);
	stop(&f);
}

static void an_interrupt_ends_waits_and_lets_answers_come(void **state)
{
	autofree char *answer = faultd_http(200, "", 0, "came");
	const struct faultd_step step = { FAULTD_LATE, answer, 400 };
	struct job jobs[2];
	struct task *tasks[2];
	int64_t start_ms;
	struct fixture f;

	(void)state;
	start(&f, FAULTD_PLAIN, &step, 1);
	jobs[0] = (struct job){ .f = &f, .sleep_ms = 3600 * 1000, .requests = true };
	jobs[1] = (struct job){ .f = &f, .requests = true };
	for (int i = 0; i < 2; i++)
		tasks[i] = loop_spawn(f.loop, run_job, &jobs[i]);
	start_ms = clock_mono_ms();
	while (!faultd_count(f.d) && clock_mono_ms() - start_ms < 60000)
		loop_run_once(f.loop, /* max_ms= */ 10, /* wake_fd= */ -1);
	loop_interrupt(f.loop);
	assert_true(loop_is_interrupted(f.loop));
	run_to_end(f.loop, tasks, 2);
	assert_true(rb_error_is(jobs[0].err, RB_INTERRUPTED));
	assert_null(jobs[1].err);
	assert_string_equal(jobs[1].body, "came");
	(void)rb_error_free(jobs[0].err);
	for (int i = 0; i < 2; i++)
		task_free(tasks[i]);
	/* From now on nothing is sent. */
	assert_get_fails(&f, RB_INTERRUPTED, "interrupted");
	assert_int_equal(faultd_count(f.d), 1);
	stop(&f);
}

static void get_over_tls(void *arg)
{
	struct job *job = arg;
	auto_http_request req = HTTP_REQUEST_INIT;
	auto_http_response res = HTTP_RESPONSE_INIT;

	fill(&req, job->f->d, "GET");
	set_str(&req.scheme, "https");
	job->err = http_perform(job->f->http, &req, &res);
}

static void an_interrupt_stops_what_has_not_left(void **state)
{
	/* A TLS handshake that nobody answers: nothing of the request was sent. */
	const struct faultd_step step = { FAULTD_HANG, NULL, 0 };
	struct job job = { 0 };
	struct task *task;
	int64_t start_ms = clock_mono_ms();
	struct fixture f;

	(void)state;
	start(&f, FAULTD_PLAIN, &step, 1);
	job.f = &f;
	task = loop_spawn(f.loop, get_over_tls, &job);
	while (!faultd_connections(f.d) && clock_mono_ms() - start_ms < 60000)
		loop_run_once(f.loop, /* max_ms= */ 10, /* wake_fd= */ -1);
	assert_false(task_is_done(task));
	loop_interrupt(f.loop);
	run_to_end(f.loop, &task, 1);
	assert_true(rb_error_is(job.err, RB_INTERRUPTED));
	(void)rb_error_free(job.err);
	task_free(task);
	stop(&f);
}

static void a_readable_descriptor_wakes_the_owner(void **state)
{
	struct loop *loop = loop_new();
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "x", 1), 1);
	loop_run_once(loop, /* max_ms= */ 3600 * 1000, ends[0]);
	close(ends[0]);
	close(ends[1]);
	loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_arrives_as_given),
		cmocka_unit_test(each_method_has_the_body_that_it_should),
		cmocka_unit_test(a_head_answer_has_a_length_but_no_body),
		cmocka_unit_test(connections_are_kept_and_counted),
		cmocka_unit_test(a_redirect_is_an_answer_like_any_other),
		cmocka_unit_test(what_was_sent_and_not_answered_is_lost),
		cmocka_unit_test(a_kept_connection_that_dies_does_not_repeat_the_request),
		cmocka_unit_test(a_server_that_says_nothing_is_lost_at_the_deadline),
		cmocka_unit_test(a_drip_fed_answer_is_lost_at_the_deadline),
		cmocka_unit_test(nobody_there_means_nothing_was_sent),
		cmocka_unit_test(what_is_no_http_is_a_protocol_error),
		cmocka_unit_test(an_endless_answer_meets_the_ceiling),
		cmocka_unit_test(sixteen_mib_are_the_ceiling_when_none_is_given),
		cmocka_unit_test(headers_that_could_break_out_are_refused),
		cmocka_unit_test(a_trusted_server_is_believed_by_file_and_by_directory),
		cmocka_unit_test(a_bad_certificate_is_refused_with_its_reason),
		cmocka_unit_test(tls_older_than_1_2_is_not_spoken),
		cmocka_unit_test(an_unreadable_authority_file_says_so),
		cmocka_unit_test(proxies_come_from_the_environment_in_either_case),
		cmocka_unit_test(a_proxy_that_refuses_is_told_apart_from_aws),
		cmocka_unit_test(a_407_to_a_plain_request_is_the_proxys_too),
		cmocka_unit_test(whose_certificate_was_refused_is_said),
		cmocka_unit_test(how_far_a_connection_came_is_said),
		cmocka_unit_test(a_proxy_that_is_not_there_is_named),
		cmocka_unit_test(loopback_is_never_asked_through_a_proxy),
		cmocka_unit_test(connect_to_leads_a_name_to_loopback),
		cmocka_unit_test(tasks_overlap_their_round_trips),
		cmocka_unit_test(sleepers_wake_in_the_order_of_their_timers),
		cmocka_unit_test(an_interrupt_ends_waits_and_lets_answers_come),
		cmocka_unit_test(an_interrupt_stops_what_has_not_left),
		cmocka_unit_test(a_readable_descriptor_wakes_the_owner),
	};

	set_proxies(NULL, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
