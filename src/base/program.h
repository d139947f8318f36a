/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our own executable, for the children that are this program again.
 *
 * Its file may be replaced or deleted while we run (a package is upgraded, a build folder is
 * cleaned).  /proc/self/exe then still leads to what we are, but only for us: a child of ssh may
 * not follow another process's link, as ours shows nothing to debuggers.  So a copy is made.
 */
#ifndef RUNBOOK_PROGRAM_H
#define RUNBOOK_PROGRAM_H

#include "base/attr.h"
#include "base/error.h"

/* Its absolute path.  Caller frees. */
NODISCARD struct rb_error *program_path(char **ret);

/*
 * A path at which anybody's child finds this very program: its own path while that is still so,
 * else `copy`, which is made now (mode 0500).  Caller frees. fails  USAGE  the copy cannot be run
 * where it is
 */
NODISCARD struct rb_error *program_runnable(const char *copy, char **ret);

#endif
