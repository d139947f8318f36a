/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The start of a process: what has to be true before the first file is opened.
 */
#ifndef BASE_STDIO_FDS_H
#define BASE_STDIO_FDS_H

#include "base/attr.h"
#include "base/error.h"

/*
 * Opens /dev/null for each of the descriptors 0, 1 and 2 that is closed: the kernel gives the
 * lowest free number to the next file, which would otherwise be a journal, a socket or a key, and
 * what is printed would go there.
 *   0  reads the end of file.
 *   1  is open for reading alone, so that a write fails as on a closed descriptor: results that
 *      nobody gets are still an error.
 *   2  takes every message and drops it.
 * Call it first in main.
 *   fails  IO, when there is no /dev/null to open
 */
NODISCARD struct rb_error *stdio_fds_open(void);

#endif
