/* SPDX-License-Identifier: Apache-2.0 */
/* The name of a run's bucket, where none was given, as pure functions. */
#ifndef STEPS_BUCKET_NAME_H
#define STEPS_BUCKET_NAME_H

#include <stddef.h>

#include "base/attr.h"

/* "runbook-STACK-RUN", valid as a bucket's name: the stack's name is shortened.  Caller frees. */
NODISCARD char *bucket_name(const char *stack, const char *run_id);
/* The same in `max` characters: without the stack, then without "runbook-", where it must be. */
NODISCARD char *bucket_name_within(const char *stack, const char *run_id, size_t max);
/*
 * The same in S3's account-regional namespace: it ends with "-ACCOUNT-REGION-an".  NULL when the
 * region's name leaves no room for the run id.  Caller frees.
 */
NODISCARD char *bucket_regional_name(const char *stack, const char *run_id, const char *account,
				     const char *region);

#endif
