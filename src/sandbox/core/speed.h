/* SPDX-License-Identifier: Apache-2.0 */
/* --speed, which both commands of the sandbox take: AWS's durations are divided by it. */
#ifndef SANDBOX_CORE_SPEED_H
#define SANDBOX_CORE_SPEED_H

#include "base/attr.h"
#include "base/error.h"

/* A number from 0.01 to 1000000; a usage error for anything else, and *ret is unchanged. */
NODISCARD struct rb_error *speed_parse(const char *text, double *ret);

#endif
