/* SPDX-License-Identifier: Apache-2.0 */
/* The ways of the connections that `peering` proves: a hop each. */
#ifndef STEPS_PEERING_WAYS_H
#define STEPS_PEERING_WAYS_H

#include "runbook/contract/way.h"

enum { WAY_LOGIN, WAY_UPLOAD };
/* 4-1's and 4-2's, then a row without step. */
extern const struct hop_way ways_peering[];

#endif
