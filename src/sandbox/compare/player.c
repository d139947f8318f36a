/* SPDX-License-Identifier: Apache-2.0 */
/* The client of the sandbox that lives in its own process. */
#include "sandbox/compare/player.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "aws/core/sigv4.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/percent.h"
#include "base/text.h"
#include "sandbox/core/call.h"
#include "sandbox/core/inner.h"

enum { MAX_HEADERS = 64 };

struct shot {
	const char *service, *region, *method;
	struct buf path, query, body;
	struct sbx_pairs headers;
	const char *vpc_endpoint_id;
};

static void shot_clear(struct shot *s)
{
	buf_clear(&s->path);
	buf_clear(&s->query);
	buf_clear(&s->body);
	sbx_pairs_clear(&s->headers);
}

/* "a=1&b=2", encoded. */
static void add_form(const struct bindings *b, const json_t *pairs, struct buf *out)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)pairs, name, value) {
		auto_buf text = BUF_INIT;

		bindings_apply(b, json_string_value(value), &text);
		if (out->n)
			(void)buf_addc(out, '&');
		percent_encode(out, name, strlen(name), /* keep_slash= */ false);
		(void)buf_addc(out, '=');
		percent_encode(out, text.p, text.n, /* keep_slash= */ false);
	}
}

static void add_body(const struct recorded *e, const struct bindings *b, struct shot *s)
{
	const json_t *params = json_object_get(e->request, "params");
	const json_t *json = json_object_get(e->request, "json");
	const char *xml = json_string_value(json_object_get(e->request, "xml"));
	json_int_t bytes = json_integer_value(json_object_get(e->request, "bytes"));

	if (params) {
		add_form(b, params, &s->body);
	} else if (json) {
		char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);

		if (text)
			bindings_apply(b, text, &s->body);
		free(text);
	} else if (xml) {
		bindings_apply(b, xml, &s->body);
	} else {
		for (json_int_t i = 0; i < bytes; i++)
			(void)buf_addc(&s->body, 'x');
	}
}

static void add_type(const struct recorded *e, struct shot *s)
{
	if (json_object_get(e->request, "params")) {
		sbx_pairs_add(&s->headers, "content-type",
			      "application/x-www-form-urlencoded; charset=utf-8");
	} else if (!text_eq(e->service, "s3")) {
		autofree char *target = xasprintf("%s.%s", service_target(e->service), e->action);

		sbx_pairs_add(&s->headers, "content-type", "application/x-amz-json-1.1");
		sbx_pairs_add(&s->headers, "x-amz-target", target);
	}
}

/* Those that were recorded; a checksum is worked out anew. */
static void add_headers(const struct recorded *e, const struct bindings *b, struct shot *s)
{
	const char *name;
	json_t *value;

	json_object_foreach(json_object_get(e->request, "headers"), name, value) {
		auto_buf text = BUF_INIT;

		if (s->headers.n >= MAX_HEADERS - 8 || text_starts_with(name, "host"))
			continue;
		if (text_eq(name, "x-amz-checksum-sha256")) {
			unsigned char sum[32];
			autofree char *base64 = NULL;

			text_sha256(s->body.p, s->body.n, sum);
			base64 = text_base64(sum, sizeof(sum));
			(void)buf_adds(&text, base64);
		} else {
			bindings_apply(b, json_string_value(value), &text);
		}
		sbx_pairs_add(&s->headers, name, text.p);
	}
}

/* Signatures go by the wall clock, which the world's is ahead of. */
static void sign(struct shot *s, const char *hash)
{
	struct sigv4_header headers[MAX_HEADERS];
	struct sigv4_request req = { .method = s->method,
				     .path = s->path.p,
				     .query = s->query.n ? s->query.p : NULL,
				     .headers = headers,
				     .payload_hash = hash,
				     .s3 = text_eq(s->service, "s3") };
	const struct sigv4_scope scope = { clock_utc_s(), s->region, s->service };
	auto_buf canonical = BUF_INIT, names = BUF_INIT, to_sign = BUF_INIT, auth = BUF_INIT;
	char signature[SIGV4_HEX_SIZE], date[CLOCK_ISO_SIZE];

	clock_amz_date(scope.utc_s, date);
	sbx_pairs_add(&s->headers, "x-amz-date", date);
	for (size_t i = 0; i < s->headers.n; i++)
		headers[req.n_headers++] =
			(struct sigv4_header){ s->headers.v[i].name, s->headers.v[i].value };
	sigv4_canonical_request(&req, &canonical, &names);
	sigv4_string_to_sign(&scope, canonical.p, canonical.n, &to_sign);
	sigv4_signature(SANDBOX_SECRET_KEY, &scope, to_sign.p, to_sign.n, signature);
	(void)buf_addf(&auth, SIGV4_ALGORITHM " Credential=%s/", SANDBOX_ACCESS_KEY);
	sigv4_credential_scope(&scope, &auth);
	(void)buf_addf(&auth, ", SignedHeaders=%s, Signature=%s", names.p, signature);
	sbx_pairs_add(&s->headers, "authorization", auth.p);
}

static bool is_compared_header(const char *name)
{
	return text_starts_with(name, "x-amz-") && !text_eq(name, "x-amz-request-id") &&
	       !text_eq(name, "x-amz-id-2");
}

static void shoot(struct sbx *sbx, struct shot *s, struct played *ret)
{
	struct sbx_reply rep = { .body = BUF_INIT };
	auto_buf target = BUF_INIT;
	char hash[65];

	text_sha256_hex(s->body.p, s->body.n, hash);
	sbx_pairs_add(&s->headers, "host", "127.0.0.1:1");
	if (text_eq(s->service, "s3"))
		sbx_pairs_add(&s->headers, "x-amz-content-sha256", hash);
	sign(s, hash);
	(void)buf_addf(&target, "%s%s%s", s->path.p, s->query.n ? "?" : "", s->query.p);
	sbx_answer(sbx,
		   &(const struct sbx_http){ .method = s->method,
					     .target = target.p,
					     .headers = &s->headers,
					     .body = &s->body,
					     .connection = 1,
					     .vpc_endpoint_id = s->vpc_endpoint_id },
		   &rep);
	ret->status = rep.status ? rep.status : 200;
	if (!text_eq(s->method, "HEAD"))
		node_read(rep.body.p, rep.body.n, &ret->answer);
	(void)node_headers(&ret->answer);
	for (size_t i = 0; i < rep.headers.n; i++) {
		autofree char *name = xstrdup(rep.headers.v[i].name);

		for (char *c = name; *c; c++)
			*c = text_lower(*c);
		if (is_compared_header(name))
			node_add_header(&ret->answer, name, rep.headers.v[i].value);
	}
	sbx_reply_clear(&rep);
}

static void shot_begin(const struct recorded *e, const struct bindings *b, struct shot *s)
{
	auto_buf path = BUF_INIT;

	*s = (struct shot){ .service = e->service,
			    .region = e->region,
			    .path = BUF_INIT,
			    .query = BUF_INIT,
			    .body = BUF_INIT };
	bindings_apply(b, json_string_value(json_object_get(e->request, "path")), &path);
	percent_encode(&s->path, path.p, path.n, /* keep_slash= */ true);
}

void player_ask(struct sbx *sbx, const struct recorded *e, const struct bindings *b,
		struct played *ret)
{
	struct shot s;

	shot_begin(e, b, &s);
	s.method = json_string_value(json_object_get(e->request, "method"));
	add_form(b, json_object_get(e->request, "query"), &s.query);
	add_body(e, b, &s);
	add_type(e, &s);
	if (text_eq(e->service, "s3"))
		add_headers(e, b, &s);
	*ret = (struct played){ 0 };
	shoot(sbx, &s, ret);
	shot_clear(&s);
}

void player_upload(struct sbx *sbx, const struct recorded *head, const struct bindings *b,
		   const char *vpc_endpoint_id, size_t bytes)
{
	struct played ignored = { 0 };
	struct shot s;

	shot_begin(head, b, &s);
	s.method = "PUT";
	s.vpc_endpoint_id = vpc_endpoint_id;
	for (size_t i = 0; i < bytes; i++)
		(void)buf_addc(&s.body, 'x');
	shoot(sbx, &s, &ignored);
	played_clear(&ignored);
	shot_clear(&s);
}

void played_clear(struct played *p)
{
	node_clear(&p->answer);
	*p = (struct played){ 0 };
}
