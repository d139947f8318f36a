/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wslay makes frames of control and messages in fragments, base/frame.h the others, which are
 * many, and reads those of the client; this pumps.  Each direction holds a bounded
 * number of bytes and stops reading its source while they wait, so a slow side
 * slows the other and nothing grows.
 *
 * The service promises nothing about its frames, so ours vary on purpose: tiny
 * ones, the sizes at which the length field changes its form, messages in
 * fragments, a ping now and then.  A client that leans on boundaries fails here.
 */
#include "sandbox/path/ws.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <wslay/wslay.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/frame.h"
#include "base/text.h"
#include "sandbox/path/ws_inner.h"

#define ROUNDS 8 /* blocks from the target before the client is polled again */
#define PING_EVERY_MS 10000
#define GOODBYE_MS 1000 /* how long the client has to answer our close */
#define CLOSE_GOING_AWAY 1001

static void queue_took(struct ws_queue *q, size_t n)
{
	q->at += n;
	q->n -= n;
	if (!q->n)
		q->at = 0;
}

bool ws_accept(const char *key, char out[WS_ACCEPT_SIZE])
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int n = 0;
	auto_buf raw = BUF_INIT;
	auto_buf text = BUF_INIT;
	autofree char *b64 = NULL;

	if (!text_base64_decode(key, strlen(key), &raw) || raw.n != 16)
		return false;
	buf_addf(&text, "%s%s", key, guid);
	if (EVP_Digest(text.p, text.n, digest, &n, EVP_sha1(), NULL) != 1)
		return false;
	b64 = text_base64(digest, n);
	memcpy(out, b64, WS_ACCEPT_SIZE);
	return true;
}

/* ---- pumping ---------------------------------------------------------------- */

/* How much to read for the next message. */
static size_t message_size(unsigned i)
{
	static const size_t first[] = { 1, 7, 125, 126, 127, 1000, 65535 };

	if (i < ARRAY_LEN(first))
		return first[i];
	return i % 64 == 0 ? 126 : WS_BLOCK;
}

static bool in_parts(unsigned i)
{
	return i % (i < 64 ? 16 : 256) == 9;
}

/* Is there anything that the client has not been sent yet? */
static bool client_is_behind(const struct ws_carrier *c)
{
	return c->to_client.n || c->client->unsent || wslay_event_want_write(c->ws);
}

/* A whole message in one frame, most of which goes without a stop in the queue. */
static bool send_message(struct ws_carrier *c, size_t n)
{
	unsigned char head[FRAME_HEAD_MAX];
	size_t head_n = frame_head(head, FRAME_BINARY, n, /* key= */ NULL);
	char *p = c->block + FRAME_HEAD_MAX - head_n;
	ssize_t sent = 0;

	memcpy(p, head, head_n);
	n += head_n;
	if (!client_is_behind(c)) {
		sent = io_write(c->client, p, n);
		if (sent == 0 || (sent < 0 && errno != EAGAIN))
			return false;
	}
	if (sent > 0) {
		p += sent;
		n -= (size_t)sent;
	}
	if (n)
		ws_queue_add(&c->to_client, p, n);
	return true;
}

static bool take_from_target(struct ws_carrier *c)
{
	size_t want = message_size(c->n_messages);
	ssize_t n;

	do
		n = recv(c->target, c->block + FRAME_HEAD_MAX, want, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return true;
	if (n <= 0) {
		c->target_ended = true;
		return true;
	}
	if (in_parts(c->n_messages++)) {
		struct wslay_event_fragmented_msg msg = { .opcode = WSLAY_BINARY_FRAME,
							  .read_callback = ws_on_fragment };

		c->frag_at = 0;
		c->frag_n = (size_t)n;
		c->frag_parts = 0;
		return wslay_event_queue_fragmented_msg(c->ws, &msg) == 0;
	}
	return send_message(c, (size_t)n);
}

static bool give_to_target(struct ws_carrier *c)
{
	while (c->to_target.n) {
		ssize_t n = send(c->target, c->to_target.p + c->to_target.at, c->to_target.n,
				 MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return true;
		if (n <= 0) {
			/* it hung up: what it still had to say is read before we close */
			queue_took(&c->to_target, c->to_target.n);
			return true;
		}
		queue_took(&c->to_target, (size_t)n);
	}
	return true;
}

/* What is queued, as far as the client takes it. */
static bool give_to_client(struct ws_carrier *c)
{
	if (wslay_event_want_write(c->ws) && wslay_event_send(c->ws) != 0)
		return false;
	while (c->to_client.n) {
		ssize_t n = io_write(c->client, c->to_client.p + c->to_client.at, c->to_client.n);

		if (n <= 0)
			return n < 0 && errno == EAGAIN;
		queue_took(&c->to_client, (size_t)n);
	}
	return io_flush(c->client) || errno == EAGAIN;
}

/* Everything that can be done without waiting; false when the connection is of no more use. */
static bool pump(struct ws_carrier *c, short target_events)
{
	ws_take_from_client(c);
	if (!give_to_client(c) || (c->target >= 0 && !give_to_target(c)))
		return false;
	for (int round = 0; round < ROUNDS && target_events && !c->target_ended && !c->closing &&
			    !c->close_seen && !client_is_behind(c);
	     round++) {
		unsigned before = c->n_messages;

		if (!take_from_target(c) || !give_to_client(c))
			return false;
		if (c->n_messages == before)
			break;
	}
	return !c->client_gone;
}

/* Flush, and give the client a moment to answer the close. */
static void say_goodbye(struct ws_carrier *c, int stop_fd)
{
	int64_t until = clock_mono_ms() + GOODBYE_MS;

	while (pump(c, 0)) {
		bool heard = c->broken || c->close_seen;
		short events = (short)((heard ? 0 : POLLIN) | (client_is_behind(c) ? POLLOUT : 0));

		if (!events || !io_wait(c->client->fd, events, stop_fd, until))
			return;
	}
}

static bool carrier_init(struct ws_carrier *c)
{
	struct wslay_event_callbacks callbacks = {
		.send_callback = ws_on_send,
	};

	if (wslay_event_context_server_init(&c->ws, &callbacks, c) != 0)
		return false;
	c->frames = (struct frames){ .arg = c, .on_data = ws_on_data, .on_control = ws_on_control };
	return true;
}

static void carrier_free(struct ws_carrier *c)
{
	wslay_event_context_free(c->ws);
	free(c->to_target.p);
	free(c->to_client.p);
	free(c);
}

/* Wait until something moves; false at the end.  Sets what the target can do. */
static bool wait_for_either(struct ws_carrier *c, int stop_fd, int64_t until_ms, short *target_can)
{
	struct pollfd p[3] = { { .fd = stop_fd, .events = POLLIN },
			       { .fd = c->client->fd },
			       { .fd = c->target } };
	int64_t left = until_ms - clock_mono_ms();

	if (left <= 0)
		return false;
	if (c->held_back && !ws_is_full(c))
		left = 0;
	c->held_back = c->held_back && left;
	if (!ws_is_full(c))
		p[1].events |= POLLIN;
	if (client_is_behind(c))
		p[1].events |= POLLOUT;
	else if (!c->target_ended)
		p[2].events |= POLLIN;
	if (c->to_target.n)
		p[2].events |= POLLOUT;
	if (!p[2].events)
		p[2].fd = -1;
	if (poll(p, 3, left > PING_EVERY_MS ? PING_EVERY_MS : (int)left) < 0 && errno != EINTR)
		return false;
	*target_can = p[2].fd >= 0 ? p[2].revents : 0;
	return !p[0].revents;
}

static bool ping_if_due(struct ws_carrier *c, int64_t *next_ms)
{
	struct wslay_event_msg msg = { .opcode = WSLAY_PING,
				       .msg = (const uint8_t *)"still there?",
				       .msg_length = 12 };

	if (clock_mono_ms() < *next_ms)
		return true;
	*next_ms = clock_mono_ms() + PING_EVERY_MS;
	return wslay_event_queue_msg(c->ws, &msg) == 0;
}

void ws_carry(struct io *client, struct buf *early, int target, int stop_fd, int64_t until_ms,
	      bool rude)
{
	struct ws_carrier *c = xcalloc(1, sizeof(*c));
	int64_t next_ping = clock_mono_ms() + PING_EVERY_MS;
	short target_can = 0;
	bool ok;

	c->client = client;
	c->early = early;
	c->target = target;
	if (!carrier_init(c)) {
		free(c);
		return;
	}
	while ((ok = pump(c, target_can)) && !c->closing && !c->close_seen &&
	       !wslay_event_get_close_sent(c->ws)) {
		if (c->target_ended && !client_is_behind(c)) {
			ws_queue_close(c, 1000, "");
			break;
		}
		if (!wait_for_either(c, stop_fd, until_ms, &target_can)) {
			ok = !rude;
			ws_queue_close(c, CLOSE_GOING_AWAY, "Tunnel duration is over");
			break;
		}
		if (!ping_if_due(c, &next_ping))
			break;
	}
	if (ok)
		say_goodbye(c, stop_fd);
	/* what the client sent before its close still goes to the target */
	until_ms = clock_mono_ms() + GOODBYE_MS;
	while (give_to_target(c) && c->to_target.n && io_wait(target, POLLOUT, stop_fd, until_ms))
		;
	shutdown(target, SHUT_RDWR);
	carrier_free(c);
}

void ws_refuse(struct io *client, struct buf *early, int code, const char *reason, int stop_fd)
{
	struct ws_carrier *c = xcalloc(1, sizeof(*c));

	c->client = client;
	c->early = early;
	c->target = -1;
	if (!carrier_init(c)) {
		free(c);
		return;
	}
	ws_queue_close(c, (uint16_t)code, reason);
	say_goodbye(c, stop_fd);
	carrier_free(c);
}
