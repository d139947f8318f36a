/* SPDX-License-Identifier: Apache-2.0 */
/* How regions are given on a command line. */
#ifndef RUNBOOK_REGIONS_H
#define RUNBOOK_REGIONS_H

#include "runbook/cli/cli.h"

/* A note on stderr for each region that was given and that no list of this version holds. */
void cli_note_new_regions(const struct cli *cli);

#endif
