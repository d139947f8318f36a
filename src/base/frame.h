/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frames of a WebSocket (RFC 6455, 5), as either end has to read them: every rule is kept
 * to, and what breaks one has a close code.
 *
 * Libraries take a mask off byte by byte and copy what they read, which makes them half of
 * what an end of a tunnel has to do.
 */
#ifndef SANDBOX_FRAME_H
#define SANDBOX_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

enum frame_opcode {
	FRAME_MORE = 0, /* of the message before */
	FRAME_TEXT = 1,
	FRAME_BINARY = 2,
	FRAME_CLOSE = 8,
	FRAME_PING = 9,
	FRAME_PONG = 10,
};

/* Codes of a close (RFC 6455, 7.4.1) with which a frame may be refused, and the usual one. */
enum frame_close {
	FRAME_CLOSE_NORMAL = 1000,
	FRAME_NO_PROTOCOL = 1002,
	FRAME_NOT_TEXT = 1003, /* a tunnel's bytes are binary */
	FRAME_TOO_BIG = 1009,
};

enum {
	FRAME_HEAD_MAX = 14,	 /* with a key */
	FRAME_CONTROL_MAX = 125, /* a control frame's payload */
	FRAME_KEY_SIZE = 4,
};

/* Zeros and the first four are the beginning; the rest is the reader's own. */
struct frames {
	void *arg;
	void (*on_data)(void *arg, char *p, size_t n); /* as it comes, whatever the frames */
	void (*on_control)(void *arg, unsigned opcode, const char *p, size_t n); /* whole */
	/*
	 * They are a server's, which masks nothing.  Its messages may be of any size, and its
	 * close codes are its own business: on_control judges them.
	 */
	bool of_server;

	unsigned char head[FRAME_HEAD_MAX];
	size_t head_n;
	bool in_payload, in_message;
	uint64_t at, length; /* of the payload */
	char control[FRAME_CONTROL_MAX];
};

/*
 * Read what came next, which is unmasked where it lies.  0, or the code of the close that it
 * deserves; nothing is to be read after that.
 */
NODISCARD unsigned frames_read(struct frames *f, char *p, size_t n);

/*
 * The head of a final frame of `n` bytes; its size.  `key`: it is a client's, and they are
 * masked with this; NULL: a server's.
 */
size_t frame_head(unsigned char out[FRAME_HEAD_MAX], unsigned opcode, size_t n,
		  const unsigned char *key);

/* May this be the payload of a close (RFC 6455, 7.4): nothing, or a code that may be on a wire? */
bool frame_close_is_right(const char *p, size_t n);

/* Put the mask on or take it off.  `at`: where in the payload p begins. */
void frame_mask(char *p, size_t n, const unsigned char key[FRAME_KEY_SIZE], uint64_t at);

#endif
