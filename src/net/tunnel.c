/*
 * The WebSocket tunnel: connect and upgrade, then one loop that moves bytes.
 *
 * Two facts of libcurl 7.88 shape it.  A send that answered CURLE_AGAIN must be
 * repeated with the same buffer and length (OpenSSL insists), so what leaves
 * lies in one array that does not move.  And decrypted bytes inside OpenSSL do
 * not wake poll, so the socket is drained until CURLE_AGAIN before each wait.
 */
#include "net/tunnel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <wslay/wslay.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/span.h"
#include "base/text.h"
#include "net/http.h"

enum {
	HEAD_MAX = 16 * 1024,	  /* the upgrade's answer */
	REFUSAL_MAX = 64 * 1024,  /* the body of a refusal */
	FRAME_MAX = 65000,	  /* bytes of one read, one frame: as the AWS CLI */
	PIPE_SIZE = 256 * 1024,	  /* of the pipes to ssh */
	RX_SIZE = 64 * 1024,	  /* from the network */
	TX_SIZE = 128 * 1024,	  /* to the network, in the array that does not move */
	QUEUE_HIGH = 256 * 1024,  /* input is not read while more waits to leave */
	OUT_HIGH = 256 * 1024,	  /* the network is not read while more waits for out_fd */
	CLOSE_WAIT_MS = 1000,	  /* for the peer's answer to our close */
	DEFAULT_OPEN_MS = 30000,
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

	char tx[TX_SIZE]; /* leaving */
	size_t tx_at, tx_n;
	struct buf queue; /* frames that do not fit in tx yet */
	bool tx_error;

	struct buf out; /* for out_fd */
	size_t out_at;
	bool in_ended, out_gone, stopping;
	bool text_seen;

	bool close_seen;
	struct buf close_payload; /* collected here: wslay keeps a bad one to itself */
	uint8_t opcode;
};

/* ---- the upgrade -------------------------------------------------------- */

void tunnel_accept_key(const char *key, char out[29])
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	auto_buf joined = BUF_INIT;
	unsigned char md[SHA_DIGEST_LENGTH];

	(void)buf_addf(&joined, "%s%s", key, guid);
	if (!SHA1((const unsigned char *)joined.p, joined.n, md))
		abort();
	EVP_EncodeBlock((unsigned char *)out, md, sizeof(md));
}

/* The header `name` in `head`; repeated ones give the first. */
static bool find_header(struct span head, const char *name, struct span *ret)
{
	const char *p = head.p, *end = head.p + head.n;

	while (p < end) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));
		size_t len = eol ? (size_t)(eol - p) : (size_t)(end - p);
		const char *colon = memchr(p, ':', len);

		if (colon && (size_t)(colon - p) == strlen(name)) {
			size_t i = 0;

			while (name[i] && text_lower(p[i]) == text_lower(name[i]))
				i++;
			if (!name[i]) {
				*ret = span_trim((struct span){ colon + 1,
								len - (size_t)(colon + 1 - p) });
				return true;
			}
		}
		p += len + (eol != NULL);
	}
	return false;
}

static bool span_eq_nocase(struct span s, const char *word)
{
	autofree char *copy = xstrndup(s.p, s.n);

	return text_eq_nocase(copy, word);
}

/* True when the comma-separated `list` holds `token`. */
static bool has_token(struct span list, const char *token)
{
	while (list.n) {
		const char *comma = memchr(list.p, ',', list.n);
		size_t len = comma ? (size_t)(comma - list.p) : list.n;

		if (span_eq_nocase(span_trim((struct span){ list.p, len }), token))
			return true;
		len += comma != NULL;
		list.p += len;
		list.n -= len;
	}
	return false;
}

static struct rb_error *bad_upgrade(const char *why)
{
	return rb_error_why(rb_error_new(RB_PROTOCOL, "cannot open the tunnel"), "%s", why);
}

struct rb_error *tunnel_check_upgrade(const char *head, size_t n, const char *key, int *ret_status)
{
	const char *eol = memchr(head, '\n', n);
	size_t line_n = eol ? (size_t)(eol - head) : n;
	struct span headers = { head + line_n, n - line_n };
	struct span value;
	char accept[29];
	int64_t status;
	char digits[4];

	*ret_status = 0;
	if (line_n < 12 || memcmp(head, "HTTP/1.1 ", 9) != 0)
		return bad_upgrade("the answer is not HTTP/1.1");
	memcpy(digits, head + 9, 3);
	digits[3] = '\0';
	if (!text_parse_i64(digits, 100, 599, &status) || (line_n > 12 && head[12] != ' ' && head[12] != '\r'))
		return bad_upgrade("the answer has no status");
	*ret_status = (int)status;
	if (status != 101)
		return bad_upgrade("the upgrade was refused");
	if (!find_header(headers, "Upgrade", &value) || !span_eq_nocase(value, "websocket"))
		return bad_upgrade("the answer does not upgrade to websocket");
	if (!find_header(headers, "Connection", &value) || !has_token(value, "upgrade"))
		return bad_upgrade("the answer lacks 'Connection: Upgrade'");
	tunnel_accept_key(key, accept);
	if (!find_header(headers, "Sec-WebSocket-Accept", &value) || !span_eq(value, accept))
		return bad_upgrade("Sec-WebSocket-Accept does not belong to our key");
	if (find_header(headers, "Sec-WebSocket-Extensions", &value))
		return bad_upgrade("an extension was chosen that nobody asked for");
	if (find_header(headers, "Sec-WebSocket-Protocol", &value))
		return bad_upgrade("a protocol was chosen that nobody asked for");
	return NULL;
}

static struct rb_error *connect_error(CURLcode rc, const char *detail, const char *host)
{
	bool certificate = rc == CURLE_PEER_FAILED_VERIFICATION || rc == CURLE_SSL_CACERT_BADFILE;
	struct rb_error *err = rb_error_new(certificate ? RB_FAILED : RB_NETWORK,
					    "cannot connect to '%s'", host);

	err = rb_error_why(err, "%s", *detail ? detail : curl_easy_strerror(rc));
	if (certificate)
		return rb_error_hint(err, "if a proxy of your company re-signs TLS, name its CA in "
					  "AWS_CA_BUNDLE");
	if (rc == CURLE_COULDNT_RESOLVE_HOST)
		return rb_error_hint(err, "a new endpoint's name takes a few minutes to be "
					  "published");
	return err;
}

static struct rb_error *wait_for(struct tunnel *t, short events, int64_t deadline_ms)
{
	struct pollfd p = { .fd = t->sock, .events = events };
	int64_t left = deadline_ms - clock_mono_ms();

	if (left <= 0 || poll(&p, 1, (int)left) == 0)
		return rb_error_why(rb_error_new(RB_LOST, "cannot open the tunnel"),
				    "no answer within the time-out");
	return NULL;
}

static struct rb_error *send_all(struct tunnel *t, const char *p, size_t n, int64_t deadline_ms)
{
	while (n) {
		size_t sent = 0;
		CURLcode rc = curl_easy_send(t->easy, p, n, &sent);

		if (rc == CURLE_AGAIN) {
			TRY(wait_for(t, POLLOUT, deadline_ms));
			continue;
		}
		if (rc)
			return rb_error_why(rb_error_new(RB_LOST, "cannot open the tunnel"), "%s",
					    curl_easy_strerror(rc));
		p += sent;
		n -= sent;
	}
	return NULL;
}

/* One receive of what has come; *ret_n 0: the peer closed. */
static struct rb_error *receive(struct tunnel *t, char *p, size_t n, int64_t deadline_ms,
				size_t *ret_n)
{
	for (;;) {
		CURLcode rc = curl_easy_recv(t->easy, p, n, ret_n);

		if (rc == CURLE_OK)
			return NULL;
		if (rc != CURLE_AGAIN)
			return rb_error_why(rb_error_new(RB_LOST, "cannot open the tunnel"), "%s",
					    curl_easy_strerror(rc));
		TRY(wait_for(t, POLLIN, deadline_ms));
	}
}

static enum rb_kind refusal_kind(int status)
{
	if (status == 401 || status == 403)
		return RB_DENIED;
	if (status == 404)
		return RB_GONE;
	if (status == 429)
		return RB_THROTTLED;
	return status >= 500 ? RB_RETRY : RB_FAILED;
}

static const struct {
	int status;
	const char *hint;
} refusal_hints[] = {
	{ 400, "the endpoint serves ports 22 and 3389 of addresses in its own VPC" },
	{ 403, "ec2-instance-connect:OpenTunnel must be allowed on the endpoint (conditions: remote "
	       "port, address, duration), and this machine's clock be right" },
	{ 404, "the endpoint was deleted, or is not ready yet: runbook verify 1-3" },
	{ 429, "an endpoint carries 20 connections at a time: end some of them, or try again later" },
};

/* What the endpoint said when it refused: {"ErrorCode", "Message"}, or some text. */
static struct rb_error *refusal(int status, struct span body)
{
	struct rb_error *err = rb_error_new(refusal_kind(status), "cannot open the tunnel");
	json_t *json = json_loadb(body.p, body.n, JSON_REJECT_DUPLICATES, NULL);
	const char *code = json_string_value(json_object_get(json, "ErrorCode"));
	const char *message = json_string_value(json_object_get(json, "Message"));

	err->http_status = status;
	if (code || message) {
		autofree char *text = text_printable(message ? message : "", strlen(message ? message : ""), 1024);

		if (code)
			err->aws_code = text_printable(code, strlen(code), 128);
		err = rb_error_why(err, "%s%s%s", err->aws_code ? err->aws_code : "",
				   err->aws_code && *text ? ": " : "", text);
	} else {
		autofree char *text = text_printable(body.p, body.n, 1024);

		err = rb_error_why(err, "HTTP status %d%s%s", status, *text ? ": " : "", text);
	}
	json_decref(json);
	for (size_t i = 0; i < ARRAY_LEN(refusal_hints); i++)
		if (refusal_hints[i].status == status)
			return rb_error_hint(err, "%s", refusal_hints[i].hint);
	return err;
}

static struct rb_error *read_refusal(struct tunnel *t, int status, struct buf *got, size_t head_n,
				     int64_t deadline_ms)
{
	struct span length, head = { got->p, head_n };
	int64_t want = REFUSAL_MAX;
	char chunk[4096];

	if (find_header(head, "Content-Length", &length)) {
		autofree char *digits = xstrndup(length.p, length.n);

		if (!text_parse_i64(digits, 0, REFUSAL_MAX, &want))
			want = REFUSAL_MAX;
	}
	buf_consume(got, head_n + 4);
	while ((int64_t)got->n < want) {
		size_t n;
		struct rb_error *err = receive(t, chunk, sizeof(chunk), deadline_ms, &n);

		/* Whatever came of the body is better than none. */
		if (err || !n || !buf_add(got, chunk, n)) {
			(void)rb_error_free(err);
			break;
		}
	}
	return refusal(status, (struct span){ got->p, got->n });
}

static struct rb_error *upgrade(struct tunnel *t, int64_t deadline_ms)
{
	auto_secret_buf request = BUF_INIT;
	auto_buf got = BUF_INIT;
	unsigned char nonce[16];
	autofree char *key = NULL;
	struct rb_error *err;
	const char *end;
	int status;

	if (RAND_bytes(nonce, sizeof(nonce)) != 1)
		abort();
	key = text_base64(nonce, sizeof(nonce));
	(void)buf_addf(&request,
		       "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\n"
		       "Connection: Upgrade\r\nSec-WebSocket-Key: %s\r\n"
		       "Sec-WebSocket-Version: 13\r\nUser-Agent: %s\r\n\r\n",
		       t->opt->path_and_query, t->opt->host, key,
		       t->opt->user_agent ? t->opt->user_agent : "runbook");
	TRY(send_all(t, request.p, request.n, deadline_ms));
	got.limit = HEAD_MAX + REFUSAL_MAX;
	while (!(end = strstr(got.p, "\r\n\r\n"))) {
		char chunk[4096];
		size_t n;

		TRY(receive(t, chunk, sizeof(chunk), deadline_ms, &n));
		if (!n)
			return rb_error_why(rb_error_new(RB_LOST, "cannot open the tunnel"),
					    "the endpoint closed the connection instead of "
					    "answering");
		if (got.n + n > HEAD_MAX || memchr(chunk, '\0', n))
			return bad_upgrade("the answer's headers are too long or not text");
		(void)buf_add(&got, chunk, n);
	}
	err = tunnel_check_upgrade(got.p, (size_t)(end - got.p), key, &status);
	if (err && status && status != 101) {
		(void)rb_error_free(err);
		return read_refusal(t, status, &got, (size_t)(end - got.p), deadline_ms);
	}
	if (err)
		return err;
	/* What follows the blank line are frames already. */
	buf_consume(&got, (size_t)(end - got.p) + 4);
	memcpy(t->rx, got.p, got.n);
	t->rx_n = got.n;
	return NULL;
}

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
static ssize_t on_send(wslay_event_context_ptr ws, const uint8_t *p, size_t n, int flags,
		       void *arg)
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

static void flush_network(struct tunnel *t)
{
	for (;;) {
		size_t sent = 0;
		CURLcode rc;

		if (t->tx_at == t->tx_n) {
			size_t n = t->queue.n < sizeof(t->tx) ? t->queue.n : sizeof(t->tx);

			memcpy(t->tx, t->queue.p, n);
			buf_consume(&t->queue, n);
			t->tx_at = 0;
			t->tx_n = n;
			if (!n)
				return;
		}
		rc = curl_easy_send(t->easy, t->tx + t->tx_at, t->tx_n - t->tx_at, &sent);
		if (rc == CURLE_AGAIN)
			return;
		if (rc) {
			t->tx_error = true;
			return;
		}
		t->tx_at += sent;
	}
}

static bool want_close(const struct tunnel *t)
{
	return t->in_ended || t->out_gone || t->stopping;
}

static size_t waiting_to_leave(const struct tunnel *t)
{
	return t->queue.n + (t->tx_n - t->tx_at) + wslay_event_get_queued_msg_length(t->ws);
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
		if (n < 0)
			t->out_gone = true;
		else
			t->out_at += (size_t)n;
	}
	buf_reset(&t->out);
	t->out_at = 0;
}

/* All that is there, in one frame: a writer of small pieces costs no more than one of large. */
static void read_input(struct tunnel *t)
{
	static uint8_t data[FRAME_MAX];
	size_t have = 0;

	while (have < sizeof(data)) {
		ssize_t n = read(t->opt->in_fd, data + have, sizeof(data) - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0 || (n < 0 && errno != EAGAIN))
			t->in_ended = true;
		if (n <= 0)
			break;
		have += (size_t)n;
	}
	if (!have)
		return; /* never an empty frame */
	struct wslay_event_msg msg = { WSLAY_BINARY_FRAME, data, have };

	(void)!wslay_event_queue_msg(t->ws, &msg);
}

/* Let wslay make frames, while there is room for them to wait in. */
static bool pump_frames(struct tunnel *t)
{
	return !wslay_event_want_write(t->ws) || wslay_event_send(t->ws) == 0;
}

/* One wait for whatever can go on. False: the time for closing is over. */
static bool wait_events(struct tunnel *t, int64_t close_by_ms)
{
	bool take_input = !want_close(t) && waiting_to_leave(t) < QUEUE_HIGH &&
			  wslay_event_want_read(t->ws);
	bool take_network = wslay_event_want_read(t->ws) && !output_backed_up(t);
	bool leaving = t->tx_at < t->tx_n || t->queue.n;
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
	autofree char *reason = text_printable(t->close_payload.p + (reason_n ? 2 : 0), reason_n, 123);
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
			    t->rx_error ? curl_easy_strerror(t->rx_error) :
					  "the endpoint dropped the connection without a close");
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
		/* After our own end of input what was read still leaves; otherwise nobody wants it. */
		if (want_close(t) && !close_by_ms &&
		    (t->stopping || t->out_gone || waiting_to_leave(t) < QUEUE_HIGH / 4))
			close_by_ms = clock_mono_ms() + CLOSE_WAIT_MS;
		if (!pump_frames(t))
			return rb_error_why(rb_error_new(RB_PROTOCOL, "the tunnel broke"),
					    "a frame could not be made");
		flush_network(t);
		flush_output(t);
		if (t->close_seen && (t->out_at == t->out.n || t->out_gone) &&
		    !wslay_event_want_write(t->ws) && t->tx_at == t->tx_n && !t->queue.n)
			return close_error(t);
		if (t->rx_eof || t->tx_error)
			return end_of_connection(t);
		if (bad)
			return rb_error_why(rb_error_new(RB_PROTOCOL, "the tunnel broke"),
					    "the endpoint sent broken frames");
		if (!wslay_event_want_read(t->ws) && !wslay_event_want_write(t->ws) &&
		    t->tx_at == t->tx_n && !t->queue.n && !t->close_seen)
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
	const char *ca = t->opt->ca_bundle;
	CURLcode rc;

	t->easy = curl_easy_init();
	if (!t->easy)
		abort();
	curl_easy_setopt(t->easy, CURLOPT_URL, url);
	curl_easy_setopt(t->easy, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(t->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(t->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(t->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(t->easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(t->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)timeout_ms);
	curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, detail);
	if (connect_to)
		curl_easy_setopt(t->easy, CURLOPT_CONNECT_TO, connect_to);
	if (ca) {
		autofree char *index = file_join(ca, ".");

		curl_easy_setopt(t->easy, file_exists(index) ? CURLOPT_CAPATH : CURLOPT_CAINFO, ca);
	}
	rc = curl_easy_perform(t->easy);
	if (!rc)
		rc = curl_easy_getinfo(t->easy, CURLINFO_ACTIVESOCKET, &t->sock);
	curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, NULL);
	return rc ? connect_error(rc, detail, t->opt->host) : NULL;
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
	int64_t deadline_ms = clock_mono_ms() + timeout_ms;
	struct rb_error *err;
	int in_flags, out_flags;

	TRY(open_connection(t, connect_to, timeout_ms));
	TRY(upgrade(t, deadline_ms));
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
	buf_init(&t->queue);
	buf_init(&t->out);
	buf_init_limited(&t->close_payload, 125);
	err = open_and_carry(t, connect_to);
	if (t->ws)
		wslay_event_context_free(t->ws);
	if (t->easy)
		curl_easy_cleanup(t->easy);
	curl_slist_free_all(connect_to);
	buf_clear(&t->queue);
	buf_clear(&t->out);
	buf_clear(&t->close_payload);
	free(t);
	return err;
}
