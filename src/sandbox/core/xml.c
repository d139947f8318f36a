/* SPDX-License-Identifier: Apache-2.0 */
/* XML in with libxml2, XML out by hand: an answer is a few known elements. */
#include "sandbox/core/xml.h"

#include <string.h>

#include <libxml/parser.h>

#include "base/alloc.h"
#include "base/text.h"

static bool is_element(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE && text_eq((const char *)node->name, name);
}

xmlDoc *sbx_xml_parse(const struct buf *body, const char *root)
{
	xmlDoc *doc;
	const xmlNode *top;

	if (body->n == 0 || body->n > SBX_XML_MAX_BYTES)
		return NULL;
	doc = xmlReadMemory(body->p, (int)body->n, "", NULL,
			    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
				    XML_PARSE_NOCDATA | XML_PARSE_COMPACT);
	top = doc ? xmlDocGetRootElement(doc) : NULL;
	if (!top || doc->intSubset || doc->extSubset || !is_element(top, root)) {
		xmlFreeDoc(doc);
		return NULL;
	}
	return doc;
}

const xmlNode *sbx_xml_child(const xmlNode *parent, const char *name)
{
	const xmlNode *node = parent ? parent->children : NULL;

	while (node && !is_element(node, name))
		node = node->next;
	return node;
}

const xmlNode *sbx_xml_next(const xmlNode *element)
{
	const xmlNode *node = element->next;

	while (node && !is_element(node, (const char *)element->name))
		node = node->next;
	return node;
}

bool sbx_xml_only(const xmlNode *parent, const char *const *names)
{
	for (const xmlNode *node = parent->children; node; node = node->next) {
		size_t i = 0;

		if (node->type != XML_ELEMENT_NODE)
			continue;
		while (names[i] && !is_element(node, names[i]))
			i++;
		if (!names[i])
			return false;
	}
	return true;
}

char *sbx_xml_text(const xmlNode *element)
{
	xmlChar *text;
	char *copy;

	if (!element)
		return NULL;
	text = xmlNodeGetContent(element);
	copy = xstrdup(text ? (const char *)text : "");
	xmlFree(text);
	return copy;
}

char *sbx_xml_child_text(const xmlNode *parent, const char *name)
{
	return sbx_xml_text(sbx_xml_child(parent, name));
}

void sbx_xml_add(struct buf *out, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '&')
			(void)buf_adds(out, "&amp;");
		else if (c == '<')
			(void)buf_adds(out, "&lt;");
		else if (c == '>')
			(void)buf_adds(out, "&gt;");
		else if (c == '"')
			(void)buf_adds(out, "&quot;");
		else if (c == '\r' || c == '\n' || c == '\t')
			(void)buf_addf(out, "&#%d;", c);
		else if (c < 0x20)
			(void)buf_adds(out, "\xef\xbf\xbd");
		else
			(void)buf_addc(out, (char)c);
	}
}

void sbx_xml_element(struct buf *out, const char *name, const char *text)
{
	(void)buf_addf(out, "<%s>", name);
	sbx_xml_add(out, text);
	(void)buf_addf(out, "</%s>", name);
}
