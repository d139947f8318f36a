/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of VPC endpoints share. */
#ifndef SANDBOX_EC2_ENDPOINT_H
#define SANDBOX_EC2_ENDPOINT_H

#include "sandbox/ec2/ec2.h"

#define DEFAULT_POLICY                                                                             \
	"{\n  \"Statement\": [\n    {\n      \"Action\": \"*\", \n      \"Effect\": \"Allow\", \n" \
	"      \"Principal\": \"*\", \n      \"Resource\": \"*\"\n    }\n  ]\n}"

/* "" for what has vanished. */
const char *endpoint_state(const json_t *doc, int64_t now_ms);
/* The region that the service of a new endpoint lies in.  Borrowed. */
const char *endpoint_service_region(const struct sec2 *c);
/* "s3" of "com.amazonaws.us-east-1.s3" */
const char *endpoint_short_service(const char *name);
/* Each check is false after it has failed the call. */
bool endpoint_check_type(struct sec2 *c, const char *type);
/* All subnets there, in the VPC, in zones of the service, no two in one zone. */
bool endpoint_check_subnets(struct sec2 *c, const json_t *ids, const char *vpc_id, json_t *zones);
/* All route tables there, and in the VPC. */
bool endpoint_check_tables(struct sec2 *c, const json_t *ids, const char *vpc_id);
bool endpoint_check_policy(struct sec2 *c);
/* Private DNS needs both attributes of the VPC; for S3 a gateway endpoint beside it. */
bool endpoint_check_private_dns(struct sec2 *c, const json_t *vpc, const char *service);
bool endpoint_check_quota(struct sec2 *c, const char *vpc_id);

#endif
