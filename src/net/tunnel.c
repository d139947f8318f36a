/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The WebSocket tunnel: connect, upgrade (net/upgrade.c), then one loop that moves bytes.
 *
 * Two facts of libcurl 7.88 shape it.  A send that answered CURLE_AGAIN must be
 * repeated with the same buffer and length (OpenSSL insists), so what leaves is
 * left alone until it has left, while new frames gather beside it.  And decrypted
 * bytes inside OpenSSL do not wake poll, so the socket is drained until
 * CURLE_AGAIN before each wait.
 *
 * wslay masks byte by byte and in pieces of 4 KiB.  So it reads all frames and
 * makes those of control, and the frames of data, which are many, are made here.
 */
#include "net/tunnel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>
#include <openssl/rand.h>
#include <wslay/wslay.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "net/http.h"
#include "net/peer.h"
#include "net/proxy.h"
#include "net/upgrade.h"

enum {
	FRAME_MAX = 65000,	 /* bytes of one read, one frame: as the AWS CLI */
	PIPE_SIZE = 256 * 1024,	 /* of the pipes to ssh */
	FRAME_HEAD = 8,		 /* the longest of such a frame */
	RX_SIZE = 64 * 1024,	 /* from the network */
	QUEUE_HIGH = 256 * 1024, /* input is not read while more waits to leave */
	OUT_HIGH = 256 * 1024,	 /* the network is not read while more waits for out_fd */
	CLOSE_WAIT_MS = 1000,	 /* for the peer's answer to our close */
	DEFAULT_OPEN_MS = 20000,
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

/* ---- wslay's callbacks --------------------------------------------------- */

static bool output_backed_up(const struct tunnel *t)
{
	return t->out.n - t->out_at > OUT_HIGH;
}

static ssize_t on_recv(wslay_event_context_ptr ws, uint8_t *p, size_t n, int flags, void *arg)
{
	struct tunnel *t = arg;

	(void)flags;
	if (output_backed_up(t)) {
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

static const struct wslay_event_callbacks callbacks = {
	.recv_callback = on_recv,
	.send_callback = on_send,
	.genmask_callback = on_genmask,
	.on_frame_recv_start_callback = on_frame_start,
	.on_frame_recv_chunk_callback = on_frame_chunk,
};

/* ---- moving bytes -------------------------------------------------------- */

static size_t waiting_to_leave(const struct tunnel *t)
{
	return t->leaving.n - t->leaving_at + t->queue.n;
}

static void flush_network(struct tunnel *t)
{
	while (waiting_to_leave(t)) {
		size_t sent = 0;
		CURLcode rc;

		if (t->leaving_at == t->leaving.n) {
			struct buf gone = t->leaving;

			buf_reset(&gone);
			t->leaving = t->queue;
			t->leaving_at = 0;
			t->queue = gone;
		}
		rc = curl_easy_send(t->easy, t->leaving.p + t->leaving_at,
				    t->leaving.n - t->leaving_at, &sent);
		if (rc == CURLE_AGAIN)
			return;
		if (rc) {
			t->tx_error = true;
			return;
		}
		t->leaving_at += sent;
	}
}

static bool want_close(const struct tunnel *t)
{
	return t->in_ended || t->out_gone || t->stopping;
}

static void flush_output(struct tunnel *t)
{
	while (t->out_at < t->out.n && !t->out_gone) {
		ssize_t n = write(t->opt->out_fd, t->out.p + t->out_at, t->out.n - t->out_at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			if (t->out_at > OUT_HIGH / 2) { /* what is written takes no room */
				buf_consume(&t->out, t->out_at);
				t->out_at = 0;
			}
			return;
		}
		if (n < 0) {
			t->out_gone = true;
			t->out_errno = errno;
		} else {
			t->out_at += (size_t)n;
		}
	}
	buf_reset(&t->out);
	t->out_at = 0;
}

static void mask(char *p, size_t n, const uint8_t key[4])
{
	uint8_t twice[8];
	uint64_t wide, word;
	size_t i = 0;

	memcpy(twice, key, 4);
	memcpy(twice + 4, key, 4);
	memcpy(&wide, twice, 8);
	for (; n - i >= 8; i += 8) {
		memcpy(&word, p + i, 8);
		word ^= wide;
		memcpy(p + i, &word, 8);
	}
	for (; i < n; i++)
		p[i] = (char)(p[i] ^ key[i % 4]);
}

/*
 * Make a frame at `p` of the `n` bytes at p + FRAME_HEAD: header, a key of its own and the
 * bytes masked with it, without a gap.  The frame's length.
 *   source  RFC 6455, 5.2 and 5.3
 */
static size_t make_frame(char *p, size_t n)
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

/* All that is there, in one frame: a writer of small pieces costs no more than one of large. */
static void read_input(struct tunnel *t)
{
	char *frame = buf_room(&t->queue, FRAME_HEAD + FRAME_MAX);
	size_t have = 0;

	while (have < FRAME_MAX) {
		ssize_t n = read(t->opt->in_fd, frame + FRAME_HEAD + have, FRAME_MAX - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0 || (n < 0 && errno != EAGAIN))
			t->in_ended = true;
		if (n <= 0)
			break;
		have += (size_t)n;
	}
	if (have) /* never an empty frame */
		t->queue.n += make_frame(frame, have);
	t->queue.p[t->queue.n] = '\0';
}

/* One wait for whatever can go on. False: the time for closing is over. */
static bool wait_events(struct tunnel *t, int64_t close_by_ms)
{
	bool take_input =
		!want_close(t) && waiting_to_leave(t) < QUEUE_HIGH && wslay_event_want_read(t->ws);
	bool take_network = wslay_event_want_read(t->ws) && !output_backed_up(t);
	bool leaving = waiting_to_leave(t);
	/* Not asked about at all when nothing is wanted: poll would tell of its end for ever. */
	struct pollfd p[4] = {
		{ .fd = take_network || leaving ? t->sock : -1,
		  .events = (short)((take_network ? POLLIN : 0) | (leaving ? POLLOUT : 0)) },
		{ .fd = take_input ? t->opt->in_fd : -1, .events = POLLIN },
		{ .fd = t->out_at < t->out.n && !t->out_gone ? t->opt->out_fd : -1,
		  .events = POLLOUT },
		{ .fd = t->stopping ? -1 : t->opt->stop_fd, .events = POLLIN },
	};
	int64_t left = -1;

	if (close_by_ms) {
		left = close_by_ms - clock_mono_ms();
		if (left <= 0)
			return false;
	}
	if (poll(p, ARRAY_LEN(p), (int)left) < 0 && errno != EINTR)
		return false;
	if (p[0].revents & ~POLLOUT)
		t->rx_drained = false;
	if (p[1].revents)
		read_input(t);
	if (p[3].revents)
		t->stopping = true;
	return true;
}

static struct rb_error *close_error(struct tunnel *t)
{
	const unsigned char *p = (const unsigned char *)t->close_payload.p;
	unsigned code = t->close_payload.n >= 2 ? (unsigned)p[0] << 8 | p[1] : 1000;
	size_t reason_n = t->close_payload.n > 2 ? t->close_payload.n - 2 : 0;
	autofree char *reason =
		text_printable(t->close_payload.p + (reason_n ? 2 : 0), reason_n, 123);
	struct rb_error *err;

	/* A close of whatever kind that comes while we are closing says nothing new. */
	if (want_close(t) || (code == 1000 && t->close_payload.n != 1))
		return NULL;
	if (t->close_payload.n == 1)
		return rb_error_why(rb_error_new(RB_PROTOCOL, "the tunnel broke"),
				    "the endpoint sent half a close code");
	err = rb_error_new(RB_FAILED, "the endpoint closed the tunnel");
	err = rb_error_why(err, "%s (code %u)", *reason ? reason : "no reason given", code);
	if (strstr(reason, "onnect to target")) {
		err->aws_code = xstrdup(TUNNEL_UNREACHABLE);
		return rb_error_hint(err, "the instance must be running and booted, its group must "
					  "admit port 22 from the endpoint's group, and the "
					  "endpoint's group must let it out");
	}
	err->aws_code = xstrdup(TUNNEL_CLOSED);
	return err;
}

static struct rb_error *end_of_connection(struct tunnel *t)
{
	if (t->close_seen)
		return close_error(t);
	if (want_close(t))
		return NULL; /* it went while we were closing it */
	return rb_error_why(rb_error_new(RB_LOST, "the tunnel broke"), "%s",
			    t->rx_error ? curl_easy_strerror(t->rx_error)
					: "the endpoint dropped the connection without a close");
}

static struct rb_error *carry(struct tunnel *t)
{
	int64_t close_by_ms = 0;
	bool close_queued = false;

	for (;;) {
		int bad = 0;

		while (!bad && wslay_event_want_read(t->ws) && !output_backed_up(t) &&
		       !t->rx_drained && !t->rx_eof) {
			bad = wslay_event_recv(t->ws);
			flush_output(t);
		}
		if (t->text_seen)
			return rb_error_why(rb_error_new(RB_PROTOCOL, "the tunnel broke"),
					    "the endpoint sent text where bytes belong");
		if (want_close(t) && !close_queued && !t->close_seen &&
		    wslay_event_get_queued_msg_count(t->ws) == 0) {
			(void)!wslay_event_queue_close(t->ws, 1000, NULL, 0);
			close_queued = true;
		}
		/* After our own end of input what was read still leaves; otherwise nobody wants it.
		 */
		if (want_close(t) && !close_by_ms &&
		    (t->stopping || t->out_gone || waiting_to_leave(t) < QUEUE_HIGH / 4))
			close_by_ms = clock_mono_ms() + CLOSE_WAIT_MS;
		if (wslay_event_want_write(t->ws) && wslay_event_send(t->ws))
			return rb_error_why(rb_error_new(RB_PROTOCOL, "the tunnel broke"),
					    "a frame could not be made");
		flush_network(t);
		flush_output(t);
		if (t->close_seen && (t->out_at == t->out.n || t->out_gone) &&
		    !wslay_event_want_write(t->ws) && !waiting_to_leave(t))
			return close_error(t);
		if (t->rx_eof || t->tx_error)
			return end_of_connection(t);
		if (bad)
			return rb_error_why(rb_error_new(RB_PROTOCOL, "the tunnel broke"),
					    "the endpoint sent broken frames");
		if (!wslay_event_want_read(t->ws) && !wslay_event_want_write(t->ws) &&
		    !waiting_to_leave(t) && !t->close_seen)
			return rb_error_why(rb_error_new(RB_PROTOCOL, "the tunnel broke"),
					    "the endpoint sent what is no WebSocket frame");
		if (!wait_events(t, close_by_ms))
			return t->close_seen ? close_error(t) : NULL;
	}
}

/* ---- life ---------------------------------------------------------------- */

static struct curl_slist *list_of(const char *const *items)
{
	struct curl_slist *list = NULL;

	for (; items && *items; items++)
		list = curl_slist_append(list, *items);
	return list;
}

static struct rb_error *open_connection(struct tunnel *t, struct curl_slist *connect_to,
					int64_t timeout_ms)
{
	autofree char *url = xasprintf("https://%s/", t->opt->host);
	char detail[CURL_ERROR_SIZE] = "";
	auto_proxy proxy = { 0 };
	struct peer peer = {
		.host = t->opt->host, .proxy = &proxy, .timeout_ms = timeout_ms, .reads_ahead = true
	};
	struct rb_error *err;
	CURLcode rc;

	TRY(rb_error_what(proxy_for("https", t->opt->host, &proxy), "cannot connect to '%s'",
			  t->opt->host));
	t->easy = curl_easy_init();
	if (!t->easy)
		abort();
	curl_easy_setopt(t->easy, CURLOPT_URL, url);
	curl_easy_setopt(t->easy, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(t->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(t->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(t->easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(t->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)timeout_ms);
	curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, detail);
	if (connect_to)
		curl_easy_setopt(t->easy, CURLOPT_CONNECT_TO, connect_to);
	peer_trust(t->easy, t->opt->ca_bundle, t->opt->ca_pem);
	peer_watch(t->easy, &peer);
	proxy_apply(&proxy, t->easy);
	rc = curl_easy_perform(t->easy);
	if (!rc)
		rc = curl_easy_getinfo(t->easy, CURLINFO_ACTIVESOCKET, &t->sock);
	curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, NULL);
	curl_easy_setopt(t->easy, CURLOPT_NOPROGRESS, 1L); /* peer's life ends here */
	if (!rc)
		return NULL;
	err = rb_error_what(peer_error(t->easy, &peer, rc, detail), "cannot connect to '%s'",
			    t->opt->host);
	if (http_no_such_name(err)) {
		err->aws_code = xstrdup(TUNNEL_NO_SUCH_NAME);
		set_str(&err->hint, "a new endpoint's name takes a few minutes to be published");
	}
	return err;
}

static int set_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags >= 0)
		(void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	return flags;
}

static void restore(int fd, int flags)
{
	if (flags >= 0)
		(void)fcntl(fd, F_SETFL, flags);
}

static struct rb_error *open_and_carry(struct tunnel *t, struct curl_slist *connect_to)
{
	int64_t timeout_ms = t->opt->open_timeout_ms ? t->opt->open_timeout_ms : DEFAULT_OPEN_MS;
	const struct upgrade up = {
		.host = t->opt->host,
		.path_and_query = t->opt->path_and_query,
		.user_agent = t->opt->user_agent ? t->opt->user_agent : "runbook",
		.deadline_ms = clock_mono_ms() + timeout_ms,
	};
	auto_buf early = BUF_INIT;
	struct rb_error *err;
	int in_flags, out_flags;

	TRY(open_connection(t, connect_to, timeout_ms));
	TRY(upgrade_run(t->easy, &up, &early));
	memcpy(t->rx, early.p, early.n);
	t->rx_n = early.n;
	log_debug("tunnel: upgraded, endpoint %s", t->opt->host);
	if (wslay_event_context_client_init(&t->ws, &callbacks, t))
		abort();
	wslay_event_config_set_no_buffering(t->ws, 1);
	/* Room for a frame of whoever writes; what is no pipe does without. */
	(void)fcntl(t->opt->in_fd, F_SETPIPE_SZ, PIPE_SIZE);
	(void)fcntl(t->opt->out_fd, F_SETPIPE_SZ, PIPE_SIZE);
	in_flags = set_nonblocking(t->opt->in_fd);
	out_flags = set_nonblocking(t->opt->out_fd);
	err = carry(t);
	/* A reader who has ended wants no more; anything else lost what the endpoint sent. */
	if (!err && t->out_errno && t->out_errno != EPIPE && t->out_errno != ECONNRESET)
		err = rb_error_sys(t->out_errno, "cannot write what came through the tunnel");
	restore(t->opt->in_fd, in_flags);
	restore(t->opt->out_fd, out_flags);
	return err;
}

struct rb_error *tunnel_run(const struct tunnel_options *options)
{
	struct curl_slist *connect_to = list_of(options->connect_to);
	struct tunnel *t = xcalloc(1, sizeof(*t));
	struct rb_error *err;

	t->opt = options;
	buf_init(&t->leaving);
	buf_init(&t->queue);
	buf_init(&t->out);
	buf_init_limited(&t->close_payload, 125);
	err = open_and_carry(t, connect_to);
	if (t->ws)
		wslay_event_context_free(t->ws);
	if (t->easy)
		curl_easy_cleanup(t->easy);
	curl_slist_free_all(connect_to);
	buf_clear(&t->leaving);
	buf_clear(&t->queue);
	buf_clear(&t->out);
	buf_clear(&t->close_payload);
	free(t);
	return err;
}
