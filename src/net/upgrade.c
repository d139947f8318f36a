/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The upgrade: one request out, one head back, and bytes from there on.
 *
 * The signed path is as good as a password for a minute, so the request is wiped
 * after it has been sent, and nothing here logs it.
 */
#include "net/upgrade.h"

#include <ctype.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/span.h"
#include "base/text.h"

enum {
	HEAD_MAX = UPGRADE_EARLY_MAX, /* of the answer */
	REFUSAL_MAX = 64 * 1024,      /* the body of a refusal */
	BODY_MS = 3000,		      /* it follows its head at once, or is not worth the wait */
};

/* ---- the answer, judged --------------------------------------------------- */

void upgrade_accept_key(const char *key, char out[29])
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
				*ret = span_trim(
					(struct span){ colon + 1, len - (size_t)(colon + 1 - p) });
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
	return rb_error_why(rb_error_new(RB_PROTOCOL, "cannot open the tunnel"), "%-s", why);
}

struct rb_error *upgrade_check(const char *head, size_t n, const char *key, int *ret_status)
{
	const char *eol = memchr(head, '\n', n);
	size_t line_n = eol ? (size_t)(eol - head) : n;
	struct span headers = { head + line_n, n - line_n };
	struct span value;
	char accept[29];
	int64_t status;
	char digits[4];

	*ret_status = 0;
	if (memchr(head, '\0', n))
		return bad_upgrade(N_("the answer's headers are not text"));
	if (line_n < 12 || memcmp(head, "HTTP/1.1 ", 9) != 0)
		return bad_upgrade(N_("the answer is not HTTP/1.1"));
	memcpy(digits, head + 9, 3);
	digits[3] = '\0';
	if (!text_parse_i64(digits, 100, 599, &status) ||
	    (line_n > 12 && head[12] != ' ' && head[12] != '\r'))
		return bad_upgrade(N_("the answer has no status"));
	*ret_status = (int)status;
	if (status != 101)
		return bad_upgrade(N_("the upgrade was refused"));
	if (!find_header(headers, "Upgrade", &value) || !span_eq_nocase(value, "websocket"))
		return bad_upgrade(N_("the answer does not upgrade to websocket"));
	if (!find_header(headers, "Connection", &value) || !has_token(value, "upgrade"))
		return bad_upgrade(N_("the answer lacks 'Connection: Upgrade'"));
	upgrade_accept_key(key, accept);
	if (!find_header(headers, "Sec-WebSocket-Accept", &value) || !span_eq(value, accept))
		return bad_upgrade(N_("Sec-WebSocket-Accept does not belong to our key"));
	if (find_header(headers, "Sec-WebSocket-Extensions", &value))
		return bad_upgrade(N_("an extension was chosen that nobody asked for"));
	if (find_header(headers, "Sec-WebSocket-Protocol", &value))
		return bad_upgrade(N_("a protocol was chosen that nobody asked for"));
	return NULL;
}

static enum rb_kind refusal_kind(int status)
{
	if (status == 401)
		return RB_CREDENTIALS;
	if (status == 403)
		return RB_DENIED;
	if (status == 404)
		return RB_GONE;
	if (status == 429)
		return RB_THROTTLED;
	return status >= 500 ? RB_RETRY : RB_FAILED;
}

/* What the code says, whatever the status: AWS documents neither. */
static const struct {
	const char *begins;
	int status;
} refusal_codes[] = {
	{ "AccessDenied", 403 },	 { "Unauthorized", 403 },     { "ExpiredToken", 401 },
	{ "InvalidSignature", 401 },	 { "SignatureDoesNot", 401 }, { "UnrecognizedClient", 401 },
	{ "InvalidClientToken", 401 },	 { "Throttl", 429 },	      { "TooManyRequests", 429 },
	{ "RequestLimitExceeded", 429 }, { "ResourceNotFound", 404 },
};

static int status_by_code(const char *code, int status)
{
	for (size_t i = 0; code && i < ARRAY_LEN(refusal_codes); i++)
		if (text_starts_with(code, refusal_codes[i].begins))
			return refusal_codes[i].status;
	return status;
}

static const struct {
	int status;
	const char *hint;
	enum rb_next_verb next;
	const char *next_args;
} refusal_hints[] = {
	{ 400, N_("the endpoint serves ports 22 and 3389 of addresses in its own VPC"),
	  RB_NEXT_NONE, NULL },
	{ 401, N_("get new credentials (for SSO: aws sso login)"), RB_NEXT_AGAIN, NULL },
	{ 403,
	  N_("ec2-instance-connect:OpenTunnel must be allowed on the endpoint (conditions: remote "
	     "port, address, duration), and this machine's clock be right"),
	  RB_NEXT_NONE, NULL },
	{ 404, N_("the endpoint was deleted, or is not ready yet:"), RB_NEXT_VERIFY, NULL },
	{ 429,
	  N_("an endpoint carries 20 connections at a time: end some of them, or wait until some end"),
	  RB_NEXT_AGAIN, NULL },
};

/* The endpoint's answer when it refused: {"ErrorCode", "Message"}, or some text. */
static struct rb_error *refusal(int status, struct span body)
{
	json_t *json = json_loadb(body.p, body.n, JSON_REJECT_DUPLICATES, NULL);
	const char *code = json_string_value(json_object_get(json, "ErrorCode"));
	const char *message = json_string_value(json_object_get(json, "Message"));
	int meant = status_by_code(code, status);
	struct rb_error *err = rb_error_new(refusal_kind(meant), "cannot open the tunnel");

	err->http_status = status;
	if (code || message) {
		autofree char *text = text_printable(message ? message : "",
						     strlen(message ? message : ""), 1024);

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
		if (refusal_hints[i].status == meant)
			return rb_error_next(rb_error_hint(err, "%-s", refusal_hints[i].hint),
					     refusal_hints[i].next, refusal_hints[i].next_args);
	return err;
}

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
	bool chunked =
		find_header(head, "Transfer-Encoding", &coding) && has_token(coding, "chunked");
	char chunk[4096];

	if (until_ms > deadline_ms)
		until_ms = deadline_ms;

	if (find_header(head, "Content-Length", &length)) {
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
		return refusal(status, (struct span){ got->p, got->n });
	(void)dechunk((struct span){ got->p, got->n }, &content);
	return refusal(status, (struct span){ content.p, content.n });
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
			return bad_upgrade(N_("the answer's headers are too long"));
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
