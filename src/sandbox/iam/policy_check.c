/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is this text a policy that the service would store?  One check a function;
 * each answers NULL or the service's own message, and the first one counts.
 */
#include "sandbox/iam/policy.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

static char *check_text(const char *text, size_t n, const struct policy_rules *rules,
			json_t **ret_policy)
{
	size_t blanks = 0;
	json_t *policy;

	while (blanks < n && strchr(" \t\r\n", text[blanks]) && text[blanks])
		blanks++;
	policy = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(policy) || blanks == n || text[blanks] != '{') {
		json_decref(policy);
		return xstrdup(
			rules->kind == SBX_POLICY_BUCKET
				? "Policies must be valid JSON and the first byte must be '{'"
				: "This policy contains invalid Json");
	}
	*ret_policy = policy;
	return NULL;
}

static char *check_known_fields(const json_t *object, const char *const *known, size_t n_known)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)object, name, value) {
		size_t i = 0;

		while (i < n_known && !text_eq(known[i], name))
			i++;
		if (i == n_known)
			return xasprintf("Unknown field %s", name);
	}
	return NULL;
}

static char *check_top(const json_t *policy, const struct policy_rules *rules)
{
	static const char *const known[] = { "Version", "Id", "Statement" };
	const json_t *version = json_object_get(policy, "Version");
	const json_t *statements = json_object_get(policy, "Statement");
	char *why = check_known_fields(policy, known, ARRAY_LEN(known));

	if (why)
		return why;
	if (version && !text_eq(json_string_value(version), "2012-10-17") &&
	    !text_eq(json_string_value(version), "2008-10-17"))
		return xstrdup(rules->kind == SBX_POLICY_BUCKET
				       ? "The policy must contain a valid version string"
				       : "Syntax errors in policy.");
	if (!statements)
		return xstrdup("Missing required field Statement");
	if (json_is_array(statements) ? json_array_size(statements) == 0
				      : !json_is_object(statements))
		return xstrdup(rules->kind == SBX_POLICY_BUCKET
				       ? "Could not parse the policy: Statement is empty!"
				       : "Syntax errors in policy.");
	return NULL;
}

/* A string, or a list of strings with something in it. */
static bool is_text_list(const json_t *list)
{
	size_t i;
	const json_t *entry;

	if (json_is_string(list))
		return true;
	if (!json_is_array(list) || json_array_size(list) == 0)
		return false;
	json_array_foreach(list, i, entry) {
		if (!json_is_string(entry))
			return false;
	}
	return true;
}

static const char *nth_text(const json_t *list, size_t i)
{
	if (json_is_array(list))
		return json_string_value(json_array_get(list, i));
	return i == 0 ? json_string_value(list) : NULL;
}

/* ---- principals --------------------------------------------------------- */

static bool is_account(const char *s)
{
	return strlen(s) == 12 && strspn(s, "0123456789") == 12;
}

/* "arn:PARTITION:iam|sts::ACCOUNT:root|user/..|role/..|assumed-role/../..", no wildcard. */
static bool is_principal_arn(const char *arn)
{
	static const char *const kinds[] = { "user/", "role/", "assumed-role/", "federated-user/" };
	autofree char *copy = xstrdup(arn);
	char *part[6] = { NULL }, *at = copy;

	for (int i = 0; i < 5; i++) {
		char *colon = strchr(at, ':');

		if (!colon)
			return false;
		*colon = '\0';
		part[i] = at;
		at = colon + 1;
	}
	part[5] = at;
	if (!text_eq(part[0], "arn") || !text_starts_with(part[1], "aws") || *part[3] ||
	    (!text_eq(part[2], "iam") && !text_eq(part[2], "sts")) || strpbrk(arn, "*?"))
		return false;
	if (text_eq(part[4], "cloudfront"))
		return text_starts_with(part[5], "user/");
	if (!is_account(part[4]))
		return false;
	if (text_eq(part[5], "root"))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (text_starts_with(part[5], kinds[i]) && part[5][strlen(kinds[i])])
			return true;
	}
	return false;
}

static bool principal_known(const char *kind, const char *who, const struct policy_rules *rules)
{
	if (text_eq(kind, "Service"))
		return text_ends_with(who, ".amazonaws.com") ||
		       text_ends_with(who, ".amazonaws.com.cn");
	if (text_eq(kind, "Federated"))
		return who[0] != '\0' && !strpbrk(who, "*?");
	if (text_eq(kind, "CanonicalUser"))
		return strlen(who) == 64 && strspn(who, "0123456789abcdef") == 64;
	if (text_eq(who, "*") || is_account(who))
		return true;
	return is_principal_arn(who) && (!rules->knows || rules->knows(rules->arg, who));
}

static char *bad_principal(const struct policy_rules *rules, const char *kind, const char *who)
{
	if (rules->kind == SBX_POLICY_BUCKET)
		return xstrdup("Invalid principal in policy");
	return xasprintf("Invalid principal in policy: \"%s\":\"%s\"", kind, who);
}

static char *check_principal(const json_t *statement, const struct policy_rules *rules)
{
	static const char *const kinds[] = { "AWS", "Service", "Federated", "CanonicalUser" };
	const json_t *principal = json_object_get(statement, "Principal");
	const char *kind;
	json_t *list;

	if (!principal)
		principal = json_object_get(statement, "NotPrincipal");
	if (rules->kind == SBX_POLICY_IDENTITY)
		return principal ? xstrdup("Policy document should not specify a principal.")
				 : NULL;
	if (!principal)
		return xstrdup("Missing required field Principal");
	if (json_is_string(principal))
		return text_eq(json_string_value(principal), "*")
			       ? NULL
			       : bad_principal(rules, "AWS", json_string_value(principal));
	if (!json_is_object(principal) || json_object_size(principal) == 0)
		return xstrdup(rules->kind == SBX_POLICY_BUCKET
				       ? "Invalid policy syntax."
				       : "Missing required field Principal cannot be empty!");
	json_object_foreach((json_t *)principal, kind, list) {
		size_t i = 0;
		const char *who;

		while (i < ARRAY_LEN(kinds) && !text_eq(kinds[i], kind))
			i++;
		if (i == ARRAY_LEN(kinds))
			return xasprintf("Unknown principal type %s", kind);
		if (!is_text_list(list))
			return xstrdup("Invalid policy syntax.");
		for (i = 0; (who = nth_text(list, i)); i++) {
			if (!principal_known(kind, who, rules))
				return bad_principal(rules, kind, who);
		}
	}
	return NULL;
}

/* ---- actions and resources ---------------------------------------------- */

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

	for (size_t i = 0; resources && (s = nth_text(resources, i)); i++) {
		if (!is_own_resource(s, rules->bucket, &bucket, &object))
			return xstrdup("Policy has invalid resource");
	}
	for (size_t i = 0; actions && (s = nth_text(actions, i)); i++) {
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
	for (size_t i = 0; actions && (s = nth_text(actions, i)); i++) {
		if (!text_starts_with(s, "sts:"))
			return xstrdup(
				"AssumeRole policy may only specify STS AssumeRole actions.");
	}
	return NULL;
}

static char *check_identity_scope(const json_t *actions, const json_t *resources)
{
	const char *s;

	for (size_t i = 0; actions && (s = nth_text(actions, i)); i++) {
		const char *colon = strchr(s, ':');

		if (!text_eq(s, "*") && (!colon || colon == s || !colon[1]))
			return xstrdup("Actions/Conditions must be prefaced by a vendor, e.g., "
				       "iam, sdb, ec2, etc.");
	}
	for (size_t i = 0; resources && (s = nth_text(resources, i)); i++) {
		if (!text_eq(s, "*") && !text_starts_with(s, "arn:"))
			return xasprintf("Resource %s must be in ARN format or \"*\".", s);
	}
	return NULL;
}

static char *check_scope(const json_t *statement, const struct policy_rules *rules)
{
	const json_t *actions = json_object_get(statement, "Action");
	const json_t *resources = json_object_get(statement, "Resource");

	if (!actions)
		actions = json_object_get(statement, "NotAction");
	if (!resources)
		resources = json_object_get(statement, "NotResource");
	if (!actions)
		return xstrdup(rules->kind == SBX_POLICY_IDENTITY
				       ? "Policy statement must contain actions."
				       : "Missing required field Action");
	if (!is_text_list(actions))
		return xstrdup("Policy has invalid action");
	if (rules->kind == SBX_POLICY_TRUST)
		return check_trust_scope(actions, statement);
	if (!resources)
		return xstrdup(rules->kind == SBX_POLICY_IDENTITY
				       ? "Policy statement must contain resources."
				       : "Missing required field Resource");
	if (!is_text_list(resources))
		return xstrdup("Policy has invalid resource");
	return rules->kind == SBX_POLICY_BUCKET ? check_bucket_scope(actions, resources, rules)
						: check_identity_scope(actions, resources);
}

/* ---- conditions --------------------------------------------------------- */

static bool is_scalar_list(const json_t *list)
{
	size_t i;
	const json_t *entry;

	if (json_is_string(list) || json_is_boolean(list) || json_is_number(list))
		return true;
	if (!json_is_array(list) || json_array_size(list) == 0)
		return false;
	json_array_foreach(list, i, entry) {
		if (!json_is_string(entry) && !json_is_boolean(entry) && !json_is_number(entry))
			return false;
	}
	return true;
}

static char *check_conditions(const json_t *statement, const struct policy_rules *rules)
{
	const json_t *condition = json_object_get(statement, "Condition");
	const char *name, *key;
	json_t *keys, *wanted;

	if (!condition)
		return NULL;
	if (!json_is_object(condition))
		return xstrdup("Invalid policy syntax.");
	json_object_foreach((json_t *)condition, name, keys) {
		if (!condition_known(name))
			return xasprintf("Invalid Condition type : %s", name);
		if (!json_is_object(keys))
			return xstrdup("Invalid policy syntax.");
		json_object_foreach(keys, key, wanted) {
			if (rules->kind == SBX_POLICY_BUCKET && !condition_key_known(key))
				return xstrdup("Policy has an invalid condition key");
			if (!is_scalar_list(wanted))
				return xstrdup("Invalid policy syntax.");
		}
	}
	return NULL;
}

static char *check_statement(const json_t *statement, const struct policy_rules *rules)
{
	static const char *const known[] = { "Sid",	     "Effect",	    "Principal",
					     "NotPrincipal", "Action",	    "NotAction",
					     "Resource",     "NotResource", "Condition" };
	static const char *const pairs[][2] = { { "Principal", "NotPrincipal" },
						{ "Action", "NotAction" },
						{ "Resource", "NotResource" } };
	const json_t *effect, *sid;
	char *why;

	if (!json_is_object(statement))
		return xstrdup("Invalid policy syntax.");
	why = check_known_fields(statement, known, ARRAY_LEN(known));
	if (why)
		return why;
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		if (json_object_get(statement, pairs[i][0]) &&
		    json_object_get(statement, pairs[i][1]))
			return xstrdup("Invalid policy syntax.");
	}
	sid = json_object_get(statement, "Sid");
	if (sid && !json_is_string(sid))
		return xstrdup("Invalid policy syntax.");
	effect = json_object_get(statement, "Effect");
	if (!effect)
		return xstrdup("Missing required field Effect");
	if (!text_eq(json_string_value(effect), "Allow") &&
	    !text_eq(json_string_value(effect), "Deny"))
		return xasprintf("Invalid effect: %s",
				 json_is_string(effect) ? json_string_value(effect) : "");
	why = check_principal(statement, rules);
	if (!why)
		why = check_scope(statement, rules);
	if (!why)
		why = check_conditions(statement, rules);
	return why;
}

char *policy_check(const char *text, size_t n, const struct policy_rules *rules,
		   json_t **ret_policy)
{
	json_t *policy = NULL;
	const json_t *statements;
	char *why = check_text(text, n, rules, &policy);

	if (why)
		return why;
	why = check_top(policy, rules);
	statements = json_object_get(policy, "Statement");
	if (!why && json_is_object(statements))
		why = check_statement(statements, rules);
	for (size_t i = 0; !why && i < json_array_size(statements); i++)
		why = check_statement(json_array_get(statements, i), rules);
	if (why)
		json_decref(policy);
	else
		*ret_policy = policy;
	return why;
}
