/* SPDX-License-Identifier: Apache-2.0 */
/* The picture of what the procedure builds. */
#ifndef STEPS_PEERING_DIAGRAM_H
#define STEPS_PEERING_DIAGRAM_H

#include "runbook/contract/diagram.h"

extern const struct diagram diagram_peering;

#endif
