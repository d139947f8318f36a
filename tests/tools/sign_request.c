/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sign what each line of stdin describes, and say how, a line each: the other
 * half of tests/py/sign_compare.py.
 *
 *   in   {"method","scheme","host","port","path","query"?,"headers":[[name,value]...],
 *         "body" (base64),"access_key","secret_key","token"?,"region","service",
 *         "date":"20260101T000000Z","expires": seconds of a presigned URL; 0: headers}
 *   out  {"authorization","query"}
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "aws/core/sign.h"
#include "base/alloc.h"
#include "base/text.h"

static const char *text_of(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

static bool fill(const json_t *in, struct http_request *req, struct cred *cred,
		 struct sigv4_scope *scope)
{
	const char *body = text_of(in, "body"), *token = text_of(in, "token");
	const json_t *pair;
	size_t i;

	req->method = xstrdup(text_of(in, "method"));
	req->scheme = xstrdup(text_of(in, "scheme"));
	req->host = xstrdup(text_of(in, "host"));
	req->port = (int)json_integer_value(json_object_get(in, "port"));
	req->path = xstrdup(text_of(in, "path"));
	req->query = xstrdup_or_null(text_of(in, "query"));
	json_array_foreach(json_object_get(in, "headers"), i, pair)
		http_headers_add(&req->headers, json_string_value(json_array_get(pair, 0)),
				 json_string_value(json_array_get(pair, 1)));
	if (!text_base64_decode(body, strlen(body), &req->body))
		return false;
	cred->access_key_id = xstrdup(text_of(in, "access_key"));
	secret_set_str(&cred->secret_key, text_of(in, "secret_key"));
	if (token)
		secret_set_str(&cred->session_token, token);
	scope->region = text_of(in, "region");
	scope->service = text_of(in, "service");
	return clock_parse_amz_date(text_of(in, "date"), &scope->utc_s);
}

static bool answer(const json_t *in)
{
	int expires_s = (int)json_integer_value(json_object_get(in, "expires"));
	auto_http_request req = HTTP_REQUEST_INIT;
	struct sigv4_scope scope = { 0 };
	auto_cred cred = { 0 };
	json_t *out;

	if (!fill(in, &req, &cred, &scope))
		return false;
	if (expires_s)
		sign_presign(&req, &cred, &scope, expires_s);
	else
		sign_request(&req, &cred, &scope);
	out = json_pack("{s:s*, s:s*}", "authorization",
			http_headers_get(&req.headers, "authorization"), "query", req.query);
	(void)json_dumpf(out, stdout, JSON_COMPACT);
	(void)putchar('\n');
	(void)fflush(stdout);
	json_decref(out);
	return true;
}

int main(void)
{
	char *line = NULL;
	size_t room = 0;
	bool well = true;

	while (well && getline(&line, &room, stdin) > 0) {
		json_t *in = json_loads(line, 0, NULL);

		well = json_is_object(in) && answer(in);
		json_decref(in);
	}
	free(line);
	return well ? 0 : 1;
}
