/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XML from outside, read by libxml2 with nothing that reaches out or grows: no
 * network, no DTD at all, no entity but XML's own, limits on depth and count.
 */
#include "aws/core/xml.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/tree.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/span.h"
#include "base/text.h"

enum {
	MAX_DEPTH = 64,		/* AWS's deepest answers need about 12 */
	MAX_ELEMENTS = 1000000, /* a full page of instances: about 100 000 */
};

/* What our callbacks count; libxml2's own do the work. */
struct guard {
	xmlParserCtxt *ctxt;
	startElementNsSAX2Func start;
	endElementNsSAX2Func end;
	int depth;
	long elements;
	const char *refused; /* why we stopped */
};

static void refuse(struct guard *g, const char *why)
{
	if (!g->refused)
		g->refused = why;
	xmlStopParser(g->ctxt);
}

static struct guard *guard_of(void *ctx)
{
	return ((xmlParserCtxt *)ctx)->_private;
}

static void on_doctype(void *ctx, const xmlChar *name, const xmlChar *external_id,
		       const xmlChar *system_id)
{
	(void)name;
	(void)external_id;
	(void)system_id;
	refuse(guard_of(ctx), N_("it has a document type, which no AWS answer has"));
}

static void on_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
		     int n_namespaces, const xmlChar **namespaces, int n_attributes,
		     int n_defaulted, const xmlChar **attributes)
{
	struct guard *g = guard_of(ctx);

	if (++g->depth > MAX_DEPTH)
		refuse(g, N_("its elements are nested too deeply"));
	else if (++g->elements > MAX_ELEMENTS)
		refuse(g, N_("it has too many elements"));
	else
		g->start(ctx, name, prefix, uri, n_namespaces, namespaces, n_attributes,
			 n_defaulted, attributes);
}

static void on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct guard *g = guard_of(ctx);

	g->depth--;
	g->end(ctx, name, prefix, uri);
}

static void be_silent(void *ctx, const xmlError *error)
{
	(void)ctx;
	(void)error; /* read from the context afterwards */
}

static struct rb_error *parse_failed(const struct guard *g)
{
	const xmlError *last = xmlCtxtGetLastError(g->ctxt);
	const char *text = last && last->message ? last->message : N_("it is empty or cut off");
	autofree char *shown = NULL;

	if (g->refused)
		return rb_error_because(RB_PROTOCOL, "the answer is no XML to read: %-s",
					g->refused);
	shown = text_printable(text, strcspn(text, "\n"), /* max= */ 120);
	return rb_error_because(RB_PROTOCOL, "the answer is no XML to read: line %d: %s",
				last ? last->line : 1, shown);
}

struct rb_error *xml_parse(const char *p, size_t n, struct xml_reply *ret)
{
	struct guard g = { .ctxt = xmlNewParserCtxt() };
	struct rb_error *err = NULL;
	xmlDoc *doc;

	/* S3 keeps a slow answer's connection alive with white space before the document. */
	while (n && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n')) {
		p++;
		n--;
	}
	if (!g.ctxt)
		abort();
	if (!n || n > INT_MAX) {
		xmlFreeParserCtxt(g.ctxt);
		return rb_error_because(RB_PROTOCOL, "the answer is empty");
	}
	g.ctxt->_private = &g;
	g.start = g.ctxt->sax->startElementNs;
	g.end = g.ctxt->sax->endElementNs;
	g.ctxt->sax->internalSubset = on_doctype;
	g.ctxt->sax->startElementNs = on_start;
	g.ctxt->sax->endElementNs = on_end;
	g.ctxt->sax->serror = (xmlStructuredErrorFunc)be_silent;
	doc = xmlCtxtReadMemory(g.ctxt, p, (int)n, /* URL= */ NULL, /* encoding= */ NULL,
				XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
					XML_PARSE_NOCDATA);
	if (!doc || g.refused || !xmlDocGetRootElement(doc))
		err = parse_failed(&g);
	if (err && doc) {
		xmlFreeDoc(doc);
		doc = NULL;
	}
	xmlFreeParserCtxt(g.ctxt);
	if (err)
		return err;
	*ret = (struct xml_reply){ .doc_ = doc,
				   .root = (const struct xml_node *)xmlDocGetRootElement(doc) };
	return NULL;
}

void xml_reply_clear(struct xml_reply *r)
{
	if (r->doc_)
		xmlFreeDoc(r->doc_);
	free(r->request_id);
	*r = (struct xml_reply)XML_REPLY_INIT;
}

void xml_copy(const struct xml_node *node, struct xml_reply *ret)
{
	xmlDoc *doc = xmlNewDoc(BAD_CAST "1.0");
	xmlNode *root;

	if (!doc)
		abort();
	root = xmlDocCopyNode((xmlNode *)(uintptr_t)node, doc, /* recursive= */ 1);
	if (!root)
		abort();
	(void)xmlDocSetRootElement(doc, root);
	*ret = (struct xml_reply){ .doc_ = doc, .root = (const struct xml_node *)root };
}

/* ---- finding ------------------------------------------------------------- */

static const xmlNode *raw(const struct xml_node *node)
{
	return (const xmlNode *)node;
}

const char *xml_name(const struct xml_node *node)
{
	return node ? (const char *)raw(node)->name : "";
}

/* `at` or the first of its later siblings that is an element called `name`. */
static const xmlNode *named(const xmlNode *at, struct span name)
{
	while (at && (at->type != XML_ELEMENT_NODE || !span_eq(name, (const char *)at->name)))
		at = at->next;
	return at;
}

static const xmlNode *descend(const xmlNode *node, const char *path)
{
	struct span name = { path, strcspn(path, "/") };
	const char *rest = path[name.n] == '/' ? path + name.n + 1 : NULL;

	if (!*path)
		return node;
	for (const xmlNode *child = named(node->children, name); child;
	     child = named(child->next, name)) {
		const xmlNode *found = rest ? descend(child, rest) : child;

		if (found)
			return found;
	}
	return NULL;
}

const struct xml_node *xml_first(const struct xml_node *node, const char *path)
{
	return node ? (const struct xml_node *)descend(raw(node), path) : NULL;
}

const struct xml_node *xml_next(const struct xml_node *node, const char *path,
				const struct xml_node *at)
{
	const xmlNode *n = raw(at);
	const char *rest = NULL; /* of the path, below the level of `n` */

	/* Later siblings first, then those of each ancestor, down the same names again. */
	while (n && n != raw(node)) {
		const xmlNode *sibling = n;

		while ((sibling = named(sibling->next, span_of((const char *)n->name)))) {
			const xmlNode *found = rest ? descend(sibling, rest) : sibling;

			if (found)
				return (const struct xml_node *)found;
		}
		if (!rest)
			rest = path + strlen(path);
		else
			rest--; /* onto the '/' before it */
		while (rest > path && rest[-1] != '/')
			rest--;
		n = n->parent;
	}
	return NULL;
}

/* ---- reading ------------------------------------------------------------- */

static void gather(const xmlNode *node, struct buf *out)
{
	for (const xmlNode *n = node->children; n; n = n->next)
		if ((n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE) && n->content)
			(void)buf_adds(out, (const char *)n->content);
}

char *xml_exact(const struct xml_node *node, const char *path)
{
	const struct xml_node *found = xml_first(node, path);
	struct buf text = BUF_INIT;

	if (!found)
		return NULL;
	gather(raw(found), &text);
	return buf_steal(&text);
}

char *xml_text_or_empty(const struct xml_node *node, const char *path)
{
	autofree char *text = xml_exact(node, path);
	struct span s;

	if (!text)
		return NULL;
	s = span_trim((struct span){ text, strlen(text) });
	return xstrndup(s.p, s.n);
}

char *xml_text(const struct xml_node *node, const char *path)
{
	xml_each(at, node, path) {
		autofree char *text = xml_text_or_empty(at, "");

		if (*text)
			return steal_str(&text);
	}
	return NULL;
}

bool xml_bool(const struct xml_node *node, const char *path)
{
	return xml_is(node, path, "true");
}

int64_t xml_int(const struct xml_node *node, const char *path, int64_t otherwise)
{
	autofree char *text = xml_text(node, path);
	int64_t value;

	return text && text_parse_i64(text, INT64_MIN, INT64_MAX, &value) ? value : otherwise;
}

bool xml_is(const struct xml_node *node, const char *path, const char *text)
{
	autofree char *found = xml_text(node, path);

	return found && text_eq_nocase(found, text);
}

void xml_strv(const struct xml_node *node, const char *path, struct strv *ret)
{
	xml_each(at, node, path) {
		char *text = xml_text(at, "");

		if (text)
			strv_add_owned(ret, text);
	}
}

void xml_tags(const struct xml_node *node, const char *path, struct aws_tags *ret)
{
	xml_each(at, node, path) {
		bool upper = xml_first(at, "Key");
		autofree char *key = xml_exact(at, upper ? "Key" : "key");
		autofree char *value = xml_exact(at, upper ? "Value" : "value");

		if (key && *key)
			aws_tags_add(ret, key, value ? value : "");
	}
}
