/* SPDX-License-Identifier: Apache-2.0 */
/* The procedure by hand: its network, the endpoint that leads out of the region, bucket and upload.
 */
#include "steps/direct/by_hand.h"

#include <stddef.h>

#include "steps/common/by_hand_s3.h"
#include "steps/common/policy.h"

/* clang-format off */

const struct by_hand direct_by_hand_1_1 = {
	.background = N_("The one network of all this.  No gateway is ever attached to it, and nothing is "
		  "peered with it: what leaves the instance can only go to the endpoints in its "
		  "subnet.  Its block may overlap any other network's: none is joined to it."),
	.troubles = (const char *const[]){
		N_("VpcLimitExceeded: a region has five VPCs unless the quota was raised"),
		NULL },
	.makes = (const struct made[]){ BY_HAND_VPC_MADE("source.vpc_cidr"), { 0 } },
	.console = (const struct console_path[]){ BY_HAND_VPC_CONSOLE, { 0 } },
	.make = (const struct cli_command[]){
		BY_HAND_MAKE_VPC(SIDE_SOURCE, "source.vpc_cidr"), { 0 } },
	.unmake = (const struct cli_command[]){ BY_HAND_UNMAKE_VPC(SIDE_SOURCE), { 0 } },
};

const struct by_hand direct_by_hand_1_2 = {
	.background = N_("Where the instance and both endpoints stand, with a route table of its own that "
		  "has the local route and never another.  From a few zones no service of another "
		  "region is reached, and a subnet cannot change its zone: here it is chosen."),
	.troubles = (const char *const[]){
		N_("the zone is one of use1-az3, usw1-az2, apne1-az3, apne2-az2, apne2-az4, which only 2-1 finds out"),
		N_("the zone does not offer the instance type, which only 1-4 finds out"),
		NULL },
	.makes = (const struct made[]){
		BY_HAND_SUBNET_MADE("source.subnet_cidr", "<source.zone>"), { 0 } },
	.console = (const struct console_path[]){ BY_HAND_SUBNET_CONSOLE, { 0 } },
	.make = (const struct cli_command[]){
		BY_HAND_MAKE_SUBNET(SIDE_SOURCE, "1-1", "source.subnet_cidr", "<source.zone>"),
		{ 0 } },
	.unmake = (const struct cli_command[]){ BY_HAND_UNMAKE_SUBNET(SIDE_SOURCE), { 0 } },
};

#define FAR_S3_SERVICE "com.amazonaws.<destination.region>.s3"

const struct by_hand direct_by_hand_2_1 = {
	.background = N_("The door to S3 of the other region: an address in the instance's own subnet; what "
		  "is sent there comes out in the bucket's region.  Its group admits the instance's "
		  "and nobody else.  Private DNS stays off: the instance asks for the endpoint's own "
		  "name, which has the bucket's region in it."),
	.troubles = (const char *const[]){
		N_("the permission vpce:AllowMultiRegion is missing: nobody has it unless it was given"),
		N_("without the service's region it is InvalidServiceName"),
		N_("it is billed by the hour as long as it stands"),
		NULL },
	.makes = (const struct made[]){
		BY_HAND_GROUP_MADE(N_("443 from 1-4's group")),
		BY_HAND_S3_ENDPOINT_MADE(FAR_S3_SERVICE, "1-2"), { 0 } },
	.console = (const struct console_path[]){
		BY_HAND_GROUP_CONSOLE,
		{ "VPC > Endpoints > Create endpoint > Type: AWS services > Enable Cross Region endpoint, "
		  "Region > com.amazonaws.REGION.s3 (Additional settings > Enable DNS name: off)",
		  "VPC > エンドポイント > エンドポイントを作成 > タイプ: AWS のサービス > "
		  "クロスリージョンエンドポイントを有効にする、リージョン > com.amazonaws.REGION.s3 "
		  "(追加設定 > DNS 名を有効化: オフ)" },
		{ 0 } },
	.make = (const struct cli_command[]){
		BY_HAND_MAKE_S3_ENDPOINT(SIDE_SOURCE, "1-1", "1-2",
					 "UserIdGroupPairs=[{GroupId=<1-4.security_group_id>}]",
					 CLI_OPTION("--service-name", FAR_S3_SERVICE),
					 { .name = "--service-region",
					   .value = "<destination.region>", .since = "2.22" }),
		{ 0 } },
	.unmake = (const struct cli_command[]){ BY_HAND_UNMAKE_S3_ENDPOINT(SIDE_SOURCE), { 0 } },
};

static char *bucket_policy(void)
{
	return policy_for_bucket("<partition>", "<destination.bucket>", "<2-1.vpc_endpoint_id>");
}

const struct by_hand direct_by_hand_2_2 = {
	.background = N_("Where the object ends.  The policy denies PutObject to whoever does not come "
		  "through 2-1's endpoint and allows it to whoever does: that, and not the role, is "
		  "what keeps the bucket closed from outside."),
	.troubles = (const char *const[]){
		N_("BucketAlreadyExists: the name is somebody else's, in whatever account"),
		N_("a policy that denies more than PutObject locks out its own writer"),
		N_("an endpoint that was made again has another id: the policy must be written again"),
		NULL },
	.makes = (const struct made[]){
		BY_HAND_BUCKET_MADE(N_("through 2-1's endpoint only (aws:sourceVpce)")), { 0 } },
	.console = (const struct console_path[]){ BY_HAND_BUCKET_CONSOLE, { 0 } },
	.make = (const struct cli_command[]){ BY_HAND_MAKE_BUCKET(bucket_policy), { 0 } },
	.unmake = (const struct cli_command[]){ BY_HAND_UNMAKE_BUCKET, { 0 } },
};

const struct by_hand direct_by_hand_3_2 = {
	.background = N_("What all of it is for: a file goes from the instance into the other region's "
		  "bucket without leaving AWS's network.  And the proof of the opposite: the same "
		  "upload from here, by the public endpoint, is refused."),
	.troubles = (const char *const[]){
		N_("the group of 2-1's endpoint does not admit 1-4's: the upload hangs, so time limits are short"),
		N_("without --endpoint-url the instance asks the public endpoint, and finds no way there"),
		N_("the upload from outside succeeds: the bucket's policy does not protect it"),
		NULL },
	.makes = (const struct made[]){ BY_HAND_UPLOAD_MADE, { 0 } },
	.console = (const struct console_path[]){ BY_HAND_UPLOAD_CONSOLE, { 0 } },
	.make = (const struct cli_command[]){ BY_HAND_UPLOAD("2-1"), { 0 } },
	.unmake = (const struct cli_command[]){ BY_HAND_UNMAKE_UPLOAD, { 0 } },
};
