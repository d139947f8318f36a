/* SPDX-License-Identifier: Apache-2.0 */
/* An answer on its way: as a whole, torn, reset, or never. */
#include "sandbox/core/server_inner.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <microhttpd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "sandbox/core/sbx.h"
#include "sandbox/core/server.h"

/* As long as a client could care: a swallowed packet ends with the client's patience. */
#define HANG_MS (3600 * 1000)

/* A reset is what connecting to nowhere does to a connected socket. */
static void reset_connection(struct MHD_Connection *conn)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct sockaddr nowhere = { .sa_family = AF_UNSPEC };

	if (info)
		(void)connect(info->connect_fd, &nowhere, sizeof(nowhere));
}

/* Silence, until the client gives up, or the sandbox is stopped. */
static void hang(struct sbx *sbx, struct MHD_Connection *conn)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct pollfd fd = { .fd = info ? info->connect_fd : -1, .events = POLLRDHUP };
	int64_t until_ms = clock_mono_ms() + HANG_MS;

	while (clock_mono_ms() < until_ms && sbx_pause(sbx, 0)) {
		if (poll(&fd, 1, /* timeout_ms= */ 200) > 0)
			return;
	}
}

/* The first half of a body, then the connection breaks. */
struct torn {
	char *p;
	size_t n, half;
};

static ssize_t read_torn(void *arg, uint64_t at, char *out, size_t max)
{
	const struct torn *t = arg;
	size_t n = at < t->half ? t->half - (size_t)at : 0;

	if (!n)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (n > max)
		n = max;
	memcpy(out, t->p + at, n);
	return (ssize_t)n;
}

static void free_torn(void *arg)
{
	struct torn *t = arg;

	free(t->p);
	free(t);
}

/* Stands for a body that is not sent: libmicrohttpd asks a HEAD for its length alone. */
static ssize_t read_nothing(void *arg, uint64_t at, char *out, size_t max)
{
	(void)arg;
	(void)at;
	(void)out;
	(void)max;
	return MHD_CONTENT_READER_END_WITH_ERROR;
}

static struct MHD_Response *make_response(struct sbx_reply *rep)
{
	size_t n = rep->body.n;

	if (!n && rep->head_bytes > 0)
		return MHD_create_response_from_callback((uint64_t)rep->head_bytes, 4096,
							 read_nothing, NULL, NULL);

	if (rep->delivery == SBX_TORN && n > 1) {
		struct torn *t = xcalloc(1, sizeof(*t));

		t->n = n;
		t->half = n / 2;
		t->p = buf_steal(&rep->body);
		return MHD_create_response_from_callback(n, 4096, read_torn, t, free_torn);
	}
	return MHD_create_response_from_buffer(n, n ? buf_steal(&rep->body) : NULL,
					       n ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
}

/* The world's clock, which a skip sets ahead. */
static void add_date(struct sbx *sbx, struct MHD_Response *response)
{
	char date[CLOCK_ISO_SIZE];

	sbx_lock(sbx);
	clock_http_date(sbx_now_ms(sbx) / 1000, date);
	sbx_unlock(sbx);
	(void)MHD_add_response_header(response, "Date", date);
}

enum MHD_Result server_deliver(struct sbx *sbx, struct MHD_Connection *conn, struct sbx_reply *rep)
{
	struct MHD_Response *response;
	enum MHD_Result result;

	if (rep->delivery == SBX_HANG)
		hang(sbx, conn);
	if (rep->delivery == SBX_RESET)
		reset_connection(conn);
	if (rep->delivery != SBX_ANSWER && rep->delivery != SBX_TORN)
		return MHD_NO;
	response = make_response(rep);
	add_date(sbx, response);
	if (rep->content_type && *rep->content_type)
		(void)MHD_add_response_header(response, "Content-Type", rep->content_type);
	for (size_t i = 0; i < rep->headers.n; i++)
		(void)MHD_add_response_header(response, rep->headers.v[i].name,
					      rep->headers.v[i].value);
	result = MHD_queue_response(conn, (unsigned)(rep->status ? rep->status : 200), response);
	MHD_destroy_response(response);
	return result;
}
