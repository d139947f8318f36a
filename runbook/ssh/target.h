/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom a tunnel reaches and through what: an instance's private address, and the
 * EC2 Instance Connect Endpoint that serves it, chosen as the AWS CLI does.
 */
#ifndef RUNBOOK_TARGET_H
#define RUNBOOK_TARGET_H

#include "aws/core/client.h"
#include "base/attr.h"
#include "base/error.h"

struct target {
	char *instance_id; /* NULL: only an address was given */
	char *private_ip;
	char *endpoint_id;
	char *endpoint_dns; /* the FIPS name where FIPS is on */
};
void target_clear(struct target *t);
#define auto_target CLEANUP(target_clear) struct target

/*
 * Fill what is NULL in `t`: the address of its instance, then the endpoint.  A usable endpoint in
 * the instance's subnet wins, else the first of its VPC.  With everything given nothing is asked.
 *   fails  GONE    no such instance, or no endpoint that could be used
 *          USAGE   neither instance nor address; an address without endpoint; no private address;
 *                  the endpoint's name is of another region
 */
NODISCARD struct rb_error *target_resolve(struct aws_client *c, struct target *t);

/*
 * `err` (taken) is of a way to `t` that failed.  When its instance is not running, that is the
 * reason, and the answer says so, and what starts it; else it is `err`.
 */
NODISCARD struct rb_error *target_explain(struct aws_client *c, const struct target *t,
					  struct rb_error *err);

/*
 * Whatever was typed, recorded or answered by AWS: only what looks like an id, an address or a
 * name goes on into arguments and URLs.  NULL parts are skipped.
 *   fails   USAGE
 *   source  the patterns of the AWS CLI's own options
 */
NODISCARD struct rb_error *target_check(const char *instance_id, const char *private_ip,
					const char *endpoint_id, const char *endpoint_dns);

#endif
