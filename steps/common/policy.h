/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy documents that the procedure writes, and their comparison: pure
 * functions on JSON text.
 */
#ifndef STEPS_COMMON_POLICY_H
#define STEPS_COMMON_POLICY_H

#include <stdbool.h>

#include "base/attr.h"

/*
 * 2-4's policy: s3:PutObject is denied unless it comes through `vpc_endpoint_id`, and allowed
 * when it does.  It binds every principal, ours included, but for that one action: reading,
 * listing, deleting and taking the policy away stay possible from anywhere.  Caller frees.
 */
NODISCARD char *policy_for_bucket(const char *partition, const char *bucket,
				  const char *vpc_endpoint_id);
/* 1-4's trust policy: EC2 may take the role on.  Caller frees. */
NODISCARD char *policy_for_trust(const char *partition);
/* A trust policy lets EC2 take the role on, and denies nothing; conditions are not read. */
bool policy_trusts_ec2(const char *json);
/* "arn:PARTITION:iam::aws:policy/NAME".  Caller frees. */
NODISCARD char *policy_arn(const char *partition, const char *name);

/*
 * True when both say the same: order of statements and of lists, one-element lists, white
 * space, the letter case of condition keys and "*" for {"AWS":"*"} do not matter.  What is no
 * JSON object is equal to nothing.
 */
bool policy_same(const char *a, const char *b);
/* As AWS gives an endpoint when none was given: everything to everyone. */
bool policy_is_full_access(const char *json);
/* On one line, keys sorted, for people; what is no JSON comes back as it is.  Caller frees. */
NODISCARD char *policy_line(const char *json);
/*
 * The first action without which the owner could not repair or remove the bucket, and which a
 * statement of `json` denies; NULL: none.  What is no JSON denies "s3:*".
 */
const char *policy_locks_out(const char *json);

/* IAM's wildcards: '*' any text, '?' one character.  Actions do not know letter case. */
bool policy_glob(const char *pattern, const char *text, bool nocase);

#endif
