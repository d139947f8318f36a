/* SPDX-License-Identifier: Apache-2.0 */
/* What the files share that check a policy before it is stored. */
#ifndef SANDBOX_IAM_POLICY_CHECK_H
#define SANDBOX_IAM_POLICY_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "base/attr.h"
#include "sandbox/iam/policy.h"

/* A string, or a list of strings with something in it. */
bool policy_is_text_list(const json_t *list);
/* Of such a list; NULL: it has no more. */
const char *policy_nth_text(const json_t *list, size_t i);

/* NULL, or the service's message.  Caller frees. */
NODISCARD char *policy_check_principal(const json_t *statement, const struct policy_rules *rules);
NODISCARD char *policy_check_scope(const json_t *statement, const struct policy_rules *rules);

#endif
