/* SPDX-License-Identifier: Apache-2.0 */
/* Roles and instance profiles as the other services see them. */
#ifndef SANDBOX_SBX_IAM_H
#define SANDBOX_SBX_IAM_H

#include <stdint.h>

#include "base/attr.h"
#include "sandbox/core/sbx.h"
#include "sandbox/iam/needs.h"
#include "sandbox/iam/policy.h"
#include "sandbox/iam/principal.h"

/*
 * Kind "role", region "", id its name:
 *   name path arn id created_ms trust description max_session_s boundary
 *   attached   array of policy ARNs
 *   inline     object: policy name to its text
 *   tags       array of {Key, Value}
 *
 * Kind "instance-profile", region "", id its name:
 *   name path arn id created_ms tags
 *   role            the role's name, absent while it has none
 *   role_added_ms   when it got it
 * EC2 learns of both only some seconds later: that is for EC2 to pretend.
 */
#define SBX_ROLE "role"
#define SBX_PROFILE "instance-profile"

/* The role's name in "arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION"; NULL for other callers.
 * Caller frees. */
NODISCARD char *siam_session_role(const char *caller_arn);

/* The account of an ARN of IAM or STS is ours, and what follows is `*ret_rest`. */
bool siam_arn_is_local(const char *arn, const char **ret_rest);
/* policy_rules.knows over the world: `arg` is the store. */
bool siam_principal_exists(void *arg, const char *arn);

/* What the policies of a role, managed and inline, say; POLICY_SILENT for a role that is gone. */
enum policy_verdict siam_role_verdict(struct store *st, const char *role_name,
				      const struct policy_request *ask, int64_t now_ms);

/*
 * What the caller's own policies say, as far as guardrails let them: its role's, within its
 * session's policy; a principal's, within its boundary (principal.h).  Any other caller of the
 * account administers it; an anonymous one has none.  `blame` (may be NULL) says what spoke
 * against it.
 */
enum policy_verdict siam_caller_verdict(struct store *st, const struct sbx_request *req,
					const struct policy_request *ask,
					struct principal_blame *blame);

/* May the caller do what is needed, by its own policies and the guardrails? */
bool siam_permits(struct sbx *sbx, const struct sbx_request *req,
		  const struct required_permission *need, struct principal_blame *blame);
/* The same of one action on `resource` (NULL: not known), with no context of its own. */
bool siam_allows(struct sbx *sbx, const struct sbx_request *req, const char *action,
		 const char *resource);

/* "User: ... is not authorized to perform: ...", as AWS says it.  Caller frees. */
NODISCARD char *siam_denial(const struct sbx_request *req, const struct required_permission *need,
			    const struct principal_blame *blame);

/* May the request be done?  Answered in its service's words when it may not.  S3 and the actions
 * that decide for themselves are let through. */
NODISCARD bool siam_authorize(struct sbx *sbx, const struct sbx_request *req,
			      struct sbx_reply *rep);

#endif
