/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Principals and what binds them, as POST /_sandbox/account sets them up: users with
 * policies and a permissions boundary, and guardrails, which bind everybody in the
 * account as an organisation's service control policies do.
 *
 * Kind "principal", region "", id the name:
 *   name arn policies (array of documents) boundary (document; absent: none)
 * Kind "guardrail", region "", id the name:
 *   name arn policy
 * Kind "managed-policy", region "", id the name: the account's own, for roles' boundaries:
 *   name path policy
 */
#ifndef SANDBOX_IAM_PRINCIPAL_H
#define SANDBOX_IAM_PRINCIPAL_H

#include "base/attr.h"
#include "sandbox/core/sbx.h"
#include "sandbox/iam/policy.h"

#define SBX_PRINCIPAL "principal"
#define SBX_GUARDRAIL "guardrail"
#define SBX_MANAGED_POLICY "managed-policy"

/* Whose policy a denial is due to, for its text. */
struct principal_blame {
	const char *kind; /* "identity-based policy", "service control policy", ... */
	bool is_explicit; /* a statement denies; else none allows */
	char *policy_arn; /* NULL: AWS does not name it */
};
void principal_blame_clear(struct principal_blame *blame);
#define auto_principal_blame CLEANUP(principal_blame_clear) struct principal_blame

/* The principal with this ARN, in whatever partition; NULL: none was set up.  New reference. */
json_t *principal_find(struct store *st, const char *arn);

/* What a principal's policies say, as far as its boundary lets them. */
enum policy_verdict principal_says(const json_t *principal, const struct policy_request *ask,
				   struct principal_blame *blame);

/*
 * What the guardrails say: POLICY_ALLOW where nothing speaks against it.  One without an Allow
 * only takes away, as a policy beside FullAWSAccess does; where one has an Allow, one must allow.
 */
enum policy_verdict guardrails_say(struct store *st, const struct policy_request *ask,
				   struct principal_blame *blame);

/* The document of the account's managed policy with this ARN, in whatever partition; NULL: there is
 * none.  Caller frees. */
NODISCARD char *managed_policy_text(struct store *st, const char *arn);

/*
 * Take {"principals": [...], "guardrails": [...], "policies": [...], "quotas": {...},
 * "settings": {...}}: a member
 * that is there replaces all of its kind. Answers NULL, or what is wrong (caller frees); nothing is
 * changed then.
 */
NODISCARD char *account_set(struct sbx *sbx, const json_t *wanted);

#endif
