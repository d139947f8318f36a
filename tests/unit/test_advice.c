/* SPDX-License-Identifier: Apache-2.0 */
/* Error codes to kinds and hints: each code that the procedure can meet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "aws/core/advice.h"

static void each_code_has_its_kind(void **state)
{
	static const struct {
		const char *service, *action, *code, *message;
		int status;
		enum rb_kind kind;
	} cases[] = {
		/* slow down */
		{ "ec2", "CreateVpc", "RequestLimitExceeded", NULL, 503, RB_THROTTLED },
		{ "ec2", NULL, "EC2ThrottledException", NULL, 503, RB_THROTTLED },
		{ "iam", NULL, "Throttling", NULL, 400, RB_THROTTLED },
		{ "iam", NULL, "ThrottlingException", NULL, 400, RB_THROTTLED },
		{ "sts", NULL, "RequestThrottled", NULL, 400, RB_THROTTLED },
		{ "ssm", NULL, "TooManyRequestsException", NULL, 429, RB_THROTTLED },
		{ "ssm", NULL, "LimitExceededException", NULL, 400, RB_THROTTLED },
		{ "s3", NULL, "SlowDown", NULL, 503, RB_THROTTLED },
		{ "s3", NULL, "BandwidthLimitExceeded", NULL, 509, RB_THROTTLED },
		{ NULL, NULL, "PriorRequestNotComplete", NULL, 400, RB_THROTTLED },
		{ NULL, NULL, NULL, NULL, 429, RB_THROTTLED },
		{ "ssm", NULL, "SomethingNew", NULL, 429, RB_THROTTLED },
		{ "ec2", NULL, "SomethingNew", NULL, 429, RB_THROTTLED },
		{ "ec2", NULL, "InvalidArgsException", NULL, 429, RB_THROTTLED },
		/* but what the operation's model names is what it says */
		{ "ec2-instance-connect", NULL, "InvalidArgsException", NULL, 429, RB_FAILED },
		{ "iam", NULL, "InvalidInput", NULL, 429, RB_FAILED },
		{ "iam", NULL, "NoSuchEntity", NULL, 429, RB_GONE },
		{ "ssm", NULL, "InvalidKeyId", NULL, 429, RB_FAILED },
		{ "ssm", NULL, "KeyId", NULL, 429, RB_THROTTLED },
		/* try again */
		{ "ec2", NULL, "InternalError", NULL, 500, RB_RETRY },
		{ "ec2", NULL, "Server.InternalError", NULL, 500, RB_RETRY },
		{ "iam", NULL, "ServiceFailure", NULL, 500, RB_RETRY },
		{ "ec2", NULL, "Unavailable", NULL, 503, RB_RETRY },
		{ "s3", NULL, "ServiceUnavailable", NULL, 503, RB_RETRY },
		{ "s3", NULL, "RequestTimeout", NULL, 400, RB_RETRY },
		{ "s3", NULL, "OperationAborted", NULL, 409, RB_RETRY },
		{ "s3", NULL, "TemporaryRedirect", NULL, 307, RB_RETRY },
		{ "ec2", "CreateTags", "ConcurrentTagAccess", NULL, 400, RB_RETRY },
		{ "iam", NULL, "ConcurrentModification", NULL, 409, RB_RETRY },
		{ "iam", NULL, "EntityTemporarilyUnmodifiable", NULL, 409, RB_RETRY },
		{ "sts", NULL, "IDPCommunicationError", NULL, 400, RB_RETRY },
		{ "ec2-instance-connect", NULL, "ServiceException", NULL, 500, RB_RETRY },
		{ "ec2-instance-connect", NULL, "EC2InstanceUnavailableException", NULL, 503,
		  RB_RETRY },
		{ "ec2", NULL, "NeverHeardOf", NULL, 500, RB_RETRY },
		{ NULL, NULL, NULL, NULL, 500, RB_RETRY },
		{ NULL, NULL, NULL, NULL, 502, RB_RETRY },
		{ NULL, NULL, NULL, NULL, 504, RB_RETRY },
		{ NULL, NULL, NULL, NULL, 509, RB_RETRY },
		/* not heard of yet */
		{ "ec2", "RunInstances", "InvalidParameterValue",
		  "Value (x) for parameter iamInstanceProfile.name is invalid. "
		  "Invalid IAM Instance Profile name",
		  400, RB_CONSISTENCY },
		{ "ec2", "CreateRoute", "InvalidParameterValue",
		  "route table rtb-1 and network gateway pcx-1 belong to different networks", 400,
		  RB_CONSISTENCY },
		{ "ec2", "AcceptVpcPeeringConnection", "InvalidStateTransition", NULL, 400,
		  RB_CONSISTENCY },
		/* quota and capacity */
		{ "ec2", "CreateVpc", "VpcLimitExceeded", NULL, 400, RB_QUOTA },
		{ "ec2", NULL, "VcpuLimitExceeded", NULL, 400, RB_QUOTA },
		{ "ec2", NULL, "InstanceLimitExceeded", NULL, 400, RB_QUOTA },
		{ "ec2", NULL, "SecurityGroupLimitExceeded", NULL, 400, RB_QUOTA },
		{ "ec2", NULL, "RulesPerSecurityGroupLimitExceeded", NULL, 400, RB_QUOTA },
		{ "ec2", NULL, "RouteLimitExceeded", NULL, 400, RB_QUOTA },
		{ "ec2", NULL, "VpcEndpointLimitExceeded", NULL, 400, RB_QUOTA },
		{ "ec2", NULL, "OutstandingVpcPeeringConnectionLimitExceeded", NULL, 400,
		  RB_QUOTA },
		{ "ec2", "CreateInstanceConnectEndpoint",
		  "InstanceConnectEndpointsPerVpcLimitExceeded", NULL, 400, RB_QUOTA },
		{ "ec2", NULL, "TagLimitExceeded", NULL, 400, RB_QUOTA },
		{ "iam", "CreateRole", "LimitExceeded", NULL, 409, RB_QUOTA },
		{ "s3", "CreateBucket", "TooManyBuckets", NULL, 400, RB_QUOTA },
		{ "ec2", "RunInstances", "InsufficientInstanceCapacity", NULL, 500, RB_QUOTA },
		{ "ec2", "RunInstances", "Server.InsufficientInstanceCapacity", NULL, 500,
		  RB_QUOTA },
		{ "ec2", "RunInstances", "Unsupported", NULL, 400, RB_QUOTA },
		{ "ec2", NULL, "InsufficientFreeAddressesInSubnet", NULL, 400, RB_QUOTA },
		/* still in use */
		{ "ec2", "DeleteSecurityGroup", "DependencyViolation", NULL, 400, RB_DEPENDENCY },
		{ "ec2", NULL, "InvalidGroup.InUse", NULL, 400, RB_DEPENDENCY },
		{ "ec2", NULL, "InvalidNetworkInterface.InUse", NULL, 400, RB_DEPENDENCY },
		{ "ec2", "DeleteVolume", "VolumeInUse", NULL, 400, RB_DEPENDENCY },
		{ "iam", "DeleteRole", "DeleteConflict", NULL, 409, RB_DEPENDENCY },
		{ "s3", "DeleteBucket", "BucketNotEmpty", NULL, 409, RB_DEPENDENCY },
		{ "ec2", "DeleteNetworkInterface", "InvalidParameterValue",
		  "Network interface 'eni-1' is currently in use.", 400, RB_DEPENDENCY },
		{ "ec2", "DeleteVpcPeeringConnection", "InvalidStateTransition", NULL, 400,
		  RB_DEPENDENCY },
		{ "ec2", "DeleteInstanceConnectEndpoint", "IncorrectState", NULL, 400,
		  RB_DEPENDENCY },
		/* there already */
		{ "ec2", NULL, "InvalidGroup.Duplicate", NULL, 400, RB_EXISTS },
		{ "ec2", NULL, "InvalidPermission.Duplicate", NULL, 400, RB_EXISTS },
		{ "ec2", NULL, "RouteAlreadyExists", NULL, 400, RB_EXISTS },
		{ "ec2", NULL, "Resource.AlreadyAssociated", NULL, 400, RB_EXISTS },
		{ "ec2", NULL, "VpcPeeringConnectionAlreadyExists", NULL, 400, RB_EXISTS },
		{ "ec2", NULL, "InvalidSubnet.Conflict", NULL, 400, RB_EXISTS },
		{ "iam", NULL, "EntityAlreadyExists", NULL, 409, RB_EXISTS },
		{ "iam", "AddRoleToInstanceProfile", "LimitExceeded", NULL, 409, RB_EXISTS },
		{ "s3", NULL, "BucketAlreadyOwnedByYou", NULL, 409, RB_EXISTS },
		{ "s3", NULL, "BucketAlreadyExists", NULL, 409, RB_EXISTS },
		/* gone, in every spelling */
		{ "ec2", NULL, "InvalidVpcID.NotFound", NULL, 400, RB_GONE },
		{ "ec2", NULL, "InvalidSubnetID.NotFound", NULL, 400, RB_GONE },
		{ "ec2", NULL, "InvalidSubnetId.NotFound", NULL, 400, RB_GONE },
		{ "ec2", NULL, "InvalidRouteTableId.NotFound", NULL, 400, RB_GONE },
		{ "ec2", NULL, "InvalidAssociationID.NotFound", NULL, 400, RB_GONE },
		{ "ec2", NULL, "InvalidRoute.NotFound", NULL, 400, RB_GONE },
		{ "ec2", NULL, "InvalidGroup.NotFound", NULL, 400, RB_GONE },
		{ "ec2", NULL, "InvalidPermission.NotFound", NULL, 400, RB_GONE },
		{ "ec2", NULL, "InvalidSecurityGroupRuleId.NotFound", NULL, 400, RB_GONE },
		{ "ec2", NULL, "InvalidInstanceID.NotFound", NULL, 400, RB_GONE },
		{ "ec2", NULL, "InvalidAMIID.NotFound", NULL, 400, RB_GONE },
		{ "ec2", NULL, "InvalidVpcEndpointId.NotFound", NULL, 400, RB_GONE },
		{ "ec2", NULL, "InvalidInstanceConnectEndpointId.NotFound", NULL, 400, RB_GONE },
		{ "ec2", NULL, "InvalidVpcPeeringConnectionID.NotFound", NULL, 400, RB_GONE },
		{ "ec2", NULL, "InvalidVpcPeeringConnectionId.NotFound", NULL, 400, RB_GONE },
		{ "iam", NULL, "NoSuchEntity", NULL, 404, RB_GONE },
		{ "s3", NULL, "NoSuchBucket", NULL, 404, RB_GONE },
		{ "s3", NULL, "NoSuchBucketPolicy", NULL, 404, RB_GONE },
		{ "s3", NULL, "NoSuchTagSet", NULL, 404, RB_GONE },
		{ "s3", NULL, "ServerSideEncryptionConfigurationNotFoundError", NULL, 404,
		  RB_GONE },
		{ "s3", NULL, "OwnershipControlsNotFoundError", NULL, 404, RB_GONE },
		{ "ssm", NULL, "ParameterNotFound", NULL, 400, RB_GONE },
		{ "ec2-instance-connect", NULL, "EC2InstanceNotFoundException", NULL, 400,
		  RB_GONE },
		{ "s3", "HeadBucket", NULL, NULL, 404, RB_GONE },
		/* credentials */
		{ "ec2", NULL, "AuthFailure", NULL, 401, RB_CREDENTIALS },
		{ "ec2", NULL, "RequestExpired", NULL, 400, RB_CREDENTIALS },
		{ "sts", NULL, "InvalidClientTokenId", NULL, 403, RB_CREDENTIALS },
		{ "sts", NULL, "ExpiredToken", NULL, 403, RB_CREDENTIALS },
		{ "sts", NULL, "SignatureDoesNotMatch", "The signature does not match", 403,
		  RB_CREDENTIALS },
		{ "s3", NULL, "InvalidAccessKeyId", NULL, 403, RB_CREDENTIALS },
		{ "ssm", NULL, "UnrecognizedClientException", NULL, 400, RB_CREDENTIALS },
		{ "ssm", NULL, "ExpiredTokenException", NULL, 400, RB_CREDENTIALS },
		{ "ssm", NULL, "InvalidSignatureException", NULL, 400, RB_CREDENTIALS },
		{ "ssm", NULL, "MissingAuthenticationTokenException", NULL, 400, RB_CREDENTIALS },
		/* clock */
		{ "s3", NULL, "RequestTimeTooSkewed", NULL, 403, RB_CLOCK },
		{ "sts", NULL, "SignatureDoesNotMatch",
		  "Signature expired: 2026 is now earlier than", 403, RB_CLOCK },
		{ "ssm", NULL, "InvalidSignatureException", "Signature not yet current: 2026", 400,
		  RB_CLOCK },
		/* not allowed */
		{ "ec2", NULL, "UnauthorizedOperation", NULL, 403, RB_DENIED },
		{ "ec2", NULL, "Client.UnauthorizedOperation", NULL, 403, RB_DENIED },
		{ "sts", "AssumeRole", "AccessDenied",
		  "MultiFactorAuthentication failed with invalid MFA one time pass code. ", 403,
		  RB_CREDENTIALS },
		{ "iam", NULL, "AccessDenied", NULL, 403, RB_DENIED },
		{ "s3", "PutBucketPolicy", "AccessDenied", NULL, 403, RB_DENIED },
		{ "ssm", NULL, "AccessDeniedException", NULL, 400, RB_DENIED },
		{ "ec2-instance-connect", NULL, "AuthException", NULL, 403, RB_DENIED },
		{ "ec2", NULL, "OptInRequired", NULL, 401, RB_DENIED },
		{ "ec2", NULL, "PendingVerification", NULL, 400, RB_DENIED },
		{ "s3", "HeadBucket", NULL, NULL, 403, RB_DENIED },
		/* a human must act */
		{ "ec2", NULL, "DryRunOperation", NULL, 412, RB_FAILED },
		{ "ec2", NULL, "IdempotentParameterMismatch", NULL, 400, RB_FAILED },
		{ "ec2", NULL, "InvalidVpcID.Malformed", NULL, 400, RB_FAILED },
		{ "ec2", NULL, "InvalidParameterValue", "something else", 400, RB_FAILED },
		{ "ec2", "TerminateInstances", "OperationNotPermitted", NULL, 400, RB_FAILED },
		{ "iam", NULL, "MalformedPolicyDocument", NULL, 400, RB_FAILED },
		{ "s3", NULL, "MalformedPolicy", NULL, 400, RB_FAILED },
		{ "s3", NULL, "InvalidLocationConstraint", NULL, 400, RB_FAILED },
		{ "s3", NULL, "PermanentRedirect", NULL, 301, RB_FAILED },
		{ "s3", NULL, "AuthorizationHeaderMalformed", NULL, 400, RB_FAILED },
		{ "ec2", NULL, "NeverHeardOf", NULL, 400, RB_FAILED },
		{ NULL, NULL, NULL, NULL, 407, RB_FAILED },
		{ NULL, NULL, NULL, NULL, 302, RB_FAILED },
		{ NULL, NULL, "", NULL, 400, RB_FAILED },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct advice a = advice_for(cases[i].service, cases[i].action, cases[i].code,
					     cases[i].message, cases[i].status);

		if (a.kind != cases[i].kind)
			fail_msg("%s %d is '%s', not '%s'",
				 cases[i].code ? cases[i].code : "status", cases[i].status,
				 rb_kind_name(a.kind), rb_kind_name(cases[i].kind));
		/* Where only a person can go on, they are told how. */
		if (a.kind == RB_DENIED || a.kind == RB_CREDENTIALS || a.kind == RB_QUOTA ||
		    a.kind == RB_CLOCK)
			if (!a.hint)
				fail_msg("%s has no hint", cases[i].code);
	}
}

static void codes_match_without_regard_to_letter_case(void **state)
{
	static const struct {
		const char *pattern, *code;
		bool matches;
	} cases[] = {
		{ "NoSuchEntity", "nosuchentity", true },
		{ "*.NotFound", "InvalidVpcID.NOTFOUND", true },
		{ "*.NotFound", ".NotFound", true },
		{ "*.NotFound", "NotFound", false },
		{ "Throttl*", "Throttling", true },
		{ "Throttl*", "Throt", false },
		{ "a*a", "a", false },
		{ "a*a", "aa", true },
		{ "*Quota*", "ServiceQuotaExceeded", true },
		{ "*Quota*", "Quota", true },
		{ "*Quota*", "Quot", false },
		{ "*Connect*Exceeded", "InstanceConnectXLimitExceeded", true },
		{ "*Connect*Exceeded", "ExceededConnect", false },
		{ "", "x", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (advice_code_matches(cases[i].pattern, cases[i].code) != cases[i].matches)
			fail_msg("'%s' on '%s'", cases[i].pattern, cases[i].code);
}

static void refusals_at_the_door_did_nothing(void **state)
{
	(void)state;
	assert_true(advice_did_nothing(RB_THROTTLED, 503));
	assert_true(advice_did_nothing(RB_RETRY, 409));
	assert_true(advice_did_nothing(RB_RETRY, 307));
	assert_true(advice_did_nothing(RB_NETWORK, 0));
	assert_false(advice_did_nothing(RB_RETRY, 500));
	assert_false(advice_did_nothing(RB_RETRY, 503));
	assert_false(advice_did_nothing(RB_LOST, 0));
}

static void who_denied_decides_whom_to_ask(void **state)
{
#define WHO "User: arn:aws:iam::1:user/u is not authorized to perform: ec2:CreateVpc "
#define SCP "arn:aws:organizations::1:policy/o-x/service_control_policy/p-y"
	static const struct {
		const char *message, *hint;
	} cases[] = {
		{ WHO "with an explicit deny in a service control policy: " SCP,
		  "organization does not" },
		{ WHO "with an explicit deny in a service control policy: " SCP ".",
		  "organization does not" },
		{ WHO "with an explicit deny in a service control policy",
		  "organization does not" },
		{ WHO "because no service control policy allows the ec2:CreateVpc action",
		  "organization does not" },
		{ WHO "with an explicit deny in a resource control policy: arn",
		  "protects the resource" },
		{ WHO "because no permissions boundary allows the ec2:CreateVpc action",
		  "boundary" },
		{ WHO "because no session policy allows the ec2:CreateVpc action", "session" },
		{ WHO "because no VPC endpoint policy allows it", "VPC endpoint" },
		{ WHO "with an explicit deny in an identity-based policy: arn",
		  "no permission outweighs" },
		{ WHO "with an explicit deny in a resource-based policy", "resource's own" },
		{ WHO "because no identity-based policy allows it", "ask for this permission" },
		{ "You are not authorized to perform this operation.", "ask for this permission" },
	};
	static const char *const codes[] = { "UnauthorizedOperation", "AccessDenied",
					     "AccessDeniedException" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		for (size_t j = 0; j < ARRAY_LEN(codes); j++) {
			struct advice a =
				advice_for("iam", "CreateRole", codes[j], cases[i].message, 403);

			assert_int_equal(a.kind, RB_DENIED);
			if (!strstr(a.hint, cases[i].hint))
				fail_msg("case %zu: '%s'", i, a.hint);
		}
}

static void skew_and_expiry_are_told_apart(void **state)
{
	bool definite;

	(void)state;
	assert_true(advice_is_expired("ExpiredTokenException"));
	assert_true(advice_is_expired("requestexpired"));
	assert_false(advice_is_expired("AuthFailure"));
	assert_false(advice_is_expired(NULL));
	assert_true(advice_is_skew("RequestTimeTooSkewed", &definite));
	assert_true(definite);
	assert_true(advice_is_skew("AuthFailure", &definite));
	assert_false(definite);
	assert_false(advice_is_skew("AccessDenied", &definite));
	assert_true(advice_is_skew("AccessDeniedException", &definite));
	assert_false(definite);
	assert_false(advice_is_skew(NULL, &definite));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_code_has_its_kind),
		cmocka_unit_test(codes_match_without_regard_to_letter_case),
		cmocka_unit_test(refusals_at_the_door_did_nothing),
		cmocka_unit_test(who_denied_decides_whom_to_ask),
		cmocka_unit_test(skew_and_expiry_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
