/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of a tunnel's far end share. */
#ifndef SANDBOX_PATH_WS_INNER_H
#define SANDBOX_PATH_WS_INNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wslay/wslay.h>

#include "base/buf.h"
#include "base/frame.h"
#include "sandbox/path/io.h"

#define WS_BLOCK 65536
#define WS_INCOMING (4 * WS_BLOCK) /* from the client at a time */

/* A queue of bytes: taken from the front without moving the rest each time. */
struct ws_queue {
	char *p;
	size_t at, n, cap;
};

struct ws_carrier {
	struct io *client;
	struct buf *early;
	int target; /* -1: none */
	wslay_event_context_ptr ws;
	struct ws_queue to_target;
	struct ws_queue to_client; /* whole frames: header and bytes share records of TLS */
	struct frames frames;	   /* the client's */
	unsigned n_messages;
	bool target_ended, client_gone, close_seen, closing, broken;
	bool held_back; /* the client's bytes wait inside TLS, where poll does not see them */
	char incoming[WS_INCOMING];	       /* from the client */
	char block[FRAME_HEAD_MAX + WS_BLOCK]; /* from the target, behind room for a head */
	size_t frag_at, frag_n;		       /* the fragmented message in `block` */
	unsigned frag_parts;
};

void ws_queue_add(struct ws_queue *q, const void *p, size_t n);

/* Close with a code and a reason; 0: without a code. */
void ws_queue_close(struct ws_carrier *c, unsigned code, const char *reason);
/* Read what the client sends, as far as there is room for it. */
void ws_take_from_client(struct ws_carrier *c);

/* As much as may wait for either side: the client is not read meanwhile. */
bool ws_is_full(const struct ws_carrier *c);

/* For struct frames; `arg` is the carrier: bytes for the target, and frames of control. */
void ws_on_data(void *arg, char *p, size_t n);
void ws_on_control(void *arg, unsigned opcode, const char *p, size_t n);

/* For wslay; `arg` is the carrier: bytes for the client, and the next part of a message. */
ssize_t ws_on_send(wslay_event_context_ptr ws, const uint8_t *p, size_t n, int flags, void *arg);
ssize_t ws_on_fragment(wslay_event_context_ptr ws, uint8_t *p, size_t n,
		       const union wslay_event_msg_source *source, int *eof, void *arg);

#endif
