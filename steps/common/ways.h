/* SPDX-License-Identifier: Apache-2.0 */
/* The hops that ways of several procedures have, as rows of their tables (steps/common/path.h). */
#ifndef STEPS_COMMON_WAYS_H
#define STEPS_COMMON_WAYS_H

#include "steps/common/path.h"

/* clang-format off */

/* From whoever asks to port 22 of the instance, through the Instance Connect Endpoint.  Both are
 * in one VPC. */
#define WAY_OF_LOGIN                                                                               \
	{ "operator", N_("your permission to log in"), HOP_THERE, HOP_BEGINS, "machine",          \
	  END_FROM, judge_operator },                                                              \
	{ "connect-endpoint", N_("the Instance Connect Endpoint"), HOP_THERE, HOP_CONNECTS,        \
	  "connect-endpoint", END_FROM, judge_end },                                               \
	{ "connect-egress", N_("the endpoint's group, outbound"), HOP_THERE, HOP_CONNECTS,         \
	  "connect-endpoint", END_FROM, judge_egress },                                            \
	{ "connect-acl-out", N_("the network ACL of the endpoint's subnet, outbound"), HOP_THERE,  \
	  HOP_CONNECTS, "connect-endpoint", END_FROM, judge_acl },                                 \
	{ "instance-acl-in", N_("the network ACL of the instance's subnet, inbound"), HOP_THERE,   \
	  HOP_CONNECTS, "instance", END_TO, judge_acl },                                           \
	{ "instance-ingress", N_("the instance's group, inbound"), HOP_THERE, HOP_CONNECTS,        \
	  "instance", END_TO, judge_ingress },                                                     \
	{ "instance", N_("the instance"), HOP_THERE, HOP_BEGINS, "instance", END_TO, judge_end },  \
	{ "instance-acl-out", N_("the network ACL of the instance's subnet, outbound"), HOP_BACK,  \
	  HOP_CONNECTS, "instance", END_TO, judge_acl },                                           \
	{ "connect-acl-in", N_("the network ACL of the endpoint's subnet, inbound"), HOP_BACK,     \
	  HOP_CONNECTS, "connect-endpoint", END_FROM, judge_acl }

#define WAY_LEAVES_INSTANCE                                                                        \
	{ "instance", N_("the instance"), HOP_THERE, HOP_BEGINS, "instance", END_FROM, judge_end },\
	{ "instance-egress", N_("the instance's group, outbound"), HOP_THERE, HOP_CONNECTS,        \
	  "instance", END_FROM, judge_egress },                                                    \
	{ "source-acl-out", N_("the network ACL of the instance's subnet, outbound"), HOP_THERE,   \
	  HOP_CONNECTS, "instance", END_FROM, judge_acl }

#define WAY_INTO_S3_ENDPOINT                                                                       \
	{ "endpoint-acl-in", N_("the network ACL of the endpoint's subnet, inbound"), HOP_THERE,   \
	  HOP_CONNECTS, "s3-endpoint", END_TO, judge_acl },                                        \
	{ "endpoint-ingress", N_("the endpoint's group, inbound"), HOP_THERE, HOP_CONNECTS,        \
	  "s3-endpoint", END_TO, judge_ingress },                                                  \
	{ "endpoint", N_("the S3 interface endpoint"), HOP_THERE, HOP_CONNECTS, "s3-endpoint",     \
	  END_TO, judge_end },                                                                     \
	{ "endpoint-policy", N_("the endpoint's policy"), HOP_THERE, HOP_ASKS, "s3-endpoint",      \
	  END_TO, judge_endpoint_policy },                                                         \
	{ "name-dns", N_("DNS of the instance's VPC"), HOP_THERE, HOP_NAME, "s3-endpoint",         \
	  END_FROM, judge_dns },                                                                   \
	{ "name-addresses", N_("the addresses behind the endpoint's name"), HOP_THERE, HOP_NAME,   \
	  "s3-endpoint", END_TO, judge_addresses }

#define WAY_INTO_BUCKET                                                                            \
	{ "region", N_("the region of the signature"), HOP_THERE, HOP_ASKS, "bucket", END_TO,      \
	  judge_region },                                                                          \
	{ "credentials", N_("the instance's credentials"), HOP_THERE, HOP_BEGINS, "bucket",        \
	  END_FROM, judge_profile },                                                               \
	{ "role", N_("the role's permission"), HOP_THERE, HOP_ASKS, "bucket", END_FROM,            \
	  judge_role },                                                                            \
	{ "bucket", N_("the bucket"), HOP_THERE, HOP_ASKS, "bucket", END_TO, judge_bucket },       \
	{ "bucket-policy", N_("the bucket policy"), HOP_THERE, HOP_ASKS, "bucket", END_TO,         \
	  judge_bucket_policy },                                                                   \
	{ "public-access", N_("the bucket's public access block"), HOP_THERE, HOP_ASKS, "bucket",  \
	  END_TO, judge_public_access },                                                           \
	{ "encryption", N_("the bucket's encryption key"), HOP_THERE, HOP_ASKS, "bucket", END_TO,  \
	  judge_encryption }

#define WAY_LEAVES_S3_ENDPOINT                                                                     \
	{ "endpoint-acl-out", N_("the network ACL of the endpoint's subnet, outbound"), HOP_BACK,  \
	  HOP_CONNECTS, "s3-endpoint", END_TO, judge_acl }

#define WAY_BACK_TO_INSTANCE                                                                       \
	{ "source-acl-in", N_("the network ACL of the instance's subnet, inbound"), HOP_BACK,      \
	  HOP_CONNECTS, "instance", END_FROM, judge_acl }

#define WAY_END { NULL, NULL, HOP_THERE, HOP_BEGINS, NULL, END_FROM, NULL }

/* clang-format on */

/* From 1-3's endpoint to 1-4's instance, both in 1-2's subnet of 1-1's VPC. */
extern const struct path_plan way_login_plan;
extern const struct hop_row way_login_rows[];

#endif
