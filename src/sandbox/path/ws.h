/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The far end of an Instance Connect Endpoint's tunnel: WebSocket frames on one
 * side, a plain byte stream on the other.
 */
#ifndef SANDBOX_SBX_WS_H
#define SANDBOX_SBX_WS_H

#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "sandbox/path/io.h"

#define WS_ACCEPT_SIZE 29

/* Sec-WebSocket-Accept for a Sec-WebSocket-Key; false when the key is none. */
NODISCARD bool ws_accept(const char *key, char out[WS_ACCEPT_SIZE]);

/*
 * Carry bytes between `client`, whose upgrade is answered, and `target` (a
 * stream socket, borrowed), until either side ends, the time is over or the
 * sandbox stops.  `early` holds what the client sent right behind its request.
 * When the time is over there is a close frame, or, with `rude`, just an end.
 */
void ws_carry(struct io *client, struct buf *early, int target, int stop_fd, int64_t until_ms,
	      bool rude);

/* Close with a reason instead: what a target that cannot be reached looks like. */
void ws_refuse(struct io *client, struct buf *early, int code, const char *reason, int stop_fd);

#endif
