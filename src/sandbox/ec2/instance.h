/* SPDX-License-Identifier: Apache-2.0 */
/* What the files about instances share. */
#ifndef SANDBOX_SBX_EC2_INSTANCE_H
#define SANDBOX_SBX_EC2_INSTANCE_H

#include "sandbox/ec2/ec2.h"

/* {code, name} of a state. */
json_t *sec2_instance_state_tree(const char *name);

/*
 * It will be shutting down from term_ms and terminated from terminated_ms; its
 * interface and volume go after that.  Changes `doc`, the caller stores it.
 */
void sec2_instance_end(struct sec2 *c, json_t *doc, int64_t term_ms, int64_t terminated_ms,
		       const char *code, const char *message);

/*
 * The profile that IamInstanceProfile names, as {arn, id, name}; *ret NULL when
 * the call names none.  False and failed when EC2 does not know it (yet).
 */
NODISCARD bool sec2_find_profile(struct sec2 *c, json_t **ret);
/* Gives the instance's profile an association id and its time. */
void sec2_profile_stamp(struct sec2 *c, json_t *doc);

#endif
