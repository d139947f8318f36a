/* SPDX-License-Identifier: Apache-2.0 */
/* A scripted WebSocket server; see ws_peer.h. */
#include "tests/lib/ws_peer.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "base/alloc.h"
#include "net/upgrade.h"
#include "tests/lib/faultd_tls.h"

struct ws_peer {
	SSL_CTX *ctx;
	SSL *ssl;
	int listener, fd, port;
	ws_peer_fn *fn;
	pthread_t thread;
	struct buf request;
	struct ws_peer_seen seen;
	uint8_t last_key[4];
	bool gone;
};

static bool get(struct ws_peer *p, void *into, size_t n)
{
	size_t at = 0, got;

	while (at < n && !p->gone) {
		if (SSL_read_ex(p->ssl, (char *)into + at, n - at, &got) == 1)
			at += got;
		else
			p->gone = true;
	}
	return !p->gone;
}

static void *serve(void *arg)
{
	struct ws_peer *p = arg;
	char c;

	p->fd = accept(p->listener, NULL, NULL);
	if (p->fd < 0)
		return NULL;
	p->ssl = SSL_new(p->ctx);
	if (!p->ssl || SSL_set_fd(p->ssl, p->fd) != 1)
		abort();
	p->gone = SSL_accept(p->ssl) != 1;
	while (!p->gone && !strstr(p->request.p, "\r\n\r\n") && get(p, &c, 1))
		(void)buf_addc(&p->request, c);
	if (!p->gone)
		p->fn(p);
	if (!p->gone)
		(void)SSL_shutdown(p->ssl);
	SSL_free(p->ssl);
	close(p->fd);
	return NULL;
}

struct ws_peer *ws_peer_start(const char *ca_file, ws_peer_fn *fn)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	autofree char *dir = xstrdup(ca_file);
	struct ws_peer *p = xcalloc(1, sizeof(*p));
	socklen_t n = sizeof(a);

	*strrchr(dir, '/') = '\0';
	p->fn = fn;
	buf_init(&p->request);
	buf_init(&p->seen.data);
	buf_init(&p->seen.pong);
	p->ctx = faultd_tls_context(FAULTD_CERT, ca_file, dir);
	p->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (p->listener < 0 || bind(p->listener, (struct sockaddr *)&a, n) ||
	    listen(p->listener, 1) || getsockname(p->listener, (struct sockaddr *)&a, &n))
		abort();
	p->port = ntohs(a.sin_port);
	if (pthread_create(&p->thread, NULL, serve, p))
		abort();
	return p;
}

int ws_peer_port(const struct ws_peer *p)
{
	return p->port;
}

void ws_peer_stop(struct ws_peer *p)
{
	(void)shutdown(p->listener, SHUT_RDWR); /* when nobody came */
	(void)pthread_join(p->thread, NULL);
}

void ws_peer_free(struct ws_peer *p)
{
	close(p->listener);
	SSL_CTX_free(p->ctx);
	buf_clear(&p->request);
	buf_clear(&p->seen.data);
	buf_clear(&p->seen.pong);
	free(p);
}

const char *ws_peer_request(const struct ws_peer *p)
{
	return p->request.p;
}

void ws_peer_send(struct ws_peer *p, const void *bytes, size_t n)
{
	size_t sent;

	if (n && !p->gone && SSL_write_ex(p->ssl, bytes, n, &sent) != 1)
		p->gone = true;
}

void ws_peer_say(struct ws_peer *p, const char *text)
{
	ws_peer_send(p, text, strlen(text));
}

void ws_peer_upgrade_with(struct ws_peer *p, const void *early, size_t n)
{
	static const char name[] = "Sec-WebSocket-Key: ";
	const char *at = strstr(p->request.p, name);
	autofree char *key = NULL;
	auto_buf answer = BUF_INIT;
	char accept[29];

	if (!at)
		return;
	at += strlen(name);
	key = xstrndup(at, strcspn(at, "\r"));
	upgrade_accept_key(key, accept);
	(void)buf_addf(&answer,
		       "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
		       "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		       accept);
	(void)buf_add(&answer, early, n);
	ws_peer_send(p, answer.p, answer.n);
}

void ws_peer_upgrade(struct ws_peer *p)
{
	ws_peer_upgrade_with(p, NULL, 0);
}

void ws_peer_frame(struct ws_peer *p, uint8_t first, const void *payload, size_t n)
{
	uint8_t head[10] = { first };
	size_t head_n = 2;

	if (n < 126) {
		head[1] = (uint8_t)n;
	} else if (n < 65536) {
		head[1] = 126;
		head[2] = (uint8_t)(n >> 8);
		head[3] = (uint8_t)n;
		head_n = 4;
	} else {
		head[1] = 127;
		for (int i = 0; i < 8; i++)
			head[2 + i] = (uint8_t)((uint64_t)n >> (56 - 8 * i));
		head_n = 10;
	}
	ws_peer_send(p, head, head_n);
	ws_peer_send(p, payload, n);
}

void ws_peer_close(struct ws_peer *p, unsigned code, const char *reason)
{
	uint8_t payload[125] = { (uint8_t)(code >> 8), (uint8_t)code };
	size_t n = strlen(reason);

	memcpy(payload + 2, reason, n);
	ws_peer_frame(p, 0x88, payload, n + 2);
}

bool ws_peer_read(struct ws_peer *p, uint8_t *ret_opcode, struct buf *payload)
{
	uint8_t head[2], more[8], mask[4];
	uint64_t n;
	size_t more_n;

	if (!get(p, head, 2))
		return false;
	n = head[1] & 0x7f;
	more_n = n == 126 ? 2 : n == 127 ? 8 : 0;
	if (!(head[1] & 0x80)) {
		p->seen.unmasked = true;
		return false;
	}
	if (!get(p, more, more_n) || !get(p, mask, 4))
		return false;
	if (more_n)
		n = 0;
	for (size_t i = 0; i < more_n; i++)
		n = n << 8 | more[i];
	p->seen.too_long_a_length |= more_n && n < (more_n == 2 ? 126 : 65536);
	p->seen.same_key |= !memcmp(mask, p->last_key, 4);
	memcpy(p->last_key, mask, 4);
	if (n > 1 << 20)
		abort();
	autofree char *text = xmalloc(n + 1);

	if (!get(p, text, n))
		return false;
	for (size_t i = 0; i < n; i++)
		text[i] = (char)(text[i] ^ mask[i % 4]);
	buf_reset(payload);
	(void)buf_add(payload, text, n);
	*ret_opcode = head[0] & 0x0f;
	return true;
}

/* One frame, noted; a close is answered.  False at the end. */
static bool read_and_note(struct ws_peer *p, uint8_t *ret_opcode)
{
	auto_buf payload = BUF_INIT;
	const unsigned char *c;

	if (!ws_peer_read(p, ret_opcode, &payload))
		return false;
	c = (const unsigned char *)payload.p;
	if (*ret_opcode == 2) {
		p->seen.frames++;
		p->seen.empty += !payload.n;
		(void)buf_add(&p->seen.data, payload.p, payload.n);
	} else if (*ret_opcode == 10) {
		p->seen.pongs++;
		buf_reset(&p->seen.pong);
		(void)buf_add(&p->seen.pong, payload.p, payload.n);
	} else if (*ret_opcode == 8) {
		p->seen.close = true;
		p->seen.close_code = payload.n < 2 ? 1005 : (unsigned)c[0] << 8 | c[1];
		ws_peer_frame(p, 0x88, payload.p, payload.n);
		return false;
	}
	return true;
}

void ws_peer_read_pong(struct ws_peer *p)
{
	uint8_t opcode = 0;

	while (opcode != 10 && read_and_note(p, &opcode))
		;
}

void ws_peer_read_all(struct ws_peer *p)
{
	uint8_t opcode;

	while (read_and_note(p, &opcode))
		;
}

const struct ws_peer_seen *ws_peer_seen(const struct ws_peer *p)
{
	return &p->seen;
}
