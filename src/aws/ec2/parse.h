/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to ec2/, each kind in its file: what all typed calls of EC2 share.  Lists that grow item
 * by item, one shape of reading call, one of creating, one of deleting.
 */
#ifndef AWS_EC2_PARSE_H
#define AWS_EC2_PARSE_H

#include <stddef.h>
#include <string.h>

#include "aws/core/call.h"
#include "aws/ec2/ec2.h"
#include "base/alloc.h"

/*
 * The fields of a struct as a table, by which it is read from an item of an answer and freed.  A
 * text that several rows name is that of the first whose element is there.
 */
struct ec2_list_type;
struct ec2_field {
	const char *path;		   /* NULL: read by other code, and freed by the table */
	const struct ec2_list_type *items; /* of a list */
	size_t offset;
	int otherwise; /* of a number that is absent, none or too large */
	enum {
		EC2_NO_FIELD, /* ends a table */
		EC2_IS_TEXT,
		EC2_IS_BOOL,
		EC2_IS_INT,
		EC2_IS_TEXTS,
		EC2_IS_TAGS,
		EC2_IS_LIST,
	} kind;
};

/* The member's offset, when it is of this C type; another type does not compile. */
#define EC2_OFFSET(type, member, c_type)                                                           \
	(offsetof(struct type, member) + 0 * sizeof(_Generic(((struct type *)NULL)->member, c_type \
							     : (char)0)))
#define EC2_TEXT(type, member, where)                                                              \
	{                                                                                          \
		.kind = EC2_IS_TEXT, .offset = EC2_OFFSET(type, member, char *), .path = (where)   \
	}
#define EC2_BOOL(type, member, where)                                                              \
	{                                                                                          \
		.kind = EC2_IS_BOOL, .offset = EC2_OFFSET(type, member, bool), .path = (where)     \
	}
#define EC2_INT(type, member, where, absent)                                                       \
	{                                                                                          \
		.kind = EC2_IS_INT, .offset = EC2_OFFSET(type, member, int), .path = (where),      \
		.otherwise = (absent)                                                              \
	}
#define EC2_TEXTS(type, member, where)                                                             \
	{                                                                                          \
		.kind = EC2_IS_TEXTS, .offset = EC2_OFFSET(type, member, struct strv),             \
		.path = (where)                                                                    \
	}
#define EC2_TAGS(type, member, where)                                                              \
	{                                                                                          \
		.kind = EC2_IS_TAGS, .offset = EC2_OFFSET(type, member, struct aws_tags),          \
		.path = (where)                                                                    \
	}
/* `list` has been defined by EC2_DEFINE_LIST in the same file. */
#define EC2_LIST(type, member, where, list)                                                        \
	{                                                                                          \
		.kind = EC2_IS_LIST, .offset = EC2_OFFSET(type, member, struct list),              \
		.path = (where), .items = &list##_type                                             \
	}
#define EC2_FIELDS_END                                                                             \
	{                                                                                          \
		.kind = EC2_NO_FIELD                                                               \
	}

/* A list of structs, for code that does not know which. */
struct ec2_list_type {
	void *(*push)(void *list); /* answers a new zeroed item */
	void (*clear)(void *list);
	const struct ec2_field *fields; /* of an item */
};

/* Fills what the table has a path for; `thing` was zeroed before. */
void ec2_fields_read(const struct ec2_field *fields, const struct xml_node *item, void *thing);
/* Frees what the table names; `thing` can be filled again. */
void ec2_fields_clear(const struct ec2_field *fields, void *thing);

/*
 * The functions of AWS_LIST(type, list) whose items have these fields: list_clear, and list_push,
 * which answers a new zeroed item.
 */
#define EC2_DEFINE_LIST(type, list, its_fields)                                                    \
	void list##_clear(struct list *l)                                                          \
	{                                                                                          \
		size_t i;                                                                          \
                                                                                                   \
		for (i = 0; i < l->n; i++)                                                         \
			ec2_fields_clear(its_fields, &l->v[i]);                                    \
		free(l->v);                                                                        \
		*l = (struct list){ 0 };                                                           \
	}                                                                                          \
	static struct type *list##_push(struct list *l)                                            \
	{                                                                                          \
		l->v = xreallocarray(l->v, l->n + 1, sizeof(*l->v));                               \
		memset(&l->v[l->n], 0, sizeof(*l->v));                                             \
		return &l->v[l->n++];                                                              \
	}                                                                                          \
	static void *list##_push_any(void *l)                                                      \
	{                                                                                          \
		return list##_push(l);                                                             \
	}                                                                                          \
	static void list##_clear_any(void *l)                                                      \
	{                                                                                          \
		list##_clear(l);                                                                   \
	}                                                                                          \
	static const struct ec2_list_type list##_type = { list##_push_any, list##_clear_any,       \
							  its_fields };

/* Hand the list on: the caller of the typed call owns it now. */
#define EC2_GIVE(ret, found)                                                                       \
	do {                                                                                       \
		*(ret) = (found);                                                                  \
		memset(&(found), 0, sizeof(found));                                                \
	} while (0)

/*
 * What a service made and manages for the account (an endpoint's interface) can be hidden from
 * lists, and is in the way of deletes all the same: ask for it, where the action has a word for it.
 */
static inline void ec2_include_managed(struct aws_params *p)
{
	params_add_bool(p, "IncludeManagedResources", true);
}

/* How one kind of thing is listed. */
struct ec2_listing {
	const char *action;   /* "DescribeVpcs" */
	const char *id_param; /* "VpcId": VpcId.1, ...; NULL: not by id */
	const char *items;    /* "vpcSet/item" */
	int page;	      /* MaxResults, at most what the action takes; 0: it does not page */
	const char *noun;     /* "VPC", for messages; NULL: the caller says what failed */
	const struct ec2_list_type *type; /* of the list; NULL: `add` does all */
	/* What the table of fields cannot say: called with the item that has just been read, or,
	 * without a type, with the list.  NULL: nothing. */
	aws_item_fn *add;
};
/*
 * Every item of every page.  MaxResults is left out with ids: several actions refuse both.
 * `more` (NULL: none) holds further parameters, no filters.  May be answered by a call that others
 * share (ec2/shared.h).
 */
NODISCARD struct rb_error *ec2_list(struct aws_client *c, const struct ec2_listing *how,
				    const struct aws_params *more, const char *const *ids,
				    const struct aws_filter *filters, void *list);

/*
 * A call that makes something.  Without a client token among the parameters
 * (`token` false) it is not sent again when its answer was lost.  The id that
 * `id_path` leads to is noted as recent and given to the caller (`ret_id` may be
 * NULL); an answer without it is kind PROTOCOL.  `reply` (may be NULL) keeps the
 * answer for more.
 */
/* A call that changes something, or of a dry client a try of it. */
NODISCARD struct rb_error *ec2_send(struct aws_client *c, const char *action,
				    const struct aws_params *params, unsigned flags,
				    struct xml_reply *reply);
NODISCARD struct rb_error *ec2_make(struct aws_client *c, const char *action,
				    const struct aws_params *params, bool token,
				    const char *id_path, struct xml_reply *reply, char **ret_id);

/* A call that removes `id`, named by `id_param`; its id is not recent any more then. */
NODISCARD struct rb_error *ec2_remove(struct aws_client *c, const char *action,
				      const char *id_param, const char *id);

/* A call of which only success matters, and which may be sent twice. */
NODISCARD struct rb_error *ec2_change(struct aws_client *c, const char *action,
				      const struct aws_params *params);

#endif
