/* SPDX-License-Identifier: Apache-2.0 */
/* IAM: policies on roles, AWS's own managed ones and inline ones. */
#include "base/alloc.h"
#include "sandbox/iam/call.h"
#include "sandbox/iam/principal.h"

#include <string.h>

#define MAX_ATTACHED 10
#define MAX_INLINE_BYTES 10240

#define ALLOW(actions)                                                                             \
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[" actions    \
	"],\"Resource\":\"*\"}]}"

static const struct siam_managed managed[] = {
	{ "AmazonS3FullAccess", "/", "ANPAIFIR6V6BVTRAHWINE", "2015-02-06T18:40:58Z",
	  "2021-09-27T20:16:37Z", "v2",
	  "Provides full access to all buckets via the AWS Management Console.",
	  ALLOW("\"s3:*\",\"s3-object-lambda:*\"") },
	{ "AmazonS3ReadOnlyAccess", "/", "ANPAIZTJ4DXE7G6AGAE6M", "2015-02-06T18:40:59Z",
	  "2023-08-10T21:31:39Z", "v3",
	  "Provides read only access to all buckets via the AWS Management Console.",
	  ALLOW("\"s3:Get*\",\"s3:List*\",\"s3:Describe*\",\"s3-object-lambda:Get*\","
		"\"s3-object-lambda:List*\"") },
	{ "AdministratorAccess", "/", "ANPAIWMBCKSKIEE64ZLYK", "2015-02-06T18:39:46Z",
	  "2015-02-06T18:39:46Z", "v1", "Provides full access to AWS services and resources.",
	  "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\","
	  "\"Resource\":\"*\"}]}" },
	{ "AmazonEC2FullAccess", "/", "ANPAI3VAJF5ZCRZ7MCQE6", "2015-02-06T18:40:15Z",
	  "2018-11-27T02:16:56Z", "v5",
	  "Provides full access to Amazon EC2 via the AWS Management Console.",
	  ALLOW("\"ec2:*\",\"elasticloadbalancing:*\",\"cloudwatch:*\",\"autoscaling:*\"") },
	{ "AmazonEC2ReadOnlyAccess", "/", "ANPAIGDT4SV4GSETWTBZK", "2015-02-06T18:40:17Z",
	  "2024-02-14T18:43:44Z", "v2",
	  "Provides read only access to Amazon EC2 via the AWS Management Console.",
	  ALLOW("\"ec2:Describe*\",\"ec2:GetSecurityGroupsForVpc\"") },
	{ "AmazonSSMManagedInstanceCore", "/", "ANPAIXSHM2BNB2D3AXXRU", "2019-03-15T17:22:12Z",
	  "2019-05-23T16:54:21Z", "v2",
	  "The policy for Amazon EC2 Role to enable AWS Systems Manager service core "
	  "functionality.",
	  ALLOW("\"ssm:DescribeAssociation\",\"ssm:GetDocument\",\"ssm:GetParameter\","
		"\"ssm:GetParameters\",\"ssm:UpdateInstanceInformation\",\"ssmmessages:*\","
		"\"ec2messages:*\"") },
	{ "CloudWatchAgentServerPolicy", "/", "ANPAIGKGPCTMG4TWZ3MZE", "2018-03-07T01:06:44Z",
	  "2024-02-05T16:42:10Z", "v3",
	  "Permissions required to use AmazonCloudWatchAgent on servers",
	  ALLOW("\"cloudwatch:PutMetricData\",\"ec2:DescribeVolumes\",\"ec2:DescribeTags\","
		"\"logs:PutLogEvents\",\"logs:CreateLogGroup\",\"logs:CreateLogStream\"") },
};

/* "arn:aws-cn:iam::aws:policy/..." is that partition's copy of the same policy. */
const struct siam_managed *siam_managed_find(const char *arn)
{
	static const char mark[] = ":iam::aws:policy";
	const char *at = text_starts_with(arn, "arn:aws") ? strstr(arn, mark) : NULL;

	for (size_t i = 0; at && i < ARRAY_LEN(managed); i++) {
		autofree char *its = xasprintf("%s%s", managed[i].path, managed[i].name);

		if (text_eq(its, at + strlen(mark)))
			return &managed[i];
	}
	return NULL;
}

char *siam_managed_text(struct store *st, const char *arn)
{
	const struct siam_managed *policy = siam_managed_find(arn);

	return policy ? xstrdup(policy->document) : managed_policy_text(st, arn);
}

/* "arn:PARTITION:iam::OWNER:policy/..." */
static bool is_policy_arn(const char *arn)
{
	const char *at = arn;

	if (!text_starts_with(arn, "arn:aws"))
		return false;
	for (int i = 0; i < 5; i++) {
		at = strchr(at, ':');
		if (!at)
			return false;
		at++;
	}
	return strstr(arn, ":iam::") && text_starts_with(at, "policy/") && at[strlen("policy/")];
}

/* The managed policy in PolicyArn; answers the failure and NULL. */
static const struct siam_managed *managed_param(struct siam_call *c)
{
	const char *arn = siam_param(c, "PolicyArn");
	const struct siam_managed *policy = siam_managed_find(arn);

	if (!is_policy_arn(arn))
		sbx_fail(c->req, c->rep, 400, "InvalidInput", "ARN %s is not valid.", arn);
	else if (!policy)
		sbx_fail(c->req, c->rep, 404, "NoSuchEntity",
			 "Policy %s does not exist or is not attachable.", arn);
	return policy;
}

static size_t find_string(const json_t *list, const char *s)
{
	size_t i;
	json_t *item;

	json_array_foreach(list, i, item) {
		if (text_eq(json_string_value(item), s))
			break;
	}
	return i;
}

static bool attach(struct siam_call *c)
{
	const char *arn = siam_param(c, "PolicyArn");
	json_t *role = siam_role(c, SIAM_TRUTH);
	json_t *attached = json_object_get(role, "attached");
	bool ok = role && managed_param(c);

	if (ok && find_string(attached, arn) == json_array_size(attached)) {
		if (json_array_size(attached) >= MAX_ATTACHED) {
			ok = siam_fail(c, 409, "LimitExceeded",
				       "Cannot exceed quota for PoliciesPerRole: %d", MAX_ATTACHED);
		} else {
			(void)json_array_append_new(attached, json_string(arn));
			siam_put(c, SBX_ROLE, siam_param(c, "RoleName"), role);
		}
	}
	json_decref(role);
	return ok;
}

static bool detach(struct siam_call *c)
{
	const char *arn = siam_param(c, "PolicyArn");
	json_t *role = siam_role(c, SIAM_TRUTH);
	json_t *attached = json_object_get(role, "attached");
	size_t at = find_string(attached, arn);
	bool ok = role != NULL;

	if (ok && at == json_array_size(attached))
		ok = is_policy_arn(arn)
			     ? siam_fail(c, 404, "NoSuchEntity", "Policy %s was not found.", arn)
			     : siam_fail(c, 400, "InvalidInput", "ARN %s is not valid.", arn);
	if (ok) {
		(void)json_array_remove(attached, at);
		siam_put(c, SBX_ROLE, siam_param(c, "RoleName"), role);
	}
	json_decref(role);
	return ok;
}

static void add_attached(struct siam_call *c, struct buf *out, const json_t *arn)
{
	const char *text = json_string_value(arn), *slash = strrchr(text, '/');

	(void)c;
	sbx_xml_element(out, "PolicyName", slash ? slash + 1 : text);
	sbx_xml_element(out, "PolicyArn", text);
}

static bool list_attached(struct siam_call *c)
{
	const char *prefix = siam_param(c, "PathPrefix");
	json_t *role = siam_role(c, SIAM_SEEN);
	json_t *kept;
	size_t i;
	json_t *arn;
	bool ok;

	if (!role)
		return false;
	kept = json_array();
	json_array_foreach(json_object_get(role, "attached"), i, arn) {
		const struct siam_managed *policy = siam_managed_find(json_string_value(arn));

		if (!prefix || (policy && text_starts_with(policy->path, prefix)))
			(void)json_array_append(kept, arn);
	}
	ok = siam_add_page(c, "AttachedPolicies", kept, add_attached);
	json_decref(kept);
	json_decref(role);
	return ok;
}

static bool put_inline(struct siam_call *c)
{
	const struct policy_rules rules = { POLICY_OF_IDENTITY, NULL, NULL, NULL };
	const char *text = siam_param(c, "PolicyDocument"), *name = siam_param(c, "PolicyName");
	json_t *role = siam_role(c, SIAM_TRUTH);
	json_t *policy = NULL;
	bool ok = role != NULL;
	autofree char *why = policy_check(text, strlen(text), &rules, &policy);

	json_decref(policy);
	if (ok && why)
		ok = siam_fail(c, 400, "MalformedPolicyDocument", "%s", why);
	if (ok && strlen(text) > MAX_INLINE_BYTES)
		ok = siam_fail(c, 409, "LimitExceeded",
			       "Maximum policy size of %d bytes exceeded for role %s",
			       MAX_INLINE_BYTES, siam_param(c, "RoleName"));
	if (ok) {
		(void)json_object_set_new(json_object_get(role, "inline"), name, json_string(text));
		siam_put(c, SBX_ROLE, siam_param(c, "RoleName"), role);
	}
	json_decref(role);
	return ok;
}

/* The text of the inline policy in PolicyName; answers NoSuchEntity and NULL.  Borrowed. */
static const char *inline_param(struct siam_call *c, const json_t *role)
{
	const char *name = siam_param(c, "PolicyName");
	const char *text =
		json_string_value(json_object_get(json_object_get(role, "inline"), name));

	if (role && !text)
		sbx_fail(c->req, c->rep, 404, "NoSuchEntity",
			 "The role policy with name %s cannot be found.", name);
	return text;
}

static bool get_inline(struct siam_call *c)
{
	json_t *role = siam_role(c, SIAM_SEEN);
	const char *text = inline_param(c, role);

	if (text) {
		sbx_xml_element(&c->out, "RoleName", siam_param(c, "RoleName"));
		sbx_xml_element(&c->out, "PolicyName", siam_param(c, "PolicyName"));
		siam_add_document(&c->out, "PolicyDocument", text);
	}
	json_decref(role);
	return text != NULL;
}

static bool delete_inline(struct siam_call *c)
{
	json_t *role = siam_role(c, SIAM_TRUTH);
	bool ok = inline_param(c, role) != NULL;

	if (ok) {
		(void)json_object_del(json_object_get(role, "inline"), siam_param(c, "PolicyName"));
		siam_put(c, SBX_ROLE, siam_param(c, "RoleName"), role);
	}
	json_decref(role);
	return ok;
}

static bool list_inline(struct siam_call *c)
{
	json_t *role = siam_role(c, SIAM_SEEN);
	json_t *names;
	const char *name;
	json_t *text;
	bool ok;

	if (!role)
		return false;
	names = json_array();
	json_object_foreach(json_object_get(role, "inline"), name, text)
		(void)json_array_append_new(names, json_string(name));
	ok = siam_add_page(c, "PolicyNames", names, siam_add_string);
	json_decref(names);
	json_decref(role);
	return ok;
}

static size_t times_attached(struct siam_call *c, const char *arn)
{
	json_t *roles = store_list(c->st, SBX_ROLE, "");
	size_t i, n = 0;
	json_t *role;

	json_array_foreach(roles, i, role) {
		const json_t *attached = json_object_get(role, "attached");

		n += find_string(attached, arn) < json_array_size(attached);
	}
	json_decref(roles);
	return n;
}

static bool get_policy(struct siam_call *c)
{
	const char *arn = siam_param(c, "PolicyArn");
	const struct siam_managed *policy = managed_param(c);

	if (!policy)
		return false;
	(void)buf_adds(&c->out, "<Policy>");
	sbx_xml_element(&c->out, "PolicyName", policy->name);
	sbx_xml_element(&c->out, "PolicyId", policy->id);
	sbx_xml_element(&c->out, "Arn", arn);
	sbx_xml_element(&c->out, "Path", policy->path);
	sbx_xml_element(&c->out, "DefaultVersionId", policy->version);
	(void)buf_addf(&c->out,
		       "<AttachmentCount>%zu</AttachmentCount>"
		       "<PermissionsBoundaryUsageCount>0</PermissionsBoundaryUsageCount>"
		       "<IsAttachable>true</IsAttachable>",
		       times_attached(c, arn));
	sbx_xml_element(&c->out, "Description", policy->description);
	sbx_xml_element(&c->out, "CreateDate", policy->created);
	sbx_xml_element(&c->out, "UpdateDate", policy->updated);
	(void)buf_adds(&c->out, "</Policy>");
	return true;
}

static bool get_policy_version(struct siam_call *c)
{
	const char *version = siam_param(c, "VersionId");
	const struct siam_managed *policy = managed_param(c);

	if (!policy)
		return false;
	if (!text_eq(version, policy->version))
		return siam_fail(c, 404, "NoSuchEntity",
				 "Policy %s version %s does not exist or is not attachable.",
				 siam_param(c, "PolicyArn"), version);
	(void)buf_adds(&c->out, "<PolicyVersion>");
	siam_add_document(&c->out, "Document", policy->document);
	sbx_xml_element(&c->out, "VersionId", version);
	(void)buf_adds(&c->out, "<IsDefaultVersion>true</IsDefaultVersion>");
	sbx_xml_element(&c->out, "CreateDate", policy->updated);
	(void)buf_adds(&c->out, "</PolicyVersion>");
	return true;
}

const struct siam_action siam_policy_actions[] = {
	{ "AttachRolePolicy", attach, false },
	{ "DetachRolePolicy", detach, false },
	{ "ListAttachedRolePolicies", list_attached, true },
	{ "PutRolePolicy", put_inline, false },
	{ "GetRolePolicy", get_inline, true },
	{ "DeleteRolePolicy", delete_inline, false },
	{ "ListRolePolicies", list_inline, true },
	{ "GetPolicy", get_policy, true },
	{ "GetPolicyVersion", get_policy_version, true },
	{ 0 },
};
