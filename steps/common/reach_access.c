/* SPDX-License-Identifier: Apache-2.0 */
/* The last hops of an upload: what the policies of the endpoint, the bucket and the role allow. */
#include "steps/common/reach_int.h"

#include <string.h>

#include "aws/iam.h"
#include "aws/s3.h"
#include "base/alloc.h"
#include "base/text.h"
#include "steps/common/policy.h"

struct rb_error *reach_check_endpoint_policy(struct reach_path *p, struct said **hop)
{
	const char *ids[] = { p->endpoint_id, NULL };
	auto_ec2_vpc_endpoints found = { 0 };

	TRY(ec2_describe_vpc_endpoints(p->destination, ids, NULL, &found));
	/* The default allows all and denies nothing; anything else was somebody's doing. */
	if (found.n && found.v[0].policy && !policy_is_full_access(found.v[0].policy))
		*hop = said_new("the endpoint's policy: that of '%s' is no longer the default, "
				"which allows all",
				p->endpoint_id);
	return NULL;
}

struct rb_error *reach_check_bucket(struct reach_path *p, struct said **hop)
{
	const char *bucket = step_output_of(p->ctx, "2-4", "bucket");
	autofree char *region = NULL;
	autofree char *policy = NULL;
	struct rb_error *err;

	err = s3_head_bucket(p->destination, bucket, step_account(p->ctx), &region);
	TRY(reach_gone_is_broken(err, hop, N_("the bucket"), bucket));
	if (*hop)
		return NULL;
	if (region && strcmp(region, aws_client_region(p->destination)) != 0) {
		*hop = said_new("the region: bucket '%s' is in %s", bucket, region);
		return NULL;
	}
	err = s3_get_bucket_policy(p->destination, bucket, step_account(p->ctx), &policy);
	TRY(reach_gone_is_broken(err, hop, N_("the bucket policy"), bucket));
	if (!*hop && !strstr(policy, p->endpoint_id))
		*hop = said_new("the bucket policy: that of '%s' does not name endpoint '%s'",
				bucket, p->endpoint_id);
	return NULL;
}

struct rb_error *reach_check_other_statements(struct reach_path *p, struct said **hop)
{
	const char *bucket = step_output_of(p->ctx, "2-4", "bucket");
	autofree char *ours = policy_for_bucket(step_partition(p->ctx), bucket, p->endpoint_id);
	autofree char *policy = NULL;

	TRY(s3_get_bucket_policy(p->destination, bucket, step_account(p->ctx), &policy));
	if (!policy_same(policy, ours))
		*hop = said_new("the bucket policy: that of '%s' is not the one that step 2-4 "
				"writes",
				bucket);
	return NULL;
}

struct rb_error *reach_check_role(struct reach_path *p, struct said **hop)
{
	const char *role = step_output_of(p->ctx, "1-4", "role_name");
	const char *profile = step_output_of(p->ctx, "1-4", "instance_profile_name");
	autofree char *arn =
		xasprintf("arn:%s:iam::aws:policy/AmazonS3FullAccess", step_partition(p->ctx));
	auto_strv attached = { 0 };
	auto_iam_profile found = { 0 };

	if (!role)
		return NULL;
	TRY(reach_gone_is_broken(iam_list_attached_role_policies(p->source, role, &attached), hop,
				 N_("the role"), role));
	if (!*hop && !strv_has(&attached, arn))
		*hop = said_new("the role: '%s' lacks AmazonS3FullAccess", role);
	if (*hop || !profile)
		return NULL;
	TRY(reach_gone_is_broken(iam_get_instance_profile(p->source, profile, &found), hop,
				 N_("the instance profile"), profile));
	if (!*hop && !strv_has(&found.role_names, role))
		*hop = said_new("the role: instance profile '%s' holds %s instead of '%s'", profile,
				found.role_names.n ? found.role_names.v[0] : "none", role);
	return NULL;
}
