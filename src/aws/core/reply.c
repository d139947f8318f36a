/* SPDX-License-Identifier: Apache-2.0 */
/* The four error envelopes into one error value. */
#include "aws/core/reply.h"
#include "aws/core/xml.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <jansson.h>

#include "aws/core/advice.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"

enum {
	MAX_CODE_BYTES = 120,
	MAX_MESSAGE_BYTES = 32 << 10, /* an encoded authorization failure is some kilobytes */
};

/* What an error answer says, wherever it says it. */
struct envelope {
	char *code;
	char *message;
	char *request_id;
	char *host_id;
	char *region;
};

static void envelope_clear(struct envelope *e)
{
	free(e->code);
	free(e->message);
	free(e->request_id);
	free(e->host_id);
	free(e->region);
}

/*
 *   EC2      Response / Errors / Error / Code ; RequestID beside Errors
 *   IAM,STS  ErrorResponse / Error / Code ;     RequestId beside Error
 *   S3       Error / Code, RequestId, HostId, Region
 */
static void read_xml(const struct http_response *res, struct envelope *e)
{
	auto_xml_reply xml = XML_REPLY_INIT;
	struct rb_error *err = xml_parse(res->body.p, res->body.n, &xml);
	const struct xml_node *error;

	if (err) {
		(void)rb_error_free(err); /* no envelope: the status decides */
		return;
	}
	error = text_eq(xml_name(xml.root), "Error") ? xml.root : xml_first(xml.root, "Error");
	if (!error)
		error = xml_first(xml.root, "Errors/Error");
	if (!error)
		return;
	e->code = xml_text(error, "Code");
	e->message = xml_text(error, "Message");
	e->host_id = xml_text(error, "HostId");
	e->region = xml_text(error, "Region");
	e->request_id = xml_text(xml.root, "RequestId");
	if (!e->request_id)
		e->request_id = xml_text(xml.root, "RequestID");
}

bool reply_hides_error(const struct http_response *res)
{
	auto_xml_reply xml = XML_REPLY_INIT;
	struct rb_error *err;
	const char *root;

	if (!res->body.n || !strstr(res->body.p, "Error"))
		return false;
	err = xml_parse(res->body.p, res->body.n, &xml);
	if (err) {
		(void)rb_error_free(err);
		return false;
	}
	root = xml_name(xml.root);
	return text_eq(root, "Error") || text_eq(root, "ErrorResponse") ||
	       (text_eq(root, "Response") && xml_first(xml.root, "Errors/Error"));
}

/* "com.amazonaws.ssm#ParameterNotFound:http://..." -> "ParameterNotFound" */
static char *json_code(const char *s)
{
	const char *end = s + strcspn(s, ":");

	for (const char *c = s; c < end; c++)
		if (*c == '#')
			s = c + 1;
	return end > s ? xstrndup(s, (size_t)(end - s)) : NULL;
}

static char *string_of(const json_t *object, const char *const *names)
{
	for (; *names; names++) {
		const char *s = json_string_value(json_object_get(object, *names));

		if (s && *s)
			return xstrdup(s);
	}
	return NULL;
}

static void read_json(const struct http_response *res, struct envelope *e)
{
	static const char *const codes[] = { "__type", "code", "Code", NULL };
	static const char *const messages[] = { "message", "Message", "errorMessage", NULL };
	const char *header = http_headers_get(&res->headers, "x-amzn-errortype");
	json_t *body = json_loadb(res->body.p, res->body.n, JSON_REJECT_DUPLICATES, NULL);
	autofree char *type = NULL;

	if (header && *header)
		type = xstrdup(header);
	else
		type = string_of(body, codes);
	if (type)
		e->code = json_code(type);
	e->message = string_of(body, messages);
	json_decref(body);
}

const char *reply_request_id(const struct http_response *res)
{
	static const char *const names[] = { "x-amzn-requestid", "x-amz-request-id",
					     "x-amzn-request-id", NULL };

	for (size_t i = 0; names[i]; i++) {
		const char *id = http_headers_get(&res->headers, names[i]);

		if (id && *id)
			return id;
	}
	return NULL;
}

static bool looks_like_html(const struct http_response *res)
{
	const char *type = http_headers_get(&res->headers, "content-type");

	return (type && strncasecmp(type, "text/html", 9) == 0) ||
	       strcasestr(res->body.p, "<html") || strcasestr(res->body.p, "<!doctype html");
}

/* An answer that no AWS service wrote. */
static struct rb_error *foreign_error(enum rb_kind kind, const struct http_response *res)
{
	autofree char *start = NULL;

	if (looks_like_html(res))
		return rb_error_hint(
			rb_error_because(kind,
					 "HTTP %d with an HTML page, which no AWS service sends",
					 res->status),
			"something on the way answers instead of AWS: look at HTTPS_PROXY, "
			"NO_PROXY "
			"and AWS_ENDPOINT_URL");
	if (!res->body.n)
		return rb_error_because(kind, "HTTP %d without a body", res->status);
	start = text_printable(res->body.p, res->body.n, /* max= */ 200);
	return rb_error_because(kind, "HTTP %d: %s", res->status, start);
}

/* For a terminal; NULL stays NULL. */
static char *shown(const char *s, size_t max)
{
	return s ? text_printable(s, strlen(s), max) : NULL;
}

struct rb_error *reply_error(enum aws_protocol protocol, const char *service, const char *action,
			     const struct http_response *res)
{
	const char *region = http_headers_get(&res->headers, "x-amz-bucket-region");
	const char *host_id = http_headers_get(&res->headers, "x-amz-id-2");
	const char *request_id = reply_request_id(res);
	autofree char *code = NULL, *message = NULL;
	struct envelope e = { 0 };
	struct rb_error *err;
	struct advice advice;

	if (protocol == AWS_PROTOCOL_JSON)
		read_json(res, &e);
	else
		read_xml(res, &e);
	advice = advice_for(service, action, e.code, e.message, res->status);
	/* The message in full: it may end in an encoded part that must stay whole. */
	code = shown(e.code, MAX_CODE_BYTES);
	message = shown(e.message, MAX_MESSAGE_BYTES);
	if (code && message)
		err = rb_error_because(advice.kind, "%s: %s", code, message);
	else if (code)
		err = rb_error_because(advice.kind, "%s (HTTP %d)", code, res->status);
	else
		err = foreign_error(advice.kind, res);
	err = advice_give(err, &advice);
	err->http_status = res->status;
	err->aws_code = steal_str(&e.code);
	err->request_id = request_id ? xstrdup(request_id) : steal_str(&e.request_id);
	err->host_id = host_id ? xstrdup(host_id) : steal_str(&e.host_id);
	err->region = region ? xstrdup(region) : steal_str(&e.region);
	envelope_clear(&e);
	return err;
}
