/* SPDX-License-Identifier: Apache-2.0 */
/* The forms that IAM's calls have; for the files of IAM alone. */
#ifndef AWS_IAM_INT_H
#define AWS_IAM_INT_H

#include "aws/core/call.h"
#include "aws/iam.h"

/* A change that may be sent again when no answer came: the second one changes nothing more. */
NODISCARD struct rb_error *iam_change(struct aws_client *c, const char *action,
				      const struct aws_params *params);
/* One of a role, that takes one more parameter. */
NODISCARD struct rb_error *iam_change_role(struct aws_client *c, const char *action,
					   const char *role, const char *name, const char *value);
/* Make what is called `name`; the new thing's unique id is at `id_path`.  Caller frees *ret_id. */
NODISCARD struct rb_error *iam_make(struct aws_client *c, const char *action, const char *name,
				    const struct aws_params *params, const char *id_path,
				    char **ret_id);
NODISCARD struct rb_error *iam_remove(struct aws_client *c, const char *action,
				      const char *name_param, const char *name);
/* Read what is called `name`; *ret_node, at `path` of the answer, is of `reply`. */
NODISCARD struct rb_error *iam_read(struct aws_client *c, const char *action,
				    const char *name_param, const char *name, const char *path,
				    struct xml_reply *reply, const struct xml_node **ret_node);
NODISCARD struct rb_error *iam_tag(struct aws_client *c, const char *action, const char *name_param,
				   const char *name, const struct aws_tags *tags);
/* A list of texts by one parameter, all pages. */
NODISCARD struct rb_error *iam_list_texts(struct aws_client *c, const char *action,
					  const char *param, const char *value, const char *items,
					  struct strv *ret);

#endif
