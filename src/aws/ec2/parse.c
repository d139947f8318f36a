/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes that EC2's calls share; see ec2/parse.h. */
#include "aws/ec2/parse.h"

#include <limits.h>

#include "aws/core/advice.h"
#include "aws/ec2/read_cache.h"
#include "aws/ec2/shared.h"
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
		return rb_error_what(err, "cannot list %-ss", how->noun);
	for (i = 0; ids[i]; i++)
		(void)buf_addf(&names, "%s'%s'", i ? ", " : "", ids[i]);
	return rb_error_what(err, "cannot read %-s %s", how->noun, names.p);
}

/* A number that fits an int; absent, none or too large: `otherwise`. */
static int int_of(const struct xml_node *node, const char *path, int otherwise)
{
	int64_t n = xml_int(node, path, otherwise);

	return n < INT_MIN || n > INT_MAX ? otherwise : (int)n;
}

static void *member_of(void *thing, const struct ec2_field *f)
{
	return (char *)thing + f->offset;
}

void ec2_fields_read(const struct ec2_field *fields, const struct xml_node *item, void *thing)
{
	for (const struct ec2_field *f = fields; f->kind; f++) {
		void *member = member_of(thing, f);

		if (!f->path)
			continue;
		if (f->kind == EC2_IS_TEXT && !*(char **)member)
			*(char **)member = xml_text(item, f->path);
		else if (f->kind == EC2_IS_BOOL)
			*(bool *)member = xml_bool(item, f->path);
		else if (f->kind == EC2_IS_INT)
			*(int *)member = int_of(item, f->path, f->otherwise);
		else if (f->kind == EC2_IS_TEXTS)
			xml_strv(item, f->path, member);
		else if (f->kind == EC2_IS_TAGS)
			xml_tags(item, f->path, member);
		else if (f->kind == EC2_IS_LIST)
			xml_each(part, item, f->path)
				ec2_fields_read(f->items->fields, part, f->items->push(member));
	}
}

void ec2_fields_clear(const struct ec2_field *fields, void *thing)
{
	for (const struct ec2_field *f = fields; f->kind; f++) {
		void *member = member_of(thing, f);

		if (f->kind == EC2_IS_TEXT)
			set_str(member, NULL);
		else if (f->kind == EC2_IS_TEXTS)
			strv_clear(member);
		else if (f->kind == EC2_IS_TAGS)
			aws_tags_clear(member);
		else if (f->kind == EC2_IS_LIST)
			f->items->clear(member);
	}
}

/* A list that is being filled, and how. */
struct filling {
	struct aws_client *client;
	const struct ec2_listing *how;
	void *list;
};

static struct rb_error *add_item(void *arg, const struct xml_node *item)
{
	const struct filling *f = arg;
	void *thing = f->list;

	ec2_cache_put_listed(f->client, f->how, item);
	if (f->how->type) {
		thing = f->how->type->push(f->list);
		ec2_fields_read(f->how->type->fields, item, thing);
	}
	return f->how->add ? f->how->add(thing, item) : NULL;
}

struct rb_error *ec2_list(struct aws_client *c, const struct ec2_listing *how,
			  const struct aws_params *more, const char *const *ids,
			  const struct aws_filter *filters, void *list)
{
	struct filling filling = { c, how, list };

	return listing_failed(ec2_ask_shared(&(const struct ec2_question){
				      .client = c,
				      .how = how,
				      .more = more && more->body.p ? more->body.p : "",
				      .ids = ids,
				      .filters = filters,
				      .add = add_item,
				      .list = &filling,
			      }),
			      how, ids);
}

struct rb_error *ec2_send(struct aws_client *c, const char *action, const struct aws_params *params,
			  unsigned flags, struct xml_reply *reply)
{
	struct aws_params dry = AWS_PARAMS_INIT;
	struct rb_error *err;

	if (!aws_client_is_dry(c))
		return aws_query_call(c, "ec2", action, params, flags, reply);
	(void)buf_adds(&dry.body, params->body.p);
	params_add_bool(&dry, "DryRun", true);
	err = aws_query_call(c, "ec2", action, &dry, AWS_READS, NULL);
	aws_params_clear(&dry);
	if (err)
		return err;
	return rb_error_because(RB_PROTOCOL,
				"%s was sent as a dry run, and was answered as if it "
				"had been done",
				action);
}

struct rb_error *ec2_make(struct aws_client *c, const char *action, const struct aws_params *params,
			  bool token, const char *id_path, struct xml_reply *reply, char **ret_id)
{
	auto_xml_reply own = XML_REPLY_INIT;
	struct xml_reply *r = reply ? reply : &own;
	autofree char *id = NULL;

	TRY(ec2_send(c, action, params, AWS_CHANGES | (token ? AWS_AGAIN : 0u), r));
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
	ec2_cache_invalidate(aws_client_session(c), id);
	err = ec2_change(c, action, &p);
	if (!aws_client_is_dry(c) && (!err || rb_error_is(err, RB_GONE)))
		aws_session_forget_id(aws_client_session(c), id);
	return err;
}

struct rb_error *ec2_change(struct aws_client *c, const char *action,
			    const struct aws_params *params)
{
	return ec2_send(c, action, params, AWS_CHANGES | AWS_AGAIN, NULL);
}
