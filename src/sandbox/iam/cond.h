/* SPDX-License-Identifier: Apache-2.0 */
/* What the files about conditions share. */
#ifndef SANDBOX_IAM_COND_H
#define SANDBOX_IAM_COND_H

#include <stdbool.h>
#include <stddef.h>

#include "sandbox/iam/policy.h"

struct cond_op {
	const char *name;
	bool negated;
	bool (*matches)(const char *want, const char *have);
};
enum cond_quantifier { COND_ONE_VALUE, COND_ANY_VALUE, COND_ALL_VALUES };

/* Take "ForAnyValue:StringLikeIfExists" apart; NULL when there is no such operator. */
const struct cond_op *cond_find_operator(const char *name, enum cond_quantifier *ret_quantifier,
					 bool *ret_if_exists);

/* `want` after variables: stars are literal for the operators that know no wildcard. */
bool pattern_equals(const char *want, const char *have, bool nocase);
/* The six parts of an ARN match one by one, so a `*` never reaches over a colon but the last. */
bool pattern_matches_arn(const char *pattern, const char *arn);

/* The nth value of a key in any letter case; NULL: the request has no more.  Borrowed. */
const char *cond_fact_value(const struct policy_request *ask, const char *key, size_t nth);

#endif
