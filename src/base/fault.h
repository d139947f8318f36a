/*
 * Named places where a test can make the program die or fail.
 *
 * The environment steers them, so the release binary is the one that is tested:
 *   RUNBOOK_FAULT_CRASH_AT=N    die (SIGKILL) at the N-th point passed, from 1
 *   RUNBOOK_FAULT_FAIL=NAME:N:E the N-th pass of point NAME fails with errno E
 *                               (a number); N may be * for every pass
 *   RUNBOOK_FAULT_ALLOC_AT=N    the N-th allocation fails
 *   RUNBOOK_FAULT_LOG=FILE      append each point's name, a line each
 * Without these a point costs one comparison.
 */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include <stdbool.h>

#include "base/attr.h"

/* Pass the point `name` ("journal.sync"); answers 0, or the errno to fail with. */
NODISCARD int fault_point(const char *name);

/* A point at which nothing can fail, only the process end. */
void fault_crash_point(const char *name);

/* True when this allocation is the one that a test chose to fail. */
bool fault_alloc_fails(void);

#endif
