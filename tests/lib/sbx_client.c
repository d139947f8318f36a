/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/sbx_client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "aws/core/sigv4.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"

char sbx_client_signature[65];
const char *sbx_client_amz_date;

void sbx_client_start_with(struct sbx_client *c, const struct sbx_options *opt)
{
	*c = (struct sbx_client){
		.region = "us-east-1",
		.key_id = SANDBOX_ACCESS_KEY,
		.secret = SANDBOX_SECRET_KEY,
		.host = "127.0.0.1:1",
		.rep = { .body = BUF_INIT },
	};
	assert_null(sbx_new(opt, &c->sbx));
	c->model = model_load(NULL);
}

void sbx_client_start(struct sbx_client *c)
{
	sbx_client_start_with(c, &(struct sbx_options){ .speed = 1000 });
}

void sbx_client_stop(struct sbx_client *c)
{
	sbx_reply_clear(&c->rep);
	sbx_free(c->sbx);
	model_free(c->model);
}

/* ---- one request -------------------------------------------------------- */

struct shot {
	const char *service, *method, *target;
	struct sbx_pairs headers;
	struct buf body;
};

static void sign(struct sbx_client *c, struct shot *s, const char *hash)
{
	struct sigv4_header headers[64];
	size_t path_n = strcspn(s->target, "?");
	autofree char *path = xstrndup(s->target, path_n);
	struct sigv4_request req = { .method = s->method,
				     .path = path,
				     .query = s->target[path_n] ? s->target + path_n + 1 : NULL,
				     .headers = headers,
				     .payload_hash = hash,
				     .s3 = text_eq(s->service, "s3") };
	struct sigv4_scope scope = { clock_utc_s(), c->region, s->service };
	auto_buf canonical = BUF_INIT, names = BUF_INIT, to_sign = BUF_INIT, auth = BUF_INIT;
	char date[CLOCK_ISO_SIZE];

	if (sbx_client_amz_date)
		assert_true(clock_parse_amz_date(sbx_client_amz_date, &scope.utc_s));
	clock_amz_date(scope.utc_s, date);
	sbx_pairs_add(&s->headers, "x-amz-date", date);
	if (c->token)
		sbx_pairs_add(&s->headers, "x-amz-security-token", c->token);
	for (size_t i = 0; i < s->headers.n; i++) {
		assert_true(req.n_headers < ARRAY_LEN(headers));
		headers[req.n_headers++] =
			(struct sigv4_header){ s->headers.v[i].name, s->headers.v[i].value };
	}
	sigv4_canonical_request(&req, &canonical, &names);
	sigv4_string_to_sign(&scope, canonical.p, canonical.n, &to_sign);
	sigv4_signature(c->secret, &scope, to_sign.p, to_sign.n, sbx_client_signature);
	(void)buf_addf(&auth, SIGV4_ALGORITHM " Credential=%s/", c->key_id);
	sigv4_credential_scope(&scope, &auth);
	(void)buf_addf(&auth, ", SignedHeaders=%s, Signature=%s", names.p, sbx_client_signature);
	sbx_pairs_add(&s->headers, "authorization", auth.p);
}

/* A good answer's body has what the model says and nothing else. */
static void check_answer(struct sbx_client *c, const struct shot *s)
{
	struct model_header headers[64];
	size_t path_n = strcspn(s->target, "?");
	autofree char *path = xstrndup(s->target, path_n);
	struct model_request req = { .service = s->service,
				     .method = s->method,
				     .path = path,
				     .query = s->target[path_n] ? s->target + path_n + 1 : NULL,
				     .headers = headers,
				     .body = s->body.p,
				     .n = s->body.n };
	autofree char *operation = NULL, *wrong = NULL, *ignored = NULL;

	for (size_t i = 0; i < s->headers.n; i++)
		headers[req.n_headers++] =
			(struct model_header){ s->headers.v[i].name, s->headers.v[i].value };
	ignored = model_check_request(c->model, &req, &operation);
	if (!operation || c->rep.body.n == 0 || text_eq(operation, "GetObject") ||
	    text_eq(operation, "GetBucketPolicy"))
		return;
	wrong = model_check_answer(c->model, s->service, operation, c->rep.body.p, c->rep.body.n);
	if (wrong)
		fail_msg("%s answers\n%s\nwhich is wrong:\n%s", operation, c->rep.body.p, wrong);
}

static const char *shoot(struct sbx_client *c, struct shot *s)
{
	char hash[65];
	const char *sent = sbx_pairs_get(&s->headers, "x-amz-content-sha256");
	struct sbx_http http;

	text_sha256_hex(s->body.p, s->body.n, hash);
	sbx_pairs_add(&s->headers, "host", c->host);
	if (c->agent)
		sbx_pairs_add(&s->headers, "user-agent", c->agent);
	if (c->invocation)
		sbx_pairs_add(&s->headers, "amz-sdk-invocation-id", c->invocation);
	if (text_eq(s->service, "s3") && !sent) {
		sbx_pairs_add(&s->headers, "x-amz-content-sha256", hash);
		sent = hash;
	}
	if (c->key_id)
		sign(c, s, sent ? sent : hash);
	sbx_reply_clear(&c->rep);
	c->rep = (struct sbx_reply){ .body = BUF_INIT };
	http = (struct sbx_http){ .method = s->method,
				  .target = s->target,
				  .headers = &s->headers,
				  .body = &s->body,
				  .connection = 1,
				  .vpc_endpoint_id = c->vpc_endpoint_id,
				  .vpc_source_ip = c->vpc_source_ip };
	sbx_answer(c->sbx, &http, &c->rep);
	if (!c->rep.code && text_starts_with(c->host, "127."))
		check_answer(c, s);
	sbx_pairs_clear(&s->headers);
	buf_clear(&s->body);
	return c->rep.code;
}

const char *sbx_query_call(struct sbx_client *c, const char *service, const char *fmt, ...)
{
	struct shot s = { .service = service, .method = "POST", .target = "/", .body = BUF_INIT };
	const char *version = text_eq(service, "iam")	? "2010-05-08"
			      : text_eq(service, "sts") ? "2011-06-15"
							: "2016-11-15";
	va_list ap;

	va_start(ap, fmt);
	(void)buf_addf(&s.body, "Version=%s&Action=", version);
	(void)buf_vaddf(&s.body, fmt, ap);
	va_end(ap);
	sbx_pairs_add(&s.headers, "content-type",
		      "application/x-www-form-urlencoded; charset=utf-8");
	return shoot(c, &s);
}

const char *sbx_json_call(struct sbx_client *c, const char *service, const char *target,
			  const char *fmt, ...)
{
	struct shot s = { .service = service, .method = "POST", .target = "/", .body = BUF_INIT };
	va_list ap;

	va_start(ap, fmt);
	(void)buf_vaddf(&s.body, fmt, ap);
	va_end(ap);
	sbx_pairs_add(&s.headers, "content-type", "application/x-amz-json-1.1");
	sbx_pairs_add(&s.headers, "x-amz-target", target);
	return shoot(c, &s);
}

const char *sbx_s3_call(struct sbx_client *c, const char *method, const char *target,
			const char *headers, const void *body, size_t n)
{
	struct shot s = { .service = "s3", .method = method, .target = target, .body = BUF_INIT };

	(void)buf_add(&s.body, body, n);
	while (*headers) {
		size_t len = strcspn(headers, "\n"), name = strcspn(headers, ":");
		autofree char *key = xstrndup(headers, name);
		autofree char *value = xstrndup(headers + name + 2, len - name - 2);

		sbx_pairs_add(&s.headers, key, value);
		headers += len + (headers[len] == '\n');
	}
	return shoot(c, &s);
}

/* ---- the answer --------------------------------------------------------- */

const char *sbx_answer_header(const struct sbx_client *c, const char *name)
{
	for (size_t i = 0; i < c->rep.headers.n; i++) {
		if (text_eq_nocase(c->rep.headers.v[i].name, name))
			return c->rep.headers.v[i].value;
	}
	return NULL;
}

bool sbx_answer_has(const struct sbx_client *c, const char *text)
{
	return strstr(c->rep.body.p, text) != NULL;
}

char *sbx_answer_element(const struct sbx_client *c, const char *element)
{
	autofree char *open = xasprintf("<%s>", element);
	const char *at = strstr(c->rep.body.p, open);

	if (!at)
		return NULL;
	at += strlen(open);
	return xstrndup(at, strcspn(at, "<"));
}
