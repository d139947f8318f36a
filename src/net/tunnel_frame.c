/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frames of a tunnel.
 *
 * wslay masks byte by byte and in pieces of 4 KiB.  So it reads all frames and
 * makes those of control, and the frames of data, which are many, are made here.
 */
#include <string.h>
#include <curl/curl.h>
#include <openssl/rand.h>
#include <wslay/wslay.h>

#include "base/buf.h"
#include "net/tunnel_inner.h"

bool tunnel_output_backed_up(const struct tunnel *t)
{
	return t->out.n - t->out_at > OUT_HIGH;
}

static ssize_t on_recv(wslay_event_context_ptr ws, uint8_t *p, size_t n, int flags, void *arg)
{
	struct tunnel *t = arg;

	(void)flags;
	if (tunnel_output_backed_up(t)) {
		wslay_event_set_error(ws, WSLAY_ERR_WOULDBLOCK);
		return -1;
	}
	if (t->rx_at == t->rx_n) {
		size_t got = 0;
		CURLcode rc = curl_easy_recv(t->easy, t->rx, sizeof(t->rx), &got);

		if (rc == CURLE_AGAIN) {
			t->rx_drained = true;
			wslay_event_set_error(ws, WSLAY_ERR_WOULDBLOCK);
			return -1;
		}
		if (rc || !got) {
			t->rx_eof = true;
			t->rx_error = rc;
			wslay_event_set_error(ws, WSLAY_ERR_CALLBACK_FAILURE);
			return -1;
		}
		t->rx_at = 0;
		t->rx_n = got;
	}
	if (n > t->rx_n - t->rx_at)
		n = t->rx_n - t->rx_at;
	memcpy(p, t->rx + t->rx_at, n);
	t->rx_at += n;
	return (ssize_t)n;
}

/* Always takes all: the loop stops feeding wslay while much is waiting. */
static ssize_t on_send(wslay_event_context_ptr ws, const uint8_t *p, size_t n, int flags, void *arg)
{
	struct tunnel *t = arg;

	(void)ws;
	(void)flags;
	(void)buf_add(&t->queue, p, n);
	return (ssize_t)n;
}

static int on_genmask(wslay_event_context_ptr ws, uint8_t *p, size_t n, void *arg)
{
	(void)ws;
	(void)arg;
	return RAND_bytes(p, (int)n) == 1 ? 0 : -1;
}

static void on_frame_start(wslay_event_context_ptr ws,
			   const struct wslay_event_on_frame_recv_start_arg *frame, void *arg)
{
	struct tunnel *t = arg;

	(void)ws;
	t->opcode = frame->opcode;
	if (frame->opcode == WSLAY_TEXT_FRAME)
		t->text_seen = true;
	if (frame->opcode == WSLAY_CONNECTION_CLOSE) {
		t->close_seen = true;
		buf_reset(&t->close_payload);
	}
}

static void on_frame_chunk(wslay_event_context_ptr ws,
			   const struct wslay_event_on_frame_recv_chunk_arg *chunk, void *arg)
{
	struct tunnel *t = arg;

	(void)ws;
	if (t->opcode == WSLAY_CONNECTION_CLOSE)
		(void)buf_add(&t->close_payload, chunk->data, chunk->data_length);
	else if ((t->opcode == WSLAY_BINARY_FRAME || t->opcode == WSLAY_CONTINUATION_FRAME) &&
		 !t->out_gone)
		(void)buf_add(&t->out, chunk->data, chunk->data_length);
}

const struct wslay_event_callbacks tunnel_callbacks = {
	.recv_callback = on_recv,
	.send_callback = on_send,
	.genmask_callback = on_genmask,
	.on_frame_recv_start_callback = on_frame_start,
	.on_frame_recv_chunk_callback = on_frame_chunk,
};

static uint64_t load_word(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

static void mask(char *p, size_t n, const uint8_t key[4])
{
	uint8_t twice[8];
	uint64_t wide;
	size_t i = 0;

	memcpy(twice, key, 4);
	memcpy(twice + 4, key, 4);
	memcpy(&wide, twice, 8);
	for (; n - i >= 8; i += 8) {
		uint64_t word = load_word(p + i) ^ wide;

		memcpy(p + i, &word, 8);
	}
	for (; i < n; i++)
		p[i] = (char)(p[i] ^ key[i % 4]);
}

size_t tunnel_make_frame(char *p, size_t n)
{
	uint8_t key[4];
	size_t at = 0;

	if (RAND_bytes(key, sizeof(key)) != 1)
		abort();
	mask(p + FRAME_HEAD, n, key);
	p[at++] = (char)(0x80 | WSLAY_BINARY_FRAME);
	if (n < 126) {
		p[at++] = (char)(0x80 | n);
	} else {
		p[at++] = (char)(0x80 | 126);
		p[at++] = (char)(n >> 8);
		p[at++] = (char)n;
	}
	memcpy(p + at, key, sizeof(key));
	at += sizeof(key);
	if (at < FRAME_HEAD)
		memmove(p + at, p + FRAME_HEAD, n);
	return at + n;
}
