/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XML from clients: no network, no entities, no document type, bounded.  And the
 * one way to put text into XML of ours.
 */
#ifndef SANDBOX_SBX_XML_H
#define SANDBOX_SBX_XML_H

#include <stdbool.h>
#include <stddef.h>

#include <libxml/tree.h>

#include "base/attr.h"
#include "base/buf.h"

#define SBX_XML_MAX_BYTES (2u << 20)

/*
 * The document whose root has this local name, or NULL: not well-formed, too
 * large, with a DOCTYPE, or another root.  Caller frees with xmlFreeDoc.
 */
NODISCARD xmlDoc *sbx_xml_parse(const struct buf *body, const char *root);

static inline void auto_xml_doc_(xmlDoc **doc)
{
	xmlFreeDoc(*doc);
}
#define auto_xml_doc CLEANUP(auto_xml_doc_)

/* The first child element of this local name, in any namespace; NULL when there is none. */
const xmlNode *sbx_xml_child(const xmlNode *parent, const char *name);
/* The next sibling element of the same name. */
const xmlNode *sbx_xml_next(const xmlNode *element);
/* How many child elements are there, and are all of them named in `names`? */
bool sbx_xml_only(const xmlNode *parent, const char *const *names);
/* The element's text; NULL when there is no such element.  Caller frees. */
NODISCARD char *sbx_xml_text(const xmlNode *element);
/* The text of the child `name`; NULL when it is not there.  Caller frees. */
NODISCARD char *sbx_xml_child_text(const xmlNode *parent, const char *name);

/* Append `s` escaped; what XML 1.0 cannot carry becomes U+FFFD. */
void sbx_xml_add(struct buf *out, const char *s);
/* <name>text</name> */
void sbx_xml_element(struct buf *out, const char *name, const char *text);

#endif
