/* SPDX-License-Identifier: Apache-2.0 */
/* An XML document, taken apart into its texts. */
#include "aws/record/body.h"

#include <limits.h>
#include <stdlib.h>
#include <strings.h>

#include <libxml/parser.h>
#include <libxml/tree.h>

#include "base/text.h"

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
