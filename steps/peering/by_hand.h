/* SPDX-License-Identifier: Apache-2.0 */
/* How each step of the procedure is done by hand. */
#ifndef STEPS_PEERING_BY_HAND_H
#define STEPS_PEERING_BY_HAND_H

#include "runbook/contract/by_hand.h"

/* 1-3, 1-4 and 4-1 are in steps/common/by_hand_section_1.h. */
extern const struct by_hand by_hand_1_1, by_hand_1_2;
extern const struct by_hand by_hand_2_1, by_hand_2_2, by_hand_2_3, by_hand_2_4;
extern const struct by_hand by_hand_3_1, by_hand_3_2, by_hand_3_3, by_hand_3_4;
extern const struct by_hand by_hand_4_2;

#endif
