/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP over libcurl: options, one transfer, and what its outcome means.
 *
 * Two habits of libcurl are switched off because a change could happen twice:
 * redirects, and sending a request again by itself when a reused connection died
 * without an answer (the second pass through `before_request` is refused).
 */
#include "net/http.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/span.h"
#include "base/text.h"
#include "net/peer.h"
#include "net/proxy.h"

enum {
	TIMEOUT_MS = 60000,
	CONNECT_TIMEOUT_MS = 10000,
	MAX_ANSWER_BYTES = 16 << 20,
	MAX_HEADER_BYTES = 128 << 10,
	MAX_SPARE_HANDLES = 16,
};

struct http {
	struct loop *loop;
	char *ca_bundle;
	char *ca_pem;
	char *user_agent;
	bool steady;
	struct curl_slist *connect_to;
	struct http_stats stats;
	CURL *spare[MAX_SPARE_HANDLES];
	size_t n_spare;
	uint32_t numbers[UINT16_MAX + 1]; /* of the connection from a local port, from 1 */
};

/* One http_perform. */
struct transfer {
	struct http_response *res;
	size_t header_bytes;
	int passes; /* through before_request: the request has left, or was about to */
	bool too_large;
	char error[CURL_ERROR_SIZE];
};

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
	if (http->n_spare < MAX_SPARE_HANDLES)
		http->spare[http->n_spare++] = easy;
	else
		curl_easy_cleanup(easy);
}

/* ---- callbacks ----------------------------------------------------------- */

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;

	if (!buf_add(&t->res->body, p, size * n)) {
		t->too_large = true;
		return 0;
	}
	return size * n;
}

static size_t on_header(char *p, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
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
	struct transfer *t = arg;

	(void)remote_ip;
	(void)local_ip;
	(void)remote_port;
	(void)local_port;
	return t->passes++ ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

/* ---- options ------------------------------------------------------------- */

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

static struct rb_error *check_request(const struct http_request *req)
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

static char *url_of(const struct http_request *req)
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

static struct curl_slist *header_lines(const struct http_request *req)
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

static void free_header_lines(struct curl_slist *list)
{
	for (struct curl_slist *l = list; l; l = l->next)
		explicit_bzero(l->data, strlen(l->data));
	curl_slist_free_all(list);
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

static void set_options(const struct http *http, const struct http_request *req, struct peer *peer,
			const char *url, struct curl_slist *headers, struct transfer *t, CURL *easy)
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

/* ---- outcome ------------------------------------------------------------- */

/* 407 is a proxy's word alone, also where the request itself went to the proxy (plain http). */
static bool is_proxys_answer(CURL *easy, const struct peer *peer)
{
	long status = 0;

	(void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	return peer->proxy->scheme && status == 407;
}

static struct rb_error *outcome(CURL *easy, const struct http_request *req, const struct peer *peer,
				const struct transfer *t, int code)
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
	struct transfer t = { .res = &got };
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

	TRY(check_request(req));
	TRY(find_proxy(http, req, &proxy));
	buf_init_limited(&got.body,
			 req->max_answer_bytes ? req->max_answer_bytes : MAX_ANSWER_BYTES);
	easy = take_handle(http);
	headers = header_lines(req);
	url = url_of(req);
	set_options(http, req, &peer, url, headers, &t, easy);
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
	free_header_lines(headers);
	explicit_bzero(url, strlen(url));
	free(url);
	if (err)
		return err;
	http_response_clear(res);
	*res = got;
	got = (struct http_response)HTTP_RESPONSE_INIT;
	return NULL;
}
