/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XML into fields.
 *
 * libxml2 reads with no network, no DTD (a document with one is refused), no
 * entities but XML's own five, and limits on depth and number of elements.
 *
 * Elements are found by local-name paths ("vpcSet/item/vpcId"); name spaces,
 * unknown elements, order and white space around text do not matter.  Where an
 * element of a path repeats, all are searched.
 */
#ifndef AWS_XML_H
#define AWS_XML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aws/core/tags.h"
#include "base/attr.h"
#include "base/error.h"
#include "base/strv.h"

struct xml_node; /* an element; borrowed from its reply */

struct xml_reply {
	void *doc_;
	const struct xml_node *root; /* NULL: not parsed yet */
	char *request_id;	     /* of the header, else of the body; NULL: none */
};
#define XML_REPLY_INIT                                                                             \
	{                                                                                          \
		NULL, NULL, NULL                                                                   \
	}
void xml_reply_clear(struct xml_reply *r);
#define auto_xml_reply CLEANUP(xml_reply_clear) struct xml_reply

/* PROTOCOL when it is no XML that we would read. */
NODISCARD struct rb_error *xml_parse(const char *p, size_t n, struct xml_reply *ret);

/* A copy of the element, as the root of a document of its own; `ret` is empty before. */
void xml_copy(const struct xml_node *node, struct xml_reply *ret);

/* The element's local name; "" for NULL. */
const char *xml_name(const struct xml_node *node);
/* The first element that `path` leads to below `node`; NULL when there is none.  Takes NULL. */
const struct xml_node *xml_first(const struct xml_node *node, const char *path);
/* The one after `at`, which came from xml_first or xml_next with the same arguments. */
const struct xml_node *xml_next(const struct xml_node *node, const char *path,
				const struct xml_node *at);
#define xml_each(var, node, path)                                                                  \
	for (const struct xml_node *var = xml_first(node, path); var;                              \
	     var = xml_next(node, path, var))

/* `path` may be "" for the node itself.  Text is trimmed. */
/* Absent or empty: NULL.  Caller frees. */
NODISCARD char *xml_text(const struct xml_node *node, const char *path);
/* Absent: NULL, empty: "".  Caller frees. */
NODISCARD char *xml_text_or_empty(const struct xml_node *node, const char *path);
/* The text as it came, white space and all: for what a user may have chosen, a key, a tag.
 * Absent: NULL, empty: "".  Caller frees. */
NODISCARD char *xml_exact(const struct xml_node *node, const char *path);
/* True for "true" in any letter case. */
bool xml_bool(const struct xml_node *node, const char *path);
/* Absent or not a number: `otherwise`. */
int64_t xml_int(const struct xml_node *node, const char *path, int64_t otherwise);
/* True when there is such an element whose text is `text`, letter case apart. */
bool xml_is(const struct xml_node *node, const char *path, const char *text);
/* The texts of all such elements that are not empty, appended. */
void xml_strv(const struct xml_node *node, const char *path, struct strv *ret);
/* `path` leads to the tags: "tagSet/item", "Tags/member", "TagSet/Tag".  Appended. */
void xml_tags(const struct xml_node *node, const char *path, struct aws_tags *ret);

#endif
