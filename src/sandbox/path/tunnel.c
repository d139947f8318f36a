/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openTunnel: the presigned upgrade is judged as the service judges it, and only
 * after the 101 does anybody try to reach the instance.  So a closed group shows
 * as a close frame with a reason, seconds later, and not as a refusal.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "sandbox/core/auth.h"
#include "sandbox/core/inner.h"
#include "sandbox/network/path_trace.h"
#include "sandbox/network/way.h"
#include "sandbox/path/path.h"
#include "sandbox/path/tunnel.h"
#include "sandbox/path/ws.h"

#define HEAD_MS 30000
#define CONNECT_MS 10000 /* how long the endpoint tries to reach its target; scaled */
#define TORN_MS 1000	 /* how long a tunnel lives that a fault tears */
#define MAX_TUNNELS 20
#define CLOSE_UNREACHABLE 1011

static void open_clear(struct tunnel_request *o)
{
	head_clear(&o->head);
	buf_clear(&o->rest);
	sbx_pairs_clear(&o->query);
	sbx_pairs_clear(&o->headers);
	claim_clear(&o->claim);
	sbx_caller_clear(&o->caller);
	sbx_fault_clear(&o->fault);
	free(o->path);
	free(o->raw_query);
	free(o->request_id);
}

/* ---- answers ----------------------------------------------------------------------- */

static void note(const struct tunnel_request *o, int status, const char *code)
{
	struct trace_entry entry = { .utc_ms = clock_utc_ms(),
				     .service = TUNNEL_SERVICE,
				     .region = o->host->region,
				     .action = "OpenTunnel",
				     .code = code,
				     .key_id = o->claim.key_id ? o->claim.key_id : "",
				     .status = status };

	trace_add(sbx_trace(o->p->sbx), &entry);
}

/* The service's own shape of a refusal. */
bool tunnel_refuse(const struct tunnel_request *o, int status, const char *code, const char *fmt,
		   ...)
{
	autofree char *message = NULL, *text = NULL, *fields = NULL;
	json_t *tree;
	va_list ap;

	va_start(ap, fmt);
	message = xvasprintf(fmt, ap);
	va_end(ap);
	tree = json_pack("{s:s, s:s}", "ErrorCode", code, "Message", message);
	text = tree ? json_dumps(tree, JSON_COMPACT) : NULL;
	json_decref(tree);
	fields = xasprintf("x-amzn-RequestId: %s\r\n", o->request_id);
	note(o, status, code);
	io_answer(o->io, o->p->stop_fd, status, "application/json", fields, text ? text : "",
		  text ? strlen(text) : 0);
	return false;
}

/* ---- the request -------------------------------------------------------------------- */

static bool read_open(struct tunnel_request *o)
{
	int status =
		io_read_head(o->io, o->p->stop_fd, clock_mono_ms() + HEAD_MS, &o->head, &o->rest);
	const char *target;
	size_t n;

	if (status < 0)
		return false;
	if (status > 0)
		return tunnel_refuse(o, status, "BadRequest", "This is no HTTP request");
	target = o->head.target;
	n = strcspn(target, "?");
	o->path = xstrndup(target, n);
	o->raw_query = xstrdup(target[n] ? target + n + 1 : "");
	for (size_t i = 0; i < o->head.n; i++)
		sbx_pairs_add(&o->headers, o->head.fields[i].name, o->head.fields[i].value);
	if (strcmp(o->path, "/openTunnel") != 0)
		return tunnel_refuse(o, 404, "UnknownOperation", "Unknown operation");
	if (strcmp(o->head.method, "GET") != 0)
		return tunnel_refuse(o, 405, "MethodNotAllowed", "openTunnel takes GET alone");
	if (!sbx_form_decode(o->raw_query, strlen(o->raw_query), &o->query))
		return tunnel_refuse(o, 400, "InvalidParameter", "The query string is malformed");
	claim_read(&o->headers, &o->query, &o->claim);
	return true;
}

static bool go_wrong(struct tunnel_request *o)
{
	const struct sbx_fault *f;

	faults_take(sbx_faults(o->p->sbx), "OpenTunnel", &o->fault);
	f = &o->fault;
	if (!sbx_fault_hold(o->p->sbx, "OpenTunnel", f))
		return true;
	if (f->slow_ms && !sbx_pause(o->p->sbx, f->slow_ms))
		return true;
	if (f->lost_before || f->reset) {
		note(o, 0, "lost");
		return true;
	}
	if (f->throttle)
		return !tunnel_refuse(o, 429, "TooManyRequests", "Rate exceeded");
	if (f->http_status || f->code)
		return !tunnel_refuse(o, f->http_status ? f->http_status : 403,
				      f->code ? f->code : "InternalError", "%s",
				      f->message ? f->message : "made to fail by --fault");
	return false;
}

/* ---- at most so many -------------------------------------------------------------------- */

static struct path_tunnels *tunnels_of(struct sbx_path *p, const char *endpoint)
{
	struct path_tunnels *t;

	for (size_t i = 0; i < p->n_tunnels; i++)
		if (!strcmp(p->tunnels[i].endpoint, endpoint))
			return &p->tunnels[i];
	p->tunnels = xreallocarray(p->tunnels, p->n_tunnels + 1, sizeof(*p->tunnels));
	t = &p->tunnels[p->n_tunnels++];
	*t = (struct path_tunnels){ .n = 0 };
	snprintf(t->endpoint, sizeof(t->endpoint), "%s", endpoint);
	return t;
}

static bool enter(struct tunnel_request *o)
{
	struct path_tunnels *t;
	bool ok;

	pthread_mutex_lock(&o->p->lock);
	t = tunnels_of(o->p, o->host->id);
	ok = t->n < MAX_TUNNELS;
	if (ok)
		t->n++;
	pthread_mutex_unlock(&o->p->lock);
	return ok ? true
		  : tunnel_refuse(o, 429, "TooManyConnections",
				  "The endpoint has %d connections, which is all it can have",
				  MAX_TUNNELS);
}

static void leave(struct tunnel_request *o)
{
	pthread_mutex_lock(&o->p->lock);
	tunnels_of(o->p, o->host->id)->n--;
	pthread_mutex_unlock(&o->p->lock);
}

/* ---- the tunnel --------------------------------------------------------------------------- */

static bool answer_upgrade(struct tunnel_request *o)
{
	autofree char *text =
		xasprintf("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n"
			  "Upgrade: websocket\r\nSec-WebSocket-Accept: %s\r\n"
			  "x-amzn-RequestId: %s\r\n\r\n",
			  o->accept, o->request_id);

	note(o, 101, "");
	return io_send(o->io, text, strlen(text), o->p->stop_fd, clock_mono_ms() + HEAD_MS);
}

/* Try as long as the endpoint does; a booting instance refuses at once, a closed group is silent.
 */
static bool reach(struct tunnel_request *o, struct way *way)
{
	struct sbx *sbx = o->p->sbx;
	int64_t until = clock_mono_ms() + sbx_scaled(sbx, CONNECT_MS);

	for (;;) {
		int64_t left;

		way_from_eice(sbx, o->host->region, o->host->id, o->address, (int)o->port, way);
		if (way->hop == NETWORK_HOP_OK)
			return o->port == 22; /* nothing on our instances listens elsewhere */
		left = until - clock_mono_ms();
		if (left <= 0 || way->hop == NETWORK_HOP_TARGET_STATE ||
		    !sbx_pause(sbx, left < 1000 ? left : 1000))
			return false;
	}
}

static void carry(struct tunnel_request *o)
{
	struct way way;
	int fd = -1;

	if (o->fault.lost_after)
		return;
	if (reach(o, &way))
		fd = instance_dial(o->p, way.id);
	if (fd < 0) {
		path_note(o->p, "TunnelConnect", o->host->region,
			  way.hop == NETWORK_HOP_OK ? "refused" : network_hop_name(way.hop));
		ws_refuse(o->io, &o->rest, CLOSE_UNREACHABLE, "Unable to connect to target",
			  o->p->stop_fd);
		return;
	}
	ws_carry(o->io, &o->rest, fd, o->p->stop_fd,
		 clock_mono_ms() + (o->fault.torn ? TORN_MS : o->duration_s * 1000), o->fault.torn);
	close(fd);
}

void tunnel_serve(struct sbx_path *p, struct io *io, const struct host *host)
{
	autofree char *hex = text_random_hex(16);
	struct tunnel_request o = { .p = p, .io = io, .host = host, .rest = BUF_INIT };

	o.caller.why = (struct buf)BUF_INIT;
	o.request_id =
		xasprintf("%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
	if (read_open(&o) && !go_wrong(&o) && tunnel_check(&o) && enter(&o)) {
		if (answer_upgrade(&o))
			carry(&o);
		leave(&o);
	}
	open_clear(&o);
}
