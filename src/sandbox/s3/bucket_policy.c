/* SPDX-License-Identifier: Apache-2.0 */
/* S3: a bucket's policy, and whether it makes the bucket public. */
#include "sandbox/s3/s3.h"

#include "sandbox/iam/iam.h"
#include "sandbox/iam/policy.h"

#define MAX_POLICY_BYTES 20480

static void put_policy(struct ss3_call *c)
{
	const struct policy_rules rules = { POLICY_OF_BUCKET, c->bucket, siam_principal_exists,
					    c->st };
	json_t *policy = NULL;
	autofree char *why = NULL;

	if (c->payload.n > MAX_POLICY_BYTES) {
		ss3_fail(c, 400, "PolicyTooLarge", "Policy is too large: the limit is %d bytes",
			 MAX_POLICY_BYTES);
		return;
	}
	why = policy_check(c->payload.p, c->payload.n, &rules, &policy);
	if (why)
		ss3_fail(c, 400, "MalformedPolicy", "%s", why);
	else if (ss3_blocks(c, "BlockPublicPolicy") && policy_is_public(policy))
		ss3_deny(c);
	json_decref(policy);
	if (ss3_failed(c))
		return;
	(void)json_object_set_new(c->doc, "policy", json_stringn(c->payload.p, c->payload.n));
	ss3_put_bucket(c);
	c->rep->status = 204;
}

static bool has_policy(struct ss3_call *c)
{
	if (ss3_str(c->doc, "policy"))
		return true;
	ss3_fail(c, 404, "NoSuchBucketPolicy", "The bucket policy does not exist");
	return false;
}

static void get_policy(struct ss3_call *c)
{
	if (!has_policy(c))
		return;
	c->rep->content_type = "application/json";
	(void)buf_adds(&c->rep->body, ss3_str(c->doc, "policy"));
}

static void delete_policy(struct ss3_call *c)
{
	ss3_delete_setting(c, "policy");
}

static void get_policy_status(struct ss3_call *c)
{
	json_t *policy;

	if (!has_policy(c))
		return;
	policy = ss3_policy(c->doc);
	ss3_xml_begin(c, "PolicyStatus");
	ss3_add_bool(c, "IsPublic", policy_is_public(policy));
	ss3_xml_end(c, "PolicyStatus");
	json_decref(policy);
}

const struct ss3_op ss3_policy_ops[] = {
	{ "PutBucketPolicy", "s3:PutBucketPolicy", put_policy, SS3_SETS },
	{ "GetBucketPolicy", "s3:GetBucketPolicy", get_policy, 0 },
	{ "DeleteBucketPolicy", "s3:DeleteBucketPolicy", delete_policy, SS3_SETS },
	{ "GetBucketPolicyStatus", "s3:GetBucketPolicyStatus", get_policy_status, 0 },
	{ 0 },
};
