/* SPDX-License-Identifier: Apache-2.0 */
/* By hand: the steps of a first section that procedures share; see by_hand_section_1.c. */
#ifndef STEPS_COMMON_BY_HAND_SECTION_1_H
#define STEPS_COMMON_BY_HAND_SECTION_1_H

#include "runbook/contract/by_hand.h"

/* They name 1-1's vpc_id, 1-2's subnet_id and each other's outputs. */
extern const struct by_hand by_hand_connect_endpoint; /* 1-3 */
extern const struct by_hand by_hand_instance;	      /* 1-4 */
extern const struct by_hand by_hand_login;

#endif
