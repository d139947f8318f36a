/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What logging in to an instance needs of this machine: checked before anything is changed,
 * so that nobody learns of it an hour and a few cents later.
 */
#ifndef RUNBOOK_SSH_READY_H
#define RUNBOOK_SSH_READY_H

#include "base/attr.h"
#include "base/error.h"

/*
 * Content when there are: `ssh` in PATH, the shell that it starts our tunnel with, an entry for our
 * user in the password database, without which it refuses to work, and a folder for the key.
 *   fails  USAGE, with what is missing
 */
NODISCARD struct rb_error *ssh_ready(void);

/* The error of a missing ssh (`err` is of proc_start), with what to install. */
NODISCARD struct rb_error *ssh_missing(struct rb_error *err);

/* ssh starts our tunnel with $SHELL, which may be one that runs nothing (nologin) or none at all.
 */
#define SSH_SHELL "/bin/sh"

#endif
