/* SPDX-License-Identifier: Apache-2.0 */
/* Boxes and ways that the pictures of procedures share (runbook/contract/diagram.h). */
#ifndef STEPS_COMMON_DIAGRAM_H
#define STEPS_COMMON_DIAGRAM_H

#include "runbook/contract/diagram.h"

#define LINES(...)                                                                                 \
	(const struct diagram_line[])                                                              \
	{                                                                                          \
		__VA_ARGS__,                                                                       \
		{                                                                                  \
			0                                                                          \
		}                                                                                  \
	}
#define THROUGH(...)                                                                               \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

/* clang-format off */

#define DIAGRAM_OPERATOR                                                                           \
	{ .name = "here", .kind = DIAGRAM_GROUP },                                                 \
	{ .name = "machine", .in = "here", .kind = DIAGRAM_OUTSIDE,                                \
	  .title = N_("Operator's machine"),                                                       \
	  .lines = LINES({ NULL, N_("outside of both regions") }) }
/* They are of steps 1-3 and 1-4. */
#define DIAGRAM_CONNECT_ENDPOINT(subnet)                                                           \
	{ .name = "connect-endpoint", .in = (subnet), .kind = DIAGRAM_THING, .step = "1-3",        \
	  .output = "instance_connect_endpoint_id", .title = "EC2 Instance Connect Endpoint" }
#define DIAGRAM_INSTANCE(subnet)                                                                   \
	{ .name = "instance", .in = (subnet), .kind = DIAGRAM_THING, .step = "1-4",                \
	  .output = "instance_id", .title = N_("EC2 instance"),                                    \
	  .lines = LINES({ NULL, "{source.instance_type}, {private_ip}" },                         \
			 { NULL, N_("22 from the endpoint only") }) }
/* In the box "destination". */
#define DIAGRAM_BUCKET(bucket_step, endpoint_step)                                                 \
	{ .name = "bucket", .in = "destination", .kind = DIAGRAM_THING, .step = (bucket_step),     \
	  .output = "bucket", .title = N_("S3 bucket"),                                            \
	  .lines = LINES({ NULL, N_("policy: s3:PutObject only if") },                             \
			 { NULL, "aws:sourceVpce = {" endpoint_step "/vpc_endpoint_id}" }) }
#define DIAGRAM_WAY_IN(login_step)                                                                 \
	{ .step = (login_step), .title = N_("SSH to the instance, through the endpoint"),          \
	  .through = THROUGH("machine", "connect-endpoint", "instance") }
#define DIAGRAM_REFUSED(upload_step)                                                               \
	{ .step = (upload_step), .claim = "PutObject by the public endpoint", .is_refusal = true,  \
	  .is_around = true, .title = N_("Upload from outside, by the public endpoint of S3"),     \
	  .through = THROUGH("machine", "bucket") }

/* clang-format on */

#endif
