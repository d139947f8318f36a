/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of a request and an answer is kept.  Bodies are taken apart, so that no escape hides a
 * value: forms into their parameters, JSON and XML into their texts.  What is neither (an object's
 * content, a page of something on the way) is kept as a number of bytes.
 */
#include "aws/record/body.h"

#include <string.h>

#include "base/alloc.h"
#include "base/percent.h"
#include "base/text.h"

/* Into `out`: "xml", "json", or else "bytes". */
static void set_body(const struct redactor *r, const struct buf *body, bool content, json_t *out)
{
	size_t blank = strspn(body->p, " \t\r\n");
	auto_buf xml = BUF_INIT;
	json_t *json;

	if (!body->n)
		return;
	if (!content && body->p[blank] == '<' &&
	    body_redact_xml(r, body->p + blank, body->n - blank, &xml)) {
		json_object_set_new(out, "xml", json_string(xml.p));
		return;
	}
	json = content ? NULL : json_loadb(body->p, body->n, JSON_REJECT_DUPLICATES, NULL);
	if (json)
		json_object_set_new(out, "json",
				    redact_json(r, (struct redact_place){ "", "" }, json));
	else
		json_object_set_new(out, "bytes", json_integer((json_int_t)body->n));
	json_decref(json);
}

/* Those that say how something is asked for or answered, and not who asks.  The length of a body
 * whose values were replaced is another. */
static bool is_kept(const char *name, bool head)
{
	static const char *const kept[] = { "accept-ranges", "content-type",  "etag",
					    "if-match",	     "if-none-match", "location",
					    "retry-after" };
	static const char *const left_out[] = { "x-amz-content-sha256", "x-amz-date",
						"x-amz-id-2",		"x-amz-meta-",
						"x-amz-security-token", "x-amz-request-id",
						"x-amz-target" };

	for (size_t i = 0; i < ARRAY_LEN(left_out); i++)
		if (text_starts_with(name, left_out[i]))
			return false;
	for (size_t i = 0; i < ARRAY_LEN(kept); i++)
		if (text_eq(name, kept[i]))
			return true;
	return (head && text_eq(name, "content-length")) || text_starts_with(name, "x-amz-") ||
	       text_eq(name, "x-amzn-errortype");
}

static json_t *headers_to_json(const struct redactor *r, const struct http_headers *h, bool head)
{
	json_t *out = json_object();

	for (size_t i = 0; i < h->n; i++) {
		autofree char *name = xstrdup(h->v[i].name);
		auto_buf shown = BUF_INIT;

		for (char *c = name; *c; c++)
			*c = text_lower(*c);
		if (!is_kept(name, head))
			continue;
		redact_value(r, (struct redact_place){ "", name }, h->v[i].value, &shown);
		json_object_set_new(out, name, json_string(shown.p));
	}
	return out;
}

/* "/BUCKET/KEY", whichever of host and path names the bucket. */
static json_t *s3_path(const struct redactor *r, const struct aws_exchange_seen *seen)
{
	const char *path = seen->req->path + strlen(seen->base_path);
	auto_buf plain = BUF_INIT, shown = BUF_INIT;
	const char *key;

	(void)buf_addc(&shown, '/');
	if (!seen->bucket || !percent_decode(&plain, path, strlen(path)))
		return json_string(shown.p);
	redact_text(r, seen->bucket, strlen(seen->bucket), &shown);
	if (!seen->about_object)
		return json_string(shown.p);
	key = plain.p + (plain.p[0] == '/');
	if (!text_starts_with(seen->req->host, seen->bucket) &&
	    text_starts_with(key, seen->bucket)) {
		key += strlen(seen->bucket);
		key += *key == '/';
	}
	(void)buf_addc(&shown, '/');
	redact_key(r, key, &shown);
	return json_string(shown.p);
}

json_t *body_request(const struct redactor *r, const struct aws_exchange_seen *seen)
{
	const struct http_request *req = seen->req;
	bool s3 = text_eq(seen->service, "s3");
	const char *type = http_headers_get(&req->headers, "content-type");
	json_t *out = json_pack("{s:s, s:o}", "method", req->method, "path",
				s3 ? s3_path(r, seen) : json_string("/"));

	if (req->query && *req->query)
		json_object_set_new(out, "query",
				    body_redact_form(r, req->query, strlen(req->query)));
	if (s3)
		json_object_set_new(out, "headers", headers_to_json(r, &req->headers, false));
	if (type && text_starts_with(type, "application/x-www-form-urlencoded"))
		json_object_set_new(out, "params", body_redact_form(r, req->body.p, req->body.n));
	else
		set_body(r, &req->body, text_eq(seen->action, "PutObject"), out);
	return out;
}

json_t *body_answer(const struct redactor *r, const struct aws_exchange_seen *seen)
{
	json_t *out = json_pack(
		"{s:i, s:o}", "status", seen->res->status, "headers",
		headers_to_json(r, &seen->res->headers, text_eq(seen->req->method, "HEAD")));

	set_body(r, &seen->res->body, text_eq(seen->action, "GetObject") && seen->res->status < 300,
		 out);
	return out;
}
