/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a policy of a resource says of one request of a role.  Where that hangs on something that
 * is not known of the request, or on a word that is not known here, the answer is UNKNOWN: no
 * guess is taken for AWS's own decision.
 *   source  IAM User Guide, "Policy evaluation logic" and "IAM JSON policy elements"
 */
#ifndef STEPS_COMMON_POLICY_DECIDE_H
#define STEPS_COMMON_POLICY_DECIDE_H

#include <stddef.h>

/* A condition key and its value; NULL: the request surely has none.  What is not listed is not
 * known. */
struct policy_fact {
	const char *name;
	const char *value;
};

struct policy_question {
	const char *role_arn;	 /* whose request it is */
	const char *session_arn; /* of its session; NULL: not known */
	const char *account;
	const char *action, *resource;
	const struct policy_fact *facts;
	size_t n_facts;
};

enum policy_says {
	POLICY_SAYS_NOTHING,
	POLICY_DELEGATES, /* allows the account, which may let the role */
	POLICY_ALLOWS,
	POLICY_DENIES,
	POLICY_UNKNOWN,
};

/* `json` NULL: there is no policy.  What is no policy is UNKNOWN. */
enum policy_says policy_says_of(const char *json, const struct policy_question *q);

#endif
