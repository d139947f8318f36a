/* Our own executable, for the children that are this program again. */
#ifndef RUNBOOK_PROGRAM_H
#define RUNBOOK_PROGRAM_H

#include "base/attr.h"
#include "base/error.h"

/* Its absolute path.  Caller frees. */
NODISCARD struct rb_error *program_path(char **ret);

#endif
