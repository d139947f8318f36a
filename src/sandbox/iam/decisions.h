/* SPDX-License-Identifier: Apache-2.0 */
/* The questions to the callers' policies and their decisions, as a file: for other judges of them.
 */
#ifndef SANDBOX_IAM_DECISIONS_H
#define SANDBOX_IAM_DECISIONS_H

#include "base/attr.h"
#include "base/error.h"
#include "sandbox/iam/policy.h"

/* From now on each decision is a line of JSON at the end of `path`: {"caller", "action",
 * "resource", "context": {key: [values]}, "allowed"}. */
NODISCARD struct rb_error *sbx_decisions_open(const char *path);
void sbx_decisions_note(const struct policy_request *ask, bool allowed);

#endif
