/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The proxy: for clients outside, the way to AWS's names; for programs on an
 * instance, their network card.  A CONNECT from an instance is a packet of that
 * instance: it is answered when the packet would be, and else it is not answered
 * at all, which is what a missing route or a closed group feels like.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "sandbox/path/path.h"
#include "sandbox/network/way.h"

#define HEAD_MS 60000
/* A SYN is sent again while nobody answers; a path that is mended meanwhile is found. */
#define SYN_EVERY_MS 1000
#define IMDS_ADDRESS "169.254.169.254"

struct caller {
	struct sbx_path *p;
	struct io *io;
	const struct head *head;
	char instance[SBX_ID_MAX]; /* "": outside */
};

/* ---- who ----------------------------------------------------------------------- */

char *path_token(const struct sbx_path *p, const char *instance_id)
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned int n = 0;
	char hex[33];

	(void)HMAC(EVP_sha256(), p->secret, sizeof(p->secret), (const unsigned char *)instance_id,
		   strlen(instance_id), mac, &n);
	text_hex(mac, 16, hex);
	return xstrdup(hex);
}

/* "i-0123:TOKEN" */
static bool take_identity(struct caller *c, const char *text)
{
	const char *colon = strchr(text, ':');
	autofree char *id = NULL, *token = NULL;

	if (!colon || colon == text || (size_t)(colon - text) >= sizeof(c->instance))
		return false;
	id = xstrndup(text, (size_t)(colon - text));
	token = path_token(c->p, id);
	if (strlen(colon + 1) != strlen(token) ||
	    CRYPTO_memcmp(colon + 1, token, strlen(token)) != 0)
		return false;
	memcpy(c->instance, id, strlen(id) + 1);
	return true;
}

/* False when somebody claims to be on an instance and is not. */
static bool identify(struct caller *c)
{
	const char *auth = head_field(c->head, "proxy-authorization");
	auto_buf plain = BUF_INIT;

	if (!auth)
		return true;
	return strncasecmp(auth, "Basic ", 6) == 0 &&
	       text_base64_decode(auth + 6, strlen(auth + 6), &plain) &&
	       strlen(plain.p) == plain.n && take_identity(c, plain.p);
}

/* ---- answers ------------------------------------------------------------------- */

static void say(const struct caller *c, int status, const char *text)
{
	io_answer(c->io, c->p->stop_fd, status, "text/plain", NULL, text, strlen(text));
}

static void hang(const struct caller *c)
{
	io_hang(c->io, c->p->stop_fd, clock_mono_ms() + PATH_HANG_MS);
}

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

	if (!io_send(c->io, yes, sizeof(yes) - 1, c->p->stop_fd, clock_mono_ms() + HEAD_MS))
		return;
	c->io->fd = -1;
	tls_serve(c->p, fd, way);
}

static void connect_from_outside(struct caller *c, const char *name, int port)
{
	struct host host;

	if (!host_parse(name, &host) || host.kind == HOST_OTHER ||
	    (host.kind == HOST_S3_ENDPOINT && !sbx_name_exists(c->p->sbx, &host))) {
		say(c, 502, "no such host in this sandbox\n");
		return;
	}
	if (host.kind == HOST_S3_ENDPOINT || port != 443) {
		path_note(c->p, "Connect", host.region, "outside");
		hang(c);
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
		say(c, 502, "the name does not resolve\n");
		return;
	}
	if (!arrives(c, host, port, &way))
		return;
	if (port != 443) {
		say(c, 502, "connection refused\n");
		return;
	}
	establish(c, &way);
}

static void do_connect(struct caller *c)
{
	int port = 0;
	autofree char *host = split_authority(c->head->target, &port);

	if (!host)
		say(c, 400, "CONNECT wants host:port\n");
	else if (c->instance[0])
		connect_from_instance(c, host, port);
	else
		connect_from_outside(c, host, port);
}

/* ---- plain HTTP ------------------------------------------------------------------ */

static void do_absolute(struct caller *c)
{
	const char *host = c->head->target + strlen("http://");
	size_t n = strcspn(host, "/");
	const char *path = host[n] ? host + n : "/";
	autofree char *authority = xstrndup(host, n);
	char *colon = strchr(authority, ':');

	if (colon)
		*colon = 0;
	if (!c->instance[0]) {
		say(c, 502, "no such host in this sandbox\n");
		return;
	}
	if (!strcmp(authority, IMDS_ADDRESS)) {
		imds_serve(c->p, c->io, c->instance, c->head, path);
		return;
	}
	path_note(c->p, "Connect", "", network_hop_name(NETWORK_HOP_SOURCE_ROUTE));
	hang(c);
}

/* What our small getent asks. */
static void do_resolve(struct caller *c, const char *query)
{
	struct sbx_pairs pairs = { 0 };
	const char *name;
	json_t *addresses;
	const json_t *address;
	auto_buf out = BUF_INIT;
	size_t i;

	if (!sbx_form_decode(query, strlen(query), &pairs) ||
	    !(name = sbx_pairs_get(&pairs, "name"))) {
		sbx_pairs_clear(&pairs);
		say(c, 400, "no name\n");
		return;
	}
	addresses = sbx_resolve(c->p->sbx, c->instance, name);
	json_array_foreach(addresses, i, address)
		buf_addf(&out, "%s\n", json_string_value(address));
	json_decref(addresses);
	sbx_pairs_clear(&pairs);
	say(c, out.n ? 200 : 404, out.p);
}

static void do_own(struct caller *c)
{
	const char *auth = head_field(c->head, "authorization");

	if (!c->instance[0] && (!auth || !take_identity(c, auth)))
		say(c, 403, "this is a proxy\n");
	else if (strcmp(c->head->method, "GET") != 0)
		say(c, 405, "wrong method\n");
	else if (!strcmp(c->head->target, "/credentials"))
		imds_credentials(c->p, c->io, c->instance);
	else if (text_starts_with(c->head->target, "/resolve?"))
		do_resolve(c, c->head->target + strlen("/resolve?"));
	else
		say(c, 404, "no such path\n");
}

void proxy_serve(struct sbx_path *p, int fd)
{
	struct io io = { .fd = fd };
	struct head head = { 0 };
	struct caller c = { .p = p, .io = &io, .head = &head };
	auto_buf rest = BUF_INIT;
	int status = io_read_head(&io, p->stop_fd, clock_mono_ms() + HEAD_MS, &head, &rest);

	if (status > 0)
		say(&c, status, "no HTTP request\n");
	else if (status == 0 && !identify(&c))
		io_answer(&io, p->stop_fd, 407, "text/plain",
			  "Proxy-Authenticate: Basic realm=\"instance\"\r\n", "", 0);
	else if (status == 0 && !strcmp(head.method, "CONNECT") && rest.n == 0)
		do_connect(&c);
	else if (status == 0 && text_starts_with(head.target, "http://"))
		do_absolute(&c);
	else if (status == 0)
		do_own(&c);
	head_clear(&head);
	io_close(&io);
}

/* ---- what an instance forwards ----------------------------------------------------- */

bool proxy_may_forward(struct sbx_path *p, const char *instance_id, const char *host, int port)
{
	struct way way;

	if (!strcmp(host, IMDS_ADDRESS))
		return port == 80;
	way_from_instance(p->sbx, instance_id, host, port, &way);
	return way.hop != NETWORK_HOP_NAME && (way.hop != NETWORK_HOP_OK || port == 443);
}

static void forward_metadata(struct caller *c)
{
	struct head head = { 0 };
	auto_buf rest = BUF_INIT;
	int status = io_read_head(c->io, c->p->stop_fd, clock_mono_ms() + HEAD_MS, &head, &rest);

	if (status > 0)
		say(c, status, "no HTTP request\n");
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
	if (!strcmp(host, IMDS_ADDRESS)) {
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
