/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that SendSSHPublicKey has pushed, for the instance's SSH server. */
#ifndef SANDBOX_SBX_EIC_H
#define SANDBOX_SBX_EIC_H

#include <stdbool.h>
#include <stdint.h>

#include "sandbox/core/sbx.h"

/*
 * Kind "ssh-key", region the instance's, id "INSTANCE/USER/SHA256 OF THE KEY":
 *   instance, user, key ("ssh-ed25519 AAAA..." without comment), pushed_ms
 * A key is good for SBX_KEY_MS of real time, whatever --speed says: it is people
 * and programs of this world who must log in within it.
 */
#define SBX_KEY "ssh-key"
#define SBX_KEY_MS (60 * 1000)

/*
 * May `user` log in to the instance with this key ("ssh-ed25519 AAAA...") now?
 * The world's lock is held by the caller.
 */
bool eic_key_is_good(struct store *st, const char *region, const char *instance_id,
		     const char *user, const char *key, int64_t now_ms);

#endif
