/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of a request and an answer is kept.  Bodies are taken apart, so that no escape hides a
 * value: forms into their parameters, JSON and XML into their texts.  What is neither (an object's
 * content, a page of something on the way) is kept as a number of bytes.
 */
#include "aws/record/body.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libxml/parser.h>
#include <libxml/tree.h>

#include "base/alloc.h"
#include "base/percent.h"
#include "base/text.h"

/* ---- forms --------------------------------------------------------------- */

/* The last but `skip` part of "TagSpecification.1.Tag.2.Value" that is no number and no "member".
 * Caller frees. */
static char *part_of(const char *name, int skip)
{
	const char *end = name + strlen(name);

	while (end > name) {
		const char *at = end;

		while (at > name && at[-1] != '.')
			at--;
		bool is_member = end - at == 6 && strncmp(at, "member", 6) == 0;

		if (!isdigit((unsigned char)*at) && !is_member && skip-- == 0)
			return xstrndup(at, (size_t)(end - at));
		end = at > name ? at - 1 : at;
	}
	return xstrdup("");
}

static json_t *form_to_json(const char *p, size_t n)
{
	json_t *form = json_object();

	while (n) {
		const char *end = memchr(p, '&', n);
		size_t len = end ? (size_t)(end - p) : n;
		const char *equals = memchr(p, '=', len);
		size_t name_n = equals ? (size_t)(equals - p) : len;
		auto_buf name = BUF_INIT, value = BUF_INIT;

		if (percent_decode(&name, p, name_n) &&
		    (!equals || percent_decode(&value, equals + 1, len - name_n - 1)))
			json_object_set_new(form, name.p, json_stringn(value.p, value.n));
		len += end != NULL;
		p += len;
		n -= len;
	}
	return form;
}

/* The values of "Filter.2.Value.1" are what "Filter.2.Name" says. */
static const char *filter_name(const json_t *form, const char *name)
{
	size_t n;
	autofree char *key = NULL;
	const char *filter;

	if (!text_starts_with(name, "Filter."))
		return NULL;
	n = strcspn(name + 7, ".");
	if (!text_starts_with(name + 7 + n, ".Value"))
		return NULL;
	key = xasprintf("%.*s.Name", (int)(7 + n), name);
	filter = json_string_value(json_object_get(form, key));
	return filter && strncmp(filter, "tag", 3) == 0 ? NULL : filter;
}

/* NULL for what is no text. */
static json_t *redacted_form(const struct redactor *r, const char *p, size_t n)
{
	json_t *form = form_to_json(p, n), *out = json_object(), *value;
	const char *name;

	json_object_foreach(form, name, value) {
		autofree char *leaf = part_of(name, 0), *parent = part_of(name, 1);
		const char *filter = filter_name(form, name);
		const char *text = json_string_value(value);
		auto_buf shown = BUF_INIT;

		redact_value(r, (struct redact_place){ parent, filter ? filter : leaf },
			     text ? text : "", &shown);
		json_object_set_new(out, name, json_string(shown.p));
	}
	json_decref(form);
	return out;
}

/* ---- XML ----------------------------------------------------------------- */

static const char *name_of(const xmlNode *node)
{
	return node && node->type == XML_ELEMENT_NODE ? (const char *)node->name : "";
}

/* A member of a list stands for the list. */
static const xmlNode *skip_item(const xmlNode *node)
{
	return text_eq(name_of(node), "item") || text_eq(name_of(node), "member") ? node->parent
										  : node;
}

static bool has_elements(const xmlNode *node)
{
	for (const xmlNode *c = node->children; c; c = c->next)
		if (c->type == XML_ELEMENT_NODE)
			return true;
	return false;
}

static void drop_attributes(xmlNode *node)
{
	for (xmlAttr *next, *a = node->properties; a; a = next) {
		next = a->next;
		if (!text_eq((const char *)a->name, "type")) /* xsi:type of a grantee */
			xmlRemoveProp(a);
	}
}

static void redact_element(const struct redactor *r, xmlNode *node)
{
	const xmlNode *named = skip_item(node);
	const xmlNode *parent = named ? skip_item(named->parent) : NULL;
	xmlChar *text;
	auto_buf shown = BUF_INIT;

	drop_attributes(node);
	if (has_elements(node)) {
		for (xmlNode *next, *c = node->children; c; c = next) {
			next = c->next;
			if (c->type == XML_ELEMENT_NODE) {
				redact_element(r, c);
			} else {
				xmlUnlinkNode(c);
				xmlFreeNode(c);
			}
		}
		return;
	}
	text = xmlNodeGetContent(node);
	redact_value(r, (struct redact_place){ name_of(parent), name_of(named) },
		     text ? (const char *)text : "", &shown);
	xmlFree(text);
	xmlNodeSetContent(node, NULL);
	xmlNodeAddContent(node, (const xmlChar *)shown.p);
}

static void be_silent(void *ctx, const xmlError *error)
{
	(void)ctx;
	(void)error;
}

bool body_redact_xml(const struct redactor *r, const char *p, size_t n, struct buf *out)
{
	xmlParserCtxt *ctxt;
	xmlDoc *doc = NULL;
	xmlNode *root;
	xmlChar *text = NULL;
	int text_n = 0;

	if (!n || n > INT_MAX)
		return false;
	ctxt = xmlNewParserCtxt();
	if (!ctxt)
		abort();
	ctxt->sax->serror = (xmlStructuredErrorFunc)be_silent;
	doc = xmlCtxtReadMemory(ctxt, p, (int)n, NULL, NULL,
				XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_NOERROR |
					XML_PARSE_NOWARNING);
	xmlFreeParserCtxt(ctxt);
	root = doc ? xmlDocGetRootElement(doc) : NULL;
	if (!root || doc->intSubset || strcasecmp(name_of(root), "html") == 0) {
		xmlFreeDoc(doc);
		return false;
	}
	redact_element(r, root);
	for (xmlNode *next, *c = doc->children; c; c = next) { /* comments beside it */
		next = c->next;
		if (c != root) {
			xmlUnlinkNode(c);
			xmlFreeNode(c);
		}
	}
	xmlDocDumpMemoryEnc(doc, &text, &text_n, "UTF-8");
	xmlFreeDoc(doc);
	if (text)
		(void)buf_add(out, text, (size_t)text_n);
	xmlFree(text);
	return true;
}

/* ---- any body ------------------------------------------------------------ */

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
		json_object_set_new(out, "query", redacted_form(r, req->query, strlen(req->query)));
	if (s3)
		json_object_set_new(out, "headers", headers_to_json(r, &req->headers, false));
	if (type && text_starts_with(type, "application/x-www-form-urlencoded"))
		json_object_set_new(out, "params", redacted_form(r, req->body.p, req->body.n));
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
