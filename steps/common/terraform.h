/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kinds of things as Terraform's AWS provider has them, and the arguments of each as rows of a
 * step's table (runbook/contract/terraform.h).
 */
#ifndef STEPS_COMMON_TERRAFORM_H
#define STEPS_COMMON_TERRAFORM_H

#include "runbook/contract/terraform.h"
#include "steps/common/sides.h"

extern const struct tf_kind tf_vpc, tf_subnet, tf_route_table, tf_association, tf_route;
extern const struct tf_kind tf_peering, tf_peering_accepter;
extern const struct tf_kind tf_group, tf_ingress_rule, tf_egress_rule;
extern const struct tf_kind tf_connect_endpoint, tf_vpc_endpoint;
extern const struct tf_kind tf_role, tf_role_attachment, tf_profile, tf_instance;
extern const struct tf_kind tf_bucket, tf_bucket_block, tf_bucket_encryption, tf_bucket_policy;
extern const struct tf_kind tf_data_parameter, tf_data_endpoint_service;

/* ---- for those who read ----------------------------------------------------------- */

/* Without those that AWS itself puts on: a new object, or NULL when there is none. */
NODISCARD json_t *tf_tags(const struct aws_tags *tags);
struct strv;
NODISCARD json_t *tf_list(const struct strv *list);
/* A value under a name; NULL is left out. */
void tf_set(json_t *found, const char *name, const char *value);
void tf_set_tags(json_t *found, const struct aws_tags *tags);
/* What the step makes there; "" when it is no text. */
const char *tf_wanted(const struct tf_look *look, const char *name);
/* What is gone is not there: no error. */
NODISCARD struct rb_error *tf_unless_gone(struct rb_error *err);

/* clang-format off */

#define TF_ARGUMENTS(...) (const struct tf_argument[]){ __VA_ARGS__, { 0 } }
#define TF_IS(argument, text) { .name = (argument), .value = (text) }
#define TF_IS_BARE(argument, text) { .name = (argument), .form = TF_BARE, .value = (text) }
#define TF_LISTS(argument, text) { .name = (argument), .form = TF_LIST, .value = (text) }
#define TF_TAGGED(thing) { .name = "tags", .form = TF_TAGS, .value = (thing) }

#define TF_VPC(at, local_name, cidr_param)                                                         \
	{ .kind = &tf_vpc, .name = (local_name), .side = (at), .output = "vpc_id",                 \
	  .arguments = TF_ARGUMENTS(                                                               \
		  TF_IS("cidr_block", "<" cidr_param ">"), TF_IS_BARE("enable_dns_support", "true"),    \
		  TF_IS_BARE("enable_dns_hostnames", "true"), TF_TAGGED("vpc")) }

#define TF_SUBNET(at, local_name, vpc_step, cidr_param, zone, zone_otherwise)                      \
	{ .kind = &tf_subnet, .name = (local_name), .side = (at), .output = "subnet_id",           \
	  .arguments = TF_ARGUMENTS(                                                               \
		  TF_IS("vpc_id", "<" vpc_step ".vpc_id>"),                                        \
		  TF_IS("cidr_block", "<" cidr_param ">"),                                         \
		  { .name = "availability_zone", .value = (zone), .otherwise = (zone_otherwise) },      \
		  TF_IS_BARE("map_public_ip_on_launch", "false"), TF_TAGGED("subnet")) },          \
	{ .kind = &tf_route_table, .name = (local_name), .side = (at), .output = "route_table_id", \
	  .arguments = TF_ARGUMENTS(TF_IS("vpc_id", "<" vpc_step ".vpc_id>"),                      \
				    TF_TAGGED("route-table")) },                                   \
	{ .kind = &tf_association, .name = (local_name), .side = (at),                             \
	  .import_id = "<.subnet_id>/<.route_table_id>",                                           \
	  .arguments = TF_ARGUMENTS(TF_IS("subnet_id", "<.subnet_id>"),                            \
				    TF_IS("route_table_id", "<.route_table_id>")) }

/* A group with one rule in, whose further arguments are given, and all out. */
#define TF_GROUP(at, local_name, vpc_step, words, ...)                                             \
	{ .kind = &tf_group, .name = (local_name), .side = (at), .output = "security_group_id",    \
	  .arguments = TF_ARGUMENTS(TF_IS("name", "<name:" local_name ">"),                        \
				    TF_IS("description", words),                                   \
				    TF_IS("vpc_id", "<" vpc_step ".vpc_id>"),                      \
				    TF_TAGGED(local_name)) },                                      \
	{ .kind = &tf_ingress_rule, .name = (local_name), .side = (at),                            \
	  .import_id = "<.security_group_id>",                                                     \
	  .arguments = TF_ARGUMENTS(TF_IS("security_group_id", "<.security_group_id>"),            \
				    __VA_ARGS__, TF_TAGGED(local_name)) },                         \
	{ .kind = &tf_egress_rule, .name = (local_name), .side = (at),                             \
	  .import_id = "<.security_group_id>",                                                     \
	  .arguments = TF_ARGUMENTS(TF_IS("security_group_id", "<.security_group_id>"),            \
				    TF_IS("ip_protocol", "-1"), TF_IS("cidr_ipv4", "0.0.0.0/0")) }
#define TF_PORT(number)                                                                            \
	TF_IS("ip_protocol", "tcp"), TF_IS_BARE("from_port", number), TF_IS_BARE("to_port", number)

#define TF_ROUTE(at, local_name, subnet_step, cidr_param, peering_step)                            \
	{ .kind = &tf_route, .name = (local_name), .side = (at),                                   \
	  .import_id = "<" subnet_step ".route_table_id>_<" cidr_param ">",                        \
	  .arguments = TF_ARGUMENTS(                                                               \
		  TF_IS("route_table_id", "<" subnet_step ".route_table_id>"),                     \
		  TF_IS("destination_cidr_block", "<" cidr_param ">"),                             \
		  TF_IS("vpc_peering_connection_id",                                               \
			"<" peering_step ".vpc_peering_connection_id>")) }

/* clang-format on */

#endif
