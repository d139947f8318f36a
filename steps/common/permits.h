/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The permissions that each kind of thing needs, as rows of a procedure's table
 * (runbook/contract/permit.h): what makes, reads, repairs and removes it, in one place.
 *
 * Reads are not narrowed by tags: that a tag was taken off is among what they find out.
 * To put our tags on what has lost them all is nobody's permission here: whoever may tag
 * anything with the stack's name may then remove it.
 */
#ifndef STEPS_COMMON_PERMITS_H
#define STEPS_COMMON_PERMITS_H

#include "runbook/contract/params.h"
#include "runbook/contract/permit.h"
#include "steps/common/sides.h"

#define PERMIT_SOURCE (1u << SIDE_SOURCE)
#define PERMIT_DESTINATION (1u << SIDE_DESTINATION)
#define PERMIT_BOTH (PERMIT_SOURCE | PERMIT_DESTINATION)

/* Those that were given included. */
#define PERMIT_OUR_TAGS "ForAllValues:StringEquals aws:TagKeys {tag-keys}"
#define PERMIT_REPAIR "a repair of what was changed since"

/* clang-format off */

/* Something new and tagged; the tags are a permission of their own. */
#define PERMIT_MAKES(id, at, call, type)                                                           \
	{ id, PERMIT_DO, at, "ec2:" call, type, PERMIT_NEW, NULL, NULL, NULL },                          \
	PERMIT_TAGS(id, at, call, type)
#define PERMIT_TAGS(id, at, call, type)                                                            \
	{ id, PERMIT_DO, at, "ec2:CreateTags", type, PERMIT_NEW,                                   \
	  "StringEquals ec2:CreateAction " call "; " PERMIT_OUR_TAGS, NULL, NULL }
/* A call on what is there and ours. */
#define PERMIT_USES(id, at, call, type)                                                            \
	{ id, PERMIT_DO, at, "ec2:" call, type, PERMIT_OWN, NULL, NULL, NULL }
#define PERMIT_MENDS(id, at, call, type)                                                           \
	{ id, PERMIT_DO, at, "ec2:" call, type, PERMIT_OWN, NULL, PERMIT_REPAIR, NULL }
/* A tag of ours that was changed, on what still has the stack's. */
#define PERMIT_RETAGS(id, at, type)                                                                \
	{ id, PERMIT_DO, at, "ec2:CreateTags", type, PERMIT_OWN, PERMIT_OUR_TAGS, PERMIT_REPAIR, NULL }
#define PERMIT_REMOVES(id, at, call, type)                                                         \
	{ id, PERMIT_UNDO, at, "ec2:" call, type, PERMIT_OWN, NULL, NULL, NULL }
#define PERMIT_LISTS(id, at, how, call)                                                            \
	{ id, how, at, "ec2:" call, "*", PERMIT_ANY, NULL, NULL, NULL }
/* A look at what a step made; an undo deletes it by its recorded id and has no need of one. */
#define PERMITS_MADE(id, at, call)                                                                 \
	PERMIT_LISTS(id, at, PERMIT_DO | PERMIT_VERIFY, call),                                     \
	PERMIT_ASKS(id, at, PERMIT_UNDO, call, "an id is not recorded, or something is in the way")
#define PERMIT_ASKS(id, at, how, call, when)                                                       \
	{ id, how, at, "ec2:" call, "*", PERMIT_ANY, NULL, when, NULL }

#define PERMITS_VPC(id, at)                                                                        \
	PERMIT_MAKES(id, at, "CreateVpc", "vpc"),                                                  \
	PERMIT_USES(id, at, "ModifyVpcAttribute", "vpc"),                                          \
	PERMIT_RETAGS(id, at, "vpc"),                                                              \
	PERMITS_MADE(id, at, "DescribeVpcs"),                                                      \
	{ id, PERMIT_DO | PERMIT_VERIFY, at, "ec2:DescribeVpcAttribute", "vpc", PERMIT_ANY,        \
	  NULL, NULL, NULL },                                                                            \
	PERMIT_LISTS(id, at, PERMIT_DO | PERMIT_VERIFY, "DescribeRouteTables"),                    \
	PERMIT_REMOVES(id, at, "DeleteVpc", "vpc")

#define PERMITS_SUBNET(id, at)                                                                     \
	PERMIT_MAKES(id, at, "CreateSubnet", "subnet"),                                            \
	PERMIT_USES(id, at, "CreateSubnet", "vpc"),                                                \
	PERMIT_MAKES(id, at, "CreateRouteTable", "route-table"),                                   \
	PERMIT_USES(id, at, "CreateRouteTable", "vpc"),                                            \
	PERMIT_USES(id, at, "AssociateRouteTable", "route-table"),                                 \
	PERMIT_USES(id, at, "AssociateRouteTable", "subnet"),                                      \
	PERMIT_MENDS(id, at, "ModifySubnetAttribute", "subnet"),                                   \
	PERMIT_MENDS(id, at, "DeleteRoute", "route-table"),                                        \
	PERMIT_RETAGS(id, at, "subnet"),                                                           \
	PERMIT_RETAGS(id, at, "route-table"),                                                      \
	PERMITS_MADE(id, at, "DescribeSubnets"),                                                   \
	PERMIT_LISTS(id, at, PERMIT_READS, "DescribeRouteTables"),                                 \
	PERMIT_REMOVES(id, at, "DisassociateRouteTable", "route-table"),                           \
	{ id, PERMIT_UNDO, at, "ec2:DisassociateRouteTable", "subnet", PERMIT_OWN, NULL,           \
	  "AWS looks at the subnet, too", NULL },                                                        \
	PERMIT_REMOVES(id, at, "DeleteRouteTable", "route-table"),                                 \
	PERMIT_REMOVES(id, at, "DeleteSubnet", "subnet")

/* A group with its rules. */
#define PERMITS_GROUP(id, at)                                                                      \
	PERMIT_MAKES(id, at, "CreateSecurityGroup", "security-group"),                             \
	PERMIT_USES(id, at, "CreateSecurityGroup", "vpc"),                                         \
	PERMIT_MAKES(id, at, "AuthorizeSecurityGroupIngress", "security-group-rule"),              \
	PERMIT_USES(id, at, "AuthorizeSecurityGroupIngress", "security-group"),                    \
	PERMIT_MENDS(id, at, "AuthorizeSecurityGroupEgress", "security-group"),                    \
	{ id, PERMIT_DO, at, "ec2:AuthorizeSecurityGroupEgress", "security-group-rule",            \
	  PERMIT_NEW, NULL, PERMIT_REPAIR, NULL },                                                       \
	{ id, PERMIT_DO, at, "ec2:CreateTags", "security-group-rule", PERMIT_NEW,                  \
	  "StringEquals ec2:CreateAction AuthorizeSecurityGroupEgress; " PERMIT_OUR_TAGS,          \
	  PERMIT_REPAIR, NULL },                                                                         \
	PERMIT_MENDS(id, at, "RevokeSecurityGroupIngress", "security-group"),                      \
	PERMIT_MENDS(id, at, "RevokeSecurityGroupEgress", "security-group"),                       \
	PERMIT_RETAGS(id, at, "security-group"),                                                   \
	PERMITS_MADE(id, at, "DescribeSecurityGroups"),                                            \
	PERMIT_ASKS(id, at, PERMIT_DO | PERMIT_VERIFY, "DescribeSecurityGroupRules",               \
		    "the rules of a group are changed"),                                           \
	PERMIT_REMOVES(id, at, "DeleteSecurityGroup", "security-group")

/* It comes with a network interface, which the caller must be allowed to make. */
#define PERMITS_CONNECT_ENDPOINT(id, at)                                                           \
	PERMIT_MAKES(id, at, "CreateInstanceConnectEndpoint", "instance-connect-endpoint"),        \
	PERMIT_USES(id, at, "CreateInstanceConnectEndpoint", "subnet"),                            \
	PERMIT_USES(id, at, "CreateInstanceConnectEndpoint", "security-group"),                    \
	{ id, PERMIT_DO, at, "ec2:CreateNetworkInterface", "network-interface", PERMIT_ANY,        \
	  NULL, NULL, NULL },                                                                            \
	PERMIT_USES(id, at, "CreateNetworkInterface", "subnet"),                                   \
	PERMIT_USES(id, at, "CreateNetworkInterface", "security-group"),                           \
	{ id, PERMIT_DO, PERMIT_GLOBAL, "iam:CreateServiceLinkedRole",                             \
	  "arn:{partition}:iam::{account}:role/aws-service-role/"                                  \
	  "ec2-instance-connect.amazonaws.com/*", PERMIT_ANY,                                      \
	  "StringEquals iam:AWSServiceName ec2-instance-connect.amazonaws.com",                    \
	  "the account's first EC2 Instance Connect Endpoint", NULL },                                   \
	PERMIT_RETAGS(id, at, "instance-connect-endpoint"),                                        \
	PERMIT_LISTS(id, at, PERMIT_READS, "DescribeInstanceConnectEndpoints"),                    \
	PERMIT_REMOVES(id, at, "DeleteInstanceConnectEndpoint", "instance-connect-endpoint")

#define PERMIT_ROLES "arn:{partition}:iam::{account}:role/runbook/*/runbook-*-instance"
#define PERMIT_PROFILES                                                                            \
	"arn:{partition}:iam::{account}:instance-profile/runbook/*/runbook-*-instance"
/* IAM looks for a name without a path when there is no such role. */
#define PERMIT_ROLES_GONE "arn:{partition}:iam::{account}:role/runbook-*-instance"
#define PERMIT_PROFILES_GONE "arn:{partition}:iam::{account}:instance-profile/runbook-*-instance"
#define PERMIT_GONE "what is gone already has no path any more"
#define PERMIT_HUNG "others hung a policy on the role"
#define PERMIT_S3_FULL                                                                             \
	"ArnEquals iam:PolicyARN arn:{partition}:iam::aws:policy/AmazonS3FullAccess"

#define PERMIT_IAM(id, how, call, arn, tag, conditions, when)                                      \
	{ id, how, PERMIT_GLOBAL, "iam:" call, arn, tag, conditions, when, NULL }
/* On a role or profile of ours, and by name alone when it is gone. */
#define PERMIT_ON_ROLE(id, how, call, tag, conditions)                                             \
	PERMIT_IAM(id, how, call, PERMIT_ROLES, tag, conditions, NULL),                            \
	PERMIT_IAM(id, how, call, PERMIT_ROLES_GONE, PERMIT_ANY, conditions, PERMIT_GONE)
#define PERMIT_ON_PROFILE(id, how, call, tag)                                                      \
	PERMIT_IAM(id, how, call, PERMIT_PROFILES, tag, NULL, NULL),                               \
	PERMIT_IAM(id, how, call, PERMIT_PROFILES_GONE, PERMIT_ANY, NULL, PERMIT_GONE)

/* Tags do not narrow PassRole: IAM's pages call that unreliable. */
#define PERMITS_ROLE(id)                                                                           \
	PERMIT_IAM(id, PERMIT_DO, "CreateRole", PERMIT_ROLES, PERMIT_NEW,                          \
		   PERMIT_OUR_TAGS "; {bounded}", NULL),                                           \
	{ id, PERMIT_DO, PERMIT_GLOBAL, "iam:PutRolePermissionsBoundary", PERMIT_ROLES,            \
	  PERMIT_OWN, "{bounded}", PERMIT_REPAIR, "iam.permissions_boundary" },                    \
	PERMIT_IAM(id, PERMIT_DO, "TagRole", PERMIT_ROLES, PERMIT_NEW, PERMIT_OUR_TAGS,            \
		   "IAM asks for it beside CreateRole, and " PERMIT_REPAIR),                       \
	PERMIT_IAM(id, PERMIT_DO, "AttachRolePolicy", PERMIT_ROLES, PERMIT_OWN,                    \
		   PERMIT_S3_FULL "; {bounded}", NULL),                                                                       \
	PERMIT_IAM(id, PERMIT_DO, "UpdateAssumeRolePolicy", PERMIT_ROLES, PERMIT_OWN, NULL,        \
		   PERMIT_REPAIR),                                                                 \
	PERMIT_IAM(id, PERMIT_DO | PERMIT_UNDO, "DeleteRolePolicy", PERMIT_ROLES, PERMIT_OWN,      \
		   NULL, PERMIT_REPAIR),                                                           \
	PERMIT_IAM(id, PERMIT_DO, "CreateInstanceProfile", PERMIT_PROFILES, PERMIT_NEW,            \
		   PERMIT_OUR_TAGS, NULL),                                                         \
	PERMIT_IAM(id, PERMIT_DO, "TagInstanceProfile", PERMIT_PROFILES, PERMIT_NEW,               \
		   PERMIT_OUR_TAGS,                                                                \
		   "IAM asks for it beside CreateInstanceProfile, and " PERMIT_REPAIR),            \
	PERMIT_IAM(id, PERMIT_DO, "AddRoleToInstanceProfile", PERMIT_PROFILES, PERMIT_OWN, NULL,   \
		   NULL),                                                                          \
	PERMIT_IAM(id, PERMIT_DO, "PassRole", PERMIT_ROLES, PERMIT_ANY,                            \
		   "StringEquals iam:PassedToService {ec2}", NULL),                                \
	PERMIT_ON_ROLE(id, PERMIT_READS, "GetRole", PERMIT_ANY, NULL),                             \
	PERMIT_ON_ROLE(id, PERMIT_DO | PERMIT_VERIFY, "ListAttachedRolePolicies", PERMIT_ANY,      \
		       NULL),                                                                      \
	PERMIT_ON_ROLE(id, PERMIT_DO | PERMIT_VERIFY, "ListRolePolicies", PERMIT_ANY, NULL),       \
	PERMIT_IAM(id, PERMIT_UNDO, "ListAttachedRolePolicies", PERMIT_ROLES, PERMIT_ANY, NULL,    \
		   PERMIT_HUNG),                                                                   \
	PERMIT_IAM(id, PERMIT_UNDO, "ListRolePolicies", PERMIT_ROLES, PERMIT_ANY, NULL,            \
		   PERMIT_HUNG),                                                                   \
	PERMIT_ON_PROFILE(id, PERMIT_READS, "GetInstanceProfile", PERMIT_ANY),                     \
	PERMIT_ON_ROLE(id, PERMIT_UNDO, "DetachRolePolicy", PERMIT_OWN, NULL),                     \
	PERMIT_ON_ROLE(id, PERMIT_UNDO, "DeleteRole", PERMIT_OWN, NULL),                           \
	PERMIT_ON_PROFILE(id, PERMIT_UNDO, "RemoveRoleFromInstanceProfile", PERMIT_OWN),           \
	PERMIT_ON_PROFILE(id, PERMIT_UNDO, "DeleteInstanceProfile", PERMIT_OWN),                   \
	PERMIT_IAM(id, PERMIT_UNDO, "ListRoles", "*", PERMIT_ANY, NULL, NULL),                     \
	PERMIT_IAM(id, PERMIT_UNDO, "ListInstanceProfiles", "*", PERMIT_ANY, NULL, NULL)

/* An image has no account in its ARN.  The volume is made from the image, so it is checked. */
#define PERMITS_INSTANCE(id, at)                                                                   \
	PERMIT_MAKES(id, at, "RunInstances", "instance"),                                          \
	PERMIT_MAKES(id, at, "RunInstances", "volume"),                                            \
	PERMIT_MAKES(id, at, "RunInstances", "network-interface"),                                 \
	PERMIT_USES(id, at, "RunInstances", "subnet"),                                             \
	PERMIT_USES(id, at, "RunInstances", "security-group"),                                     \
	{ id, PERMIT_DO, at, "ec2:RunInstances", "arn:{partition}:ec2:{region}::image/{image}",    \
	  PERMIT_ANY, "{image-owner}", NULL, NULL },                                                     \
	{ id, PERMIT_DO, at, "ssm:GetParameter",                                                   \
	  "arn:{partition}:ssm:{region}::parameter/aws/service/ami-amazon-linux-latest/*",         \
	  PERMIT_ANY, NULL, "the image is not given", NULL },                                            \
	PERMIT_MENDS(id, at, "ModifyInstanceAttribute", "instance"),                               \
	PERMIT_MENDS(id, at, "ModifyInstanceAttribute", "security-group"),                         \
	PERMIT_MENDS(id, at, "ModifyInstanceMetadataOptions", "instance"),                         \
	PERMIT_MENDS(id, at, "AssociateIamInstanceProfile", "instance"),                           \
	PERMIT_MENDS(id, at, "StartInstances", "instance"),                                        \
	PERMIT_RETAGS(id, at, "instance"),                                                         \
	PERMIT_ASKS(id, at, PERMIT_DO, "DescribeImages",                                           \
		    "an image's own rules are told before the launch"),                            \
	PERMIT_ASKS(id, at, PERMIT_DO, "DescribeInstanceTypeOfferings",                            \
		    "a launch is refused, or left to a person"),                                   \
	PERMIT_LISTS(id, at, PERMIT_READS, "DescribeInstances"),                                   \
	PERMIT_LISTS(id, at, PERMIT_DO | PERMIT_VERIFY, "DescribeInstanceStatus"),                 \
	PERMIT_LISTS(id, at, PERMIT_DO, "DescribeIamInstanceProfileAssociations"),                 \
	PERMIT_ASKS(id, at, PERMIT_VERIFY, "DescribeIamInstanceProfileAssociations",               \
		    "the instance was not seen to hold before"),                                   \
	{ id, PERMIT_DO | PERMIT_VERIFY, at, "ec2:GetConsoleOutput", "instance", PERMIT_OWN, NULL, \
	  "why an instance does not come up", NULL },                                                    \
	PERMIT_REMOVES(id, at, "TerminateInstances", "instance"),                                  \
	PERMIT_LISTS(id, at, PERMIT_UNDO, "DescribeVolumes"),                                      \
	{ id, PERMIT_UNDO, at, "ec2:DeleteVolume", "volume", PERMIT_OWN, NULL,                     \
	  "a volume that outlived its instance", NULL }

#define PERMITS_S3_ENDPOINT(id, at)                                                                \
	PERMIT_MAKES(id, at, "CreateVpcEndpoint", "vpc-endpoint"),                                 \
	PERMIT_USES(id, at, "CreateVpcEndpoint", "vpc"),                                           \
	PERMIT_USES(id, at, "CreateVpcEndpoint", "subnet"),                                        \
	PERMIT_USES(id, at, "CreateVpcEndpoint", "security-group"),                                \
	PERMIT_MENDS(id, at, "ModifyVpcEndpoint", "vpc-endpoint"),                                 \
	PERMIT_MENDS(id, at, "ModifyVpcEndpoint", "security-group"),                               \
	PERMIT_RETAGS(id, at, "vpc-endpoint"),                                                     \
	PERMIT_LISTS(id, at, PERMIT_READS, "DescribeVpcEndpoints"),                                \
	PERMIT_REMOVES(id, at, "DeleteVpcEndpoints", "vpc-endpoint")

/* An endpoint whose service lies in another region: nobody has it unless it was given.
 *   source  AWS PrivateLink Guide, "Cross-region enabled AWS services" */
#define PERMITS_FAR_SERVICE(id, at)                                                                \
	{ id, PERMIT_DO, at, "vpce:AllowMultiRegion",                                              \
	  "arn:{partition}:ec2:{region}:{account}:vpc-endpoint/*", PERMIT_ANY, NULL, NULL, NULL }, \
	{ id, PERMIT_UNDO, at, "vpce:AllowMultiRegion",                                            \
	  "arn:{partition}:ec2:{region}:{account}:vpc-endpoint/*", PERMIT_ANY, NULL,               \
	  "AWS does not say whether a delete asks for it", NULL }

/* S3 checks no tags of ours: they come after the bucket.  It is the name that narrows.  With tags
 * that were given all come with the bucket, which is a permission of its own. */
#define PERMIT_OUR_ACCOUNT "StringEquals s3:ResourceAccount {account}"
#define PERMIT_BUCKET_ARN "arn:{partition}:s3:::{destination.bucket}"
#define PERMIT_THERE "StringEquals aws:RequestedRegion {destination}"
#define PERMIT_BUCKET(id, how, call, when)                                                         \
	{ id, how, PERMIT_DESTINATION, "s3:" call, "arn:{partition}:s3:::{destination.bucket}", PERMIT_ANY,    \
	  PERMIT_OUR_ACCOUNT, when, NULL }
#define PERMIT_OBJECT(id, how, call, when)                                                         \
	{ id, how, PERMIT_DESTINATION, "s3:" call, "arn:{partition}:s3:::{destination.bucket}/*", PERMIT_ANY,  \
	  PERMIT_OUR_ACCOUNT, when, NULL }
/* Objects are deleted by version, also in a bucket without versioning. */
#define PERMITS_OBJECTS_GO(id)                                                                     \
	PERMIT_BUCKET(id, PERMIT_UNDO, "ListBucketVersions", NULL),                                \
	PERMIT_OBJECT(id, PERMIT_UNDO, "DeleteObjectVersion", NULL)
/* What explains a way asks beside what steps read: whether the role, and who logs in, would be let. */
#define PERMIT_EXPLAINED "a way is explained"
#define PERMITS_EXPLAIN_ROLE(id)                                                                   \
	PERMIT_IAM(id, PERMIT_DO | PERMIT_VERIFY, "SimulatePrincipalPolicy", PERMIT_ROLES,         \
		   PERMIT_ANY, NULL, PERMIT_EXPLAINED)
#define PERMITS_EXPLAIN_OPERATOR(id)                                                               \
	PERMIT_IAM(id, PERMIT_DO | PERMIT_VERIFY, "SimulatePrincipalPolicy",                       \
		   "arn:{partition}:iam::{account}:user/*", PERMIT_ANY, NULL, PERMIT_EXPLAINED),   \
	PERMIT_IAM(id, PERMIT_DO | PERMIT_VERIFY, "SimulatePrincipalPolicy",                       \
		   "arn:{partition}:iam::{account}:role/*", PERMIT_ANY, NULL, PERMIT_EXPLAINED),   \
	PERMIT_IAM(id, PERMIT_DO | PERMIT_VERIFY, "GetRole",                                       \
		   "arn:{partition}:iam::{account}:role/*", PERMIT_ANY, NULL, PERMIT_EXPLAINED)
#define PERMITS_UPLOAD(id)                                                                         \
	PERMIT_OBJECT(id, PERMIT_DO | PERMIT_VERIFY, "GetObject", NULL),                           \
	PERMIT_BUCKET(id, PERMIT_DO | PERMIT_VERIFY, "ListBucket",                                 \
		      "an object that is gone is told from one that may not be seen"),             \
	PERMIT_OBJECT(id, PERMIT_DO | PERMIT_VERIFY, "DeleteObject",                               \
		      "an upload from outside that was not refused is taken away again"),          \
	PERMITS_OBJECTS_GO(id)
#define PERMITS_BUCKET(id)                                                                         \
	{ id, PERMIT_DO, PERMIT_DESTINATION, "s3:CreateBucket", PERMIT_BUCKET_ARN, PERMIT_ANY,     \
	  PERMIT_THERE "; {namespace}", NULL, "!" PARAM_TAGS },                                    \
	{ id, PERMIT_DO, PERMIT_DESTINATION, "s3:CreateBucket", PERMIT_BUCKET_ARN, PERMIT_NEW,     \
	  PERMIT_THERE "; {namespace}; " PERMIT_OUR_TAGS, NULL, PARAM_TAGS },                                   \
	{ id, PERMIT_DO, PERMIT_DESTINATION, "s3:TagResource", PERMIT_BUCKET_ARN, PERMIT_NEW,      \
	  PERMIT_OUR_TAGS, NULL, PARAM_TAGS },                                                     \
	{ id, PERMIT_DO, PERMIT_DESTINATION, "s3:PutBucketTagging", PERMIT_BUCKET_ARN, PERMIT_ANY, \
	  PERMIT_OUR_ACCOUNT, NULL, "!" PARAM_TAGS },                                              \
	{ id, PERMIT_DO, PERMIT_DESTINATION, "s3:PutBucketTagging", PERMIT_BUCKET_ARN, PERMIT_ANY, \
	  PERMIT_OUR_ACCOUNT, PERMIT_REPAIR, PARAM_TAGS },                                         \
	PERMIT_BUCKET(id, PERMIT_DO, "PutBucketPublicAccessBlock", NULL),                          \
	PERMIT_BUCKET(id, PERMIT_DO, "PutBucketPolicy", NULL),                                     \
	PERMIT_BUCKET(id, PERMIT_DO, "PutEncryptionConfiguration", PERMIT_REPAIR),                 \
	PERMIT_BUCKET(id, PERMIT_DO, "ListBucket",                                                 \
		      "the bucket may be there already: another name, or a later try"),            \
	PERMIT_BUCKET(id, PERMIT_UNDO, "ListBucket", "the bucket's tags are not the run's"),       \
	PERMIT_BUCKET(id, PERMIT_READS, "GetBucketTagging", NULL),                                 \
	PERMIT_BUCKET(id, PERMIT_READS, "GetBucketLocation", "a look at the bucket is refused"),   \
	PERMIT_BUCKET(id, PERMIT_DO | PERMIT_VERIFY, "GetBucketPolicy", NULL),                     \
	PERMIT_BUCKET(id, PERMIT_DO | PERMIT_VERIFY, "GetBucketPublicAccessBlock", NULL),          \
	PERMIT_BUCKET(id, PERMIT_DO | PERMIT_VERIFY, "GetEncryptionConfiguration", NULL),          \
	PERMIT_BUCKET(id, PERMIT_DO | PERMIT_VERIFY, "GetBucketPolicyStatus",                      \
		      "a policy is refused as public"),                                            \
	PERMITS_OBJECTS_GO(id),                                                                    \
	PERMIT_BUCKET(id, PERMIT_UNDO, "ListBucketMultipartUploads", NULL),                        \
	PERMIT_BUCKET(id, PERMIT_UNDO, "DeleteBucketPolicy",                                       \
		      "something is still in the bucket, or its policy was changed"),              \
	PERMIT_BUCKET(id, PERMIT_UNDO, "DeleteBucket", NULL),                                      \
	PERMIT_OBJECT(id, PERMIT_UNDO, "AbortMultipartUpload", "an upload was left unfinished")

#define PERMIT_PEERS                                                                               \
	"ArnLike ec2:RequesterVpc arn:{partition}:ec2:{source}:{account}:vpc/*; "                  \
	"ArnLike ec2:AccepterVpc arn:{partition}:ec2:{destination}:{account}:vpc/*"
#define PERMITS_PEERING_REQUEST(id)                                                                \
	{ id, PERMIT_DO, PERMIT_SOURCE, "ec2:CreateVpcPeeringConnection",                          \
	  "vpc-peering-connection", PERMIT_NEW, PERMIT_PEERS, NULL, NULL },                              \
	PERMIT_TAGS(id, PERMIT_SOURCE, "CreateVpcPeeringConnection", "vpc-peering-connection"),    \
	PERMIT_USES(id, PERMIT_SOURCE, "CreateVpcPeeringConnection", "vpc"),                       \
	PERMIT_RETAGS(id, PERMIT_SOURCE, "vpc-peering-connection"),                                \
	PERMIT_LISTS(id, PERMIT_BOTH, PERMIT_READS, "DescribeVpcPeeringConnections"),              \
	PERMIT_REMOVES(id, PERMIT_SOURCE, "DeleteVpcPeeringConnection", "vpc-peering-connection")
/* The accepter's side has no tags before it is accepted, and gets them by a call of its own. */
#define PERMITS_PEERING_ACCEPT(id)                                                                 \
	{ id, PERMIT_DO, PERMIT_DESTINATION, "ec2:AcceptVpcPeeringConnection",                     \
	  "vpc-peering-connection", PERMIT_ANY, PERMIT_PEERS, NULL, NULL },                              \
	PERMIT_USES(id, PERMIT_DESTINATION, "AcceptVpcPeeringConnection", "vpc"),                  \
	{ id, PERMIT_DO, PERMIT_DESTINATION, "ec2:CreateTags", "vpc-peering-connection",           \
	  PERMIT_NEW, PERMIT_PEERS "; " PERMIT_OUR_TAGS, NULL, NULL },                                   \
	PERMIT_LISTS(id, PERMIT_BOTH, PERMIT_READS, "DescribeVpcPeeringConnections")

#define PERMITS_ROUTE(id, at)                                                                      \
	PERMIT_USES(id, at, "CreateRoute", "route-table"),                                         \
	PERMIT_MENDS(id, at, "ReplaceRoute", "route-table"),                                       \
	PERMIT_LISTS(id, at, PERMIT_READS, "DescribeRouteTables"),                                 \
	PERMIT_REMOVES(id, at, "DeleteRoute", "route-table")

#define PERMITS_LOGIN(id, at)                                                                      \
	{ id, PERMIT_DO | PERMIT_VERIFY | PERMIT_CONNECT, at,                                      \
	  "ec2-instance-connect:SendSSHPublicKey", "instance", PERMIT_OWN,                         \
	  "StringEquals ec2:osuser {source.os_user}", NULL, NULL },                                                \
	{ id, PERMIT_DO | PERMIT_VERIFY | PERMIT_CONNECT, at, "ec2-instance-connect:OpenTunnel",   \
	  "instance-connect-endpoint", PERMIT_OWN,                                                 \
	  "NumericEquals ec2-instance-connect:remotePort 22; "                                     \
	  "IpAddress ec2-instance-connect:privateIpAddress {source.subnet_cidr}", NULL, NULL }

/* What a preflight asks beside what it dry-runs, and the first run of a person at a terminal (the
 * alias).  None of it is needed by anything else. */
#define PERMIT_ASKED(id, at, call, arn)                                                            \
	{ id, PERMIT_PREFLIGHT, at, call, arn, PERMIT_ANY, NULL, NULL, NULL }
/* `services`: where endpoint services are asked for. */
#define PERMITS_PREFLIGHT(id, services)                                                                      \
	PERMIT_ASKED(id, PERMIT_GLOBAL, "iam:SimulatePrincipalPolicy",                             \
		     "arn:{partition}:iam::{account}:user/*"),                                     \
	PERMIT_ASKED(id, PERMIT_GLOBAL, "iam:SimulatePrincipalPolicy",                             \
		     "arn:{partition}:iam::{account}:role/*"),                                     \
	PERMIT_ASKED(id, PERMIT_GLOBAL, "iam:GetRole", "arn:{partition}:iam::{account}:role/*"),   \
	PERMIT_ASKED(id, PERMIT_GLOBAL, "iam:GetAccountSummary", "*"),                             \
	PERMIT_ASKED(id, PERMIT_GLOBAL, "iam:ListAccountAliases", "*"),                            \
	PERMIT_ASKED(id, PERMIT_BOTH, "servicequotas:ListServiceQuotas", "*"),                     \
	PERMIT_ASKED(id, PERMIT_BOTH, "servicequotas:GetServiceQuota", "*"),                       \
	PERMIT_ASKED(id, PERMIT_SOURCE, "ec2:DescribeRegions", "*"),                               \
	PERMIT_ASKED(id, PERMIT_BOTH, "ec2:DescribeVpcs", "*"),                                    \
	PERMIT_ASKED(id, PERMIT_BOTH, "ec2:DescribeSecurityGroups", "*"),                          \
	PERMIT_ASKED(id, PERMIT_BOTH, "ec2:DescribeVpcBlockPublicAccessOptions", "*"),             \
	PERMIT_ASKED(id, PERMIT_BOTH, "ec2:DescribeAccountVpcEncryptionControl", "*"),             \
	PERMIT_ASKED(id, PERMIT_BOTH, "ec2:DescribeAvailabilityZones", "*"),                       \
	PERMIT_ASKED(id, PERMIT_SOURCE, "ec2:DescribeVpcPeeringConnections", "*"),                 \
	PERMIT_ASKED(id, PERMIT_SOURCE, "ec2:DescribeInstanceConnectEndpoints", "*"),              \
	PERMIT_ASKED(id, PERMIT_SOURCE, "ec2:DescribeInstances", "*"),                             \
	PERMIT_ASKED(id, PERMIT_SOURCE, "ec2:DescribeInstanceTypes", "*"),                         \
	PERMIT_ASKED(id, PERMIT_SOURCE, "ec2:DescribeInstanceTypeOfferings", "*"),                 \
	PERMIT_ASKED(id, PERMIT_SOURCE, "ec2:DescribeImages", "*"),                                \
	PERMIT_ASKED(id, PERMIT_SOURCE, "ec2:GetAllowedImagesSettings", "*"),                      \
	PERMIT_ASKED(id, PERMIT_SOURCE, "ec2:GetInstanceMetadataDefaults", "*"),                   \
	PERMIT_ASKED(id, PERMIT_SOURCE, "ec2:GetEbsEncryptionByDefault", "*"),                     \
	PERMIT_ASKED(id, PERMIT_SOURCE, "ec2:GetEbsDefaultKmsKeyId", "*"),                         \
	PERMIT_ASKED(id, PERMIT_SOURCE, "kms:DescribeKey",                                         \
		     "arn:{partition}:kms:{region}:{account}:key/*"),                              \
	PERMIT_ASKED(id, PERMIT_SOURCE, "ssm:GetParameter",                                        \
		     "arn:{partition}:ssm:{region}::parameter/aws/service/ami-amazon-linux-latest/*"), \
	PERMIT_ASKED(id, services, "ec2:DescribeVpcEndpointServices", "*"),              \
	PERMIT_ASKED(id, PERMIT_DESTINATION, "s3:ListAllMyBuckets", "*"),                          \
	PERMIT_ASKED(id, PERMIT_DESTINATION, "s3:GetAccountPublicAccessBlock", "*"),               \
	PERMIT_ASKED(id, PERMIT_DESTINATION, "s3:ListBucket", PERMIT_BUCKET_ARN)

/* What an undo reads to report what is in the way, and the sweep after it. */
#define PERMITS_SWEEP(id)                                                                          \
	PERMIT_LISTS(id, PERMIT_BOTH, PERMIT_UNDO, "DescribeTags"),                                \
	PERMIT_ASKS(id, PERMIT_BOTH, PERMIT_DO | PERMIT_VERIFY | PERMIT_UNDO,                      \
		    "DescribeNetworkInterfaces",                                                   \
		    "a path that is broken, or who is in the way is told"),                                                  \
	PERMIT_ASKS(id, PERMIT_BOTH, PERMIT_UNDO, "DescribeInternetGateways",                      \
		    "something of others is in the way"),                                          \
	PERMIT_ASKS(id, PERMIT_BOTH, PERMIT_UNDO, "DescribeNatGateways",                           \
		    "something of others is in the way"),                                          \
	PERMIT_ASKS(id, PERMIT_BOTH, PERMIT_DO | PERMIT_VERIFY | PERMIT_UNDO,                      \
		    "DescribeNetworkAcls", "a path that is broken, or something in the way"),      \
	{ id, PERMIT_READS, PERMIT_SOURCE, "sts:DecodeAuthorizationMessage", "*", PERMIT_ANY,      \
	  NULL, "a denial is to be told in full", NULL }

/* clang-format on */

#endif
