/* SPDX-License-Identifier: Apache-2.0 */
/* The picture of the procedure `direct`. */
#ifndef STEPS_DIRECT_DIAGRAM_H
#define STEPS_DIRECT_DIAGRAM_H

#include "runbook/contract/diagram.h"

extern const struct diagram diagram_direct;

#endif
