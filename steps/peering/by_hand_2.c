/* SPDX-License-Identifier: Apache-2.0 */
/* Section 2 by hand: the destination's network, the S3 endpoint in it, the bucket. */
#include <stddef.h>

#include "steps/common/by_hand.h"
#include "steps/common/policy.h"
#include "steps/peering/by_hand.h"

/* clang-format off */

const struct by_hand by_hand_2_1 = {
	.background = N_("The network in the bucket's region that the S3 endpoint stands in.  Nothing else "
		  "lives there: it is the far end of the peering."),
	.troubles = (const char *const[]){
		N_("VpcLimitExceeded: a region has five VPCs unless the quota was raised"),
		N_("a block that overlaps the other VPC's can never be peered"),
		NULL },
	.makes = (const struct made[]){ BY_HAND_VPC_MADE("destination.vpc_cidr"), { 0 } },
	.console = (const struct console_path[]){ BY_HAND_VPC_CONSOLE, { 0 } },
	.make = (const struct cli_command[]){
		BY_HAND_MAKE_VPC(SIDE_DESTINATION, "destination.vpc_cidr"), { 0 } },
	.unmake = (const struct cli_command[]){ BY_HAND_UNMAKE_VPC(SIDE_DESTINATION), { 0 } },
};

#define S3_SERVICE "com.amazonaws.<region>.s3"
#define S3_ZONE "<destination.zone|.availability_zone>"

const struct by_hand by_hand_2_2 = {
	.background = N_("Where the S3 endpoint's network interface stands.  Not every zone offers the "
		  "endpoint, and a subnet cannot change its zone: here it is chosen.  Its table of "
		  "its own is the way back to the source."),
	.troubles = (const char *const[]){
		N_("the zone does not offer the S3 interface endpoint, which only 2-3 finds out"),
		N_("the association is forgotten: 3-4's route is then in a table that nobody asks"),
		NULL },
	.makes = (const struct made[]){
		BY_HAND_SUBNET_MADE("destination.subnet_cidr", S3_ZONE), { 0 } },
	.console = (const struct console_path[]){ BY_HAND_SUBNET_CONSOLE, { 0 } },
	.make = (const struct cli_command[]){
		{ .about = N_("the first zone that offers the endpoint"),
		  .operation = "ec2 describe-vpc-endpoint-services", .side = SIDE_DESTINATION,
		  .options = CLI_OPTIONS(
			  CLI_OPTION("--service-names", S3_SERVICE),
			  CLI_OPTION("--filters", "Name=service-type,Values=Interface")),
		  .query = "sort(ServiceDetails[0].AvailabilityZones)[0]",
		  .output = "availability_zone", .only_when = "!destination.zone" },
		BY_HAND_MAKE_SUBNET(SIDE_DESTINATION, "2-1", "destination.subnet_cidr", S3_ZONE),
		{ 0 } },
	.unmake = (const struct cli_command[]){ BY_HAND_UNMAKE_SUBNET(SIDE_DESTINATION), { 0 } },
};

#define S3_ENDPOINTS "ec2 describe-vpc-endpoints"
#define THIS_S3_ENDPOINT                                                                           \
	CLI_OPTION("--filters", "Name=vpc-endpoint-id,Values=<.vpc_endpoint_id>")

const struct by_hand by_hand_2_3 = {
	.background = N_("The door to S3: an address inside the destination's subnet that takes requests "
		  "for the bucket's region.  Its group admits the source's block, for a group of "
		  "another region cannot be named.  Private DNS stays off: the instance, in another "
		  "VPC, would not see it; it asks for the endpoint's own name."),
	.troubles = (const char *const[]){
		N_("private DNS left on needs a gateway endpoint beside it, or fails"),
		N_("the group admits the destination's block and not the source's: uploads hang"),
		N_("it is billed by the hour as long as it stands"),
		NULL },
	.makes = (const struct made[]){
		BY_HAND_GROUP_MADE("443 from <source.vpc_cidr>"),
		{ N_("interface endpoint"), "vpc_endpoint_id",
		  MADE_SETTINGS({ N_("service name"), S3_SERVICE }, { N_("subnet"), "2-2" },
				{ N_("private DNS names"), N_("off") },
				{ N_("policy"), N_("full access") }) },
		{ 0 } },
	.console = (const struct console_path[]){
		BY_HAND_GROUP_CONSOLE,
		{ "VPC > Endpoints > Create endpoint > Type: AWS services > com.amazonaws.REGION.s3, "
		  "Type: Interface (Additional settings > Enable DNS name: off)",
		  "VPC > エンドポイント > エンドポイントを作成 > タイプ: AWS のサービス > "
		  "com.amazonaws.REGION.s3、タイプ: Interface (追加設定 > DNS 名を有効化: オフ)" },
		{ 0 } },
	.make = (const struct cli_command[]){
		BY_HAND_MAKE_GROUP(SIDE_DESTINATION, "2-1", "s3", "runbook: S3 interface endpoint",
				   "IpProtocol=tcp,FromPort=443,ToPort=443,"
				   "IpRanges=[{CidrIp=<source.vpc_cidr>}]"),
		CLI_CATCH(SIDE_DESTINATION, "ec2 create-vpc-endpoint", "VpcEndpoint.VpcEndpointId",
			  "vpc_endpoint_id",
			  CLI_OPTION("--vpc-endpoint-type", "Interface"),
			  CLI_OPTION("--vpc-id", "<2-1.vpc_id>"),
			  CLI_OPTION("--service-name", S3_SERVICE),
			  CLI_OPTION("--subnet-ids", "<2-2.subnet_id>"),
			  CLI_OPTION("--security-group-ids", "<.security_group_id>"),
			  CLI_OPTION("--ip-address-type", "ipv4"),
			  CLI_FLAG("--no-private-dns-enabled"), CLI_TOKEN("endpoint"),
			  CLI_TAG_SPECIFICATION("vpc-endpoint", "endpoint")),
		CLI_UNTIL(SIDE_DESTINATION, S3_ENDPOINTS, "VpcEndpoints[0].State", "available",
			  "failed|rejected|expired|partial", THIS_S3_ENDPOINT),
		{ .about = N_("its regional name, which is the shortest of its names"),
		  .operation = S3_ENDPOINTS, .side = SIDE_DESTINATION,
		  .options = CLI_OPTIONS(THIS_S3_ENDPOINT),
		  .query = "min_by(VpcEndpoints[0].DnsEntries, &length(DnsName)).DnsName",
		  .output = "vpc_endpoint_dns", .strip = "*." },
		{ 0 } },
	.unmake = (const struct cli_command[]){
		CLI_CALL(SIDE_DESTINATION, "ec2 delete-vpc-endpoints",
			 CLI_OPTION("--vpc-endpoint-ids", "<.vpc_endpoint_id>")),
		CLI_UNTIL(SIDE_DESTINATION, S3_ENDPOINTS,
			  "VpcEndpoints[?State!='deleted'] | [0].State", "None", NULL,
			  THIS_S3_ENDPOINT),
		BY_HAND_UNMAKE_GROUP(SIDE_DESTINATION),
		{ 0 } },
};

static char *bucket_policy(void)
{
	return policy_for_bucket("<partition>", "<destination.bucket>", "<2-3.vpc_endpoint_id>");
}

#define THIS_BUCKET CLI_OPTION("--bucket", "<destination.bucket>")

const struct by_hand by_hand_2_4 = {
	.background = N_("Where the object ends.  The policy denies PutObject to whoever does not come "
		  "through 2-3's endpoint and allows it to whoever does: that, and not the role, is "
		  "what keeps the bucket closed from outside."),
	.troubles = (const char *const[]){
		N_("BucketAlreadyExists: the name is somebody else's, in whatever account"),
		N_("a policy that denies more than PutObject locks out its own writer"),
		N_("an endpoint that was made again has another id: the policy must be written again"),
		NULL },
	.makes = (const struct made[]){
		{ N_("bucket"), "bucket",
		  MADE_SETTINGS({ N_("name"), "<destination.bucket>" },
				{ N_("public access"), N_("all of it blocked") },
				{ N_("encryption"), "SSE-S3" },
				{ N_("PutObject"), N_("through 2-3's endpoint only (aws:sourceVpce)") }) },
		{ 0 } },
	.console = (const struct console_path[]){
		{ "S3 > General purpose buckets > Create bucket",
		  "S3 > 汎用バケット > バケットを作成" },
		{ "S3 > (the bucket) > Permissions > Bucket policy > Edit",
		  "S3 > (バケット) > アクセス許可 > バケットポリシー > 編集" },
		{ 0 } },
	.make = (const struct cli_command[]){
		CLI_CATCH(SIDE_DESTINATION, "s3api create-bucket", "Location", NULL, THIS_BUCKET,
			  CLI_OPTION_WHEN("!destination.region=us-east-1",
					  "--create-bucket-configuration",
					  "LocationConstraint=<region>"),
			  CLI_OPTION_WHEN("destination.bucket_namespace=account-regional",
					  "--bucket-namespace", "account-regional")),
		CLI_CALL(SIDE_DESTINATION, "s3api put-bucket-tagging", THIS_BUCKET,
			 { .name = "--tagging", .tags = CLI_TAGS_SET, .what = "bucket" }),
		CLI_CALL(SIDE_DESTINATION, "s3api put-public-access-block", THIS_BUCKET,
			 CLI_OPTION("--public-access-block-configuration",
				    "BlockPublicAcls=true,IgnorePublicAcls=true,"
				    "BlockPublicPolicy=true,RestrictPublicBuckets=true")),
		CLI_CALL(SIDE_DESTINATION, "s3api put-bucket-policy", THIS_BUCKET,
			 { .name = "--policy", .make = bucket_policy }),
		{ 0 } },
	.unmake = (const struct cli_command[]){
		CLI_CALL(SIDE_DESTINATION, "s3api delete-bucket-policy", THIS_BUCKET),
		{ .about = N_("refused while the bucket holds an object, see 4-2"),
		  .operation = "s3api delete-bucket", .side = SIDE_DESTINATION,
		  .options = CLI_OPTIONS(THIS_BUCKET) },
		{ 0 } },
};
