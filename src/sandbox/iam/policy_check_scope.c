/* SPDX-License-Identifier: Apache-2.0 */
/* Do the actions and resources of a policy's statement fit where the policy is to be stored? */
#include "sandbox/iam/policy_check.h"

#include <string.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/text.h"
#include "sandbox/iam/policy.h"

/* S3's actions, by what they act on. */
static const char *const bucket_actions[] = {
	"s3:CreateBucket",
	"s3:DeleteBucket",
	"s3:DeleteBucketPolicy",
	"s3:DeleteBucketWebsite",
	"s3:GetAccelerateConfiguration",
	"s3:GetAnalyticsConfiguration",
	"s3:GetBucketAcl",
	"s3:GetBucketCORS",
	"s3:GetBucketLocation",
	"s3:GetBucketLogging",
	"s3:GetBucketNotification",
	"s3:GetBucketObjectLockConfiguration",
	"s3:GetBucketOwnershipControls",
	"s3:GetBucketPolicy",
	"s3:GetBucketPolicyStatus",
	"s3:GetBucketPublicAccessBlock",
	"s3:GetBucketRequestPayment",
	"s3:GetBucketTagging",
	"s3:GetBucketVersioning",
	"s3:GetBucketWebsite",
	"s3:GetEncryptionConfiguration",
	"s3:GetIntelligentTieringConfiguration",
	"s3:GetInventoryConfiguration",
	"s3:GetLifecycleConfiguration",
	"s3:GetMetricsConfiguration",
	"s3:GetReplicationConfiguration",
	"s3:ListBucket",
	"s3:ListBucketMultipartUploads",
	"s3:ListBucketVersions",
	"s3:PutAccelerateConfiguration",
	"s3:PutAnalyticsConfiguration",
	"s3:PutBucketAcl",
	"s3:PutBucketCORS",
	"s3:PutBucketLogging",
	"s3:PutBucketNotification",
	"s3:PutBucketObjectLockConfiguration",
	"s3:PutBucketOwnershipControls",
	"s3:PutBucketPolicy",
	"s3:PutBucketPublicAccessBlock",
	"s3:PutBucketRequestPayment",
	"s3:PutBucketTagging",
	"s3:PutBucketVersioning",
	"s3:PutBucketWebsite",
	"s3:PutEncryptionConfiguration",
	"s3:PutIntelligentTieringConfiguration",
	"s3:PutInventoryConfiguration",
	"s3:PutLifecycleConfiguration",
	"s3:PutMetricsConfiguration",
	"s3:PutReplicationConfiguration",
	"s3:TagResource",
	"s3:UntagResource",
	"s3:ListTagsForResource",
};
static const char *const object_actions[] = {
	"s3:AbortMultipartUpload",
	"s3:BypassGovernanceRetention",
	"s3:DeleteObject",
	"s3:DeleteObjectTagging",
	"s3:DeleteObjectVersion",
	"s3:DeleteObjectVersionTagging",
	"s3:GetObject",
	"s3:GetObjectAcl",
	"s3:GetObjectAttributes",
	"s3:GetObjectLegalHold",
	"s3:GetObjectRetention",
	"s3:GetObjectTagging",
	"s3:GetObjectTorrent",
	"s3:GetObjectVersion",
	"s3:GetObjectVersionAcl",
	"s3:GetObjectVersionAttributes",
	"s3:GetObjectVersionForReplication",
	"s3:GetObjectVersionTagging",
	"s3:GetObjectVersionTorrent",
	"s3:InitiateReplication",
	"s3:ListMultipartUploadParts",
	"s3:ObjectOwnerOverrideToBucketOwner",
	"s3:PutObject",
	"s3:PutObjectAcl",
	"s3:PutObjectLegalHold",
	"s3:PutObjectRetention",
	"s3:PutObjectTagging",
	"s3:PutObjectVersionAcl",
	"s3:PutObjectVersionTagging",
	"s3:ReplicateDelete",
	"s3:ReplicateObject",
	"s3:ReplicateTags",
	"s3:RestoreObject",
};

static bool any_named(const char *pattern, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (sbx_glob(pattern, names[i], /* nocase= */ true))
			return true;
	}
	return false;
}

/* An ARN of `bucket` or of something in it; *ret_ says which of the two it can be. */
static bool is_own_resource(const char *arn, const char *bucket, bool *ret_bucket, bool *ret_object)
{
	autofree char *with_slash = xasprintf("%s/", bucket);
	const char *name;

	if (!text_starts_with(arn, "arn:aws"))
		return false;
	name = strstr(arn, ":s3:::");
	if (!name)
		return false;
	name += strlen(":s3:::");
	if (text_eq(name, bucket)) {
		*ret_bucket = true;
		return true;
	}
	if (text_starts_with(name, with_slash)) {
		*ret_object = true;
		return true;
	}
	if (strpbrk(name, "*?")) { /* "bucket*": may be the bucket, its objects, or both */
		const char *slash = strchr(name, '/');
		autofree char *front =
			slash ? xstrndup(name, (size_t)(slash - name)) : xstrdup(name);

		if (!sbx_glob(front, bucket, false) || text_eq(name, "*"))
			return false;
		if (!slash)
			*ret_bucket = true;
		*ret_object = slash || text_ends_with(name, "*") || *ret_object;
		return true;
	}
	return false;
}

static char *check_bucket_scope(const json_t *actions, const json_t *resources,
				const struct policy_rules *rules)
{
	bool bucket = false, object = false;
	const char *s;

	for (size_t i = 0; resources && (s = policy_nth_text(resources, i)); i++) {
		if (!is_own_resource(s, rules->bucket, &bucket, &object))
			return xstrdup("Policy has invalid resource");
	}
	for (size_t i = 0; actions && (s = policy_nth_text(actions, i)); i++) {
		bool on_bucket = any_named(s, bucket_actions, ARRAY_LEN(bucket_actions));
		bool on_object = any_named(s, object_actions, ARRAY_LEN(object_actions));

		if (!on_bucket && !on_object && !text_eq(s, "*"))
			return xstrdup("Policy has invalid action");
		if (resources && !text_eq(s, "*") && !(on_bucket && bucket) &&
		    !(on_object && object))
			return xstrdup("Action does not apply to any resource(s) in statement");
	}
	return NULL;
}

static char *check_trust_scope(const json_t *actions, const json_t *statement)
{
	const char *s;

	if (json_object_get(statement, "Resource") || json_object_get(statement, "NotResource"))
		return xstrdup("Has prohibited field Resource");
	for (size_t i = 0; actions && (s = policy_nth_text(actions, i)); i++) {
		if (!text_starts_with(s, "sts:"))
			return xstrdup(
				"AssumeRole policy may only specify STS AssumeRole actions.");
	}
	return NULL;
}

static char *check_identity_scope(const json_t *actions, const json_t *resources)
{
	const char *s;

	for (size_t i = 0; actions && (s = policy_nth_text(actions, i)); i++) {
		const char *colon = strchr(s, ':');

		if (!text_eq(s, "*") && (!colon || colon == s || !colon[1]))
			return xstrdup("Actions/Conditions must be prefaced by a vendor, e.g., "
				       "iam, sdb, ec2, etc.");
	}
	for (size_t i = 0; resources && (s = policy_nth_text(resources, i)); i++) {
		if (!text_eq(s, "*") && !text_starts_with(s, "arn:"))
			return xasprintf("Resource %s must be in ARN format or \"*\".", s);
	}
	return NULL;
}

char *policy_check_scope(const json_t *statement, const struct policy_rules *rules)
{
	const json_t *actions = json_object_get(statement, "Action");
	const json_t *resources = json_object_get(statement, "Resource");

	if (!actions)
		actions = json_object_get(statement, "NotAction");
	if (!resources)
		resources = json_object_get(statement, "NotResource");
	if (!actions)
		return xstrdup(rules->kind == POLICY_OF_IDENTITY
				       ? "Policy statement must contain actions."
				       : "Missing required field Action");
	if (!policy_is_text_list(actions))
		return xstrdup("Policy has invalid action");
	if (rules->kind == POLICY_OF_TRUST)
		return check_trust_scope(actions, statement);
	if (!resources)
		return xstrdup(rules->kind == POLICY_OF_IDENTITY
				       ? "Policy statement must contain resources."
				       : "Missing required field Resource");
	if (!policy_is_text_list(resources))
		return xstrdup("Policy has invalid resource");
	return rules->kind == POLICY_OF_BUCKET ? check_bucket_scope(actions, resources, rules)
					       : check_identity_scope(actions, resources);
}
