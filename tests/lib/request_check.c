/* SPDX-License-Identifier: Apache-2.0 */
/* See request_check.h. */
#include "tests/lib/request_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "tests/lib/model_check.h"
#include "tests/lib/stub.h"

struct aws_world request_world;
struct aws_tags request_tags;
static struct stub *stub;
static struct model *model;

/* A first page that says there is one more, so that the request for it is seen too. */
static char *first_page(const struct stub_request *req)
{
	const char *body = req->body.p;
	const char *query = req->query ? req->query : "";

	if (text_starts_with(req->action, "Describe") && !strstr(body, "NextToken=") &&
	    !text_eq(req->action, "DescribeAvailabilityZones")) /* which has no pages */
		return xasprintf("<%sResponse><nextToken>t/1=</nextToken></%sResponse>",
				 req->action, req->action);
	if (text_starts_with(req->action, "List") && !strstr(body, "Marker="))
		return xasprintf("<%sResponse><%sResult><IsTruncated>true</IsTruncated>"
				 "<Marker>m/1=</Marker></%sResult></%sResponse>",
				 req->action, req->action, req->action, req->action);
	if ((strstr(query, "versions=") || strstr(query, "uploads=")) &&
	    !strstr(query, "key-marker="))
		return xstrdup("<Page><IsTruncated>true</IsTruncated>"
			       "<NextKeyMarker>a b/&amp;</NextKeyMarker>"
			       "<NextVersionIdMarker>v+1</NextVersionIdMarker>"
			       "<NextUploadIdMarker>u+1</NextUploadIdMarker></Page>");
	return NULL;
}

/* The answer hardly matters here: it says yes, or asks for the same in another way. */
static void say_yes(void *arg, const struct stub_request *req, struct stub_answer *answer)
{
	(void)arg;
	if (http_headers_get(&req->headers, "X-Amz-Target")) {
		answer->type = "application/x-amz-json-1.1";
		answer->body = xstrdup("{}");
	} else if (strstr(req->body.p, "Latest=true")) {
		answer->status = 400;
		answer->body = xstrdup("<Response><Errors><Error><Code>UnsupportedOperation</Code>"
				       "</Error></Errors></Response>");
	} else {
		answer->body = first_page(req);
		if (!answer->body)
			answer->body = xasprintf("<%sResponse/>", req->action);
	}
}

void sent(struct rb_error *err)
{
	if (err)
		assert_true(err->kind == RB_PROTOCOL || err->kind == RB_LOST);
	(void)rb_error_free(err);
}

/* What the model says of a request that came in. */
static char *verdict_on(const struct stub_request *r, char **ret_operation)
{
	struct model_header *headers = xcalloc(r->headers.n + 1, sizeof(*headers));
	const struct model_request req = {
		.service = r->service,
		.method = r->method,
		.path = r->path,
		.query = r->query,
		.headers = headers,
		.n_headers = r->headers.n,
		.body = r->body.p,
		.n = r->body.n,
	};
	char *wrong;
	size_t i;

	for (i = 0; i < r->headers.n; i++)
		headers[i] = (struct model_header){ r->headers.v[i].name, r->headers.v[i].value };
	wrong = model_check_request(model, &req, ret_operation);
	free(headers);
	return wrong;
}

void requests_fit_the_model(const struct request_row *rows, size_t n_rows, size_t at_least)
{
	size_t i, j, bad = 0, n = 0;

	for (i = 0; i < n_rows; i++) {
		auto_buf seen = BUF_INIT;

		stub_reset(stub);
		rows[i].run(request_world.client);
		n += stub_count(stub);
		for (j = 0; j < stub_count(stub); j++) {
			autofree char *operation = NULL;
			autofree char *wrong = verdict_on(stub_request(stub, j), &operation);

			if (wrong) {
				print_error("%s, request %zu (%s):\n%s\n%s\n", rows[i].function,
					    j + 1, operation ? operation : "unknown", wrong,
					    stub_request(stub, j)->body.p);
				bad++;
			}
			if (operation && !strstr(seen.p, operation))
				(void)buf_addf(&seen, "%s%s", seen.n ? " " : "", operation);
		}
		if (strcmp(seen.p, rows[i].actions) != 0) {
			print_error("%s sent '%s', not '%s'\n", rows[i].function, seen.p,
				    rows[i].actions);
			bad++;
		}
	}
	assert_int_equal(bad, 0);
	assert_true(n >= at_least); /* the loop did run */
}

/* Each NODISCARD function of a header must have a row. */
static size_t count_functions(const struct request_row *rows, size_t n_rows, const char *header,
			      size_t *missing)
{
	auto_buf text = BUF_INIT;
	const char *at;
	size_t n = 0, i;

	assert_null(file_read(header, /* limit= */ 1 << 20, &text));
	for (at = strstr(text.p, "NODISCARD"); at; at = strstr(at + 1, "NODISCARD")) {
		const char *paren = strchr(at, '(');
		const char *name = paren;
		autofree char *function = NULL;

		assert_non_null(paren);
		while (name > at && strchr("abcdefghijklmnopqrstuvwxyz0123456789_", name[-1]))
			name--;
		function = xstrndup(name, (size_t)(paren - name));
		n++;
		for (i = 0; i < n_rows; i++)
			if (strcmp(rows[i].function, function) == 0)
				break;
		if (i == n_rows) {
			print_error("%s: %s has no row\n", header, function);
			(*missing)++;
		}
	}
	return n;
}

void functions_have_rows(const struct request_row *rows, size_t n_rows, const char *const *headers)
{
	size_t n = 0, missing = 0;

	for (; *headers; headers++)
		n += count_functions(rows, n_rows, *headers, &missing);
	assert_int_equal(missing, 0);
	assert_int_equal(n, n_rows);
}

int requests_start(void **state)
{
	(void)state;
	stub = stub_new(say_yes, NULL);
	model = model_load(NULL);
	aws_world_start(&request_world, stub_url(stub), "us-east-1");
	aws_tags_add(&request_tags, "Name", "runbook \xe3\x81\x82 & <b>");
	aws_tags_add(&request_tags, "runbook:run", "");
	return 0;
}

int requests_stop(void **state)
{
	(void)state;
	aws_tags_clear(&request_tags);
	aws_world_stop(&request_world);
	model = model_free(model);
	stub = stub_free(stub);
	return 0;
}
