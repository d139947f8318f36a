/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Named places where a test can make the program die or fail.
 *
 * The environment steers them, so the release binary is the one that is tested:
 *   RUNBOOK_FAULT_CRASH_AT=N    die (SIGKILL) at the N-th point passed, from 1, as a machine dies:
 *                               what was written or renamed and not synced is lost
 *   RUNBOOK_FAULT_STOP_AT=N     stop (SIGSTOP) at the N-th point passed, until it is let go on
 *   RUNBOOK_FAULT_LOSE=SEED     of what was written, the seed says how much is lost
 *   RUNBOOK_FAULT_FAIL=NAME:N:E the N-th pass of point NAME fails with errno E
 *                               (a number); N may be * for every pass
 *   RUNBOOK_FAULT_ALLOC_AT=N    the N-th allocation fails
 *   RUNBOOK_FAULT_LOG=FILE      append each point's name, a line each
 *   RUNBOOK_FAULT_SYNCED=NAME   after each sync at point NAME, FILE.synced holds FILE's inode and
 * how many of its bytes are on the disk, for whoever checks the order Without these a point costs
 * one comparison.
 */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include <stdbool.h>

#include "base/attr.h"

/* Pass the point `name` ("journal.sync"); answers 0, or the errno to fail with. */
NODISCARD int fault_point(const char *name);

/* A point at which nothing can fail, only the process end. */
void fault_crash_point(const char *name);

/* Bytes are about to be appended to `fd`: a crash loses them until fault_synced. */
void fault_writing(int fd);
/* All of `fd` is on the disk; `name` is the point of that sync, or NULL. */
void fault_synced(int fd, const char *name);
/* `from` is about to be renamed to `to`: a crash undoes that until the directory is synced. */
void fault_renaming(const char *from, const char *to);
void fault_dir_synced(const char *dir);

/* True when this allocation is the one that a test chose to fail. */
bool fault_alloc_fails(void);

#endif
