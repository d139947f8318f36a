/* SPDX-License-Identifier: Apache-2.0 */
/* The client's side of a tunnel: its frames, and what wslay sends it. */
#include "sandbox/path/ws_inner.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <wslay/wslay.h>

#include "base/alloc.h"
#include "base/frame.h"

#define HELD_MAX (256 * 1024)
#define RECORD_MAX 16384 /* of TLS: less room is none */

void ws_queue_add(struct ws_queue *q, const void *p, size_t n)
{
	if (q->at && q->at + q->n + n > q->cap) {
		memmove(q->p, q->p + q->at, q->n);
		q->at = 0;
	}
	if (q->n + n > q->cap) {
		q->cap = (q->n + n) * 2;
		q->p = xrealloc(q->p, q->cap);
	}
	memcpy(q->p + q->at + q->n, p, n);
	q->n += n;
}

void ws_queue_close(struct ws_carrier *c, unsigned code, const char *reason)
{
	c->closing = true;
	(void)wslay_event_queue_close(c->ws, (uint16_t)code, (const uint8_t *)reason,
				      strlen(reason));
}

/* Straight to the target, and what it does not take into the queue. */
void ws_on_data(void *arg, char *p, size_t n)
{
	struct ws_carrier *c = arg;
	ssize_t sent = 0;

	if (c->target < 0 || c->closing)
		return;
	if (!c->to_target.n)
		sent = send(c->target, p, n, MSG_NOSIGNAL);
	if (sent > 0) {
		p += sent;
		n -= (size_t)sent;
	}
	if (n)
		ws_queue_add(&c->to_target, p, n);
}

void ws_on_control(void *arg, unsigned opcode, const char *p, size_t n)
{
	struct ws_carrier *c = arg;
	struct wslay_event_msg pong = { .opcode = WSLAY_PONG,
					.msg = (const uint8_t *)p,
					.msg_length = n };

	if (opcode == FRAME_PING) {
		(void)wslay_event_queue_msg(c->ws, &pong);
	} else if (opcode == FRAME_CLOSE) {
		c->close_seen = true;
		if (!c->closing)
			ws_queue_close(
				c, n ? (unsigned)(unsigned char)p[0] << 8 | (unsigned char)p[1] : 0,
				"");
	}
}

static void read_frames(struct ws_carrier *c, char *p, size_t n)
{
	unsigned refusal = frames_read(&c->frames, p, n);

	if (refusal) {
		c->broken = true;
		ws_queue_close(c, refusal, "");
	}
}

bool ws_is_full(const struct ws_carrier *c)
{
	return c->to_target.n >= HELD_MAX || c->to_client.n >= HELD_MAX;
}

void ws_take_from_client(struct ws_carrier *c)
{
	bool drained = false;

	if (c->early->n) {
		read_frames(c, c->early->p, c->early->n);
		buf_reset(c->early);
	}
	while (!drained && !ws_is_full(c) && !c->broken && !c->close_seen && !c->client_gone) {
		size_t have = 0;

		while (!drained && !c->client_gone && sizeof(c->incoming) - have >= RECORD_MAX) {
			ssize_t n =
				io_read(c->client, c->incoming + have, sizeof(c->incoming) - have);

			if (n > 0)
				have += (size_t)n;
			else if (n < 0 && errno == EAGAIN)
				drained = true;
			else
				c->client_gone = true;
		}
		read_frames(c, c->incoming, have);
	}
	c->held_back = ws_is_full(c) && !drained;
}

ssize_t ws_on_send(wslay_event_context_ptr ws, const uint8_t *p, size_t n, int flags, void *arg)
{
	struct ws_carrier *c = arg;

	(void)ws;
	(void)flags;
	ws_queue_add(&c->to_client, p, n);
	return (ssize_t)n;
}

ssize_t ws_on_fragment(wslay_event_context_ptr ws, uint8_t *p, size_t n,
		       const union wslay_event_msg_source *source, int *eof, void *arg)
{
	struct ws_carrier *c = arg;
	size_t left = c->frag_n - c->frag_at;

	(void)ws;
	(void)source;
	/* three parts, the last without a byte: an end that says nothing new is legal too */
	if (c->frag_parts++ >= 2) {
		*eof = c->frag_parts > 2 && left == 0;
	} else if (left > 1) {
		left = left / 2;
	}
	if (left > n)
		left = n;
	memcpy(p, c->block + FRAME_HEAD_MAX + c->frag_at, left);
	c->frag_at += left;
	return (ssize_t)left;
}
