/* SPDX-License-Identifier: Apache-2.0 */
/* EC2: what is known of one instance. */
#include "aws/ec2/parse.h"

#include <ctype.h>

#include "base/text.h"

struct status {
	const char *instance_id; /* whose; borrowed */
	char *instance;
	char *system;
};

static void status_clear(struct status *s)
{
	free(s->instance);
	free(s->system);
}

static struct rb_error *add_status(void *arg, const struct xml_node *item)
{
	struct status *s = arg;

	if (!xml_is(item, "instanceId", s->instance_id))
		return NULL;
	status_clear(s);
	s->instance = xml_text(item, "instanceStatus/status");
	s->system = xml_text(item, "systemStatus/status");
	return NULL;
}

struct rb_error *ec2_describe_instance_status(struct aws_client *c, const char *instance_id,
					      char **ret_instance_status, char **ret_system_status)
{
	static const struct ec2_listing how = {
		.action = "DescribeInstanceStatus",
		.id_param = "InstanceId",
		.items = "instanceStatusSet/item",
		.add = add_status,
	};
	const char *const ids[] = { instance_id, NULL };
	CLEANUP(status_clear) struct status s = { .instance_id = instance_id };
	auto_aws_params p = AWS_PARAMS_INIT;

	ec2_include_managed(&p);
	TRY(rb_error_what(ec2_list(c, &how, &p, ids, NULL, &s),
			  "cannot read the status checks of instance '%s'", instance_id));
	*ret_instance_status = steal_str(&s.instance);
	*ret_system_status = steal_str(&s.system);
	return NULL;
}

struct association {
	char *id;
	char *state;
	char *arn;
};

static void association_clear(struct association *a)
{
	free(a->id);
	free(a->state);
	free(a->arn);
	*a = (struct association){ 0 };
}

/* The one in force, when older ones are still listed. */
static struct rb_error *add_profile_association(void *arg, const struct xml_node *item)
{
	struct association *a = arg;

	if (a->state && !xml_is(item, "state", "associated"))
		return NULL;
	association_clear(a);
	a->id = xml_text(item, "associationId");
	a->state = xml_text(item, "state");
	a->arn = xml_text(item, "iamInstanceProfile/arn");
	return NULL;
}

static struct rb_error *find_association(struct aws_client *c, const char *instance_id,
					 struct association *ret)
{
	static const struct ec2_listing how = {
		.action = "DescribeIamInstanceProfileAssociations",
		.items = "iamInstanceProfileAssociationSet/item",
		.page = 1000,
		.add = add_profile_association,
	};
	const struct aws_filter filters[] = {
		{ "instance-id", { instance_id } },
		{ 0 },
	};

	return rb_error_what(ec2_list(c, &how, NULL, NULL, filters, ret),
			     "cannot read the instance profile of instance '%s'", instance_id);
}

struct rb_error *ec2_describe_profile_association(struct aws_client *c, const char *instance_id,
						  char **ret_state, char **ret_arn)
{
	CLEANUP(association_clear) struct association a = { 0 };

	TRY(find_association(c, instance_id, &a));
	*ret_state = steal_str(&a.state);
	*ret_arn = steal_str(&a.arn);
	return NULL;
}

struct rb_error *ec2_find_profile_association(struct aws_client *c, const char *instance_id,
					      char **ret_id)
{
	CLEANUP(association_clear) struct association a = { 0 };

	TRY(find_association(c, instance_id, &a));
	*ret_id = steal_str(&a.id);
	return NULL;
}

/* Base64 as EC2 wraps it: with line breaks. */
static bool decode_wrapped(const char *s, struct buf *out)
{
	auto_buf packed = BUF_INIT;

	for (; *s; s++)
		if (!isspace((unsigned char)*s))
			(void)buf_addc(&packed, *s);
	return text_base64_decode(packed.p, packed.n, out);
}

struct rb_error *ec2_get_console_output(struct aws_client *c, const char *instance_id,
					char **ret_text)
{
	auto_aws_params latest = AWS_PARAMS_INIT;
	auto_aws_params plain = AWS_PARAMS_INIT;
	auto_xml_reply reply = XML_REPLY_INIT;
	autofree char *packed = NULL;
	auto_buf text = BUF_INIT;
	struct rb_error *err;

	params_add(&latest, "InstanceId", instance_id);
	params_add(&plain, "InstanceId", instance_id);
	params_add_bool(&latest, "Latest", true);
	err = aws_query_call(c, "ec2", "GetConsoleOutput", &latest, AWS_READS, &reply);
	if (rb_error_is_aws(err, "UnsupportedOperation")) {
		/* instances that are not on Nitro have only what was set at boot */
		(void)rb_error_free(err);
		err = aws_query_call(c, "ec2", "GetConsoleOutput", &plain, AWS_READS, &reply);
	}
	if (!err) {
		packed = xml_text_or_empty(reply.root, "output");
		if (packed && !decode_wrapped(packed, &text))
			err = rb_error_because(RB_PROTOCOL, "it is not base64");
	}
	if (err)
		return rb_error_what(err, "cannot read the console of instance '%s'", instance_id);
	*ret_text = buf_steal(&text);
	return NULL;
}
