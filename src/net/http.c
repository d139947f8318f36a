/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP over libcurl: one transfer, and what its outcome means. */
#include "net/http.h"

#include <stdlib.h>
#include <string.h>
#include <curl/curl.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/span.h"
#include "base/text.h"
#include "net/http_inner.h"
#include "net/peer.h"
#include "net/proxy.h"

enum { CONNECT_TIMEOUT_MS = 10000, MAX_ANSWER_BYTES = 16 << 20 };

struct http *http_new(struct loop *loop, const struct http_options *options)
{
	struct http *http = xcalloc(1, sizeof(*http));

	http->loop = loop;
	if (!options)
		return http;
	http->user_agent = xstrdup_or_null(options->user_agent);
	http->steady = options->steady;
	http->ca_bundle = xstrdup_or_null(options->ca_bundle);
	http->ca_pem = xstrdup_or_null(options->ca_pem);
	for (const char *const *c = options->connect_to; c && *c; c++) {
		struct curl_slist *list = curl_slist_append(http->connect_to, *c);

		if (!list)
			abort();
		http->connect_to = list;
	}
	return http;
}

void http_free(struct http *http)
{
	if (!http)
		return;
	for (size_t i = 0; i < http->n_spare; i++)
		curl_easy_cleanup(http->spare[i]);
	curl_slist_free_all(http->connect_to);
	free(http->ca_bundle);
	free(http->ca_pem);
	free(http->user_agent);
	free(http);
}

struct loop *http_loop(struct http *http)
{
	return http->loop;
}

bool http_is_steady(const struct http *http)
{
	return http->steady;
}

struct http_stats http_stats(const struct http *http)
{
	return http->stats;
}

static CURL *take_handle(struct http *http)
{
	CURL *easy = http->n_spare ? http->spare[--http->n_spare] : curl_easy_init();

	if (!easy)
		abort();
	return easy;
}

static void give_handle(struct http *http, CURL *easy)
{
	/* Its options point into the transfer that is over. */
	curl_easy_reset(easy);
	if (http->n_spare < HTTP_MAX_SPARE_HANDLES)
		http->spare[http->n_spare++] = easy;
	else
		curl_easy_cleanup(easy);
}

static bool is_loopback(const char *host)
{
	return text_eq(host, "localhost") || text_ends_with(host, ".localhost") ||
	       text_eq(host, "::1") ||
	       (text_starts_with(host, "127.") && strspn(host, "0123456789.") == strlen(host));
}

/* What is on this machine, or led there by connect_to, is no business of a proxy. */
static struct rb_error *find_proxy(const struct http *http, const struct http_request *req,
				   struct proxy *ret)
{
	if (req->no_proxy || http->connect_to || is_loopback(req->host))
		return NULL;
	return proxy_for(req->scheme, req->host, ret);
}

/* ---- outcome ------------------------------------------------------------- */

/* 407 is a proxy's word alone, also where the request itself went to the proxy (plain http). */
static bool is_proxys_answer(CURL *easy, const struct peer *peer)
{
	long status = 0;

	(void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	return peer->proxy->scheme && status == 407;
}

static struct rb_error *outcome(CURL *easy, const struct http_request *req, const struct peer *peer,
				const struct http_transfer *t, int code)
{
	const char *why = *t->error   ? t->error
			  : code >= 0 ? curl_easy_strerror((CURLcode)code)
				      : "";

	if (code == CURLE_OK && is_proxys_answer(easy, peer))
		return peer_proxy_refusal(easy, peer, 407);
	if (code == CURLE_OK)
		return NULL;
	if (code < 0)
		return rb_error_because(RB_INTERRUPTED, "interrupted");
	if (t->too_large)
		return rb_error_because(RB_PROTOCOL, "the answer of '%s' is larger than %zu bytes",
					req->host, t->res->body.limit);
	if (!t->passes)
		return peer_error(easy, peer, (CURLcode)code, t->error);
	switch (code) {
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_UNSUPPORTED_PROTOCOL: /* HTTP/0.9 */
	case CURLE_BAD_CONTENT_ENCODING:
	case CURLE_HTTP2:
		return rb_error_because(RB_PROTOCOL, "'%s' does not answer in HTTP: %s", req->host,
					why);
	case CURLE_OPERATION_TIMEDOUT:
		if (t->header_bytes)
			return rb_error_because(RB_LOST,
						"the answer of '%s' was not whole in time: %s",
						req->host, why);
		return rb_error_because(RB_LOST, "'%s' took the request and did not answer: %s",
					req->host, why);
	case CURLE_ABORTED_BY_CALLBACK: /* before_request, the second time */
		return rb_error_because(RB_LOST, "'%s' closed the connection without an answer",
					req->host);
	default:
		return rb_error_because(RB_LOST, "the answer of '%s' broke off: %s", req->host,
					why);
	}
}

/* libcurl 7.88 does not number connections: by the local port, anew when it opened one. */
static long connection_number(struct http *http, CURL *easy)
{
	long opened = 0, port = 0;

	(void)curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &opened);
	(void)curl_easy_getinfo(easy, CURLINFO_LOCAL_PORT, &port);
	http->stats.connections += (unsigned long)opened;
	if (port <= 0 || port > UINT16_MAX)
		return -1;
	if (opened || !http->numbers[port])
		http->numbers[port] = (uint32_t)http->stats.connections;
	return (long)http->numbers[port] - 1;
}

struct rb_error *http_perform(struct http *http, const struct http_request *req,
			      struct http_response *res)
{
	auto_http_response got = HTTP_RESPONSE_INIT;
	struct http_transfer t = { .res = &got };
	auto_proxy proxy = { 0 };
	struct peer peer = { .host = req->host,
			     .proxy = &proxy,
			     .timeout_ms = req->connect_timeout_ms ? req->connect_timeout_ms
								   : CONNECT_TIMEOUT_MS };
	struct curl_slist *headers;
	struct rb_error *err;
	int64_t start_ms;
	long status = 0;
	CURL *easy;
	char *url;
	int code;

	TRY(http_check_request(req));
	TRY(find_proxy(http, req, &proxy));
	buf_init_limited(&got.body,
			 req->max_answer_bytes ? req->max_answer_bytes : MAX_ANSWER_BYTES);
	easy = take_handle(http);
	headers = http_header_lines(req);
	url = http_url_of(req);
	http_set_options(http, req, &peer, url, headers, &t, easy);
	proxy_apply(&proxy, easy);
	http->stats.requests++;
	start_ms = clock_mono_ms();
	code = loop_transfer(http->loop, easy, http->steady);
	err = outcome(easy, req, &peer, &t, code);
	if (code >= 0)
		got.connection = connection_number(http, easy);
	(void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	got.status = (int)status;
	log_debug("%s %s://%s:%d%s: %s %d, %zu bytes, %lld ms, connection %ld", req->method,
		  req->scheme, req->host, req->port, req->path_is_secret ? "/..." : req->path,
		  err ? rb_kind_name(err->kind) : "HTTP", got.status, got.body.n,
		  (long long)(clock_mono_ms() - start_ms), got.connection);
	give_handle(http, easy);
	http_free_header_lines(headers);
	explicit_bzero(url, strlen(url));
	free(url);
	if (err)
		return err;
	http_response_clear(res);
	*res = got;
	got = (struct http_response)HTTP_RESPONSE_INIT;
	return NULL;
}
