/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP, by libmicrohttpd, a thread a connection: an answer may be slow, or never
 * come, and holds up nobody else.  What is bounded: connections, header bytes,
 * body bytes, idle time.
 */
#include "sandbox/core/server.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <microhttpd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/core/inner.h"
#include "sandbox/core/server_inner.h"

#define MAX_CONNECTIONS 512
#define MAX_HEADER_BYTES (64 * 1024)
#define MAX_BODY_BYTES (64 * 1024 * 1024)
#define IDLE_S 300
#define STACK_BYTES (1024 * 1024)

struct server {
	struct sbx *sbx;
	struct MHD_Daemon *daemon;
	struct server_listen opt;
	uint16_t port;
};

static atomic_uint_fast64_t connections; /* ever, in this process */

/* One request while it arrives. */
struct arriving {
	char *target;
	struct sbx_pairs headers;
	struct buf body;
	struct server_origin origin;
	bool begun;
};

/*
 * One connection.  It owns the request too: when MHD answers a request by itself
 * (a URL or headers past the limit), it forgets what it was given for it.
 */
struct client {
	uint64_t number;
	struct arriving *current;
};

static struct client *client_of(struct MHD_Connection *conn)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(conn, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	/* Set when the connection began, so it is always there; MHD's interface cannot say so. */
	if (!info || !info->socket_context)
		abort();
	return info->socket_context;
}

static void drop_current(struct client *client)
{
	struct arriving *a = client->current;

	if (!a)
		return;
	free(a->target);
	sbx_pairs_clear(&a->headers);
	buf_clear(&a->body);
	free(a);
	client->current = NULL;
}

static void *on_uri(void *arg, const char *uri, struct MHD_Connection *conn)
{
	struct client *client = client_of(conn);
	struct arriving *a = xcalloc(1, sizeof(*a));

	(void)arg;
	assert(client);
	drop_current(client);
	client->current = a;
	a->target = xstrdup(uri);
	buf_init_limited(&a->body, MAX_BODY_BYTES);
	return a;
}

static void on_done(void *arg, struct MHD_Connection *conn, void **state,
		    enum MHD_RequestTerminationCode code)
{
	struct client *client = client_of(conn);

	(void)arg;
	(void)code;
	if (client && *state)
		drop_current(client);
	*state = NULL;
}

static void on_connection(void *arg, struct MHD_Connection *conn, void **socket_context,
			  enum MHD_ConnectionNotificationCode code)
{
	struct client *client = *socket_context;

	(void)arg;
	(void)conn;
	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		client = xcalloc(1, sizeof(*client));
		client->number = atomic_fetch_add(&connections, 1) + 1;
		*socket_context = client;
	} else if (client) {
		drop_current(client);
		free(client);
		*socket_context = NULL;
	}
}

static enum MHD_Result on_header(void *arg, enum MHD_ValueKind kind, const char *name,
				 const char *value)
{
	struct arriving *a = arg;
	autofree char *lower = xstrdup(name);

	(void)kind;
	for (char *p = lower; *p; p++)
		*p = text_lower(*p);
	sbx_pairs_add(&a->headers, lower, value ? value : "");
	return MHD_YES;
}

/* ---- answers ------------------------------------------------------------ */

static enum MHD_Result answer_too_large(struct sbx *sbx, struct MHD_Connection *conn)
{
	struct sbx_reply rep = { .status = 413, .content_type = "text/plain", .body = BUF_INIT };
	enum MHD_Result result;

	(void)buf_adds(&rep.body, "request too large\n");
	result = server_deliver(sbx, conn, &rep);
	sbx_reply_clear(&rep);
	return result;
}

static const char *known(const char *text)
{
	return *text ? text : NULL;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *conn, const char *url,
				  const char *method, const char *version, const char *data,
				  size_t *data_bytes, void **state)
{
	struct server *server = arg;
	const struct client *client = client_of(conn);
	struct arriving *a = *state;
	struct sbx_reply rep = { .body = BUF_INIT };
	struct sbx_http http;
	enum MHD_Result result;
	int code = MHD_NO;

	(void)url;
	(void)version;
	assert(client);
	if (!a->begun) {
		a->begun = true;
		(void)MHD_get_connection_values(conn, MHD_HEADER_KIND, on_header, a);
		if (server->opt.first && server->opt.first(server->opt.arg, conn, method, a->target,
							   &a->headers, &code, &a->origin))
			return (enum MHD_Result)code;
		return MHD_YES;
	}
	if (*data_bytes) {
		(void)buf_add(&a->body, data, *data_bytes);
		*data_bytes = 0;
		return MHD_YES;
	}
	if (a->body.overflowed)
		return answer_too_large(server->sbx, conn);
	http = (struct sbx_http){ .method = method,
				  .target = a->target,
				  .headers = &a->headers,
				  .body = &a->body,
				  .connection = client->number,
				  .vpc_endpoint_id = known(a->origin.endpoint),
				  .vpc_source_ip = known(a->origin.source_ip) };
	sbx_answer(server->sbx, &http, &rep);
	result = server_deliver(server->sbx, conn, &rep);
	sbx_reply_clear(&rep);
	return result;
}

/* ---- listening ---------------------------------------------------------- */

static bool loopback_address(const struct server_listen *opt, struct sockaddr_storage *ret)
{
	struct sockaddr_in in4 = { .sin_family = AF_INET, .sin_port = htons(opt->port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(opt->port) };

	memset(ret, 0, sizeof(*ret));
	if (inet_pton(AF_INET, opt->address, &in4.sin_addr) == 1) {
		memcpy(ret, &in4, sizeof(in4));
		return ntohl(in4.sin_addr.s_addr) >> 24 == 127;
	}
	if (inet_pton(AF_INET6, opt->address, &in6.sin6_addr) == 1) {
		memcpy(ret, &in6, sizeof(in6));
		return IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr) != 0;
	}
	return false;
}

struct rb_error *server_start(struct sbx *sbx, const struct server_listen *opt, struct server **ret)
{
	struct server *server;
	struct sockaddr_storage address;
	const union MHD_DaemonInfo *info;
	bool tls = opt->tls_key_pem && opt->tls_cert_pem;
	struct MHD_OptionItem more[] = {
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)opt->tls_key_pem },
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)opt->tls_cert_pem },
		{ MHD_OPTION_END, 0, NULL },
	};
	unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION |
			 MHD_ALLOW_UPGRADE | MHD_USE_SUPPRESS_DATE_NO_CLOCK;

	if (!loopback_address(opt, &address))
		return rb_error_hint(
			rb_error_new(RB_USAGE, "'%s' is not a loopback address", opt->address),
			"the sandbox knows a key that everybody knows: it listens on 127.0.0.1 or "
			"::1 only");
	if (address.ss_family == AF_INET6)
		flags |= MHD_USE_IPv6;
	if (tls)
		flags |= MHD_USE_TLS;
	else
		more[0].option = MHD_OPTION_END;
	server = xcalloc(1, sizeof(*server));
	server->sbx = sbx;
	server->opt = *opt;
	server->daemon = MHD_start_daemon(
		flags, opt->port, NULL, NULL, on_request, server, MHD_OPTION_SOCK_ADDR,
		(struct sockaddr *)&address, MHD_OPTION_URI_LOG_CALLBACK, on_uri, NULL,
		MHD_OPTION_NOTIFY_COMPLETED, on_done, NULL, MHD_OPTION_NOTIFY_CONNECTION,
		on_connection, NULL, MHD_OPTION_CONNECTION_LIMIT, (unsigned)MAX_CONNECTIONS,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MAX_HEADER_BYTES,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S, MHD_OPTION_THREAD_STACK_SIZE,
		(size_t)STACK_BYTES, MHD_OPTION_ARRAY, more, MHD_OPTION_END);
	if (!server->daemon) {
		free(server);
		return rb_error_new(RB_IO, "cannot listen on '%s' port %u", opt->address,
				    (unsigned)opt->port);
	}
	info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);
	server->port = info ? info->port : opt->port;
	*ret = server;
	return NULL;
}

uint16_t server_port(const struct server *server)
{
	return server->port;
}

uint16_t server_peer_port(struct MHD_Connection *conn)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	struct sockaddr_in in4;
	struct sockaddr_in6 in6;

	if (!info || !info->client_addr)
		return 0;
	if (info->client_addr->sa_family == AF_INET) {
		memcpy(&in4, info->client_addr, sizeof(in4));
		return ntohs(in4.sin_port);
	}
	memcpy(&in6, info->client_addr, sizeof(in6));
	return ntohs(in6.sin6_port);
}

void server_stop(struct server *server)
{
	if (!server)
		return;
	MHD_stop_daemon(server->daemon);
	free(server);
}
