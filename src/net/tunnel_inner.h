/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the tunnel share. */
#ifndef NET_TUNNEL_INNER_H
#define NET_TUNNEL_INNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <curl/curl.h>
#include <wslay/wslay.h>

#include "base/buf.h"
#include "net/tunnel.h"

enum {
	FRAME_MAX = 65000,	 /* bytes of one read, one frame: as the AWS CLI */
	FRAME_HEAD = 8,		 /* the longest of such a frame */
	RX_SIZE = 64 * 1024,	 /* from the network */
	QUEUE_HIGH = 256 * 1024, /* input is not read while more waits to leave */
	OUT_HIGH = 256 * 1024,	 /* the network is not read while more waits for out_fd */
	CLOSE_WAIT_MS = 1000,	 /* for the peer's answer to our close */
};

struct tunnel {
	const struct tunnel_options *opt;
	CURL *easy;
	curl_socket_t sock;
	wslay_event_context_ptr ws;

	char rx[RX_SIZE]; /* received, not yet seen by wslay */
	size_t rx_at, rx_n;
	bool rx_eof, rx_drained;
	CURLcode rx_error;

	struct buf leaving; /* frames, to the network; does not move while it lasts */
	size_t leaving_at;
	struct buf queue; /* frames that leave after it */
	bool tx_error;

	struct buf out; /* for out_fd */
	size_t out_at;
	bool in_ended, out_gone, stopping;
	int out_errno; /* why out_fd takes no more; 0: it does */
	bool text_seen;

	bool close_seen;
	struct buf close_payload; /* collected here: wslay keeps a bad one to itself */
	uint8_t opcode;
};

/* More waits for out_fd than it should hold: the network is not read. */
bool tunnel_output_backed_up(const struct tunnel *t);
/* wslay's; their argument is the tunnel. */
extern const struct wslay_event_callbacks tunnel_callbacks;

/*
 * Make a frame at `p` of the `n` bytes at p + FRAME_HEAD: header, a key of its own and the
 * bytes masked with it, without a gap.  The frame's length.
 *   source  RFC 6455, 5.2 and 5.3
 */
size_t tunnel_make_frame(char *p, size_t n);
/* Moves bytes until the tunnel ends; the connection is open and upgraded. */
struct rb_error *tunnel_carry(struct tunnel *t);

#endif
