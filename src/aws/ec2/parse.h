/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to ec2/, each kind in its file: what all typed calls of EC2 share.  Lists that grow item
 * by item, one shape of reading call, one of creating, one of deleting.
 */
#ifndef AWS_EC2_PARSE_H
#define AWS_EC2_PARSE_H

#include <limits.h>
#include <string.h>

#include "aws/core/call.h"
#include "aws/ec2/ec2.h"
#include "base/alloc.h"

/*
 * The functions of AWS_LIST(type, list): list_clear, and list_push, which answers
 * a new zeroed item.  type_clear must be defined before.
 */
#define EC2_DEFINE_LIST(type, list)                                                                \
	void list##_clear(struct list *l)                                                          \
	{                                                                                          \
		size_t i;                                                                          \
                                                                                                   \
		for (i = 0; i < l->n; i++)                                                         \
			type##_clear(&l->v[i]);                                                    \
		free(l->v);                                                                        \
		*l = (struct list){ 0 };                                                           \
	}                                                                                          \
	static struct type *list##_push(struct list *l)                                            \
	{                                                                                          \
		l->v = xreallocarray(l->v, l->n + 1, sizeof(*l->v));                               \
		memset(&l->v[l->n], 0, sizeof(*l->v));                                             \
		return &l->v[l->n++];                                                              \
	}

/* Hand the list on: the caller of the typed call owns it now. */
#define EC2_GIVE(ret, found)                                                                       \
	do {                                                                                       \
		*(ret) = (found);                                                                  \
		memset(&(found), 0, sizeof(found));                                                \
	} while (0)

/* A number that fits an int; absent, none or too large: `otherwise`. */
static inline int ec2_int(const struct xml_node *node, const char *path, int otherwise)
{
	int64_t n = xml_int(node, path, otherwise);

	return n < INT_MIN || n > INT_MAX ? otherwise : (int)n;
}

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
	aws_item_fn *add;
};
/*
 * Every item of every page.  MaxResults is left out with ids: several actions refuse both.
 * `more` (NULL: none) holds further parameters and is used up.
 */
NODISCARD struct rb_error *ec2_list(struct aws_client *c, const struct ec2_listing *how,
				    struct aws_params *more, const char *const *ids,
				    const struct aws_filter *filters, void *list);

/*
 * A call that makes something.  Without a client token among the parameters
 * (`token` false) it is not sent again when its answer was lost.  The id that
 * `id_path` leads to is noted as young and given to the caller (`ret_id` may be
 * NULL); an answer without it is kind PROTOCOL.  `reply` (may be NULL) keeps the
 * answer for more.
 */
NODISCARD struct rb_error *ec2_make(struct aws_client *c, const char *action,
				    const struct aws_params *params, bool token,
				    const char *id_path, struct xml_reply *reply, char **ret_id);

/* A call that removes `id`, named by `id_param`; its id is not young any more then. */
NODISCARD struct rb_error *ec2_remove(struct aws_client *c, const char *action,
				      const char *id_param, const char *id);

/* A call of which only success matters, and which may be sent twice. */
NODISCARD struct rb_error *ec2_change(struct aws_client *c, const char *action,
				      const struct aws_params *params);

#endif
