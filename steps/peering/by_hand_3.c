/* SPDX-License-Identifier: Apache-2.0 */
/* Section 3 by hand: the peering between the two networks, and the routes into it. */
#include <stddef.h>

#include "steps/common/by_hand.h"
#include "steps/peering/by_hand.h"

/* clang-format off */

#define PEERINGS "ec2 describe-vpc-peering-connections"
#define STATUS "VpcPeeringConnections[0].Status.Code"
#define DEAD "failed|rejected|expired|deleted"
#define THIS_PEERING CLI_OPTION("--vpc-peering-connection-id", "<3-1.vpc_peering_connection_id>")
#define THIS_PEERING_LISTED                                                                        \
	CLI_OPTION("--vpc-peering-connection-ids", "<3-1.vpc_peering_connection_id>")

const struct by_hand by_hand_3_1 = {
	.background = N_("The line between the two networks, asked for from the source's side.  A VPC "
		  "in another region cannot be routed to otherwise without leaving AWS's network or "
		  "attaching a gateway."),
	.troubles = (const char *const[]){
		N_("a second request for the same two VPCs, or blocks that overlap, end in failed"),
		N_("the other region learns of it a little later, and can accept it only then"),
		N_("a request that nobody accepts expires after seven days"),
		NULL },
	.makes = (const struct made[]){
		{ N_("peering connection"), "vpc_peering_connection_id",
		  MADE_SETTINGS({ N_("requester"), "<source.vpc_cidr> (<region:0>)" },
				{ N_("accepter"), "<destination.vpc_cidr> (<region:1>)" }) },
		{ 0 } },
	.console = (const struct console_path[]){
		{ "VPC > Peering connections > Create peering connection (My account, Another Region)",
		  "VPC > ピアリング接続 > ピアリング接続を作成 (自分のアカウント、別のリージョン)" },
		{ 0 } },
	.make = (const struct cli_command[]){
		CLI_CATCH(SIDE_SOURCE, "ec2 create-vpc-peering-connection",
			  "VpcPeeringConnection.VpcPeeringConnectionId",
			  "vpc_peering_connection_id", CLI_OPTION("--vpc-id", "<1-1.vpc_id>"),
			  CLI_OPTION("--peer-vpc-id", "<2-1.vpc_id>"),
			  CLI_OPTION("--peer-region", "<region:1>"),
			  CLI_TAG_SPECIFICATION("vpc-peering-connection", "peering")),
		{ .about = N_("until the destination's region knows it, too"),
		  .operation = PEERINGS, .side = SIDE_DESTINATION,
		  .options = CLI_OPTIONS(THIS_PEERING_LISTED), .query = STATUS,
		  .until = "pending-acceptance", .fails = DEAD },
		{ 0 } },
	.unmake = (const struct cli_command[]){
		CLI_CALL(SIDE_SOURCE, "ec2 delete-vpc-peering-connection", THIS_PEERING),
		CLI_CALL(SIDE_SOURCE, "ec2 wait vpc-peering-connection-deleted", THIS_PEERING_LISTED),
		CLI_CALL(SIDE_DESTINATION, "ec2 wait vpc-peering-connection-deleted",
			 THIS_PEERING_LISTED),
		{ 0 } },
};

const struct by_hand by_hand_3_2 = {
	.background = N_("The way there: what the instance sends to the destination's block goes into the "
		  "peering.  The route is a blackhole until 3-3 accepts it, and that is right."),
	.troubles = (const char *const[]){
		N_("a route in the main table and not in the subnet's own is of no use to the subnet"),
		N_("the way back, 3-4, is forgotten: packets arrive and no answer comes"),
		NULL },
	.makes = (const struct made[]){ BY_HAND_ROUTE_MADE("destination.vpc_cidr"), { 0 } },
	.console = (const struct console_path[]){ BY_HAND_ROUTE_CONSOLE, { 0 } },
	.make = (const struct cli_command[]){
		BY_HAND_MAKE_ROUTE(SIDE_SOURCE, "1-2", "destination.vpc_cidr"), { 0 } },
	.unmake = (const struct cli_command[]){
		BY_HAND_UNMAKE_ROUTE(SIDE_SOURCE, "1-2", "destination.vpc_cidr"), { 0 } },
};

const struct by_hand by_hand_3_3 = {
	.background = N_("A peering carries nothing before the other side has agreed, and only there it "
		  "can be accepted: the accepter's region is the destination's.  Tags are each "
		  "region's own, so it is tagged there, too."),
	.troubles = (const char *const[]){
		N_("asked in the source's region it is refused"),
		N_("active in one region and not in the other yet: both are asked"),
		NULL },
	.makes = (const struct made[]){
		{ N_("peering connection"), NULL, MADE_SETTINGS({ N_("status"), "active" }) }, { 0 } },
	.console = (const struct console_path[]){
		{ "VPC > Peering connections > Actions > Accept request",
		  "VPC > ピアリング接続 > アクション > リクエストを承諾" },
		{ 0 } },
	.make = (const struct cli_command[]){
		CLI_CATCH(SIDE_DESTINATION, "ec2 accept-vpc-peering-connection",
			  "VpcPeeringConnection.Status.Code", NULL, THIS_PEERING),
		CLI_CALL(SIDE_DESTINATION, "ec2 create-tags",
			 CLI_OPTION("--resources", "<3-1.vpc_peering_connection_id>"),
			 CLI_TAG_LIST("peering")),
		CLI_UNTIL(SIDE_DESTINATION, PEERINGS, STATUS, "active", DEAD, THIS_PEERING_LISTED),
		CLI_UNTIL(SIDE_SOURCE, PEERINGS, STATUS, "active", DEAD, THIS_PEERING_LISTED),
		{ 0 } },
	.unmake = (const struct cli_command[]){ { 0 } }, /* it goes with 3-1's peering */
};

const struct by_hand by_hand_3_4 = {
	.background = N_("The way back: what the endpoint answers to the source's block goes into the "
		  "peering.  Without it the instance's packets arrive and nothing returns."),
	.troubles = (const char *const[]){
		N_("a route in the main table and not in the subnet's own is of no use to the subnet"),
		NULL },
	.makes = (const struct made[]){ BY_HAND_ROUTE_MADE("source.vpc_cidr"), { 0 } },
	.console = (const struct console_path[]){ BY_HAND_ROUTE_CONSOLE, { 0 } },
	.make = (const struct cli_command[]){
		BY_HAND_MAKE_ROUTE(SIDE_DESTINATION, "2-2", "source.vpc_cidr"), { 0 } },
	.unmake = (const struct cli_command[]){
		BY_HAND_UNMAKE_ROUTE(SIDE_DESTINATION, "2-2", "source.vpc_cidr"), { 0 } },
};
