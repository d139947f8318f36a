/* SPDX-License-Identifier: Apache-2.0 */
/* Section 2 by hand: the destination's network, the S3 endpoint in it, the bucket. */
#include <stddef.h>

#include "steps/common/by_hand_s3.h"
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
		BY_HAND_GROUP_MADE(N_("443 from <source.vpc_cidr>")),
		BY_HAND_S3_ENDPOINT_MADE(S3_SERVICE, "2-2"), { 0 } },
	.console = (const struct console_path[]){ BY_HAND_S3_ENDPOINT_CONSOLE, { 0 } },
	.make = (const struct cli_command[]){
		BY_HAND_MAKE_S3_ENDPOINT(SIDE_DESTINATION, "2-1", "2-2",
					 "IpRanges=[{CidrIp=<source.vpc_cidr>}]",
					 CLI_OPTION("--service-name", S3_SERVICE)),
		{ 0 } },
	.unmake = (const struct cli_command[]){ BY_HAND_UNMAKE_S3_ENDPOINT(SIDE_DESTINATION), { 0 } },
};

static char *bucket_policy(void)
{
	return policy_for_bucket("<partition>", "<destination.bucket>", "<2-3.vpc_endpoint_id>");
}

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
		BY_HAND_BUCKET_MADE(N_("through 2-3's endpoint only (aws:sourceVpce)")), { 0 } },
	.console = (const struct console_path[]){ BY_HAND_BUCKET_CONSOLE, { 0 } },
	.make = (const struct cli_command[]){ BY_HAND_MAKE_BUCKET(bucket_policy), { 0 } },
	.unmake = (const struct cli_command[]){ BY_HAND_UNMAKE_BUCKET, { 0 } },
};
