/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The credentials of a runbook for the tunnel that ssh starts for it, so that a person
 * who typed a code, or a program that takes its time, is asked once.
 *
 * They wait in a named pipe in the private directory, and only its name is in the
 * environment: so no file holds them, ssh and what else it starts do not see them
 * (it would send a variable to the instance, were it configured to), whoever may not enter
 * the directory cannot take them, and they are gone with the process that offered them.
 */
#ifndef RUNBOOK_TUNNEL_KEYS_H
#define RUNBOOK_TUNNEL_KEYS_H

#include <stdbool.h>

#include "aws/cred/cred.h"
#include "base/attr.h"

#define TUNNEL_KEYS_ENV "RUNBOOK_TUNNEL_KEYS"

/*
 * Make the pipe and put them in, with what AWS's clock is ahead of ours.  They are there, for one
 * to take, until the descriptor is closed. -1: it cannot be done, and the tunnel looks for its own.
 */
NODISCARD int tunnel_keys_offer(const char *path, const struct cred *cred, int64_t skew_s);
/* False: nothing was offered, or it is taken. */
NODISCARD bool tunnel_keys_take(struct cred *ret, int64_t *ret_skew_s);

#endif
