/* SPDX-License-Identifier: Apache-2.0 */
/* How a step is done by hand, as a person reads it and as JSON. */
#ifndef RUNBOOK_BY_HAND_VIEW_H
#define RUNBOOK_BY_HAND_VIEW_H

#include <jansson.h>

#include "base/attr.h"
#include "runbook/record/by_hand.h"

/* Why, what it makes, what can go wrong, the console, the commands; on stdout. */
void by_hand_print(const struct by_hand_values *values);
/* Each thing that it makes as a detail of a list of steps. */
void by_hand_print_makes(const struct by_hand_values *values);
/* Each call that makes it, with its main arguments, as such a detail; and as a new array of
 * {"call":"ec2 CreateVpc", "region":..., "options":[...]}. */
void by_hand_print_calls(const struct by_hand_values *values);
NODISCARD json_t *by_hand_calls(const struct by_hand_values *values);
/* All that by_hand_print prints, as members of `step`. */
void by_hand_add_json(const struct by_hand_values *values, json_t *step);

#endif
