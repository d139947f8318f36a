/* SPDX-License-Identifier: Apache-2.0 */
/* Answers: headers, XML from trees, and each service's envelope for an error. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/core/inner.h"
#include "sandbox/core/xml.h"

const char *sbx_pairs_get(const struct sbx_pairs *pairs, const char *name)
{
	for (size_t i = 0; i < pairs->n; i++) {
		if (!strcmp(pairs->v[i].name, name))
			return pairs->v[i].value;
	}
	return NULL;
}

void sbx_pairs_add(struct sbx_pairs *pairs, const char *name, const char *value)
{
	/* Doubled at each power of two, so that a long form costs no more than its length. */
	if ((pairs->n & (pairs->n - 1)) == 0)
		pairs->v = xreallocarray(pairs->v, pairs->n ? pairs->n * 2 : 1, sizeof(*pairs->v));
	pairs->v[pairs->n++] = (struct sbx_pair){ xstrdup(name), xstrdup(value) };
}

void sbx_pairs_clear(struct sbx_pairs *pairs)
{
	for (size_t i = 0; i < pairs->n; i++) {
		free(pairs->v[i].name);
		free(pairs->v[i].value);
	}
	free(pairs->v);
	*pairs = (struct sbx_pairs){ 0 };
}

size_t sbx_characters(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xC0) != 0x80;
	return n;
}

void sbx_reply_header(struct sbx_reply *rep, const char *name, const char *fmt, ...)
{
	autofree char *value = NULL;
	va_list ap;

	va_start(ap, fmt);
	value = xvasprintf(fmt, ap);
	va_end(ap);
	sbx_pairs_add(&rep->headers, name, value);
}

void sbx_reply_clear(struct sbx_reply *rep)
{
	buf_clear(&rep->body);
	sbx_pairs_clear(&rep->headers);
	free(rep->code);
	rep->code = NULL;
}

static void add_value(struct buf *out, const char *name, const json_t *value, const char *item_name)
{
	char number[32];
	const json_t *item;
	size_t i;

	switch (json_typeof(value)) {
	case JSON_NULL:
		return;
	case JSON_STRING:
		sbx_xml_element(out, name, json_string_value(value));
		return;
	case JSON_TRUE:
		sbx_xml_element(out, name, "true");
		return;
	case JSON_FALSE:
		sbx_xml_element(out, name, "false");
		return;
	case JSON_INTEGER:
		(void)snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT,
			       json_integer_value(value));
		sbx_xml_element(out, name, number);
		return;
	case JSON_REAL:
		(void)snprintf(number, sizeof(number), "%g", json_real_value(value));
		sbx_xml_element(out, name, number);
		return;
	case JSON_ARRAY:
		if (!json_array_size(value)) {
			(void)buf_addf(out, "<%s/>", name);
			return;
		}
		(void)buf_addf(out, "<%s>", name);
		json_array_foreach(value, i, item)
			add_value(out, item_name, item, item_name);
		(void)buf_addf(out, "</%s>", name);
		return;
	case JSON_OBJECT:
		(void)buf_addf(out, "<%s>", name);
		sbx_xml_tree(out, value, item_name);
		(void)buf_addf(out, "</%s>", name);
		return;
	}
}

void sbx_xml_tree(struct buf *out, const json_t *tree, const char *item_name)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)tree, name, value) {
		if (*name != '_')
			add_value(out, name, value, item_name);
	}
}

/* ---- errors ------------------------------------------------------------- */

static const char XML_HEAD[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

static void fail_ec2(const struct sbx_request *req, struct buf *out, int status, const char *code,
		     const char *message)
{
	(void)status;
	(void)buf_adds(out, "<Response><Errors><Error>");
	sbx_xml_element(out, "Code", code);
	sbx_xml_element(out, "Message", message);
	(void)buf_adds(out, "</Error></Errors>");
	sbx_xml_element(out, "RequestID", req->request_id);
	(void)buf_adds(out, "</Response>");
}

static void fail_query(const struct sbx_request *req, struct buf *out, int status, const char *code,
		       const char *message)
{
	bool sts = !strcmp(req->service, "sts");

	(void)buf_addf(out, "<ErrorResponse xmlns=\"https://%s\"><Error>",
		       sts ? "sts.amazonaws.com/doc/2011-06-15/"
			   : "iam.amazonaws.com/doc/2010-05-08/");
	sbx_xml_element(out, "Type", status >= 500 ? "Receiver" : "Sender");
	sbx_xml_element(out, "Code", code);
	sbx_xml_element(out, "Message", message);
	(void)buf_adds(out, "</Error>");
	sbx_xml_element(out, "RequestId", req->request_id);
	(void)buf_adds(out, "</ErrorResponse>");
}

static void fail_s3(const struct sbx_request *req, struct buf *out, int status, const char *code,
		    const char *message)
{
	(void)status;
	(void)buf_adds(out, "<Error>");
	sbx_xml_element(out, "Code", code);
	sbx_xml_element(out, "Message", message);
	if (req->bucket)
		sbx_xml_element(out, "BucketName", req->bucket);
	if (req->key)
		sbx_xml_element(out, "Key", req->key);
	sbx_xml_element(out, "RequestId", req->request_id);
	sbx_xml_element(out, "HostId", req->request_id);
	(void)buf_adds(out, "</Error>");
}

static void fail_json(const struct sbx_request *req, struct buf *out, int status, const char *code,
		      const char *message)
{
	autofree char *text = NULL;
	json_t *tree = json_pack("{s:s, s:s}", "__type", code, "message", message);

	(void)req;
	(void)status;
	text = json_dumps(tree, JSON_COMPACT);
	json_decref(tree);
	(void)buf_adds(out, text ? text : "{}");
}

static const struct envelope {
	const char *service;
	void (*fail)(const struct sbx_request *req, struct buf *out, int status, const char *code,
		     const char *message);
	const char *content_type;
} ENVELOPES[] = {
	{ "ec2", fail_ec2, "text/xml;charset=UTF-8" },
	{ "iam", fail_query, "text/xml" },
	{ "sts", fail_query, "text/xml" },
	{ "s3", fail_s3, "application/xml" },
	{ "ssm", fail_json, "application/x-amz-json-1.1" },
	{ "servicequotas", fail_json, "application/x-amz-json-1.1" },
	{ "kms", fail_json, "application/x-amz-json-1.1" },
	{ "ec2-instance-connect", fail_json, "application/x-amz-json-1.1" },
};

static const struct envelope *envelope_of(const char *service)
{
	for (size_t i = 0; i < ARRAY_LEN(ENVELOPES); i++) {
		if (!strcmp(ENVELOPES[i].service, service))
			return &ENVELOPES[i];
	}
	return &ENVELOPES[0];
}

const char *sbx_content_type(const char *service)
{
	return envelope_of(service)->content_type;
}

void sbx_fail(const struct sbx_request *req, struct sbx_reply *rep, int status, const char *code,
	      const char *fmt, ...)
{
	const struct envelope *env = envelope_of(req->service);
	autofree char *message = NULL;
	va_list ap;

	va_start(ap, fmt);
	message = xvasprintf(fmt, ap);
	va_end(ap);
	buf_reset(&rep->body);
	rep->status = status;
	set_str(&rep->code, code);
	rep->content_type = env->content_type;
	if (env->fail == fail_json)
		sbx_reply_header(rep, "x-amzn-ErrorType", "%s", code);
	else
		(void)buf_adds(&rep->body, XML_HEAD);
	env->fail(req, &rep->body, status, code, message);
}
