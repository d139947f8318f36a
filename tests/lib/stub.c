/* SPDX-License-Identifier: Apache-2.0 */
/* See stub.h. */
#include "tests/lib/stub.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <microhttpd.h>

#include "base/alloc.h"

struct stub {
	struct MHD_Daemon *daemon;
	char *url;
	stub_fn *fn;
	void *arg;
	pthread_mutex_t lock;
	struct stub_request **requests;
	size_t n;
};

/* What one connection is in the middle of. */
struct exchange {
	struct stub_request *req; /* taken by the stub once it is whole */
};

static void request_free(struct stub_request *r)
{
	if (!r)
		return;
	free(r->method);
	free(r->path);
	free(r->query);
	http_headers_clear(&r->headers);
	buf_clear(&r->body);
	free(r->service);
	free(r->action);
	free(r);
}

/* The raw request target, before anything is decoded. */
static void *on_target(void *cls, const char *uri, struct MHD_Connection *connection)
{
	struct exchange *e = xcalloc(1, sizeof(*e));
	const char *mark = strchr(uri, '?');

	(void)cls;
	(void)connection;
	e->req = xcalloc(1, sizeof(*e->req));
	buf_init(&e->req->body);
	e->req->path = mark ? xstrndup(uri, (size_t)(mark - uri)) : xstrdup(uri);
	e->req->query = mark && mark[1] ? xstrdup(mark + 1) : NULL;
	return e;
}

static enum MHD_Result on_header(void *cls, enum MHD_ValueKind kind, const char *name,
				 const char *value)
{
	struct stub_request *req = cls;

	(void)kind;
	http_headers_add(&req->headers, name, value ? value : "");
	return MHD_YES;
}

/* "Credential=AKID/20261123/REGION/SERVICE/aws4_request" */
static char *service_of(const struct stub_request *req)
{
	const char *auth = http_headers_get(&req->headers, "Authorization");
	const char *at = auth ? strstr(auth, "Credential=") : NULL;
	int slashes;

	for (slashes = 0; at && slashes < 3; slashes++) {
		at = strchr(at, '/');
		at = at ? at + 1 : NULL;
	}
	return at ? xstrndup(at, strcspn(at, "/")) : xstrdup("");
}

static char *action_of(const struct stub_request *req)
{
	const char *target = http_headers_get(&req->headers, "X-Amz-Target");
	const char *dot = target ? strchr(target, '.') : NULL;
	const char *at = strstr(req->body.p, "Action=");

	if (dot)
		return xstrdup(dot + 1);
	if (!at || (at != req->body.p && at[-1] != '&'))
		return xstrdup("");
	at += strlen("Action=");
	return xstrndup(at, strcspn(at, "&"));
}

static enum MHD_Result send_answer(struct MHD_Connection *connection, struct stub_answer *answer)
{
	size_t n = answer->body ? strlen(answer->body) : 0;
	struct MHD_Response *response =
		MHD_create_response_from_buffer(n, answer->body, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result;
	size_t i;

	if (!response)
		abort();
	(void)MHD_add_response_header(response, "Content-Type",
				      answer->type ? answer->type : "text/xml");
	for (i = 0; i < answer->headers.n; i++)
		(void)MHD_add_response_header(response, answer->headers.v[i].name,
					      answer->headers.v[i].value);
	result = MHD_queue_response(connection, (unsigned)(answer->status ? answer->status : 200),
				    response);
	MHD_destroy_response(response);
	free(answer->body);
	http_headers_clear(&answer->headers);
	return result;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *upload,
				  size_t *upload_n, void **exchange)
{
	struct stub *s = cls;
	struct exchange *e = *exchange;
	struct stub_request *req = e->req;
	struct stub_answer answer = { 0 };

	(void)url;
	(void)version;
	if (!req->method) { /* the headers are there, the body is not */
		req->method = xstrdup(method);
		(void)MHD_get_connection_values(connection, MHD_HEADER_KIND, on_header, req);
		return MHD_YES;
	}
	if (*upload_n) {
		(void)buf_add(&req->body, upload, *upload_n);
		*upload_n = 0;
		return MHD_YES;
	}
	req->service = service_of(req);
	req->action = action_of(req);
	(void)pthread_mutex_lock(&s->lock);
	s->requests = xreallocarray(s->requests, s->n + 1, sizeof(*s->requests));
	s->requests[s->n++] = req;
	e->req = NULL;
	(void)pthread_mutex_unlock(&s->lock);
	s->fn(s->arg, req, &answer);
	return send_answer(connection, &answer);
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **exchange,
			 enum MHD_RequestTerminationCode code)
{
	struct exchange *e = *exchange;

	(void)cls;
	(void)connection;
	(void)code;
	if (e)
		request_free(e->req);
	free(e);
	*exchange = NULL;
}

struct stub *stub_new(stub_fn *fn, void *arg)
{
	struct stub *s = xcalloc(1, sizeof(*s));
	struct sockaddr_in addr = { .sin_family = AF_INET };
	const union MHD_DaemonInfo *info;

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->fn = fn;
	s->arg = arg;
	if (pthread_mutex_init(&s->lock, NULL))
		abort();
	s->daemon = MHD_start_daemon(
		MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, on_request, s, MHD_OPTION_SOCK_ADDR,
		(struct sockaddr *)&addr, MHD_OPTION_URI_LOG_CALLBACK, on_target, NULL,
		MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_END);
	info = s->daemon ? MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT) : NULL;
	if (!info) {
		(void)fprintf(stderr, "the stub server did not start\n");
		abort();
	}
	s->url = xasprintf("http://127.0.0.1:%u", (unsigned)info->port);
	return s;
}

struct stub *stub_free(struct stub *s)
{
	if (!s)
		return NULL;
	MHD_stop_daemon(s->daemon);
	stub_reset(s);
	(void)pthread_mutex_destroy(&s->lock);
	free(s->url);
	free(s);
	return NULL;
}

const char *stub_url(const struct stub *s)
{
	return s->url;
}

size_t stub_count(const struct stub *s)
{
	return s->n;
}

const struct stub_request *stub_request(const struct stub *s, size_t i)
{
	return s->requests[i];
}

void stub_reset(struct stub *s)
{
	size_t i;

	(void)pthread_mutex_lock(&s->lock);
	for (i = 0; i < s->n; i++)
		request_free(s->requests[i]);
	free(s->requests);
	s->requests = NULL;
	s->n = 0;
	(void)pthread_mutex_unlock(&s->lock);
}
