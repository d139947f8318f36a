/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request, one answer, one deadline, over libcurl.
 *
 * TLS is always verified.  Redirects are never followed here.  Connections are
 * kept and counted.  Nothing is retried here: aws/core/retry.c decides.
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/strv.h"
#include "net/loop.h"

struct http_header {
	char *name;
	char *value;
};

struct http_headers {
	struct http_header *v;
	size_t n;
};
void http_headers_add(struct http_headers *h, const char *name, const char *value);
/* Replace every header of that name by one. */
void http_headers_set(struct http_headers *h, const char *name, const char *value);
void http_headers_remove(struct http_headers *h, const char *name);
/* Letter case of `name` does not matter; NULL when absent.  Borrowed. */
const char *http_headers_get(const struct http_headers *h, const char *name);
void http_headers_clear(struct http_headers *h);

struct http_request {
	char *method; /* "POST" */
	char *scheme; /* "https", or "http" for loopback and for configured endpoints */
	char *host;   /* lower case, no port */
	int port;     /* 0: the scheme's own */
	char *path;   /* begins with '/', percent-encoded as sent */
	char *query;  /* without '?', encoded; NULL: none */
	struct http_headers headers; /* `Host` is made from host and port when it is not here */
	struct buf body;
	int64_t timeout_ms;	    /* for the whole exchange; 0: 60 s */
	int64_t connect_timeout_ms; /* 0: 10 s */
	size_t max_answer_bytes;    /* 0: 16 MiB; more is kind PROTOCOL */
	bool no_proxy;		    /* whatever the environment says (IMDS, containers) */
	bool path_is_secret;	    /* it names who may ask (containers): not for --debug */
};
#define HTTP_REQUEST_INIT                                                                          \
	{                                                                                          \
		.body = BUF_INIT                                                                   \
	}
void http_request_clear(struct http_request *req);
#define auto_http_request CLEANUP(http_request_clear) struct http_request

struct http_response {
	int status;
	struct http_headers headers;
	struct buf body;
	long connection; /* number of the connection, from 0; the same number: reused */
};
#define HTTP_RESPONSE_INIT                                                                         \
	{                                                                                          \
		.body = BUF_INIT                                                                   \
	}
void http_response_clear(struct http_response *res);
#define auto_http_response CLEANUP(http_response_clear) struct http_response

struct http_options {
	const char *ca_bundle; /* file or hashed directory; NULL: libcurl's own */
	const char *ca_pem;    /* the certificates themselves, instead of ca_bundle; NULL: not */
	const char *const
		*connect_to; /* "HOST:PORT:CONNECT-TO-HOST:PORT" as CURLOPT_CONNECT_TO; or NULL */
	const char *user_agent;
	bool steady; /* an interrupt of the loop does not end its requests */
};

struct http; /* handles and connections over one loop */
NODISCARD struct http *http_new(struct loop *loop, const struct http_options *options);
void http_free(struct http *http);
struct loop *http_loop(struct http *http);
bool http_is_steady(const struct http *http);

struct http_stats {
	unsigned long requests;
	unsigned long connections; /* opened so far */
};
struct http_stats http_stats(const struct http *http);

/* The sys_errno of a NETWORK error whose cause is that the host's name does not resolve; the
 * resolver's own codes are no errno. */
enum { HTTP_NO_SUCH_NAME = EADDRNOTAVAIL };
static inline bool http_no_such_name(const struct rb_error *err)
{
	return rb_error_is(err, RB_NETWORK) && err->sys_errno == HTTP_NO_SUCH_NAME;
}

/*
 * Perform `req`.  In a task: other tasks run meanwhile.  Any HTTP status is a
 * success here.
 *   fails  INTERRUPTED  nothing was sent
 *          NETWORK      it surely was not processed: no address, no connection, no TLS
 *          FAILED       TLS: the certificate is not trusted, expired or for another name; or
 *                       the proxy's refusal.  why says whose and which, and hint what to do.
 *                       Asking again does not help.
 *          LOST         it was sent, wholly or in part, and no whole answer came
 *          PROTOCOL     too large, or not HTTP
 */
NODISCARD struct rb_error *http_perform(struct http *http, const struct http_request *req,
					struct http_response *res);

#endif
