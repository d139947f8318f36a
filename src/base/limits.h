/* SPDX-License-Identifier: Apache-2.0 */
/* What the system lets this process have (setrlimit(2), `ulimit`). */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#include "base/attr.h"
#include "base/error.h"

/* Files and connections that a run over all steps, or a sandbox, has open at once: 40, and room. */
#define LIMITS_FILES 64

/*
 * Raise the number of open files as far as it may be raised, and see that it is enough.  Without it
 * a run would end in the middle, at whatever could not be opened then. fails  USAGE, when fewer
 * than LIMITS_FILES may be open
 */
NODISCARD struct rb_error *limits_files(void);

#endif
