/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The upgrade: one request out, one head back, and bytes from there on.
 *
 * The signed path is as good as a password for a minute, so the request is wiped
 * after it has been sent, and nothing here logs it.
 */
#include "net/upgrade_int.h"

#include <ctype.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/span.h"
#include "base/text.h"

enum {
	HEAD_MAX = UPGRADE_EARLY_MAX, /* of the answer */
	REFUSAL_MAX = 64 * 1024,      /* the body of a refusal */
	BODY_MS = 3000,		      /* it follows its head at once, or is not worth the wait */
};

/* ---- asking ---------------------------------------------------------------- */

static struct rb_error *wait_for(CURL *easy, short events, int64_t deadline_ms)
{
	struct pollfd p = { .events = events };
	int64_t left = deadline_ms - clock_mono_ms();

	(void)curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &p.fd);
	if (left <= 0 || poll(&p, 1, (int)left) == 0)
		return rb_error_why(rb_error_new(RB_LOST, "cannot open the tunnel"),
				    "no answer within the time-out");
	return NULL;
}

static struct rb_error *send_all(CURL *easy, const char *p, size_t n, int64_t deadline_ms)
{
	while (n) {
		size_t sent = 0;
		CURLcode rc = curl_easy_send(easy, p, n, &sent);

		if (rc == CURLE_AGAIN) {
			TRY(wait_for(easy, POLLOUT, deadline_ms));
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
static struct rb_error *receive(CURL *easy, char *p, size_t n, int64_t deadline_ms, size_t *ret_n)
{
	for (;;) {
		CURLcode rc = curl_easy_recv(easy, p, n, ret_n);

		if (rc == CURLE_OK)
			return NULL;
		if (rc != CURLE_AGAIN)
			return rb_error_why(rb_error_new(RB_LOST, "cannot open the tunnel"), "%s",
					    curl_easy_strerror(rc));
		TRY(wait_for(easy, POLLIN, deadline_ms));
	}
}

/* The content of chunks so far; true when the last one is there. */
static bool dechunk(struct span in, struct buf *out)
{
	buf_reset(out);
	for (;;) {
		const char *eol = memmem(in.p, in.n, "\r\n", 2);
		size_t line_n = eol ? (size_t)(eol - in.p) : 0, size = 0, digits = 0;

		for (; digits < line_n && isxdigit((unsigned char)in.p[digits]) && digits < 6;
		     digits++) {
			char c = in.p[digits];

			size = size * 16 +
			       (size_t)(isdigit((unsigned char)c) ? c - '0' : (c | 32) - 'a' + 10);
		}
		if (!digits)
			return eol != NULL; /* not even a size: there is no more to come */
		if (!size)
			return true;
		in.p += line_n + 2;
		in.n -= line_n + 2;
		(void)buf_add(out, in.p, size < in.n ? size : in.n);
		if (in.n < size + 2)
			return false;
		in.p += size + 2;
		in.n -= size + 2;
	}
}

static struct rb_error *read_refusal(CURL *easy, int status, struct buf *got, size_t head_n,
				     int64_t deadline_ms)
{
	struct span length, coding, head = { got->p, head_n };
	int64_t until_ms = clock_mono_ms() + BODY_MS, want = REFUSAL_MAX;
	auto_buf content = BUF_INIT;
	bool chunked = upgrade_find_header(head, "Transfer-Encoding", &coding) &&
		       upgrade_has_token(coding, "chunked");
	char chunk[4096];

	if (until_ms > deadline_ms)
		until_ms = deadline_ms;

	if (upgrade_find_header(head, "Content-Length", &length)) {
		autofree char *digits = xstrndup(length.p, length.n);

		if (!text_parse_i64(digits, 0, REFUSAL_MAX, &want))
			want = REFUSAL_MAX;
	}
	buf_consume(got, head_n + 4);
	while ((int64_t)got->n < want &&
	       !(chunked && dechunk((struct span){ got->p, got->n }, &content))) {
		size_t n;
		struct rb_error *err = receive(easy, chunk, sizeof(chunk), until_ms, &n);

		/* Whatever came of the body is better than none. */
		if (err || !n || !buf_add(got, chunk, n)) {
			(void)rb_error_free(err);
			break;
		}
	}
	if (!chunked)
		return upgrade_refusal(status, (struct span){ got->p, got->n });
	(void)dechunk((struct span){ got->p, got->n }, &content);
	return upgrade_refusal(status, (struct span){ content.p, content.n });
}

struct rb_error *upgrade_run(CURL *easy, const struct upgrade *up, struct buf *ret_early)
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
		       up->path_and_query, up->host, key, up->user_agent);
	TRY(send_all(easy, request.p, request.n, up->deadline_ms));
	got.limit = HEAD_MAX + REFUSAL_MAX;
	while (!(end = memmem(got.p, got.n, "\r\n\r\n", 4))) {
		char chunk[4096];
		size_t n;

		TRY(receive(easy, chunk, sizeof(chunk), up->deadline_ms, &n));
		if (!n)
			return rb_error_why(rb_error_new(RB_LOST, "cannot open the tunnel"),
					    "the endpoint closed the connection instead of "
					    "answering");
		if (got.n + n > HEAD_MAX)
			return upgrade_bad(N_("the answer's headers are too long"));
		(void)buf_add(&got, chunk, n);
	}
	err = upgrade_check(got.p, (size_t)(end - got.p), key, &status);
	if (err && status && status != 101) {
		(void)rb_error_free(err);
		return read_refusal(easy, status, &got, (size_t)(end - got.p), up->deadline_ms);
	}
	if (err)
		return err;
	buf_consume(&got, (size_t)(end - got.p) + 4);
	(void)buf_add(ret_early, got.p, got.n);
	return NULL;
}
