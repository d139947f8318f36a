/* SPDX-License-Identifier: Apache-2.0 */
/* Answers as trees. */
#include "sandbox/compare/node.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/tree.h>

#include "base/alloc.h"
#include "base/text.h"

enum { MAX_DEPTH = 64 };

static struct node *add_child(struct node *parent, const char *name)
{
	if ((parent->n & (parent->n - 1)) == 0)
		parent->v =
			xreallocarray(parent->v, parent->n ? 2 * parent->n : 1, sizeof(*parent->v));
	parent->v[parent->n] = (struct node){ .name = xstrdup(name) };
	set_str(&parent->text, NULL);
	return &parent->v[parent->n++];
}

static void read_element(const xmlNode *element, int depth, struct node *into)
{
	xmlChar *text;

	for (const xmlNode *c = element->children; c && depth < MAX_DEPTH; c = c->next)
		if (c->type == XML_ELEMENT_NODE)
			read_element(c, depth + 1, add_child(into, (const char *)c->name));
	if (into->n)
		return;
	text = xmlNodeGetContent(element);
	set_str(&into->text, text ? (const char *)text : "");
	xmlFree(text);
}

static void be_silent(void *ctx, const xmlError *error)
{
	(void)ctx;
	(void)error;
}

static bool read_xml(const char *p, size_t n, struct node *ret)
{
	xmlParserCtxt *ctxt = xmlNewParserCtxt();
	xmlDoc *doc;
	const xmlNode *root;

	if (!ctxt)
		abort();
	ctxt->sax->serror = (xmlStructuredErrorFunc)be_silent;
	doc = xmlCtxtReadMemory(ctxt, p, (int)n, NULL, NULL,
				XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	xmlFreeParserCtxt(ctxt);
	root = doc && !doc->intSubset ? xmlDocGetRootElement(doc) : NULL;
	if (root)
		read_element(root, 0, add_child(ret, (const char *)root->name));
	xmlFreeDoc(doc);
	return root != NULL;
}

static void read_value(const json_t *value, int depth, struct node *into)
{
	const char *name;
	json_t *member;
	size_t i;

	if (depth < MAX_DEPTH && json_is_object(value)) {
		json_object_foreach((json_t *)value, name, member)
			read_value(member, depth + 1, add_child(into, name));
	} else if (depth < MAX_DEPTH && json_is_array(value)) {
		json_array_foreach((json_t *)value, i, member)
			read_value(member, depth + 1, add_child(into, "item"));
	} else if (json_is_string(value)) {
		set_str(&into->text, json_string_value(value));
	} else {
		char *text = json_dumps(value, JSON_ENCODE_ANY);

		set_str(&into->text, text ? text : "");
		free(text);
	}
	if (!into->n && !into->text)
		set_str(&into->text, "");
}

void node_read_json(const json_t *value, struct node *ret)
{
	read_value(value, 0, add_child(ret, "body"));
}

void node_read(const char *body, size_t n, struct node *ret)
{
	json_t *value;

	while (n && strchr(" \t\r\n", *body)) {
		body++;
		n--;
	}
	if (!n || n > INT_MAX || (*body == '<' && read_xml(body, n, ret)))
		return;
	value = json_loadb(body, n, 0, NULL);
	if (value)
		node_read_json(value, ret);
	json_decref(value);
}

struct node *node_headers(struct node *root)
{
	for (size_t i = 0; i < root->n; i++)
		if (text_eq(root->v[i].name, "headers"))
			return &root->v[i];
	return add_child(root, "headers");
}

void node_add_header(struct node *root, const char *name, const char *value)
{
	set_str(&add_child(node_headers(root), name)->text, value);
}

const struct node *node_child(const struct node *node, const char *name)
{
	for (size_t i = 0; node && i < node->n; i++)
		if (text_eq(node->v[i].name, name))
			return &node->v[i];
	return NULL;
}

const char *node_error_code(const struct node *root)
{
	const struct node *body = node_child(root, "body"), *error = node_child(root, "Error"),
			  *code;
	const char *hash;

	if (!error && node_child(root, "Response"))
		error = node_child(node_child(node_child(root, "Response"), "Errors"), "Error");
	if (!error)
		error = node_child(node_child(root, "ErrorResponse"), "Error");
	code = error ? node_child(error, "Code") : node_child(body, "__type");
	if (!code || !code->text)
		return NULL;
	hash = strrchr(code->text, '#');
	return hash ? hash + 1 : code->text;
}

bool node_is_list_item(const struct node *parent, const struct node *child)
{
	size_t same = 0;

	if (text_eq(child->name, "item") || text_eq(child->name, "member"))
		return true;
	for (size_t i = 0; i < parent->n; i++)
		same += text_eq(parent->v[i].name, child->name);
	return same > 1;
}

void node_drop(struct node *node, const char *name)
{
	size_t kept = 0;

	for (size_t i = 0; i < node->n; i++) {
		if (text_eq(node->v[i].name, name)) {
			node_clear(&node->v[i]);
			continue;
		}
		node_drop(&node->v[i], name);
		node->v[kept++] = node->v[i];
	}
	node->n = kept;
}

void node_clear(struct node *node)
{
	for (size_t i = 0; i < node->n; i++)
		node_clear(&node->v[i]);
	free(node->v);
	free(node->name);
	free(node->text);
	*node = (struct node){ 0 };
}
