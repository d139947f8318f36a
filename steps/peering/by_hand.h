/* SPDX-License-Identifier: Apache-2.0 */
/* How each step of the procedure is done by hand. */
#ifndef STEPS_PEERING_BY_HAND_H
#define STEPS_PEERING_BY_HAND_H

#include "runbook/contract/by_hand.h"

extern const struct by_hand by_hand_1_1, by_hand_1_2, by_hand_1_3, by_hand_1_4;
extern const struct by_hand by_hand_2_1, by_hand_2_2, by_hand_2_3, by_hand_2_4;
extern const struct by_hand by_hand_3_1, by_hand_3_2, by_hand_3_3, by_hand_3_4;
extern const struct by_hand by_hand_4_1, by_hand_4_2;

#endif
