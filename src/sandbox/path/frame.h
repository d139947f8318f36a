/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frames of a WebSocket's client, as a server has to read them (RFC 6455, 5):
 * every rule is kept to, and what breaks one has a close code.
 *
 * wslay could do it, but takes the mask off byte by byte, which made it half of what
 * the sandbox's end of a tunnel had to do.  It also is the other end's reader.
 */
#ifndef SANDBOX_SBX_FRAME_H
#define SANDBOX_SBX_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

enum sbx_opcode {
	SBX_FRAME_MORE = 0, /* of the message before */
	SBX_FRAME_TEXT = 1,
	SBX_FRAME_BINARY = 2,
	SBX_FRAME_CLOSE = 8,
	SBX_FRAME_PING = 9,
	SBX_FRAME_PONG = 10,
};

/* Zeros and the first three are the beginning; the rest is the reader's own. */
struct frames {
	void *arg;
	void (*on_data)(void *arg, const char *p, size_t n); /* as it comes, whatever the frames */
	void (*on_control)(void *arg, unsigned opcode, const char *p, size_t n); /* whole */

	unsigned char head[14];
	size_t head_n;
	bool in_payload, in_message;
	uint64_t at, length; /* of the payload */
	char control[125];
};

/*
 * Read what came next, which is unmasked where it lies.  0, or the code of the close that it
 * deserves; nothing is to be read after that.
 */
NODISCARD unsigned frames_read(struct frames *f, char *p, size_t n);

#endif
