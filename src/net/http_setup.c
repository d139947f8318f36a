/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One transfer prepared: the request checked, its URL and headers, libcurl's options.
 *
 * Two habits of libcurl are switched off because a change could happen twice:
 * redirects, and sending a request again by itself when a reused connection died
 * without an answer (the second pass through `before_request` is refused).
 */
#include "net/http_inner.h"

#include <stdlib.h>
#include <string.h>
#include <curl/curl.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/span.h"
#include "base/text.h"
#include "net/http.h"
#include "net/loop.h"
#include "net/peer.h"

enum { TIMEOUT_MS = 60000, MAX_HEADER_BYTES = 128 << 10 };

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
	struct http_transfer *t = arg;

	if (!buf_add(&t->res->body, p, size * n)) {
		t->too_large = true;
		return 0;
	}
	return size * n;
}

static size_t on_header(char *p, size_t size, size_t n, void *arg)
{
	struct http_transfer *t = arg;
	struct span line = { p, size * n };
	const char *colon;

	t->header_bytes += line.n;
	if (t->header_bytes > MAX_HEADER_BYTES) {
		t->too_large = true;
		return 0;
	}
	if (line.n >= 5 && memcmp(line.p, "HTTP/", 5) == 0) {
		http_headers_clear(&t->res->headers); /* what came before was a 100 */
		return line.n;
	}
	colon = memchr(line.p, ':', line.n);
	if (colon && colon > line.p) {
		struct span name = span_trim((struct span){ p, (size_t)(colon - p) });
		struct span value =
			span_trim((struct span){ colon + 1, line.n - (size_t)(colon - p) - 1 });
		autofree char *name_s = xstrndup(name.p, name.n);
		autofree char *value_s = xstrndup(value.p, value.n);

		http_headers_add(&t->res->headers, name_s, value_s);
	}
	return line.n;
}

static int before_request(void *arg, char *remote_ip, char *local_ip, int remote_port,
			  int local_port)
{
	struct http_transfer *t = arg;

	(void)remote_ip;
	(void)local_ip;
	(void)remote_port;
	(void)local_port;
	return t->passes++ ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

/* An option that this libcurl does not take is our mistake, not the network's. */
#define SET(easy, option, ...)                                                                     \
	do {                                                                                       \
		if (curl_easy_setopt((easy), (option), __VA_ARGS__) != CURLE_OK)                   \
			abort();                                                                   \
	} while (0)

static bool has_control(const char *s)
{
	for (; s && *s; s++)
		if (((unsigned char)*s < 0x20 && *s != '\t') || *s == 0x7f)
			return true;
	return false;
}

struct rb_error *http_check_request(const struct http_request *req)
{
	for (size_t i = 0; i < req->headers.n; i++)
		if (has_control(req->headers.v[i].name) || has_control(req->headers.v[i].value))
			return rb_error_because(
				RB_USAGE, "the value for the header '%s' holds control characters",
				req->headers.v[i].name);
	if (has_control(req->path) || has_control(req->query) || has_control(req->host) ||
	    strchr(req->path, ' ') || (req->query && strchr(req->query, ' ')))
		return rb_error_because(RB_USAGE, "the address holds blanks or control characters");
	return NULL;
}

char *http_url_of(const struct http_request *req)
{
	bool ipv6 = strchr(req->host, ':');
	struct buf url = BUF_INIT;

	(void)buf_addf(&url, "%s://%s%s%s", req->scheme, ipv6 ? "[" : "", req->host,
		       ipv6 ? "]" : "");
	if (req->port)
		(void)buf_addf(&url, ":%d", req->port);
	(void)buf_adds(&url, req->path);
	if (req->query && *req->query)
		(void)buf_addf(&url, "?%s", req->query);
	return buf_steal(&url);
}

static struct curl_slist *add_line(struct curl_slist *list, const char *line)
{
	struct curl_slist *longer = curl_slist_append(list, line);

	if (!longer)
		abort();
	return longer;
}

struct curl_slist *http_header_lines(const struct http_request *req)
{
	struct curl_slist *list = add_line(NULL, "Expect:");

	/* libcurl would add one of its own to a body. */
	if (!http_headers_get(&req->headers, "content-type"))
		list = add_line(list, "Content-Type:");
	if (!http_headers_get(&req->headers, "accept"))
		list = add_line(list, "Accept:");
	for (size_t i = 0; i < req->headers.n; i++) {
		const struct http_header *h = &req->headers.v[i];
		auto_secret_buf line = BUF_INIT;

		if (*h->value)
			(void)buf_addf(&line, "%s: %s", h->name, h->value);
		else
			(void)buf_addf(&line, "%s;", h->name); /* libcurl's way to say "empty" */
		list = add_line(list, line.p);
	}
	return list;
}

void http_free_header_lines(struct curl_slist *list)
{
	for (struct curl_slist *l = list; l; l = l->next)
		explicit_bzero(l->data, strlen(l->data));
	curl_slist_free_all(list);
}

static void set_method(const struct http_request *req, CURL *easy)
{
	if (text_eq(req->method, "HEAD")) {
		SET(easy, CURLOPT_NOBODY, 1L);
	} else if (req->body.n || text_eq(req->method, "POST") || text_eq(req->method, "PUT")) {
		SET(easy, CURLOPT_POSTFIELDS, req->body.p);
		SET(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)req->body.n);
		SET(easy, CURLOPT_CUSTOMREQUEST, req->method);
	} else {
		SET(easy, CURLOPT_HTTPGET, 1L);
		SET(easy, CURLOPT_CUSTOMREQUEST, req->method);
	}
}

void http_set_options(const struct http *http, const struct http_request *req, struct peer *peer,
		      const char *url, struct curl_slist *headers, struct http_transfer *t,
		      CURL *easy)
{
	SET(easy, CURLOPT_NOSIGNAL, 1L);
	SET(easy, CURLOPT_URL, url);
	SET(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	SET(easy, CURLOPT_PATH_AS_IS, 1L);
	SET(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(easy, CURLOPT_FOLLOWLOCATION, 0L);
	SET(easy, CURLOPT_HTTPHEADER, headers);
	SET(easy, CURLOPT_TIMEOUT_MS, (long)(req->timeout_ms ? req->timeout_ms : TIMEOUT_MS));
	SET(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)peer->timeout_ms);
	SET(easy, CURLOPT_ERRORBUFFER, t->error);
	SET(easy, CURLOPT_WRITEFUNCTION, on_body);
	SET(easy, CURLOPT_WRITEDATA, t);
	SET(easy, CURLOPT_HEADERFUNCTION, on_header);
	SET(easy, CURLOPT_HEADERDATA, t);
	SET(easy, CURLOPT_PREREQFUNCTION, before_request);
	SET(easy, CURLOPT_PREREQDATA, t);
	if (http->user_agent)
		SET(easy, CURLOPT_USERAGENT, http->user_agent);
	if (http->connect_to)
		SET(easy, CURLOPT_CONNECT_TO, http->connect_to);
	SET(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	peer_trust(easy, http->ca_bundle, http->ca_pem);
	peer_watch(easy, peer);
	set_method(req, easy);
}
