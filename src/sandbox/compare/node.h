/* SPDX-License-Identifier: Apache-2.0 */
/* An answer as a tree of named texts, be it XML or JSON. */
#ifndef SANDBOX_COMPARE_NODE_H
#define SANDBOX_COMPARE_NODE_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "base/attr.h"

struct node {
	char *name;
	char *text; /* NULL when there are elements in it */
	struct node *v;
	size_t n;
};

/* `body` is XML, JSON, or what is neither: then it has no elements.  The root's name is "". */
void node_read(const char *body, size_t n, struct node *ret);
void node_read_json(const json_t *value, struct node *ret);
/* The child "headers", made when there is none; borrowed until a child is added to the root. */
struct node *node_headers(struct node *root);
void node_add_header(struct node *root, const char *name, const char *value);
/* The first child of that name; NULL: none. */
const struct node *node_child(const struct node *node, const char *name);
/* What an error answer says its code is; NULL: none.  Borrowed. */
const char *node_error_code(const struct node *root);
/* The child is one of several of its kind. */
bool node_is_list_item(const struct node *parent, const struct node *child);
/* Every element of that name is taken out, wherever it stands. */
void node_drop(struct node *node, const char *name);
void node_clear(struct node *node);

#endif
