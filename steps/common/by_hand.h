/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands, settings and console paths of each kind of thing, as rows of a step's table
 * (runbook/contract/by_hand.h).
 */
#ifndef STEPS_COMMON_BY_HAND_H
#define STEPS_COMMON_BY_HAND_H

#include "runbook/contract/by_hand.h"
#include "steps/common/sides.h"

/* clang-format off */

#define CLI_OPTIONS(...) (const struct cli_option[]){ __VA_ARGS__, { 0 } }
#define CLI_OPTION(option, text) { .name = (option), .value = (text) }
#define CLI_OPTION_WHEN(when, option, text)                                                        \
	{ .name = (option), .value = (text), .only_when = (when) }
/* Run again after its answer was lost, the call makes no second thing. */
#define CLI_TOKEN(thing)                                                                           \
	{ .name = "--client-token", .value = "<run>-<step>-" thing, .script_only = true }
#define CLI_FLAG(option) { .name = (option) }
#define CLI_TAG_SPECIFICATION(types, thing)                                                        \
	{ .name = "--tag-specifications", .value = (types), .tags = CLI_TAGS_SPECIFICATION,        \
	  .what = (thing) }
#define CLI_TAG_LIST(thing) { .name = "--tags", .tags = CLI_TAGS_LIST, .what = (thing) }

/* A call whose answer is not needed. */
#define CLI_CALL(at, words, ...)                                                                   \
	{ .operation = (words), .side = (at), .options = CLI_OPTIONS(__VA_ARGS__) }
/* A call of which one value is kept. */
#define CLI_CATCH(at, words, path, name, ...)                                                      \
	{ .operation = (words), .side = (at), .options = CLI_OPTIONS(__VA_ARGS__),                 \
	  .query = (path), .output = (name) }
/* A look until the value is `state`, or one of `bad`, which it stays. */
#define CLI_UNTIL(at, words, path, state, bad, ...)                                                \
	{ .operation = (words), .side = (at), .options = CLI_OPTIONS(__VA_ARGS__),                 \
	  .query = (path), .until = (state), .fails = (bad) }
/* A call that is refused while AWS still holds on to something. */
#define CLI_AGAIN(at, words, ...)                                                                  \
	{ .about = N_("refused as long as AWS still holds on to it: asked again"),                 \
	  .operation = (words), .side = (at), .options = CLI_OPTIONS(__VA_ARGS__), .again = true }

#define MADE_SETTINGS(...) (const struct made_setting[]){ __VA_ARGS__, { 0 } }

/* ---- a VPC ------------------------------------------------------------------------ */

#define BY_HAND_MAKE_VPC(at, cidr_param)                                                           \
	CLI_CATCH(at, "ec2 create-vpc", "Vpc.VpcId", "vpc_id",                                     \
		  CLI_OPTION("--cidr-block", "<" cidr_param ">"),                                  \
		  CLI_TAG_SPECIFICATION("vpc", "vpc")),                                            \
	CLI_CALL(at, "ec2 wait vpc-available", CLI_OPTION("--vpc-ids", "<.vpc_id>")),              \
	CLI_CALL(at, "ec2 modify-vpc-attribute", CLI_OPTION("--vpc-id", "<.vpc_id>"),              \
		 CLI_FLAG("--enable-dns-hostnames"))
#define BY_HAND_UNMAKE_VPC(at)                                                                     \
	CLI_CALL(at, "ec2 delete-vpc", CLI_OPTION("--vpc-id", "<.vpc_id>"))
#define BY_HAND_VPC_MADE(cidr_param)                                                               \
	{ N_("VPC"), "vpc_id",                                                                     \
	  MADE_SETTINGS({ N_("CIDR block"), "<" cidr_param ">" },                                  \
			{ N_("DNS support"), N_("on") }, { N_("DNS hostnames"), N_("on") }) }
#define BY_HAND_VPC_CONSOLE                                                                        \
	{ "VPC > Your VPCs > Create VPC (Resources to create: VPC only; IPv4 CIDR manual input)",  \
	  "VPC > お使いの VPC > VPC を作成 (作成するリソース: VPC のみ、IPv4 CIDR の手動入力)" },  \
	{ "VPC > Your VPCs > Actions > Edit VPC settings > Enable DNS hostnames",                  \
	  "VPC > お使いの VPC > アクション > VPC の設定を編集 > DNS ホスト名を有効化" }

/* ---- a private subnet with a table of its own --------------------------------------- */

#define BY_HAND_MAKE_SUBNET(at, vpc_step, cidr_param, zone)                                        \
	CLI_CATCH(at, "ec2 create-subnet", "Subnet.SubnetId", "subnet_id",                         \
		  CLI_OPTION("--vpc-id", "<" vpc_step ".vpc_id>"),                                 \
		  CLI_OPTION("--cidr-block", "<" cidr_param ">"),                                  \
		  CLI_OPTION("--availability-zone", zone),                                         \
		  CLI_TAG_SPECIFICATION("subnet", "subnet")),                                      \
	CLI_CALL(at, "ec2 wait subnet-available", CLI_OPTION("--subnet-ids", "<.subnet_id>")),     \
	CLI_CATCH(at, "ec2 create-route-table", "RouteTable.RouteTableId", "route_table_id",       \
		  CLI_OPTION("--vpc-id", "<" vpc_step ".vpc_id>"),                                 \
		  CLI_TAG_SPECIFICATION("route-table", "route-table")),                            \
	CLI_CATCH(at, "ec2 associate-route-table", "AssociationId", "route_table_association_id",  \
		  CLI_OPTION("--route-table-id", "<.route_table_id>"),                             \
		  CLI_OPTION("--subnet-id", "<.subnet_id>"))
#define BY_HAND_UNMAKE_SUBNET(at)                                                                  \
	CLI_CALL(at, "ec2 disassociate-route-table",                                               \
		 CLI_OPTION("--association-id", "<.route_table_association_id>")),                 \
	CLI_CALL(at, "ec2 delete-route-table",                                                     \
		 CLI_OPTION("--route-table-id", "<.route_table_id>")),                             \
	CLI_CALL(at, "ec2 delete-subnet", CLI_OPTION("--subnet-id", "<.subnet_id>"))
#define BY_HAND_SUBNET_MADE(cidr_param, zone)                                                      \
	{ N_("subnet"), "subnet_id",                                                               \
	  MADE_SETTINGS({ N_("CIDR block"), "<" cidr_param ">" },                                  \
			{ N_("availability zone"), zone },                                         \
			{ N_("public address on launch"), N_("off") }) },                              \
	{ N_("route table"), "route_table_id",                                                     \
	  MADE_SETTINGS({ N_("routes"), "local" }, { N_("associated with"), N_("the subnet") }) }
#define BY_HAND_SUBNET_CONSOLE                                                                     \
	{ "VPC > Subnets > Create subnet", "VPC > サブネット > サブネットを作成" },                \
	{ "VPC > Route tables > Create route table",                                               \
	  "VPC > ルートテーブル > ルートテーブルを作成" },                                         \
	{ "VPC > Route tables > Subnet associations > Edit subnet associations",                   \
	  "VPC > ルートテーブル > サブネットの関連付け > サブネットの関連付けを編集" }

/* ---- a security group ----------------------------------------------------------------- */

#define BY_HAND_MAKE_GROUP(at, vpc_step, thing, words, rule)                                       \
	CLI_CATCH(at, "ec2 create-security-group", "GroupId", "security_group_id",                 \
		  CLI_OPTION("--group-name", "<name:" thing ">"),                                  \
		  CLI_OPTION("--description", words),                                              \
		  CLI_OPTION("--vpc-id", "<" vpc_step ".vpc_id>"),                                 \
		  CLI_TAG_SPECIFICATION("security-group", thing)),                                 \
	CLI_CATCH(at, "ec2 authorize-security-group-ingress",                                      \
		  "SecurityGroupRules[0].SecurityGroupRuleId", NULL,                               \
		  CLI_OPTION("--group-id", "<.security_group_id>"),                                \
		  CLI_OPTION("--ip-permissions", rule),                                            \
		  CLI_TAG_SPECIFICATION("security-group-rule", thing))
#define BY_HAND_UNMAKE_GROUP(at)                                                                   \
	CLI_AGAIN(at, "ec2 delete-security-group",                                                 \
		  CLI_OPTION("--group-id", "<.security_group_id>"))
#define BY_HAND_GROUP_MADE(inbound)                                                                \
	{ N_("security group"), "security_group_id",                                               \
	  MADE_SETTINGS({ N_("inbound"), inbound }, { N_("outbound"), N_("all") }) }
#define BY_HAND_GROUP_CONSOLE                                                                      \
	{ "VPC > Security groups > Create security group",                                         \
	  "VPC > セキュリティグループ > セキュリティグループを作成" }

/* ---- a route ---------------------------------------------------------------------------- */

#define BY_HAND_MAKE_ROUTE(at, subnet_step, cidr_param)                                            \
	CLI_CALL(at, "ec2 create-route",                                                           \
		 CLI_OPTION("--route-table-id", "<" subnet_step ".route_table_id>"),               \
		 CLI_OPTION("--destination-cidr-block", "<" cidr_param ">"),                       \
		 CLI_OPTION("--vpc-peering-connection-id", "<3-1.vpc_peering_connection_id>"))
#define BY_HAND_UNMAKE_ROUTE(at, subnet_step, cidr_param)                                          \
	CLI_CALL(at, "ec2 delete-route",                                                           \
		 CLI_OPTION("--route-table-id", "<" subnet_step ".route_table_id>"),               \
		 CLI_OPTION("--destination-cidr-block", "<" cidr_param ">"))
#define BY_HAND_ROUTE_MADE(cidr_param)                                                             \
	{ N_("route"), NULL,                                                                       \
	  MADE_SETTINGS({ N_("destination"), "<" cidr_param ">" },                                 \
			{ N_("target"), N_("the peering connection") }) }
#define BY_HAND_ROUTE_CONSOLE                                                                      \
	{ "VPC > Route tables > Routes > Edit routes > Add route",                                 \
	  "VPC > ルートテーブル > ルート > ルートを編集 > ルートを追加" }

/* clang-format on */

#endif
