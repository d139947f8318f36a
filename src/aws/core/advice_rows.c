/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of error codes.  The first row that fits wins, so what is special
 * stands before what is general.  A hint is one thing that a person can do.
 *   sources  EC2, IAM, S3, STS, SSM API references; the SDKs' retry lists
 */
#include "aws/core/advice_rows.h"

#include "base/attr.h"

/* The columns of a hint: the words, and the verb that comes next with its arguments. */
#define TELL(words) words, RB_NEXT_NONE, NULL
#define AGAIN(words) words, RB_NEXT_AGAIN, NULL
#define WAIT(words) words, RB_NEXT_WAIT, NULL
#define SET(words, parameters) words, RB_NEXT_SET, parameters

#define ASK_ADMIN AGAIN(N_("ask for this permission (the message names the action)"))
#define NEW_CREDENTIALS AGAIN(N_("get new credentials (for SSO: aws sso login)"))
#define WRONG_KEY                                                                                  \
	AGAIN(N_(                                                                                  \
		"check the access key and secret: aws sts get-caller-identity must work with them"))
#define WRONG_SECRET                                                                                \
	AGAIN(N_(                                                                                   \
		"the secret does not belong to the access key id, or something on the way changes " \
		"requests (a proxy): mend that"))
#define SET_CLOCK AGAIN(N_("set this machine's clock (timedatectl set-ntp true)"))
#define RAISE AGAIN(N_("delete what is unused or raise the quota in Service Quotas"))

/* What kind of policy denied, as the message says it: whom to ask differs. */
#define DENIAL(code, text, hint)                                                                   \
	{                                                                                          \
		code, NULL, NULL, text, RB_DENIED, TELL(hint)                                      \
	}
#define DENIALS(code)                                                                                         \
	DENIAL(code, "service control policy",                                                                \
	       N_("the organization does not allow it, whatever the account's own policies say: ask "         \
		  "its administrator, and name the policy if the message does")),                             \
		DENIAL(code, "resource control policy",                                                       \
		       N_("the organization protects the resource: ask its administrator, and name the "      \
			  "policy if the message does")),                                                     \
		DENIAL(code, "permissions boundary",                                                          \
		       N_("the permissions boundary of this user or role leaves it out: ask who set it")),    \
		DENIAL(code, "session policy",                                                                \
		       N_("the session was made with fewer permissions than its role has: get another one")), \
		DENIAL(code, "VPC endpoint policy",                                                           \
		       N_("the policy of the VPC endpoint that this request went through leaves it out")),    \
		DENIAL(code, "explicit deny in an identity-based policy",                                     \
		       N_("a policy of this user or role denies it, which no permission outweighs: ask for "  \
			  "an exception in it (AWSRevokeOlderSessions: get new credentials)")),               \
		DENIAL(code, "explicit deny in a resource-based policy",                                      \
		       N_("the resource's own policy denies it, which no permission outweighs"))

const struct advice_row advice_rows[] = {
	/* ---- not visible yet: one service has not heard of another's news -------- */
	{ "InvalidParameterValue", "ec2", NULL, "Invalid IAM Instance Profile", RB_CONSISTENCY,
	  AGAIN(N_("EC2 does not know the new instance profile yet")) },
	{ "InvalidParameterValue", "ec2", NULL, "has no associated IAM Roles", RB_CONSISTENCY,
	  AGAIN(N_("EC2 does not know the profile's role yet")) },
	{ "InvalidParameterValue", "ec2", NULL, "belong to different networks", RB_CONSISTENCY,
	  AGAIN(N_("the peering is not known for routing yet")) },
	{ "InvalidStateTransition", "ec2", "AcceptVpcPeeringConnection", NULL, RB_CONSISTENCY,
	  ADVICE_NO_HINT },
	{ "IncorrectState", "ec2", "AcceptVpcPeeringConnection", NULL, RB_CONSISTENCY,
	  ADVICE_NO_HINT },

	/* ---- slow down ----------------------------------------------------------- */
	{ "RequestLimitExceeded", NULL, NULL, NULL, RB_THROTTLED, ADVICE_BUSY },
	{ "EC2ThrottledException", NULL, NULL, NULL, RB_THROTTLED, ADVICE_BUSY },
	{ "Throttl*", NULL, NULL, NULL, RB_THROTTLED, ADVICE_BUSY },
	{ "RequestThrottled*", NULL, NULL, NULL, RB_THROTTLED, ADVICE_BUSY },
	{ "TooManyRequests*", NULL, NULL, NULL, RB_THROTTLED, ADVICE_BUSY },
	{ "ProvisionedThroughputExceededException", NULL, NULL, NULL, RB_THROTTLED, ADVICE_BUSY },
	{ "BandwidthLimitExceeded", NULL, NULL, NULL, RB_THROTTLED, ADVICE_BUSY },
	{ "LimitExceededException", NULL, NULL, NULL, RB_THROTTLED, ADVICE_BUSY },
	{ "SlowDown", NULL, NULL, NULL, RB_THROTTLED, ADVICE_BUSY },
	{ "TransactionInProgressException", NULL, NULL, NULL, RB_THROTTLED, ADVICE_BUSY },
	{ "PriorRequestNotComplete", NULL, NULL, NULL, RB_THROTTLED, ADVICE_BUSY },

	/* ---- quota and capacity -------------------------------------------------- */
	{ "LimitExceeded", "iam", "AddRoleToInstanceProfile", NULL, RB_EXISTS,
	  TELL(N_("an instance profile holds one role, and this one has one already")) },
	{ "VpcLimitExceeded", NULL, NULL, NULL, RB_QUOTA,
	  AGAIN(N_("delete an unused VPC in this region or raise the quota 'VPCs per Region'")) },
	{ "VcpuLimitExceeded", NULL, NULL, NULL, RB_QUOTA,
	  AGAIN(N_("stop an instance in this region or raise the quota of on-demand vCPUs")) },
	{ "InstanceLimitExceeded", NULL, NULL, NULL, RB_QUOTA,
	  AGAIN(N_("stop an instance in this region or raise the quota of on-demand instances")) },
	{ "*InstanceConnectEndpoint*LimitExceeded", NULL, NULL, NULL, RB_QUOTA,
	  TELL(N_("a VPC and a subnet hold one EC2 Instance Connect Endpoint each, a region five: delete an unused one")) },
	{ "*LimitExceeded", NULL, "CreateInstanceConnectEndpoint", NULL, RB_QUOTA,
	  TELL(N_("a VPC and a subnet hold one EC2 Instance Connect Endpoint each, a region five: delete an unused one")) },
	{ "AddressLimitExceeded", NULL, NULL, NULL, RB_QUOTA, RAISE },
	{ "TooManyBuckets", NULL, NULL, NULL, RB_QUOTA, RAISE },
	{ "*LimitExceeded", NULL, NULL, NULL, RB_QUOTA, RAISE },
	{ "*LimitExceededFault", NULL, NULL, NULL, RB_QUOTA, RAISE },
	{ "*QuotaExceeded*", NULL, NULL, NULL, RB_QUOTA, RAISE },
	{ "MaxSpotInstanceCountExceeded", NULL, NULL, NULL, RB_QUOTA, RAISE },
	{ "Insufficient*Capacity", NULL, NULL, NULL, RB_QUOTA,
	  SET(N_("AWS has none of this type free in this zone: try later, or choose another"),
	      "source.instance_type source.zone") },
	{ "InsufficientFreeAddressesInSubnet", NULL, NULL, NULL, RB_QUOTA,
	  SET(N_("the subnet has no free address left: free some, or choose a larger one"),
	      "source.subnet_cidr destination.subnet_cidr") },
	{ "Unsupported", "ec2", "RunInstances", NULL, RB_QUOTA,
	  SET(N_("this zone does not offer the instance type"),
	      "source.instance_type source.zone") },
	{ "InstanceTypeNotSupported*", "ec2", NULL, NULL, RB_QUOTA,
	  SET(NULL, "source.instance_type") },

	/* ---- still used by something (undo asks again, then says by what) -------- */
	{ "DependencyViolation", NULL, NULL, NULL, RB_DEPENDENCY,
	  TELL(N_("something still uses it: network interfaces of an endpoint or instance may need minutes to go")) },
	{ "DeleteConflict", NULL, NULL, NULL, RB_DEPENDENCY,
	  TELL(N_("take the role out of its profiles and its policies off first")) },
	{ "BucketNotEmpty", NULL, NULL, NULL, RB_DEPENDENCY,
	  TELL(N_("objects, old versions or unfinished uploads are left in it")) },
	{ "*InUse", NULL, NULL, NULL, RB_DEPENDENCY, ADVICE_NO_HINT },
	{ "*InUseException", NULL, NULL, NULL, RB_DEPENDENCY, ADVICE_NO_HINT },
	{ "InvalidParameterValue", "ec2", NULL, "currently in use", RB_DEPENDENCY, ADVICE_NO_HINT },
	{ "InvalidStateTransition", "ec2", "Delete*", NULL, RB_DEPENDENCY, ADVICE_NO_HINT },
	{ "IncorrectState", "ec2", "Delete*", NULL, RB_DEPENDENCY, ADVICE_NO_HINT },
	{ "IncorrectState*", "ec2", "Disassociate*", NULL, RB_DEPENDENCY, ADVICE_NO_HINT },

	/* ---- already there ------------------------------------------------------- */
	{ "BucketAlreadyOwnedByYou", NULL, NULL, NULL, RB_EXISTS,
	  SET(N_("the bucket exists in this account but is not this run's"),
	      "destination.bucket") },
	{ "BucketAlreadyExists", NULL, NULL, NULL, RB_EXISTS,
	  SET(N_("bucket names are shared by all accounts"), "destination.bucket") },
	{ "PreconditionFailed", "s3", NULL, NULL, RB_EXISTS, ADVICE_NO_HINT },
	{ "*.Duplicate", NULL, NULL, NULL, RB_EXISTS, ADVICE_NO_HINT },
	{ "*AlreadyExists", NULL, NULL, NULL, RB_EXISTS, ADVICE_NO_HINT },
	{ "*AlreadyExistsException", NULL, NULL, NULL, RB_EXISTS, ADVICE_NO_HINT },
	{ "Resource.AlreadyAssociated", NULL, NULL, NULL, RB_EXISTS, ADVICE_NO_HINT },
	{ "InvalidSubnet.Conflict", NULL, NULL, NULL, RB_EXISTS,
	  TELL(N_("another subnet of this VPC has these addresses")) },

	{ "InvalidAMIID.NotFound", "ec2", "RunInstances", NULL, RB_FAILED,
	  SET(N_("the image was withdrawn, or the account's Allowed AMIs rule hides it"),
	      "source.image") },
	{ "InvalidAMIID.Unavailable", "ec2", "RunInstances", NULL, RB_FAILED,
	  SET(N_("the image was withdrawn, or the account's Allowed AMIs rule hides it"),
	      "source.image") },

	/* ---- no such thing ------------------------------------------------------- */
	{ "NoSuch*", NULL, NULL, NULL, RB_GONE, ADVICE_NO_HINT },
	{ "*NotFound", NULL, NULL, NULL, RB_GONE, ADVICE_NO_HINT },
	{ "*NotFoundError", NULL, NULL, NULL, RB_GONE, ADVICE_NO_HINT },
	{ "*NotFoundException", NULL, NULL, NULL, RB_GONE, ADVICE_NO_HINT },
	{ "*NotFoundFault", NULL, NULL, NULL, RB_GONE, ADVICE_NO_HINT },

	/* ---- clock --------------------------------------------------------------- */
	{ "RequestTimeTooSkewed", NULL, NULL, NULL, RB_CLOCK, SET_CLOCK },
	{ "RequestInTheFuture", NULL, NULL, NULL, RB_CLOCK, SET_CLOCK },
	{ "SignatureDoesNotMatch", NULL, NULL, "signature expired", RB_CLOCK, SET_CLOCK },
	{ "SignatureDoesNotMatch", NULL, NULL, "not yet current", RB_CLOCK, SET_CLOCK },
	{ "InvalidSignatureException", NULL, NULL, "signature expired", RB_CLOCK, SET_CLOCK },
	{ "InvalidSignatureException", NULL, NULL, "not yet current", RB_CLOCK, SET_CLOCK },

	/* ---- credentials --------------------------------------------------------- */
	{ "ExpiredToken*", NULL, NULL, NULL, RB_CREDENTIALS, NEW_CREDENTIALS },
	{ "RequestExpired", NULL, NULL, NULL, RB_CREDENTIALS,
	  AGAIN(N_(
		  "the credentials have expired, or this machine's clock is wrong: get new credentials and check the clock")) },
	{ "TokenRefreshRequired", NULL, NULL, NULL, RB_CREDENTIALS, NEW_CREDENTIALS },
	{ "InvalidToken", NULL, NULL, NULL, RB_CREDENTIALS,
	  TELL(N_("the session token does not belong to this access key or this partition")) },
	{ "InvalidIdentityToken", NULL, NULL, NULL, RB_CREDENTIALS, NEW_CREDENTIALS },
	{ "InvalidClientTokenId", NULL, NULL, NULL, RB_CREDENTIALS, WRONG_KEY },
	{ "InvalidAccessKeyId", NULL, NULL, NULL, RB_CREDENTIALS, WRONG_KEY },
	{ "UnrecognizedClientException", NULL, NULL, NULL, RB_CREDENTIALS, WRONG_KEY },
	{ "AuthFailure", NULL, NULL, NULL, RB_CREDENTIALS, WRONG_KEY },
	{ "SignatureDoesNotMatch", NULL, NULL, NULL, RB_CREDENTIALS, WRONG_SECRET },
	{ "InvalidSignatureException", NULL, NULL, NULL, RB_CREDENTIALS, WRONG_SECRET },
	{ "IncompleteSignature*", NULL, NULL, NULL, RB_CREDENTIALS, WRONG_KEY },
	{ "MissingAuthenticationToken*", NULL, NULL, NULL, RB_CREDENTIALS, WRONG_KEY },

	/* ---- not allowed --------------------------------------------------------- */
	DENIALS("UnauthorizedOperation"),
	DENIALS("AccessDenied*"),
	{ "UnauthorizedOperation", NULL, NULL, NULL, RB_DENIED,
	  AGAIN(N_(
		  "ask for this permission (the encoded part of the message is read by: aws sts decode-authorization-message)")) },
	{ "AccessDenied*", "s3", "PutBucketPolicy", NULL, RB_DENIED,
	  TELL(N_("either s3:PutBucketPolicy is missing, or Block Public Access refuses the policy as public")) },
	{ "AccessDenied*", "s3", "CreateBucket", NULL, RB_DENIED,
	  SET(N_("either s3:CreateBucket is missing, or the organization wants buckets in the account's own namespace"),
	      "destination.bucket_namespace=account-regional") },
	{ "AccessDenied*", "s3", "HeadBucket", NULL, RB_DENIED,
	  TELL(N_("the bucket is another account's, or s3:ListBucket is missing")) },
	{ "AccessDenied*", "s3", NULL, NULL, RB_DENIED,
	  TELL(N_("ask for this permission; the bucket may also be another account's now")) },
	{ "AccessDenied*", "sts", NULL, "MultiFactorAuthentication failed", RB_CREDENTIALS,
	  AGAIN(N_(
		  "have the next code ready that the device shows (each is taken once), or check mfa_serial of the profile")) },
	{ "AccessDenied*", NULL, NULL, NULL, RB_DENIED, ASK_ADMIN },
	{ "AuthException", NULL, NULL, NULL, RB_DENIED,
	  TELL(N_("ask for ec2-instance-connect:SendSSHPublicKey on this instance")) },
	{ "UnauthorizedAccess*", NULL, NULL, NULL, RB_DENIED, ASK_ADMIN },
	{ "NotAuthorized*", NULL, NULL, NULL, RB_DENIED, ASK_ADMIN },
	{ "OptInRequired", NULL, NULL, NULL, RB_DENIED,
	  TELL(N_("enable this region or service for the account in the console first")) },
	{ "AccountProblem", NULL, NULL, NULL, RB_DENIED,
	  TELL(N_("AWS Support must settle the account's state")) },
	{ "AllAccessDisabled", NULL, NULL, NULL, RB_DENIED,
	  TELL(N_("AWS Support must settle the account's state")) },
	{ "PendingVerification", NULL, NULL, NULL, RB_DENIED,
	  TELL(N_("AWS still verifies this account: wait for its mail (up to four hours)")) },
	{ "Blocked", NULL, NULL, NULL, RB_DENIED,
	  TELL(N_("AWS Support must unblock the account")) },
	{ "RegionDisabledException", NULL, NULL, NULL, RB_DENIED,
	  TELL(N_("STS is switched off for this region: enable it in the IAM console")) },

	/* ---- try again ----------------------------------------------------------- */
	{ "ConditionalRequestConflict", NULL, NULL, NULL, RB_RETRY, ADVICE_BUSY },
	{ "OperationAborted", NULL, NULL, NULL, RB_RETRY,
	  TELL(N_("another change to this bucket is under way; after deleting a bucket its name may stay busy for an hour")) },
	{ "ConcurrentTagAccess", NULL, NULL, NULL, RB_RETRY, ADVICE_BUSY },
	{ "ConcurrentModification*", NULL, NULL, NULL, RB_RETRY, ADVICE_BUSY },
	{ "EntityTemporarilyUnmodifiable", NULL, NULL, NULL, RB_RETRY, ADVICE_BUSY },
	{ "RequestTimeout*", NULL, NULL, NULL, RB_RETRY, ADVICE_BUSY },
	{ "RetryableError", NULL, NULL, NULL, RB_RETRY, ADVICE_BUSY },
	{ "IDPCommunicationError", "sts", NULL, NULL, RB_RETRY,
	  TELL(N_("AWS cannot reach the identity provider")) },
	{ "InternalError", NULL, NULL, NULL, RB_RETRY, ADVICE_BUSY },
	{ "InternalFailure", NULL, NULL, NULL, RB_RETRY, ADVICE_BUSY },
	{ "InternalServerError", NULL, NULL, NULL, RB_RETRY, ADVICE_BUSY },
	{ "ServerInternal", NULL, NULL, NULL, RB_RETRY, ADVICE_BUSY },
	{ "ServiceUnavailable*", NULL, NULL, NULL, RB_RETRY, ADVICE_BUSY },
	{ "Unavailable", NULL, NULL, NULL, RB_RETRY, ADVICE_BUSY },
	{ "ServiceFailure", NULL, NULL, NULL, RB_RETRY, ADVICE_BUSY },
	{ "ServiceException", "ec2-instance-connect", NULL, NULL, RB_RETRY, ADVICE_BUSY },
	{ "EC2InstanceUnavailableException", NULL, NULL, NULL, RB_RETRY, ADVICE_BUSY },

	/* ---- wrong place --------------------------------------------------------- */
	{ "PermanentRedirect", "s3", NULL, NULL, RB_FAILED,
	  SET(N_("the bucket is in another region than the destination"),
	      "destination.bucket destination.region") },
	{ "TemporaryRedirect", "s3", NULL, NULL, RB_RETRY,
	  TELL(N_("the bucket is new and its name not known everywhere yet")) },
	{ "AuthorizationHeaderMalformed", "s3", NULL, NULL, RB_FAILED,
	  SET(N_("the bucket is in another region than the destination"),
	      "destination.bucket destination.region") },
	{ "IllegalLocationConstraintException", "s3", NULL, NULL, RB_FAILED,
	  SET(N_("the bucket's region and the endpoint's must be the same: check AWS_ENDPOINT_URL, or choose another region"),
	      "destination.region") },
	{ "InvalidLocationConstraint", "s3", NULL, NULL, RB_FAILED,
	  SET(N_("buckets cannot be made in this region by this endpoint: check AWS_ENDPOINT_URL, or choose another region"),
	      "destination.region") },

	/* ---- a human must act ---------------------------------------------------- */
	{ "DryRunOperation", NULL, NULL, NULL, RB_FAILED, ADVICE_NO_HINT },
	{ "IdempotentParameterMismatch", NULL, NULL, NULL, RB_FAILED,
	  TELL(N_("this client token was used with other parameters: undo the step")) },
	{ "IdempotentInstanceTerminated", NULL, NULL, NULL, RB_FAILED,
	  TELL(N_("the instance of this client token was terminated: undo the step")) },
	{ "OperationNotPermitted", "ec2", "TerminateInstances", NULL, RB_FAILED,
	  TELL(N_("the instance is protected from termination: take the protection off first")) },
	{ "OperationNotPermitted", "ec2", "AcceptVpcPeeringConnection", NULL, RB_FAILED,
	  TELL(N_("a peering is accepted in the accepter's region and account only")) },
	{ "UnsupportedOperation", "ec2", "RunInstances", "IMDSv1", RB_FAILED,
	  TELL(N_("the account requires IMDSv2")) },
	{ "InvalidParameter*", "ec2", "CreateVpcEndpoint", "availability zone", RB_FAILED,
	  SET(N_("the service is not offered in the subnet's zone"), "destination.zone") },
	{ "InvalidParameterValue", "ec2", "CreateSubnet", "availabilityZone", RB_FAILED,
	  SET(N_("zones differ per account: the message lists this one's"),
	      "source.zone destination.zone") },
	{ "*.Malformed", NULL, NULL, NULL, RB_FAILED,
	  SET(N_("an id is not in AWS's form; if it is the image's, choose another"),
	      "source.image") },
	{ "InvalidBucketName", "s3", NULL, NULL, RB_FAILED,
	  SET(N_("a name is 3 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit"),
	      "destination.bucket") },
	{ "MissingNamespaceHeader", "s3", NULL, NULL, RB_FAILED,
	  SET(N_("the name is one of an account's own namespace"), "destination.bucket") },
	{ "InvalidBucketNamespace", "s3", NULL, NULL, RB_FAILED,
	  SET(N_("such a name is PREFIX-ACCOUNT-REGION-an of this account and the bucket's region"),
	      "destination.bucket") },
	{ "MalformedPolicy*", NULL, NULL, NULL, RB_FAILED, ADVICE_NO_HINT },
	{ "UnknownParameter", NULL, NULL, NULL, RB_FAILED,
	  TELL(N_("the service does not know a parameter: is this an emulator or an old endpoint")) },
	{ "InvalidAction", NULL, NULL, NULL, RB_FAILED,
	  TELL(N_("the service does not know this action: is this an emulator or an old endpoint")) },
	{ "UnknownOperationException", NULL, NULL, NULL, RB_FAILED,
	  TELL(N_("the service does not know this action: is this an emulator or an old endpoint")) },
};
const size_t advice_rows_n = ARRAY_LEN(advice_rows);

const struct advice_status advice_statuses[] = {
	{ 301, RB_FAILED,
	  TELL(N_("the endpoint points elsewhere: check the region and AWS_ENDPOINT_URL")) },
	{ 302, RB_FAILED, TELL(N_("something on the way redirects: a login page or a proxy")) },
	{ 303, RB_FAILED, TELL(N_("something on the way redirects: a login page or a proxy")) },
	{ 307, RB_RETRY, TELL(N_("the endpoint points elsewhere for a while")) },
	{ 308, RB_FAILED,
	  TELL(N_("the endpoint points elsewhere: check the region and AWS_ENDPOINT_URL")) },
	{ 401, RB_CREDENTIALS, WRONG_KEY },
	{ 403, RB_DENIED, TELL(N_("not allowed, or a proxy refused: the answer does not say")) },
	{ 404, RB_GONE, ADVICE_NO_HINT },
	{ 407, RB_FAILED,
	  TELL(N_("something on the way asks for a proxy's login, and no proxy is configured: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT")) },
	{ 408, RB_RETRY, ADVICE_BUSY },
	{ 429, RB_THROTTLED, ADVICE_BUSY },
	{ 511, RB_FAILED, TELL(N_("the network wants a login first (captive portal)")) },
};
const size_t advice_statuses_n = ARRAY_LEN(advice_statuses);
