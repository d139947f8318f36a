/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes that EC2's calls share; see ec2/parse.h. */
#include "aws/ec2/parse.h"

#include "aws/core/advice.h"
#include "base/strv.h"

/* "cannot read VPC 'vpc-1', 'vpc-2'", or "cannot list VPCs" */
static struct rb_error *listing_failed(struct rb_error *err, const struct ec2_listing *how,
				       const char *const *ids)
{
	auto_buf names = BUF_INIT;
	size_t i;

	if (!err || !how->noun)
		return err;
	if (!ids || !ids[0])
		return rb_error_what(err, "cannot list %ss", how->noun);
	for (i = 0; ids[i]; i++)
		(void)buf_addf(&names, "%s'%s'", i ? ", " : "", ids[i]);
	return rb_error_what(err, "cannot read %s %s", how->noun, names.p);
}

struct rb_error *ec2_list(struct aws_client *c, const struct ec2_listing *how,
			  struct aws_params *more, const char *const *ids,
			  const struct aws_filter *filters, void *list)
{
	auto_aws_params p = AWS_PARAMS_INIT;
	struct aws_params *params = more ? more : &p;

	if (ids && how->id_param)
		params_add_list(params, how->id_param, ids);
	params_add_filters(params, filters);
	if (how->page && (!ids || !ids[0]))
		params_add_int(params, "MaxResults", how->page);
	return listing_failed(
		aws_query_items(c, "ec2", how->action, params, how->items, how->add, list), how,
		ids);
}

struct rb_error *ec2_make(struct aws_client *c, const char *action, const struct aws_params *params,
			  bool token, const char *id_path, struct xml_reply *reply, char **ret_id)
{
	auto_xml_reply own = XML_REPLY_INIT;
	struct xml_reply *r = reply ? reply : &own;
	autofree char *id = NULL;

	TRY(aws_query_call(c, "ec2", action, params, AWS_CHANGES | (token ? AWS_AGAIN : 0u), r));
	id = xml_text(r->root, id_path);
	if (!id) {
		struct rb_error *err = rb_error_because(
			RB_LOST, "the answer of %s names no id (%s)", action, id_path);

		advice_lost(err);
		return err;
	}
	aws_session_note_id(aws_client_session(c), id, /* age_s= */ 0);
	if (ret_id)
		*ret_id = steal_str(&id);
	return NULL;
}

struct rb_error *ec2_remove(struct aws_client *c, const char *action, const char *id_param,
			    const char *id)
{
	auto_aws_params p = AWS_PARAMS_INIT;
	struct rb_error *err;

	params_add(&p, id_param, id);
	err = ec2_change(c, action, &p);
	if (!err || rb_error_is(err, RB_GONE))
		aws_session_forget_id(aws_client_session(c), id);
	return err;
}

struct rb_error *ec2_change(struct aws_client *c, const char *action,
			    const struct aws_params *params)
{
	return aws_query_call(c, "ec2", action, params, AWS_CHANGES | AWS_AGAIN, NULL);
}
