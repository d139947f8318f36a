/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections by the proxy.  A CONNECT from an instance is a packet of that instance:
 * it is answered when the packet would be, and else it is not answered at all, which
 * is what a missing route or a closed group feels like.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "sandbox/network/way.h"
#include "sandbox/path/proxy_inner.h"

/* A SYN is sent again while nobody answers; a path that is mended meanwhile is found. */
#define SYN_EVERY_MS 1000

/* ---- CONNECT --------------------------------------------------------------------- */

/* "host:443", "[::1]:443"; the host's brackets are taken off.  Caller frees. */
static char *split_authority(const char *target, int *ret_port)
{
	const char *colon = strrchr(target, ':');
	int64_t port;
	size_t n;

	if (!colon || !text_parse_i64(colon + 1, 1, 65535, &port))
		return NULL;
	*ret_port = (int)port;
	n = (size_t)(colon - target);
	if (n > 2 && target[0] == '[' && target[n - 1] == ']')
		return xstrndup(target + 1, n - 2);
	return n ? xstrndup(target, n) : NULL;
}

/* The connection is now what it asked for; it is handed over. */
static void establish(struct caller *c, const struct way *way)
{
	static const char yes[] = "HTTP/1.1 200 Connection established\r\n\r\n";
	int fd = c->io->fd;

	if (!io_send(c->io, yes, sizeof(yes) - 1, c->p->stop_fd, clock_mono_ms() + PROXY_HEAD_MS))
		return;
	c->io->fd = -1;
	tls_serve(c->p, fd, way);
}

static void connect_from_outside(struct caller *c, const char *name, int port)
{
	struct host host;

	if (!host_parse(name, &host) || host.kind == HOST_OTHER ||
	    (host.kind == HOST_S3_ENDPOINT && !sbx_name_exists(c->p->sbx, &host))) {
		proxy_say(c, 502, "no such host in this sandbox\n");
		return;
	}
	if (host.kind == HOST_S3_ENDPOINT || port != 443) {
		path_note(c->p, "Connect", host.region, "outside");
		proxy_hang(c);
		return;
	}
	establish(c, /* way= */ NULL);
}

/* Ask again and again, as a SYN is, until the way is open or nobody waits any more. */
static bool way_opens(struct caller *c, const char *host, int port, struct way *way)
{
	int64_t until = clock_mono_ms() + PATH_HANG_MS;
	/* Who waits for a proxy's word has nothing to say before; what is forwarded has. */
	short events = c->head ? POLLIN : 0;

	while (clock_mono_ms() < until) {
		int64_t next = clock_mono_ms() + SYN_EVERY_MS;

		if (io_wait(c->io->fd, events, c->p->stop_fd, next))
			return false; /* the client went, or talks before it was let in */
		if (clock_mono_ms() < next)
			return false; /* the sandbox ends */
		way_from_instance(c->p->sbx, c->instance, host, port, way);
		if (way->hop == NETWORK_HOP_OK)
			return true;
	}
	return false;
}

/* As a connection is made: at once, or when the way opens, or never. */
static bool arrives(struct caller *c, const char *host, int port, struct way *way)
{
	if (way->hop == NETWORK_HOP_OK)
		return true;
	path_note(c->p, "Connect", way->region, network_hop_name(way->hop));
	return way_opens(c, host, port, way);
}

static void connect_from_instance(struct caller *c, const char *host, int port)
{
	struct way way;

	way_from_instance(c->p->sbx, c->instance, host, port, &way);
	if (way.hop == NETWORK_HOP_NAME) {
		proxy_say(c, 502, "the name does not resolve\n");
		return;
	}
	if (!arrives(c, host, port, &way))
		return;
	if (port != 443) {
		proxy_say(c, 502, "connection refused\n");
		return;
	}
	establish(c, &way);
}

void proxy_connect(struct caller *c)
{
	int port = 0;
	autofree char *host = split_authority(c->head->target, &port);

	if (!host)
		proxy_say(c, 400, "CONNECT wants host:port\n");
	else if (c->instance[0])
		connect_from_instance(c, host, port);
	else
		connect_from_outside(c, host, port);
}

/* ---- what an instance forwards ----------------------------------------------------- */

bool proxy_may_forward(struct sbx_path *p, const char *instance_id, const char *host, int port)
{
	struct way way;

	if (!strcmp(host, PROXY_IMDS_ADDRESS))
		return port == 80;
	way_from_instance(p->sbx, instance_id, host, port, &way);
	return way.hop != NETWORK_HOP_NAME && (way.hop != NETWORK_HOP_OK || port == 443);
}

static void forward_metadata(struct caller *c)
{
	struct head head = { 0 };
	auto_buf rest = BUF_INIT;
	int status =
		io_read_head(c->io, c->p->stop_fd, clock_mono_ms() + PROXY_HEAD_MS, &head, &rest);

	if (status > 0)
		proxy_say(c, status, "no HTTP request\n");
	else if (status == 0)
		imds_serve(c->p, c->io, c->instance, &head, head.target);
	head_clear(&head);
}

void proxy_forward(struct sbx_path *p, int fd, const char *instance_id, const char *host, int port)
{
	struct io io = { .fd = fd };
	struct caller c = { .p = p, .io = &io };
	struct way way;

	memcpy(c.instance, instance_id, strlen(instance_id) + 1);
	if (!strcmp(host, PROXY_IMDS_ADDRESS)) {
		forward_metadata(&c);
		io_close(&io);
		return;
	}
	way_from_instance(p->sbx, instance_id, host, port, &way);
	if (way.hop != NETWORK_HOP_NAME && arrives(&c, host, port, &way) && port == 443) {
		io.fd = -1;
		tls_serve(p, fd, &way);
	}
	io_close(&io);
}
