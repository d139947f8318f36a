/* SPDX-License-Identifier: Apache-2.0 */
/* The forms of IAM's calls.  Names are what IAM's things are found by, so names are what is noted.
 */
#include "aws/iam_int.h"

#include "aws/core/advice.h"
#include "aws/core/call.h"
#include "base/alloc.h"

struct rb_error *iam_change(struct aws_client *c, const char *action,
			    const struct aws_params *params)
{
	return aws_query_call(c, "iam", action, params, AWS_CHANGES | AWS_AGAIN, NULL);
}

struct rb_error *iam_change_role(struct aws_client *c, const char *action, const char *role,
				 const char *name, const char *value)
{
	auto_aws_params p = AWS_PARAMS_INIT;

	params_add(&p, "RoleName", role);
	params_add(&p, name, value);
	return iam_change(c, action, &p);
}

struct rb_error *iam_make(struct aws_client *c, const char *action, const char *name,
			  const struct aws_params *params, const char *id_path, char **ret_id)
{
	auto_xml_reply reply = XML_REPLY_INIT;
	autofree char *id = NULL;

	TRY(aws_query_call(c, "iam", action, params, AWS_CHANGES, &reply));
	id = xml_text(reply.root, id_path);
	if (!id) {
		struct rb_error *err = rb_error_because(
			RB_LOST, "the answer of %s names no id (%s)", action, id_path);

		advice_lost(err);
		return err;
	}
	aws_session_note_id(aws_client_session(c), name, /* age_s= */ 0);
	if (ret_id)
		*ret_id = steal_str(&id);
	return NULL;
}

struct rb_error *iam_remove(struct aws_client *c, const char *action, const char *name_param,
			    const char *name)
{
	auto_aws_params p = AWS_PARAMS_INIT;
	struct rb_error *err;

	params_add(&p, name_param, name);
	err = iam_change(c, action, &p);
	if (!err || rb_error_is(err, RB_GONE))
		aws_session_forget_id(aws_client_session(c), name);
	return err;
}

/* Reads what is called `name`; *ret_node, at `path` of the answer, is of `reply`. */
struct rb_error *iam_read(struct aws_client *c, const char *action, const char *name_param,
			  const char *name, const char *path, struct xml_reply *reply,
			  const struct xml_node **ret_node)
{
	auto_aws_params p = AWS_PARAMS_INIT;

	params_add(&p, name_param, name);
	TRY(aws_query_call(c, "iam", action, &p, AWS_READS, reply));
	*ret_node = xml_first(reply->root, path);
	return *ret_node ? NULL : rb_error_because(RB_PROTOCOL, "the answer holds none");
}

struct rb_error *iam_tag(struct aws_client *c, const char *action, const char *name_param,
			 const char *name, const struct aws_tags *tags)
{
	auto_aws_params p = AWS_PARAMS_INIT;

	params_add(&p, name_param, name);
	params_add_tags(&p, "Tags.member", tags);
	return iam_change(c, action, &p);
}

static struct rb_error *add_text(void *list, const struct xml_node *item)
{
	xml_strv(item, "", list);
	return NULL;
}

struct rb_error *iam_list_texts(struct aws_client *c, const char *action, const char *param,
				const char *value, const char *items, struct strv *ret)
{
	auto_aws_params p = AWS_PARAMS_INIT;
	auto_strv found = { 0 };

	params_add(&p, param, value);
	TRY(aws_query_items(c, "iam", action, &p, AWS_READS, items, add_text, &found));
	*ret = found;
	found = (struct strv){ 0 };
	return NULL;
}
