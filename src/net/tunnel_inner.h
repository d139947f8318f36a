/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the tunnel share. */
#ifndef NET_TUNNEL_INNER_H
#define NET_TUNNEL_INNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>
#include <curl/curl.h>

#include "base/buf.h"
#include "base/frame.h"
#include "net/tunnel.h"
#include "net/wire.h"

enum {
	FRAME_MAX = 65000,	 /* bytes of one read, one frame: as the AWS CLI */
	FRAME_HEAD = 8,		 /* the longest of such a frame */
	RX_SIZE = 256 * 1024,	 /* from the network */
	RECORD_MAX = 16 * 1024,	 /* of TLS: less room is none */
	OUT_PIECES = 64,	 /* of a system call that writes */
	QUEUE_HIGH = 256 * 1024, /* input is not read while more waits to leave */
	CLOSE_WAIT_MS = 1000,	 /* for the peer's answer to our close */
};

struct tunnel {
	const struct tunnel_options *opt;
	CURL *easy;
	curl_socket_t sock;
	bool on_socket; /* as of wire_open */
	struct wire wire;

	char rx[RX_SIZE]; /* received; its payloads are written to out_fd from where they lie */
	bool rx_eof, rx_drained;
	CURLcode rx_error;
	struct frames frames;
	unsigned refusal; /* the close code of what the endpoint did wrong; 0: nothing */
	struct iovec out[OUT_PIECES]; /* of rx, for out_fd: nothing is received before they left */
	size_t n_out, out_at;

	struct buf leaving; /* frames, to the network; does not move while it lasts */
	size_t leaving_at;
	struct buf queue; /* frames that leave after it */
	bool tx_error;

	bool in_ended, out_gone, stopping;
	int out_errno; /* why out_fd takes no more; 0: it does */

	bool close_seen, close_queued;
	struct buf close_payload;
};

/* Bytes that came as they are in `rx`: their payloads become pieces of `out`. */
void tunnel_take(struct tunnel *t, char *p, size_t n);

/*
 * Make a frame at `p` of the `n` bytes at p + FRAME_HEAD: head, a key of its own and the
 * bytes masked with it, without a gap.  The frame's length.
 *   source  RFC 6455, 5.2 and 5.3
 */
size_t tunnel_make_frame(char *p, size_t n);
/* Queue a ping, pong or close. */
void tunnel_control(struct tunnel *t, unsigned opcode, const void *payload, size_t n);
/* Queue a close with this code; the first alone counts. */
void tunnel_close(struct tunnel *t, unsigned code);
/* Moves bytes until the tunnel ends; the connection is open and upgraded. */
struct rb_error *tunnel_carry(struct tunnel *t);

#endif
