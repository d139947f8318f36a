/* SPDX-License-Identifier: Apache-2.0 */
/* How the steps of the procedure are done by hand. */
#ifndef STEPS_DIRECT_BY_HAND_H
#define STEPS_DIRECT_BY_HAND_H

#include "runbook/contract/by_hand.h"

/* 1-3, 1-4 and 3-1 are in steps/common/by_hand_section_1.h. */
extern const struct by_hand direct_by_hand_1_1, direct_by_hand_1_2;
extern const struct by_hand direct_by_hand_2_1, direct_by_hand_2_2;
extern const struct by_hand direct_by_hand_3_2;

#endif
