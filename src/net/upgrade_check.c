/* SPDX-License-Identifier: Apache-2.0 */
/* The answer to a request for a WebSocket, judged. */
#include "net/upgrade_int.h"

#include <stdlib.h>
#include <string.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include "base/alloc.h"
#include "base/span.h"
#include "base/text.h"

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
bool upgrade_find_header(struct span head, const char *name, struct span *ret)
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
bool upgrade_has_token(struct span list, const char *token)
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

struct rb_error *upgrade_bad(const char *why)
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
		return upgrade_bad(N_("the answer's headers are not text"));
	if (line_n < 12 || memcmp(head, "HTTP/1.1 ", 9) != 0)
		return upgrade_bad(N_("the answer is not HTTP/1.1"));
	memcpy(digits, head + 9, 3);
	digits[3] = '\0';
	if (!text_parse_i64(digits, 100, 599, &status) ||
	    (line_n > 12 && head[12] != ' ' && head[12] != '\r'))
		return upgrade_bad(N_("the answer has no status"));
	*ret_status = (int)status;
	if (status != 101)
		return upgrade_bad(N_("the upgrade was refused"));
	if (!upgrade_find_header(headers, "Upgrade", &value) || !span_eq_nocase(value, "websocket"))
		return upgrade_bad(N_("the answer does not upgrade to websocket"));
	if (!upgrade_find_header(headers, "Connection", &value) ||
	    !upgrade_has_token(value, "upgrade"))
		return upgrade_bad(N_("the answer lacks 'Connection: Upgrade'"));
	upgrade_accept_key(key, accept);
	if (!upgrade_find_header(headers, "Sec-WebSocket-Accept", &value) ||
	    !span_eq(value, accept))
		return upgrade_bad(N_("Sec-WebSocket-Accept does not belong to our key"));
	if (upgrade_find_header(headers, "Sec-WebSocket-Extensions", &value))
		return upgrade_bad(N_("an extension was chosen that nobody asked for"));
	if (upgrade_find_header(headers, "Sec-WebSocket-Protocol", &value))
		return upgrade_bad(N_("a protocol was chosen that nobody asked for"));
	return NULL;
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

static int status_by_code(const char *code, int status)
{
	for (size_t i = 0; code && i < ARRAY_LEN(refusal_codes); i++)
		if (text_starts_with(code, refusal_codes[i].begins))
			return refusal_codes[i].status;
	return status;
}

/* The endpoint's answer when it refused: {"ErrorCode", "Message"}, or some text. */
struct rb_error *upgrade_refusal(int status, struct span body)
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
