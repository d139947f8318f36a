/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frames of a tunnel: payloads are written from where they were received, and what leaves is
 * masked where it was read.
 */
#include <stdlib.h>
#include <string.h>
#include <curl/curl.h>
#include <openssl/rand.h>

#include "base/buf.h"
#include "net/tunnel_inner.h"

/* A shorter piece is moved up to the one before: that costs less than a piece of its own. */
enum { MOVED_MAX = 1024 };

static void on_data(void *arg, char *p, size_t n)
{
	struct tunnel *t = arg;
	struct iovec *last = t->n_out ? &t->out[t->n_out - 1] : NULL;
	char *end = last ? (char *)last->iov_base + last->iov_len : NULL;

	if (t->out_gone || !n)
		return;
	/* Heads lie between the pieces, so there is always room to move one up. */
	if (!last || (p != end && n > MOVED_MAX && t->n_out < OUT_PIECES)) {
		t->out[t->n_out++] = (struct iovec){ .iov_base = p, .iov_len = n };
		return;
	}
	if (p != end)
		memmove(end, p, n);
	last->iov_len += n;
}

static void on_control(void *arg, unsigned opcode, const char *p, size_t n)
{
	struct tunnel *t = arg;

	if (opcode == FRAME_PING) {
		/* Of many pings, RFC 6455 (5.5.3) wants an answer to the last alone. */
		if (t->queue.n < QUEUE_HIGH * 2)
			tunnel_control(t, FRAME_PONG, p, n);
	} else if (opcode == FRAME_CLOSE && !t->close_seen) {
		t->close_seen = true;
		(void)buf_add(&t->close_payload, p, n);
		if (t->close_queued)
			return;
		t->close_queued = true;
		if (frame_close_is_right(p, n))
			tunnel_control(t, FRAME_CLOSE, p, n < 2 ? 0 : 2);
		else
			tunnel_control(t, FRAME_CLOSE, "\x03\xea", 2); /* 1002, broken */
	}
}

void tunnel_take(struct tunnel *t, char *p, size_t n)
{
	t->frames.arg = t;
	t->frames.on_data = on_data;
	t->frames.on_control = on_control;
	t->frames.of_server = true;
	t->refusal = frames_read(&t->frames, p, n);
}

static void make_key(unsigned char key[FRAME_KEY_SIZE])
{
	if (RAND_bytes(key, FRAME_KEY_SIZE) != 1)
		abort();
}

size_t tunnel_make_frame(char *p, size_t n)
{
	unsigned char key[FRAME_KEY_SIZE], head[FRAME_HEAD_MAX];
	size_t head_n;

	make_key(key);
	head_n = frame_head(head, FRAME_BINARY, n, key);
	frame_mask(p + FRAME_HEAD, n, key, 0);
	memcpy(p, head, head_n);
	if (head_n < FRAME_HEAD)
		memmove(p + head_n, p + FRAME_HEAD, n);
	return head_n + n;
}

void tunnel_control(struct tunnel *t, unsigned opcode, const void *payload, size_t n)
{
	unsigned char key[FRAME_KEY_SIZE], head[FRAME_HEAD_MAX];
	size_t head_n;
	char *p;

	make_key(key);
	head_n = frame_head(head, opcode, n, key);
	p = buf_room(&t->queue, head_n + n);
	memcpy(p, head, head_n);
	if (n)
		memcpy(p + head_n, payload, n);
	frame_mask(p + head_n, n, key, 0);
	t->queue.n += head_n + n;
	t->queue.p[t->queue.n] = '\0';
}

void tunnel_close(struct tunnel *t, unsigned code)
{
	const char payload[2] = { (char)(code >> 8), (char)code };

	if (!t->close_queued)
		tunnel_control(t, FRAME_CLOSE, payload, sizeof(payload));
	t->close_queued = true;
}
