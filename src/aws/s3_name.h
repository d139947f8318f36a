/* SPDX-License-Identifier: Apache-2.0 */
/* What S3 takes as a bucket's name, as pure functions. */
#ifndef AWS_S3_NAME_H
#define AWS_S3_NAME_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/said.h"

enum { BUCKET_NAME_MAX = 63 };

/* Why `name` cannot be a bucket of ours, which is a host label too; NULL: it can. */
const char *bucket_name_problem(const char *name);

#define NAMESPACE_GLOBAL "global"
#define NAMESPACE_ACCOUNT "account-regional"

/* The namespace that a bucket's name stands for: S3 keeps the ending "-an" for one of them. */
const char *bucket_namespace_of(const char *name);
/* False where S3 has global names alone. */
bool bucket_namespace_is_offered(const char *region);
/*
 * Why `name`, valid otherwise, cannot be PREFIX-ACCOUNT-REGION-an of `account` and `region`; NULL:
 * it can.  `account` NULL: it is not known yet, so any is taken.  Caller frees.
 */
NODISCARD struct said *bucket_regional_problem(const char *name, const char *account,
					       const char *region);

#endif
