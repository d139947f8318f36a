/* SPDX-License-Identifier: Apache-2.0 */
/* The ways of the connections that `direct` proves: a hop each. */
#ifndef STEPS_DIRECT_WAYS_H
#define STEPS_DIRECT_WAYS_H

#include "runbook/contract/way.h"

enum { WAY_LOGIN, WAY_UPLOAD };
/* 3-1's and 3-2's, then a row without step. */
extern const struct hop_way ways_direct[];

#endif
