/* SPDX-License-Identifier: Apache-2.0 */
/* The sandbox's IAM, STS, SSM and EC2 Instance Connect, asked without a socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/ec2/ami.h"
#include "sandbox/path/eic.h"
#include "sandbox/iam/sts.h"
#include "tests/lib/sbx_client.h"

static struct sbx_client c;

static int setup(void **state)
{
	(void)state;
	sbx_client_start(&c);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sbx_client_stop(&c);
	return 0;
}

#define GOOD(call)                                                                                 \
	do {                                                                                       \
		const char *code_ = call;                                                          \
		if (code_)                                                                         \
			fail_msg("%s\n%s", #call, c.rep.body.p);                                   \
	} while (0)
#define BAD(want_status, want_code, call)                                                          \
	do {                                                                                       \
		const char *code_ = call;                                                          \
		if (!code_ || strcmp(code_, want_code) != 0 || c.rep.status != (want_status))      \
			fail_msg("%s\n%d %s", #call, c.rep.status, c.rep.body.p);                  \
	} while (0)
#define IAM(...) sbx_query_call(&c, "iam", __VA_ARGS__)
#define STS(...) sbx_query_call(&c, "sts", __VA_ARGS__)

#define TRUST(principal)                                                                           \
	"%%7B%%22Version%%22:%%222012-10-17%%22,%%22Statement%%22:%%5B%%7B%%22Effect%%22:"         \
	"%%22Allow%%22,%%22Principal%%22:%%7B" principal                                           \
	"%%7D,%%22Action%%22:%%22sts:AssumeRole%%22%%7D%%5D%%7D"
#define EC2_TRUST TRUST("%%22Service%%22:%%22ec2.amazonaws.com%%22")
#define OWN_TRUST TRUST("%%22AWS%%22:%%22123456789012%%22")
#define ROLE(name) IAM("CreateRole&RoleName=" name "&AssumeRolePolicyDocument=" EC2_TRUST)
#define S3_FULL "arn:aws:iam::aws:policy/AmazonS3FullAccess"

static void a_role_is_made_read_listed_and_deleted(void **state)
{
	(void)state;
	GOOD(IAM("CreateRole&RoleName=r&Path=/runbook/x/&Description=d&MaxSessionDuration=7200&"
		 "Tags.member.1.Key=k&Tags.member.1.Value=v&AssumeRolePolicyDocument=" EC2_TRUST));
	assert_true(sbx_answer_has(&c, "<Arn>arn:aws:iam::123456789012:role/runbook/x/r</Arn>"));
	assert_true(sbx_answer_has(&c, "%7B%22Version%22%3A%222012-10-17%22"));
	autofree char *id = sbx_answer_element(&c, "RoleId");
	assert_int_equal(strlen(id), 21);
	assert_true(text_starts_with(id, "AROA"));
	GOOD(IAM("GetRole&RoleName=r"));
	assert_true(sbx_answer_has(&c, "<MaxSessionDuration>7200</MaxSessionDuration>"));
	assert_true(sbx_answer_has(&c, "<Key>k</Key><Value>v</Value>"));
	GOOD(IAM("ListRoles&PathPrefix=/runbook/"));
	assert_true(sbx_answer_has(&c, "<RoleName>r</RoleName>"));
	assert_false(sbx_answer_has(&c, "<Key>k</Key>"));
	GOOD(IAM("ListRoles&PathPrefix=/other/"));
	assert_false(sbx_answer_has(&c, "<RoleName>"));
	BAD(409, "EntityAlreadyExists", ROLE("R")); /* names differ by more than letter case */
	GOOD(IAM("TagRole&RoleName=r&Tags.member.1.Key=K&Tags.member.1.Value=w&"
		 "Tags.member.2.Key=l&Tags.member.2.Value="));
	GOOD(IAM("ListRoleTags&RoleName=r"));
	assert_true(sbx_answer_has(&c, "<Key>K</Key><Value>w</Value>"));
	assert_false(sbx_answer_has(&c, "<Value>v</Value>"));
	GOOD(IAM("UntagRole&RoleName=r&TagKeys.member.1=K"));
	GOOD(IAM("ListRoleTags&RoleName=r"));
	assert_false(sbx_answer_has(&c, "<Value>w</Value>"));
	GOOD(IAM("UpdateAssumeRolePolicy&RoleName=r&PolicyDocument=" OWN_TRUST));
	GOOD(IAM("DeleteRole&RoleName=r"));
	BAD(404, "NoSuchEntity", IAM("GetRole&RoleName=r"));
	BAD(404, "NoSuchEntity", IAM("DeleteRole&RoleName=r"));
}

static void deletion_conflicts_in_the_order_of_aws(void **state)
{
	(void)state;
	GOOD(ROLE("r"));
	GOOD(IAM("CreateInstanceProfile&InstanceProfileName=p"));
	BAD(404, "NoSuchEntity", IAM("AddRoleToInstanceProfile&InstanceProfileName=p&RoleName=x"));
	GOOD(IAM("AddRoleToInstanceProfile&InstanceProfileName=p&RoleName=r"));
	BAD(409, "LimitExceeded", IAM("AddRoleToInstanceProfile&InstanceProfileName=p&RoleName=r"));
	GOOD(IAM("AttachRolePolicy&RoleName=r&PolicyArn=" S3_FULL));
	GOOD(IAM("AttachRolePolicy&RoleName=r&PolicyArn=" S3_FULL));
	GOOD(IAM("PutRolePolicy&RoleName=r&PolicyName=i&PolicyDocument=%%7B%%22Statement%%22:%%5B"
		 "%%7B%%22Effect%%22:%%22Allow%%22,%%22Action%%22:%%22ec2:*%%22,"
		 "%%22Resource%%22:%%22*%%22%%7D%%5D%%7D"));
	GOOD(IAM("GetInstanceProfile&InstanceProfileName=p"));
	assert_true(sbx_answer_has(&c, "<RoleName>r</RoleName>"));
	GOOD(IAM("ListInstanceProfilesForRole&RoleName=r"));
	assert_true(sbx_answer_has(&c, "<InstanceProfileName>p</InstanceProfileName>"));

	BAD(409, "DeleteConflict", IAM("DeleteRole&RoleName=r"));
	assert_true(sbx_answer_has(&c, "must remove roles from instance profile first."));
	BAD(409, "DeleteConflict", IAM("DeleteInstanceProfile&InstanceProfileName=p"));
	GOOD(IAM("RemoveRoleFromInstanceProfile&InstanceProfileName=p&RoleName=r"));
	BAD(404, "NoSuchEntity",
	    IAM("RemoveRoleFromInstanceProfile&InstanceProfileName=p&RoleName=r"));
	BAD(409, "DeleteConflict", IAM("DeleteRole&RoleName=r"));
	assert_true(sbx_answer_has(&c, "must detach all policies first."));
	GOOD(IAM("ListAttachedRolePolicies&RoleName=r"));
	assert_true(sbx_answer_has(&c, "<PolicyName>AmazonS3FullAccess</PolicyName>"));
	GOOD(IAM("DetachRolePolicy&RoleName=r&PolicyArn=" S3_FULL));
	BAD(404, "NoSuchEntity", IAM("DetachRolePolicy&RoleName=r&PolicyArn=" S3_FULL));
	BAD(409, "DeleteConflict", IAM("DeleteRole&RoleName=r"));
	assert_true(sbx_answer_has(&c, "must delete policies first."));
	GOOD(IAM("ListRolePolicies&RoleName=r"));
	GOOD(IAM("GetRolePolicy&RoleName=r&PolicyName=i"));
	assert_true(sbx_answer_has(&c, "<PolicyDocument>%7B%22Statement%22"));
	GOOD(IAM("DeleteRolePolicy&RoleName=r&PolicyName=i"));
	GOOD(IAM("DeleteRole&RoleName=r"));
	GOOD(IAM("DeleteInstanceProfile&InstanceProfileName=p"));
	BAD(404, "NoSuchEntity", IAM("GetInstanceProfile&InstanceProfileName=p"));
}

static void parameters_are_held_to_the_model(void **state)
{
	(void)state;
	BAD(400, "ValidationError", IAM("GetRole"));
	BAD(400, "ValidationError", IAM("GetRole&RoleName="));
	BAD(400, "ValidationError", IAM("GetRole&RoleName=a%%20b"));
	BAD(400, "ValidationError", IAM("GetRole&RoleName=r&Nothing=1"));
	BAD(400, "ValidationError", IAM("ListRoles&MaxItems=0"));
	BAD(400, "ValidationError", IAM("ListRoles&MaxItems=many"));
	BAD(400, "ValidationError", IAM("ListRoles&Marker=rubbish"));
	BAD(400, "ValidationError", IAM("CreateInstanceProfile&InstanceProfileName=p&Path=x"));
	BAD(400, "ValidationError",
	    IAM("CreateInstanceProfile&InstanceProfileName=p&Tags.member.1.Key=k"));
	BAD(400, "InvalidInput",
	    IAM("CreateInstanceProfile&InstanceProfileName=p&"
		"Tags.member.1.Key=k&Tags.member.1.Value=&"
		"Tags.member.2.Key=K&Tags.member.2.Value="));
	BAD(400, "InvalidInput",
	    IAM("CreateInstanceProfile&InstanceProfileName=p&"
		"Tags.member.1.Key=aws:x&Tags.member.1.Value="));
	BAD(400, "MalformedPolicyDocument",
	    IAM("CreateRole&RoleName=r&AssumeRolePolicyDocument=garbage"));
	BAD(400, "MalformedPolicyDocument",
	    IAM("CreateRole&RoleName=r&AssumeRolePolicyDocument=" TRUST(
		    "%%22AWS%%22:%%22arn:aws:iam::123456789012:role/nobody%%22")));
	GOOD(ROLE("r"));
	BAD(404, "NoSuchEntity",
	    IAM("AttachRolePolicy&RoleName=r&PolicyArn=arn:aws:iam::aws:policy/NoSuchPolicy"));
	BAD(400, "InvalidInput",
	    IAM("AttachRolePolicy&RoleName=r&PolicyArn=this-is-no-arn-at-all"));
	BAD(400, "InvalidAction", IAM("Frobnicate"));
	/* It was said, so it must be escaped. */
	BAD(400, "ValidationError", IAM("GetRole&RoleName=%%3Cb%%3E"));
	assert_true(sbx_answer_has(&c, "&lt;b&gt;"));
}

static void lists_come_in_pages(void **state)
{
	autofree char *marker = NULL;
	size_t seen = 0;

	(void)state;
	for (int i = 0; i < 7; i++)
		GOOD(IAM("CreateInstanceProfile&InstanceProfileName=p%d", i));
	for (int pages = 0; pages < 4; pages++) {
		auto_buf encoded = BUF_INIT;

		for (const char *s = marker ? marker : ""; *s; s++)
			(void)buf_addf(&encoded, "%%%02x", (unsigned)*s);
		if (marker)
			GOOD(IAM("ListInstanceProfiles&MaxItems=3&Marker=%s", encoded.p));
		else
			GOOD(IAM("ListInstanceProfiles&MaxItems=3"));
		for (const char *at = c.rep.body.p; (at = strstr(at, "<Arn>")); at++)
			seen++;
		free(marker);
		marker = sbx_answer_element(&c, "Marker");
		assert_int_equal(sbx_answer_has(&c, "<IsTruncated>true</IsTruncated>"),
				 marker != NULL);
		if (!marker)
			break;
	}
	assert_int_equal(seen, 7);
}

static void readers_lag_behind_writers(void **state)
{
	struct sbx_options opt = { .speed = 0.1, .lag = SBX_LAG_HARSH };

	(void)state;
	sbx_client_stop(&c);
	sbx_client_start_with(&c, &opt);
	GOOD(ROLE("r"));
	BAD(404, "NoSuchEntity", IAM("GetRole&RoleName=r"));
	BAD(409, "EntityAlreadyExists", ROLE("r"));
	/* What writes knows better than what reads. */
	GOOD(IAM("AttachRolePolicy&RoleName=r&PolicyArn=" S3_FULL));
	GOOD(IAM("DetachRolePolicy&RoleName=r&PolicyArn=" S3_FULL));
}

/* As a rule what a creation told can be read at once. */
static void what_was_created_is_seen(void **state)
{
	struct sbx_options opt = { .speed = 0.1, .lag = SBX_LAG_USUAL };

	(void)state;
	sbx_client_stop(&c);
	sbx_client_start_with(&c, &opt);
	GOOD(ROLE("r"));
	GOOD(IAM("GetRole&RoleName=r"));
}

static void the_caller_is_named(void **state)
{
	(void)state;
	GOOD(STS("GetCallerIdentity"));
	assert_true(sbx_answer_has(&c, "<Arn>arn:aws:iam::123456789012:root</Arn>"));
	GOOD(IAM("GetUser"));
	BAD(404, "NoSuchEntity", IAM("GetUser&UserName=ann"));
	GOOD(IAM("GetAccountSummary"));
	GOOD(IAM("ListAccountAliases"));
	assert_false(sbx_answer_has(&c, "<member>"));
	BAD(404, "NoSuchEntity", IAM("DeleteAccountAlias&AccountAlias=my-team"));
	GOOD(IAM("CreateAccountAlias&AccountAlias=my-team"));
	BAD(409, "EntityAlreadyExists", IAM("CreateAccountAlias&AccountAlias=my-team"));
	BAD(400, "ValidationError", IAM("CreateAccountAlias&AccountAlias=My-Team"));
	GOOD(IAM("CreateAccountAlias&AccountAlias=production"));
	GOOD(IAM("ListAccountAliases"));
	assert_true(sbx_answer_has(&c, "<member>production</member>"));
	assert_false(sbx_answer_has(&c, "my-team")); /* an account has one */
	GOOD(IAM("DeleteAccountAlias&AccountAlias=production"));
	GOOD(IAM("ListAccountAliases"));
	assert_false(sbx_answer_has(&c, "<member>"));
	GOOD(IAM("GetPolicy&PolicyArn=" S3_FULL));
	GOOD(IAM("GetPolicyVersion&PolicyArn=" S3_FULL "&VersionId=v2"));
	BAD(404, "NoSuchEntity", IAM("GetPolicyVersion&PolicyArn=" S3_FULL "&VersionId=v1"));
	GOOD(STS("GetAccessKeyInfo&AccessKeyId=" SANDBOX_ACCESS_KEY));
	BAD(400, "InvalidAuthorizationMessageException",
	    STS("DecodeAuthorizationMessage&EncodedMessage=rubbish"));
	GOOD(STS("DecodeAuthorizationMessage&EncodedMessage=eyJhIjoxfQ%%3D%%3D"));
	assert_true(sbx_answer_has(&c, "{&quot;a&quot;:1}"));
}

/* Sign with the credentials of the last answer; freed by the next test's start. */
static void take_credentials(char *kept[3])
{
	c.key_id = kept[0] = sbx_answer_element(&c, "AccessKeyId");
	c.secret = kept[1] = sbx_answer_element(&c, "SecretAccessKey");
	c.token = kept[2] = sbx_answer_element(&c, "SessionToken");
	assert_non_null(c.token);
}

static void drop_credentials(char *kept[3])
{
	for (size_t i = 0; i < 3; i++)
		free(kept[i]);
	c.key_id = SANDBOX_ACCESS_KEY;
	c.secret = SANDBOX_SECRET_KEY;
	c.token = NULL;
}

#define ARN(name) "arn:aws:iam::123456789012:role/" name

static void a_trusted_caller_becomes_the_role(void **state)
{
	char *kept[3];

	(void)state;
	GOOD(ROLE("untrusting"));
	GOOD(IAM("CreateRole&RoleName=r&AssumeRolePolicyDocument=" OWN_TRUST));
	BAD(403, "AccessDenied",
	    STS("AssumeRole&RoleArn=" ARN("untrusting") "&RoleSessionName=me"));
	BAD(403, "AccessDenied", STS("AssumeRole&RoleArn=" ARN("none") "&RoleSessionName=me"));
	BAD(400, "ValidationError", STS("AssumeRole&RoleArn=" ARN("r")));
	BAD(400, "ValidationError", STS("AssumeRole&RoleArn=" ARN("r") "&RoleSessionName=a%%20b"));
	BAD(400, "ValidationError",
	    STS("AssumeRole&RoleArn=" ARN("r") "&RoleSessionName=me&DurationSeconds=899"));
	BAD(400, "ValidationError",
	    STS("AssumeRole&RoleArn=" ARN("r") "&RoleSessionName=me&DurationSeconds=3601"));
	GOOD(STS("AssumeRole&RoleArn=" ARN("r") "&RoleSessionName=me"));
	assert_true(sbx_answer_has(&c, "<Arn>arn:aws:sts::123456789012:assumed-role/r/me</Arn>"));
	take_credentials(kept);
	GOOD(STS("GetCallerIdentity"));
	assert_true(sbx_answer_has(&c, ":assumed-role/r/me</Arn>"));
	BAD(403, "AccessDenied", STS("GetSessionToken"));
	/* The role may nothing by itself, so it may not go on to another. */
	BAD(403, "AccessDenied", STS("AssumeRole&RoleArn=" ARN("r") "&RoleSessionName=again"));
	c.token = "another";
	BAD(403, "InvalidClientTokenId", STS("GetCallerIdentity"));
	drop_credentials(kept);

	GOOD(STS("GetSessionToken&DurationSeconds=900"));
	take_credentials(kept);
	GOOD(STS("GetCallerIdentity"));
	assert_true(sbx_answer_has(&c, ":root</Arn>"));
	drop_credentials(kept);
}

/* {"alg":"none"} . {"iss":"https://id.example","sub":"s","aud":"a","exp":...} . x */
static char *token(int64_t exp_s)
{
	autofree char *claims =
		xasprintf("{\"iss\":\"https://id.example\",\"sub\":\"s\",\"aud\":\"a\","
			  "\"exp\":%lld}",
			  (long long)exp_s);
	autofree char *encoded = text_base64(claims, strlen(claims));

	encoded[strcspn(encoded, "=")] = '\0';
	return xasprintf("eyJhbGciOiJub25lIn0.%s.x", encoded);
}

static void a_web_identity_needs_no_signature_but_a_trust(void **state)
{
	autofree char *good = token(INT64_C(4102444800)), *old = token(1000);

	(void)state;
	GOOD(IAM("CreateRole&RoleName=w&AssumeRolePolicyDocument=%%7B%%22Statement%%22:%%7B"
		 "%%22Effect%%22:%%22Allow%%22,%%22Principal%%22:%%7B%%22Federated%%22:"
		 "%%22arn:aws:iam::123456789012:oidc-provider/id.example%%22%%7D,%%22Action%%22:"
		 "%%22sts:AssumeRoleWithWebIdentity%%22,%%22Condition%%22:%%7B%%22StringEquals%%22:"
		 "%%7B%%22id.example:aud%%22:%%22a%%22%%7D%%7D%%7D%%7D"));
	GOOD(ROLE("r"));
	c.key_id = NULL;
	GOOD(STS("AssumeRoleWithWebIdentity&RoleArn=" ARN("w") "&RoleSessionName=me&"
							       "WebIdentityToken=%s",
		 good));
	assert_true(sbx_answer_has(&c, "<SubjectFromWebIdentityToken>s<"));
	BAD(400, "ExpiredTokenException",
	    STS("AssumeRoleWithWebIdentity&RoleArn=" ARN("w") "&RoleSessionName=me&"
							      "WebIdentityToken=%s",
		old));
	BAD(400, "InvalidIdentityToken",
	    STS("AssumeRoleWithWebIdentity&RoleArn=" ARN(
		    "w") "&RoleSessionName=me&WebIdentityToken=a.b.c"));
	BAD(403, "AccessDenied",
	    STS("AssumeRoleWithWebIdentity&RoleArn=" ARN("r") "&RoleSessionName=me&"
							      "WebIdentityToken=%s",
		good));
	BAD(403, "MissingAuthenticationToken", STS("GetCallerIdentity"));
}

static void simulation_answers_as_the_policies_decide(void **state)
{
	(void)state;
	GOOD(ROLE("r"));
	GOOD(IAM("AttachRolePolicy&RoleName=r&PolicyArn=" S3_FULL));
	GOOD(IAM("SimulatePrincipalPolicy&PolicySourceArn=" ARN("r") "&ActionNames.member.1="
								     "s3:PutObject&ActionNames."
								     "member.2=ec2:RunInstances"));
	assert_true(sbx_answer_has(&c, "<EvalDecision>allowed</EvalDecision>"));
	assert_true(sbx_answer_has(&c, "<EvalDecision>implicitDeny</EvalDecision>"));
	GOOD(IAM("SimulatePrincipalPolicy&PolicySourceArn=arn:aws:iam::123456789012:root&"
		 "ActionNames.member.1=ec2:RunInstances&ResourceArns.member.1=*&"
		 "ContextEntries.member.1.ContextKeyName=aws:x1&"
		 "ContextEntries.member.1.ContextKeyType=string&"
		 "ContextEntries.member.1.ContextKeyValues.member.1=v"));
	assert_true(sbx_answer_has(&c, "<EvalDecision>allowed</EvalDecision>"));
	BAD(404, "NoSuchEntity",
	    IAM("SimulatePrincipalPolicy&PolicySourceArn=" ARN(
		    "none") "&ActionNames.member.1=s3:Get"));
	BAD(400, "InvalidInput",
	    IAM("SimulatePrincipalPolicy&PolicySourceArn=arn:aws:iam::1:root::::"
		"&ActionNames.member.1=s3:Get"));
}

static void an_instances_role_signs_as_itself(void **state)
{
	auto_sts_session cred = { 0 };

	(void)state;
	GOOD(ROLE("r"));
	sbx_lock(c.sbx);
	int64_t now_ms = sbx_now_ms(c.sbx);

	assert_false(sts_role_credentials(c.sbx, "none", "i-0123", 3600, now_ms, &cred));
	assert_true(sts_role_credentials(c.sbx, "r", "i-0123", 3600, now_ms, &cred));
	sbx_unlock(c.sbx);
	assert_int_equal(strlen(cred.access_key_id), 20);
	c.key_id = cred.access_key_id;
	c.secret = cred.secret_key;
	c.token = cred.token;
	GOOD(STS("GetCallerIdentity"));
	assert_true(sbx_answer_has(&c, ":assumed-role/r/i-0123</Arn>"));
}

static void a_session_may_only_what_its_policies_say(void **state)
{
	char *kept[3];

	(void)state;
	GOOD(IAM("CreateRole&RoleName=r&AssumeRolePolicyDocument=" OWN_TRUST));
	GOOD(IAM("AttachRolePolicy&RoleName=r&"
		 "PolicyArn=arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess"));
	GOOD(STS("AssumeRole&RoleArn=" ARN("r") "&RoleSessionName=me"));
	take_credentials(kept);
	GOOD(sbx_query_call(&c, "ec2", "DescribeVpcs"));
	BAD(412, "DryRunOperation", sbx_query_call(&c, "ec2", "DescribeVpcs&DryRun=true"));
	BAD(403, "UnauthorizedOperation",
	    sbx_query_call(&c, "ec2", "CreateVpc&CidrBlock=10.0.0.0/16"));
	BAD(403, "UnauthorizedOperation",
	    sbx_query_call(&c, "ec2", "CreateVpc&CidrBlock=10.0.0.0/16&DryRun=true"));
	autofree char *message = sbx_answer_element(&c, "Message");
	const char *encoded = strrchr(message, ' ') + 1;

	BAD(403, "AccessDenied", IAM("GetRole&RoleName=r"));
	BAD(400, "AccessDeniedException",
	    sbx_json_call(&c, "ssm", "AmazonSSM.GetParameter", "{\"Name\":\"x\"}"));
	drop_credentials(kept);
	auto_buf form = BUF_INIT;

	for (const char *s = encoded; *s; s++)
		(void)buf_addf(&form, "%%%02x", (unsigned)*s);
	GOOD(STS("DecodeAuthorizationMessage&EncodedMessage=%s", form.p));
	assert_true(sbx_answer_has(&c, "ec2:CreateVpc"));

	/* A session's own policy narrows further. */
	GOOD(STS("AssumeRole&RoleArn=" ARN("r") "&RoleSessionName=me&Policy=%%7B%%22Statement%%22:"
						"%%7B%%22Effect%%22:%%22Allow%%22,%%22Action%%22:"
						"%%22ec2:DescribeSubnets%%22,%%22Resource%%22:"
						"%%22*%%22%%7D%%7D"));
	take_credentials(kept);
	BAD(403, "UnauthorizedOperation", sbx_query_call(&c, "ec2", "DescribeVpcs"));
	drop_credentials(kept);
}

/* ---- SSM ---------------------------------------------------------------- */

#define SSM(action, ...) sbx_json_call(&c, "ssm", "AmazonSSM." action, __VA_ARGS__)
#define DEFAULT_AMI AMI_PARAMETERS "al2023-ami-kernel-default-x86_64"

static void each_region_has_its_own_newest_image(void **state)
{
	struct ami ami;
	json_t *tokyo, *virginia;
	const char *id;

	(void)state;
	c.region = "ap-northeast-1";
	GOOD(SSM("GetParameter", "{\"Name\":\"" DEFAULT_AMI "\"}"));
	tokyo = json_loads(c.rep.body.p, 0, NULL);
	c.region = "us-east-1";
	GOOD(SSM("GetParameter", "{\"Name\":\"" DEFAULT_AMI "\",\"WithDecryption\":false}"));
	virginia = json_loads(c.rep.body.p, 0, NULL);
	id = json_string_value(json_object_get(json_object_get(tokyo, "Parameter"), "Value"));
	assert_string_not_equal(id, json_string_value(json_object_get(
					    json_object_get(virginia, "Parameter"), "Value")));
	assert_true(ami_find("ap-northeast-1", id, &ami));
	assert_false(ami_find("us-east-1", id, &ami));
	assert_string_equal(ami.arch, "x86_64");
	assert_false(ami.minimal);
	assert_true(text_starts_with(ami.name, "al2023-ami-2023.9.2026"));
	json_decref(tokyo);
	json_decref(virginia);
	GOOD(SSM("GetParameter", "{\"Name\":\"" DEFAULT_AMI ":1\"}"));
	BAD(400, "ParameterVersionNotFound",
	    SSM("GetParameter", "{\"Name\":\"" DEFAULT_AMI ":9\"}"));
	BAD(400, "ParameterNotFound", SSM("GetParameter", "{\"Name\":\"nope\"}"));
	BAD(400, "ValidationException", SSM("GetParameter", "{}"));
	BAD(400, "ValidationException", SSM("GetParameter", "{\"Name\":\"x\",\"Frob\":1}"));
	BAD(400, "SerializationException", SSM("GetParameter", "{\"Name\":1}"));
	BAD(400, "SerializationException", SSM("GetParameter", "[]"));
	GOOD(SSM("GetParameters", "{\"Names\":[\"" DEFAULT_AMI "\",\"nope\"]}"));
	assert_true(sbx_answer_has(&c, "\"InvalidParameters\":[\"nope\"]"));
	GOOD(SSM("GetParametersByPath",
		 "{\"Path\":\"/aws/service/ami-amazon-linux-latest\",\"MaxResults\":10}"));
	assert_true(sbx_answer_has(&c, "\"NextToken\":\"10\""));
	GOOD(SSM("GetParametersByPath",
		 "{\"Path\":\"/aws/service\",\"Recursive\":true,\"NextToken\":\"10\"}"));
	assert_false(sbx_answer_has(&c, "NextToken"));
	GOOD(SSM("GetParametersByPath", "{\"Path\":\"/aws/service\"}"));
	assert_true(sbx_answer_has(&c, "\"Parameters\":[]"));
}

/* ---- EC2 Instance Connect ----------------------------------------------- */

#define EIC(...)                                                                                   \
	sbx_json_call(&c, "ec2-instance-connect", "AWSEC2InstanceConnectService.SendSSHPublicKey", \
		      __VA_ARGS__)
#define KEY "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB0pC3cn2Rz8bqg5QZ0v8h7m2c1d3e4f5a6b7c8d9e0f"

static void a_pushed_key_is_checked_before_the_instance(void **state)
{
	(void)state;
	BAD(400, "InvalidArgsException", EIC("{}"));
	BAD(400, "InvalidArgsException",
	    EIC("{\"InstanceId\":\"x\",\"InstanceOSUser\":\"ec2-user\",\"SSHPublicKey\":\"" KEY
		"\"}"));
	BAD(400, "InvalidArgsException",
	    EIC("{\"InstanceId\":\"i-0123456789\",\"InstanceOSUser\":\"no user\","
		"\"SSHPublicKey\":\"" KEY "\"}"));
	BAD(400, "InvalidArgsException",
	    EIC("{\"InstanceId\":\"i-0123456789\",\"InstanceOSUser\":\"ec2-user\","
		"\"SSHPublicKey\":\"ssh-ed25519 AAAA\"}"));
	BAD(400, "InvalidArgsException",
	    EIC("{\"InstanceId\":\"i-0123456789\",\"InstanceOSUser\":\"ec2-user\","
		"\"SSHPublicKey\":\"ecdsa-sha2-nistp256 %s\"}",
		strchr(KEY, ' ') + 1));
	BAD(400, "EC2InstanceNotFoundException",
	    EIC("{\"InstanceId\":\"i-0123456789\",\"InstanceOSUser\":\"ec2-user\","
		"\"SSHPublicKey\":\"" KEY "\"}"));
}

static void a_key_is_good_for_a_minute_and_for_its_user(void **state)
{
	const char *region = "ap-northeast-1", *instance = "i-0123456789";
	char hash[65];

	(void)state;
	text_sha256_hex(KEY, strlen(KEY), hash);
	autofree char *id = xasprintf("%s/ec2-user/%s", instance, hash);
	json_t *doc = json_pack("{s:s, s:I}", "id", id, "pushed_ms", (json_int_t)1000000);
	struct store *st = sbx_store(c.sbx);

	store_put(st, SBX_KEY, region, id, doc, 1000000, 0);
	json_decref(doc);
	assert_true(eic_key_is_good(st, region, instance, "ec2-user", KEY, 1059999));
	assert_true(eic_key_is_good(st, region, instance, "ec2-user", KEY " me@here", 1059999));
	assert_false(eic_key_is_good(st, region, instance, "ec2-user", KEY, 1060000));
	assert_false(eic_key_is_good(st, region, instance, "root", KEY, 1000001));
	assert_false(eic_key_is_good(st, region, "i-9876543210", "ec2-user", KEY, 1000001));
	assert_false(eic_key_is_good(st, "us-east-1", instance, "ec2-user", KEY, 1000001));
	assert_false(eic_key_is_good(st, region, instance, "ec2-user", "rubbish", 1000001));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_role_is_made_read_listed_and_deleted),
		T(deletion_conflicts_in_the_order_of_aws),
		T(parameters_are_held_to_the_model),
		T(lists_come_in_pages),
		T(readers_lag_behind_writers),
		T(what_was_created_is_seen),
		T(the_caller_is_named),
		T(a_trusted_caller_becomes_the_role),
		T(a_web_identity_needs_no_signature_but_a_trust),
		T(simulation_answers_as_the_policies_decide),
		T(an_instances_role_signs_as_itself),
		T(a_session_may_only_what_its_policies_say),
		T(each_region_has_its_own_newest_image),
		T(a_pushed_key_is_checked_before_the_instance),
		T(a_key_is_good_for_a_minute_and_for_its_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
