/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The proxy: for clients outside, the way to AWS's names; for programs on an
 * instance, their network card.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "sandbox/network/way.h"
#include "sandbox/path/proxy_inner.h"

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

void proxy_say(const struct caller *c, int status, const char *text)
{
	io_answer(c->io, c->p->stop_fd, status, "text/plain", NULL, text, strlen(text));
}

void proxy_hang(const struct caller *c)
{
	io_hang(c->io, c->p->stop_fd, clock_mono_ms() + PATH_HANG_MS);
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
		proxy_say(c, 502, "no such host in this sandbox\n");
		return;
	}
	if (!strcmp(authority, PROXY_IMDS_ADDRESS)) {
		imds_serve(c->p, c->io, c->instance, c->head, path);
		return;
	}
	path_note(c->p, "Connect", "", network_hop_name(NETWORK_HOP_SOURCE_ROUTE));
	proxy_hang(c);
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
		proxy_say(c, 400, "no name\n");
		return;
	}
	addresses = sbx_resolve(c->p->sbx, c->instance, name);
	json_array_foreach(addresses, i, address)
		buf_addf(&out, "%s\n", json_string_value(address));
	json_decref(addresses);
	sbx_pairs_clear(&pairs);
	proxy_say(c, out.n ? 200 : 404, out.p);
}

static void do_own(struct caller *c)
{
	const char *auth = head_field(c->head, "authorization");

	if (!c->instance[0] && (!auth || !take_identity(c, auth)))
		proxy_say(c, 403, "this is a proxy\n");
	else if (strcmp(c->head->method, "GET") != 0)
		proxy_say(c, 405, "wrong method\n");
	else if (!strcmp(c->head->target, "/credentials"))
		imds_credentials(c->p, c->io, c->instance);
	else if (text_starts_with(c->head->target, "/resolve?"))
		do_resolve(c, c->head->target + strlen("/resolve?"));
	else
		proxy_say(c, 404, "no such path\n");
}

void proxy_serve(struct sbx_path *p, int fd)
{
	struct io io = { .fd = fd };
	struct head head = { 0 };
	struct caller c = { .p = p, .io = &io, .head = &head };
	auto_buf rest = BUF_INIT;
	int status = io_read_head(&io, p->stop_fd, clock_mono_ms() + PROXY_HEAD_MS, &head, &rest);

	if (status > 0)
		proxy_say(&c, status, "no HTTP request\n");
	else if (status == 0 && !identify(&c))
		io_answer(&io, p->stop_fd, 407, "text/plain",
			  "Proxy-Authenticate: Basic realm=\"instance\"\r\n", "", 0);
	else if (status == 0 && !strcmp(head.method, "CONNECT") && rest.n == 0)
		proxy_connect(&c);
	else if (status == 0 && text_starts_with(head.target, "http://"))
		do_absolute(&c);
	else if (status == 0)
		do_own(&c);
	head_clear(&head);
	io_close(&io);
}
