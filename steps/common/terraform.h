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
/* The trust policy of an instance's role, with <partition>.  Caller frees. */
NODISCARD char *tf_trust_policy(void);
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

#define TF_CONNECT_ENDPOINT(at, subnet_step)                                                       \
	{ .kind = &tf_connect_endpoint, .name = "connect", .side = (at),                           \
	  .output = "instance_connect_endpoint_id",                                                \
	  .arguments = TF_ARGUMENTS(TF_IS("subnet_id", "<" subnet_step ".subnet_id>"),             \
				    TF_LISTS("security_group_ids", "<.security_group_id>"),        \
				    TF_IS_BARE("preserve_client_ip", "false"),                     \
				    TF_TAGGED("endpoint")) }

/* A role with S3's managed policy, its profile, the newest image and the instance. */
#define TF_S3_FULL_ACCESS "arn:<partition>:iam::aws:policy/AmazonS3FullAccess"
#define TF_INSTANCE(at, subnet_step)                                                               \
	{ .kind = &tf_role, .name = "instance", .side = (at), .output = "role_name",               \
	  .arguments = TF_ARGUMENTS(                                                               \
		  TF_IS("name", "<name:instance>"), TF_IS("path", "/runbook/<run>/"),              \
		  TF_IS("description", "runbook: instance of step 1-4"),                           \
		  { .name = "assume_role_policy", .form = TF_DOCUMENT, .make = tf_trust_policy },       \
		  { .name = "permissions_boundary", .value = "<iam.permissions_boundary>",         \
		    .only_when = "iam.permissions_boundary" },                                     \
		  TF_TAGGED("instance")) },                                                        \
	{ .kind = &tf_role_attachment, .name = "instance", .side = (at),                           \
	  .import_id = "<.role_name>/" TF_S3_FULL_ACCESS,                                          \
	  .arguments = TF_ARGUMENTS(TF_IS("role", "<.role_name>"),                                 \
				    TF_IS("policy_arn", TF_S3_FULL_ACCESS)) },                     \
	{ .kind = &tf_profile, .name = "instance", .side = (at),                                   \
	  .output = "instance_profile_name",                                                       \
	  .arguments = TF_ARGUMENTS(TF_IS("name", "<name:instance>"),                              \
				    TF_IS("path", "/runbook/<run>/"), TF_IS("role", "<.role_name>"),    \
				    TF_TAGGED("instance")) },                                      \
	{ .kind = &tf_data_parameter, .name = "image", .side = (at),                               \
	  .only_when = "!source.image",                                                            \
	  .arguments = TF_ARGUMENTS(TF_IS("name", "/aws/service/ami-amazon-linux-latest/"          \
						  "al2023-ami-kernel-default-"                     \
						  "<source.architecture>")) },                     \
	{ .kind = &tf_instance, .name = "instance", .side = (at), .output = "instance_id",         \
	  .arguments = TF_ARGUMENTS(                                                               \
		  { .name = "ami", .value = "<source.image|.image_id>",                            \
		    .otherwise = "data.aws_ssm_parameter.image.insecure_value" },                  \
		  TF_IS("instance_type", "<source.instance_type>"),                                \
		  TF_IS("subnet_id", "<" subnet_step ".subnet_id>"),                               \
		  TF_LISTS("vpc_security_group_ids", "<.security_group_id>"),                      \
		  TF_IS("iam_instance_profile", "<.instance_profile_name>"),                       \
		  TF_TAGGED("instance"),                                                           \
		  { .name = "volume_tags", .form = TF_TAGS, .value = "instance",                   \
		    .new_only = true },                                                            \
		  TF_IS("metadata_options.http_endpoint", "enabled"),                              \
		  TF_IS("metadata_options.http_tokens", "required"),                               \
		  TF_IS_BARE("metadata_options.http_put_response_hop_limit", "2"),                 \
		  /* a newer image would replace the instance */                                   \
		  { .name = "lifecycle.ignore_changes", .form = TF_HCL, .value = "[ami]",          \
		    .new_only = true },                                                            \
		  { .name = "depends_on", .form = TF_AFTER,                                        \
		    .value = "aws_iam_role_policy_attachment.instance" }) }

/* Further arguments are the service and where it lies. */
#define TF_S3_ENDPOINT(at, vpc_step, subnet_step, ...)                                             \
	{ .kind = &tf_vpc_endpoint, .name = "s3", .side = (at), .output = "vpc_endpoint_id",       \
	  .arguments = TF_ARGUMENTS(TF_IS("vpc_id", "<" vpc_step ".vpc_id>"), __VA_ARGS__,         \
				    TF_IS("vpc_endpoint_type", "Interface"),                       \
				    TF_LISTS("subnet_ids", "<" subnet_step ".subnet_id>"),         \
				    TF_LISTS("security_group_ids", "<.security_group_id>"),        \
				    TF_IS_BARE("private_dns_enabled", "false"),                    \
				    TF_TAGGED("endpoint")) }

/* A bucket, and its policy as `document` writes it. */
#define TF_ENCRYPTION "rule.apply_server_side_encryption_by_default.sse_algorithm"
#define TF_BUCKET(at, document)                                                                    \
	{ .kind = &tf_bucket, .name = "bucket", .side = (at), .output = "bucket",                  \
	  .arguments = TF_ARGUMENTS(TF_IS("bucket", "<destination.bucket>"),                       \
				    TF_TAGGED("bucket")) },                                        \
	{ .kind = &tf_bucket_block, .name = "bucket", .side = (at), .import_id = "<.bucket>",      \
	  .arguments = TF_ARGUMENTS(TF_IS("bucket", "<.bucket>"),                                  \
				    TF_IS_BARE("block_public_acls", "true"),                       \
				    TF_IS_BARE("ignore_public_acls", "true"),                      \
				    TF_IS_BARE("block_public_policy", "true"),                     \
				    TF_IS_BARE("restrict_public_buckets", "true")) },              \
	{ .kind = &tf_bucket_encryption, .name = "bucket", .side = (at), .import_id = "<.bucket>", \
	  .arguments = TF_ARGUMENTS(TF_IS("bucket", "<.bucket>"),                                  \
				    TF_IS(TF_ENCRYPTION, "AES256")) },                             \
	{ .kind = &tf_bucket_policy, .name = "bucket", .side = (at), .import_id = "<.bucket>",     \
	  .arguments = TF_ARGUMENTS(                                                               \
		  TF_IS("bucket", "<.bucket>"),                                                    \
		  { .name = "policy", .form = TF_DOCUMENT, .make = (document) },                        \
		  { .name = "depends_on", .form = TF_AFTER,                                        \
		    .value = "aws_s3_bucket_public_access_block.bucket" }) }

/* clang-format on */

#endif
