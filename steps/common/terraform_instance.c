/* SPDX-License-Identifier: Apache-2.0 */
/* The role, its profile and the instance, as Terraform's AWS provider reads them. */
#include <stdlib.h>
#include <string.h>

#include "aws/ec2/ec2.h"
#include "aws/iam.h"
#include "base/alloc.h"
#include "base/text.h"
#include "steps/common/policy.h"
#include "steps/common/resource.h"
#include "steps/common/terraform.h"

static struct rb_error *read_role(struct aws_client *c, struct tf_look *look)
{
	auto_iam_role role = { 0 };
	const json_t *wanted = json_object_get(look->wanted, "assume_role_policy");
	autofree char *wanted_text = json_dumps(wanted, JSON_COMPACT | JSON_ENCODE_ANY);
	struct rb_error *err = iam_get_role(c, look->id, &role);

	if (err)
		return tf_unless_gone(err);
	look->found = json_object();
	tf_set(look->found, "name", role.name);
	tf_set(look->found, "path", role.path);
	tf_set(look->found, "description", role.description);
	json_object_set_new(
		look->found, "assume_role_policy",
		policy_same(role.trust_policy, wanted_text)
			? json_deep_copy(wanted)
			: json_loads(role.trust_policy ? role.trust_policy : "{}", 0, NULL));
	tf_set(look->found, "permissions_boundary", role.boundary);
	if (role.max_session_s && !text_eq(role.max_session_s, "3600")) /* the provider's default */
		json_object_set_new(look->found, "max_session_duration",
				    json_integer(strtol(role.max_session_s, NULL, 10)));
	tf_set_tags(look->found, &role.tags);
	return NULL;
}

/* The id is ROLE/ARN. */
static struct rb_error *read_attachment(struct aws_client *c, struct tf_look *look)
{
	size_t n = strcspn(look->id, "/");
	autofree char *role = xstrndup(look->id, n);
	auto_strv arns = { 0 };
	struct rb_error *err = iam_list_attached_role_policies(c, role, &arns);

	if (err)
		return tf_unless_gone(err);
	if (!strv_has(&arns, look->id + n + 1))
		return NULL;
	look->found = json_object();
	tf_set(look->found, "role", role);
	tf_set(look->found, "policy_arn", look->id + n + 1);
	return NULL;
}

static struct rb_error *read_profile(struct aws_client *c, struct tf_look *look)
{
	auto_iam_profile profile = { 0 };
	struct rb_error *err = iam_get_instance_profile(c, look->id, &profile);

	if (err)
		return tf_unless_gone(err);
	look->found = json_object();
	tf_set(look->found, "name", profile.name);
	tf_set(look->found, "path", profile.path);
	if (profile.role_names.n)
		tf_set(look->found, "role", profile.role_names.v[0]);
	tf_set_tags(look->found, &profile.tags);
	return NULL;
}

/* "name" of "arn:aws:iam::123456789012:instance-profile/runbook/RUN/name". */
static const char *profile_name(const char *arn)
{
	const char *slash = arn ? strrchr(arn, '/') : NULL;

	return slash ? slash + 1 : NULL;
}

static struct rb_error *read_instance(struct aws_client *c, struct tf_look *look)
{
	auto_ec2_instances list = { 0 };
	const struct ec2_instance *i;

	TRY(tf_unless_gone(ec2_describe_instances(c, ONE_ID(look->id), NULL, &list)));
	if (!list.n || text_eq(list.v[0].state, "terminated") ||
	    text_eq(list.v[0].state, "shutting-down"))
		return NULL;
	i = &list.v[0];
	look->found = json_pack("{s:o, s:i}", "vpc_security_group_ids", tf_list(&i->group_ids),
				"metadata_options.http_put_response_hop_limit", i->hop_limit);
	tf_set(look->found, "ami", i->image_id);
	tf_set(look->found, "instance_type", i->instance_type);
	tf_set(look->found, "subnet_id", i->subnet_id);
	tf_set(look->found, "iam_instance_profile", profile_name(i->profile_arn));
	tf_set(look->found, "key_name", i->key_name);
	tf_set(look->found, "metadata_options.http_tokens", i->http_tokens);
	tf_set(look->found, "metadata_options.http_endpoint", i->http_endpoint);
	if (text_eq(i->source_dest_check, "false")) /* true is the provider's default */
		json_object_set_new(look->found, "source_dest_check", json_false());
	tf_set_tags(look->found, &i->tags);
	return NULL;
}

const struct tf_kind tf_role = { "aws_iam_role", "name", read_role };
const struct tf_kind tf_role_attachment = { "aws_iam_role_policy_attachment", NULL,
					    read_attachment };
const struct tf_kind tf_profile = { "aws_iam_instance_profile", "name", read_profile };
const struct tf_kind tf_instance = { "aws_instance", "id", read_instance };
