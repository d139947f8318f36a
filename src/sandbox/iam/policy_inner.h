/* SPDX-License-Identifier: Apache-2.0 */
/* How the files that judge a policy read its JSON. */
#ifndef SANDBOX_IAM_POLICY_INNER_H
#define SANDBOX_IAM_POLICY_INNER_H

#include "sandbox/iam/policy.h"

/* The members of a list; a lone value is a list of one. */
size_t policy_n_items(const json_t *list);
/* The i-th; "" for what is no string.  Borrowed. */
const char *policy_item(const json_t *list, size_t i);
size_t policy_n_statements(const json_t *policy);
/* Borrowed. */
const json_t *policy_statement(const json_t *policy, size_t i);

#endif
