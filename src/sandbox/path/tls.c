/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS under AWS's names.  The handshake is ours, then the connection is joined
 * to the inner port, which speaks HTTP; an Instance Connect Endpoint's is not
 * HTTP for long, so that one stays here.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>

#include "base/clock.h"
#include "sandbox/path/path.h"

#define HANDSHAKE_MS 60000

struct guest {
	bool inside;
	char host[HOST_MAX];
};

/* An interface endpoint's address is private: from outside, packets to it go nowhere. */
static enum sni_verdict on_name(SSL *ssl, const char *name, void *arg)
{
	struct guest *g = SSL_get_app_data(ssl);
	struct host host;

	(void)arg;
	memcpy(g->host, name, strlen(name) + 1);
	if (!g->inside && host_parse(name, &host) && host.kind == HOST_S3_ENDPOINT)
		return SNI_HANG;
	return SNI_GO_ON;
}

struct rb_error *tls_start(struct sbx_path *p)
{
	return ca_server(p->ca, on_name, NULL, &p->tls);
}

/* True when it is done; what does not come to an end is hung up on, or hangs. */
static bool handshake(struct sbx_path *p, struct io *io)
{
	int64_t until = clock_mono_ms() + HANDSHAKE_MS;

	for (;;) {
		int rc, e;

		ERR_clear_error();
		rc = SSL_accept(io->ssl);
		if (rc == 1)
			return true;
		e = SSL_get_error(io->ssl, rc);
		ERR_clear_error();
		if (e == SSL_ERROR_WANT_CLIENT_HELLO_CB) {
			path_note(p, "Connect", "", "outside");
			io_hang(io, p->stop_fd, clock_mono_ms() + PATH_HANG_MS);
			return false;
		}
		if (e != SSL_ERROR_WANT_READ && e != SSL_ERROR_WANT_WRITE)
			return false;
		if (!io_wait(io->fd, e == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, p->stop_fd,
			     until))
			return false;
	}
}

void tls_serve(struct sbx_path *p, int fd, const struct way *way)
{
	struct guest guest = { .inside = way != NULL };
	struct server_origin from = { 0 };
	struct io io;
	struct io inner = { .fd = -1 };
	struct host host;

	if (!io_tls(&io, fd, p->tls)) {
		close(fd);
		return;
	}
	SSL_set_app_data(io.ssl, &guest);
	if (handshake(p, &io)) {
		if (!way && host_parse(guest.host, &host) && host.kind == HOST_EICE) {
			tunnel_serve(p, &io, &host);
		} else {
			if (way) {
				memcpy(from.endpoint, way->id, sizeof(from.endpoint));
				memcpy(from.source_ip, way->from_address, sizeof(from.source_ip));
			}
			inner.fd = path_inner_open(p, &from);
			if (inner.fd >= 0) {
				io_join(&io, &inner, p->stop_fd);
				path_inner_close(p, inner.fd);
			}
		}
	}
	io_close(&io);
}
