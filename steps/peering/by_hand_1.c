/* SPDX-License-Identifier: Apache-2.0 */
/* Section 1 by hand: the source's network, the endpoint that leads in, the instance. */
#include <stddef.h>

#include "steps/common/by_hand.h"
#include "steps/peering/by_hand.h"

/* clang-format off */

const struct by_hand by_hand_1_1 = {
	.background = N_("The network that the workload lives in.  No gateway is ever attached to it: the "
		  "peering of 3-1 is its one way out, so that what leaves the instance can only go "
		  "where the procedure leads it."),
	.troubles = (const char *const[]){
		N_("VpcLimitExceeded: a region has five VPCs unless the quota was raised"),
		N_("a block that overlaps the other VPC's can never be peered"),
		NULL },
	.makes = (const struct made[]){ BY_HAND_VPC_MADE("source.vpc_cidr"), { 0 } },
	.console = (const struct console_path[]){ BY_HAND_VPC_CONSOLE, { 0 } },
	.make = (const struct cli_command[]){
		BY_HAND_MAKE_VPC(SIDE_SOURCE, "source.vpc_cidr"), { 0 } },
	.unmake = (const struct cli_command[]){ BY_HAND_UNMAKE_VPC(SIDE_SOURCE), { 0 } },
};

const struct by_hand by_hand_1_2 = {
	.background = N_("Where the instance and the endpoint that leads to it stand.  A subnet that is "
		  "associated with no table uses the VPC's main one, and what is sent to the other "
		  "side dies there without a word; so this one has a table of its own."),
	.troubles = (const char *const[]){
		N_("the association is forgotten: 3-2's route is then in a table that nobody asks"),
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
