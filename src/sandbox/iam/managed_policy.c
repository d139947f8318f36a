/* SPDX-License-Identifier: Apache-2.0 */
/* IAM: AWS's own managed policies. */
#include "base/alloc.h"
#include "sandbox/iam/call.h"
#include "sandbox/iam/principal.h"

#include <string.h>

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

bool siam_is_policy_arn(const char *arn)
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

const struct siam_managed *siam_managed_param(struct siam_call *c)
{
	const char *arn = siam_param(c, "PolicyArn");
	const struct siam_managed *policy = siam_managed_find(arn);

	if (!siam_is_policy_arn(arn))
		sbx_fail(c->req, c->rep, 400, "InvalidInput", "ARN %s is not valid.", arn);
	else if (!policy)
		sbx_fail(c->req, c->rep, 404, "NoSuchEntity",
			 "Policy %s does not exist or is not attachable.", arn);
	return policy;
}

size_t siam_find_string(const json_t *list, const char *s)
{
	size_t i;
	json_t *item;

	json_array_foreach(list, i, item) {
		if (text_eq(json_string_value(item), s))
			break;
	}
	return i;
}

static size_t times_attached(struct siam_call *c, const char *arn)
{
	json_t *roles = store_list(c->st, SBX_ROLE, "");
	size_t i, n = 0;
	json_t *role;

	json_array_foreach(roles, i, role) {
		const json_t *attached = json_object_get(role, "attached");

		n += siam_find_string(attached, arn) < json_array_size(attached);
	}
	json_decref(roles);
	return n;
}

static bool get_policy(struct siam_call *c)
{
	const char *arn = siam_param(c, "PolicyArn");
	const struct siam_managed *policy = siam_managed_param(c);

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
	const struct siam_managed *policy = siam_managed_param(c);

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

const struct siam_action siam_managed_actions[] = {
	{ "GetPolicy", get_policy, true },
	{ "GetPolicyVersion", get_policy_version, true },
	{ 0 },
};
