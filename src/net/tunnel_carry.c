/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop that moves a tunnel's bytes.
 *
 * Two facts shape it.  A send of libcurl 7.88 that answered CURLE_AGAIN must be
 * repeated with the same buffer and length (OpenSSL insists), so what leaves is
 * left alone until it has left, while new frames gather beside it.  And decrypted
 * bytes inside OpenSSL do not wake poll, so the socket is drained until
 * CURLE_AGAIN before each wait.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>
#include <curl/curl.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "net/tunnel.h"
#include "net/tunnel_inner.h"

static size_t waiting_to_leave(const struct tunnel *t)
{
	return t->leaving.n - t->leaving_at + t->queue.n;
}

static void flush_network(struct tunnel *t)
{
	while (waiting_to_leave(t) || t->wire.unsent) {
		size_t sent = 0;
		CURLcode rc;

		if (t->leaving_at == t->leaving.n) {
			struct buf gone = t->leaving;

			buf_reset(&gone);
			t->leaving = t->queue;
			t->leaving_at = 0;
			t->queue = gone;
		}
		rc = wire_write(&t->wire, t->leaving.p + t->leaving_at,
				t->leaving.n - t->leaving_at, &sent);
		t->leaving_at += sent;
		if (rc == CURLE_AGAIN)
			return;
		if (rc) {
			t->tx_error = true;
			return;
		}
		if (!sent && t->wire.unsent)
			return;
	}
}

static bool want_close(const struct tunnel *t)
{
	return t->in_ended || t->out_gone || t->stopping;
}

static bool output_waits(const struct tunnel *t)
{
	return t->out_at < t->n_out && !t->out_gone;
}

static void flush_output(struct tunnel *t)
{
	while (output_waits(t)) {
		ssize_t n = writev(t->opt->out_fd, t->out + t->out_at, (int)(t->n_out - t->out_at));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {
			t->out_gone = true;
			t->out_errno = errno;
			break;
		}
		for (size_t left = (size_t)n; left;) {
			struct iovec *piece = &t->out[t->out_at];
			size_t some = left < piece->iov_len ? left : piece->iov_len;

			piece->iov_base = (char *)piece->iov_base + some;
			piece->iov_len -= some;
			left -= some;
			t->out_at += !piece->iov_len;
		}
	}
	t->n_out = t->out_at = 0;
}

/* Is there anything to hear of the endpoint yet? */
static bool listens(const struct tunnel *t)
{
	return !t->close_seen && !t->refusal && !t->rx_eof;
}

/* One fill of rx, and what it says. */
static void receive(struct tunnel *t)
{
	size_t have = 0;

	while (sizeof(t->rx) - have >= RECORD_MAX) {
		size_t got;
		CURLcode rc = wire_read(&t->wire, t->rx + have, sizeof(t->rx) - have, &got);

		if (rc == CURLE_AGAIN) {
			t->rx_drained = true;
			break;
		}
		if (rc || !got) {
			t->rx_eof = true;
			t->rx_error = rc;
			break;
		}
		have += got;
	}
	tunnel_take(t, t->rx, have);
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
		t->queue.n += tunnel_make_frame(frame, have);
	t->queue.p[t->queue.n] = '\0';
}

/* One wait for whatever can go on. False: the time for closing is over. */
static bool wait_events(struct tunnel *t, int64_t close_by_ms)
{
	bool take_input = !want_close(t) && waiting_to_leave(t) < QUEUE_HIGH && listens(t);
	bool take_network = listens(t) && !output_waits(t);
	bool leaving = waiting_to_leave(t) || t->wire.unsent;
	/* Not asked about at all when nothing is wanted: poll would report its end for ever. */
	struct pollfd p[4] = {
		{ .fd = take_network || leaving ? t->sock : -1,
		  .events = (short)((take_network ? POLLIN : 0) | (leaving ? POLLOUT : 0)) },
		{ .fd = take_input ? t->opt->in_fd : -1, .events = POLLIN },
		{ .fd = output_waits(t) ? t->opt->out_fd : -1, .events = POLLOUT },
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
	err = rb_error_why(err, "%-s (code %u)", *reason ? reason : N_("no reason given"), code);
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
	return rb_error_why(rb_error_new(RB_LOST, "the tunnel broke"), "%-s",
			    t->rx_error
				    ? curl_easy_strerror(t->rx_error)
				    : N_("the endpoint dropped the connection without a close"));
}

static struct rb_error *refusal_error(const struct tunnel *t)
{
	return rb_error_why(rb_error_new(RB_PROTOCOL, "the tunnel broke"), "%s",
			    t->refusal == FRAME_NOT_TEXT
				    ? "the endpoint sent text where bytes belong"
				    : "the endpoint sent what is no WebSocket frame");
}

struct rb_error *tunnel_carry(struct tunnel *t)
{
	int64_t close_by_ms = 0;

	for (;;) {
		flush_output(t);
		while (listens(t) && !output_waits(t) && !t->rx_drained) {
			receive(t);
			flush_output(t);
		}
		if (t->refusal)
			tunnel_close(t, t->refusal);
		else if (want_close(t) && !t->close_seen)
			tunnel_close(t, FRAME_CLOSE_NORMAL);
		/* After our own end of input what was read still leaves; otherwise nobody wants it.
		 */
		if (want_close(t) && !close_by_ms &&
		    (t->stopping || t->out_gone || waiting_to_leave(t) < QUEUE_HIGH / 4))
			close_by_ms = clock_mono_ms() + CLOSE_WAIT_MS;
		flush_network(t);
		if (t->refusal)
			return refusal_error(t);
		if (t->close_seen && !output_waits(t) && !waiting_to_leave(t) && !t->wire.unsent)
			return close_error(t);
		if ((t->rx_eof && !output_waits(t)) || t->tx_error)
			return end_of_connection(t);
		if (!wait_events(t, close_by_ms))
			return t->close_seen ? close_error(t) : NULL;
	}
}
