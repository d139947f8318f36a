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
#include "sandbox/ec2/ec2.h"
#include "sandbox/iam/iam.h"
#include "sandbox/path/path.h"
#include "sandbox/network/way.h"
#include "sandbox/network/path_trace.h"
#include "sandbox/path/ws.h"

#define HEAD_MS 30000
#define CONNECT_MS 10000 /* how long the endpoint tries to reach its target; scaled */
#define MAX_TUNNEL_S 3600
#define TORN_MS 1000 /* how long a tunnel lives that a fault tears */
#define MAX_TUNNELS 20
#define MAX_URL_S 60
#define CLOSE_UNREACHABLE 1011
#define SERVICE "ec2-instance-connect"

/* One upgrade, as far as it has been understood. */
struct open {
	struct sbx_path *p;
	struct io *io;
	const struct host *host;
	struct head head;
	struct buf rest;
	struct sbx_pairs query, headers;
	struct claim claim;
	struct sbx_caller caller;
	struct sbx_fault fault;
	char *path, *raw_query, *request_id;
	const char *address;
	int64_t port, duration_s;
	char accept[WS_ACCEPT_SIZE];
};

static void open_clear(struct open *o)
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

static void note(const struct open *o, int status, const char *code)
{
	struct trace_entry entry = { .utc_ms = clock_utc_ms(),
				     .service = SERVICE,
				     .region = o->host->region,
				     .action = "OpenTunnel",
				     .code = code,
				     .key_id = o->claim.key_id ? o->claim.key_id : "",
				     .status = status };

	trace_add(sbx_trace(o->p->sbx), &entry);
}

/* The service's own shape of a refusal. */
static bool refuse(const struct open *o, int status, const char *code, const char *fmt, ...)
	PRINTF_LIKE(4, 5);
static bool refuse(const struct open *o, int status, const char *code, const char *fmt, ...)
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

static bool read_open(struct open *o)
{
	int status =
		io_read_head(o->io, o->p->stop_fd, clock_mono_ms() + HEAD_MS, &o->head, &o->rest);
	const char *target;
	size_t n;

	if (status < 0)
		return false;
	if (status > 0)
		return refuse(o, status, "BadRequest", "This is no HTTP request");
	target = o->head.target;
	n = strcspn(target, "?");
	o->path = xstrndup(target, n);
	o->raw_query = xstrdup(target[n] ? target + n + 1 : "");
	for (size_t i = 0; i < o->head.n; i++)
		sbx_pairs_add(&o->headers, o->head.fields[i].name, o->head.fields[i].value);
	if (strcmp(o->path, "/openTunnel") != 0)
		return refuse(o, 404, "UnknownOperation", "Unknown operation");
	if (strcmp(o->head.method, "GET") != 0)
		return refuse(o, 405, "MethodNotAllowed", "openTunnel takes GET alone");
	if (!sbx_form_decode(o->raw_query, strlen(o->raw_query), &o->query))
		return refuse(o, 400, "InvalidParameter", "The query string is malformed");
	claim_read(&o->headers, &o->query, &o->claim);
	return true;
}

static bool go_wrong(struct open *o)
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
		return !refuse(o, 429, "TooManyRequests", "Rate exceeded");
	if (f->http_status || f->code)
		return !refuse(o, f->http_status ? f->http_status : 403,
			       f->code ? f->code : "InternalError", "%s",
			       f->message ? f->message : "made to fail by --fault");
	return false;
}

/* ---- may it? -------------------------------------------------------------------------- */

static bool check_signature(struct open *o)
{
	struct sbx_proof proof = { .method = "GET",
				   .path = o->path,
				   .query = o->raw_query,
				   .headers = &o->headers,
				   .body = "",
				   .body_bytes = 0 };
	const char *host = head_field(&o->head, "host");
	enum auth verdict;

	if (!o->claim.present || o->claim.malformed || !o->claim.presigned)
		return refuse(o, 403, "AccessDenied", "The URL is not signed, or not well");
	if (strcmp(o->claim.service, SERVICE) != 0 || strcmp(o->claim.region, o->host->region) != 0)
		return refuse(o, 403, "AccessDenied",
			      "The credential should be scoped to '%s' in '%s'", SERVICE,
			      o->host->region);
	if (strcmp(o->claim.signed_headers, "host") != 0 || o->claim.expires_s > MAX_URL_S)
		return refuse(o, 403, "AccessDenied",
			      "The URL must sign the host alone and hold for at most %d seconds",
			      MAX_URL_S);
	if (!host || !text_eq_nocase(host, o->host->name))
		return refuse(o, 403, "AccessDenied", "The Host header is not the endpoint's name");
	sbx_lock(o->p->sbx);
	verdict = claim_check(o->p->sbx, &o->claim, &proof, clock_utc_s(), &o->caller);
	sbx_unlock(o->p->sbx);
	switch (verdict) {
	case AUTH_OK:
		return true;
	case AUTH_EXPIRED:
		return refuse(o, 403, "ExpiredToken", "The security token has expired");
	case AUTH_URL_LATE:
	case AUTH_LATE:
	case AUTH_EARLY:
		return refuse(o, 403, "AccessDenied", "Signature expired: %s",
			      o->claim.amz_date ? o->claim.amz_date : "");
	case AUTH_UNKNOWN:
		return refuse(o, 403, "AccessDenied", "The security token is invalid");
	case AUTH_MISSING:
	case AUTH_MALFORMED:
	case AUTH_BAD:
	case AUTH_HASH:
		break;
	}
	return refuse(o, 403, "AccessDenied", "The request signature does not match");
}

static bool check_permission(struct open *o)
{
	static const char *const keys[][2] = {
		{ "remotePort", SERVICE ":remotePort" },
		{ "privateIpAddress", SERVICE ":privateIpAddress" },
		{ "maxTunnelDuration", SERVICE ":maxTunnelDuration" },
	};
	struct sbx_request req = { .service = SERVICE,
				   .region = o->host->region,
				   .action = "OpenTunnel",
				   .caller_arn = o->caller.arn,
				   .caller_key_id = o->caller.key_id };
	auto_sbx_blame blame = { 0 };
	struct required_permissions needs = { 0 };
	struct required_permission *need;
	bool yes;

	sbx_lock(o->p->sbx);
	req.now_ms = sbx_now_ms(o->p->sbx);
	sec2_require_thing(o->p->sbx, &req, SERVICE ":OpenTunnel", o->host->id, &needs);
	need = needs.n ? needs.v
		       : required_permissions_add(&needs, SERVICE ":OpenTunnel",
						  sbx_arn("ec2", o->host->region,
							  "instance-connect-endpoint/%s",
							  o->host->id));
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		required_permission_fact(need, keys[i][1], sbx_pairs_get(&o->query, keys[i][0]));
	yes = siam_permits(o->p->sbx, &req, need, &blame);
	sbx_unlock(o->p->sbx);
	if (!yes) {
		autofree char *why = siam_denial(&req, need, &blame);

		(void)refuse(o, 403, "AccessDenied", "%s", why);
	}
	required_permissions_clear(&needs);
	return yes;
}

static bool check_names(const struct open *o)
{
	static const char *const known[] = { "instanceConnectEndpointId", "remotePort",
					     "privateIpAddress", "maxTunnelDuration" };

	for (size_t i = 0; i < o->query.n; i++) {
		const char *name = o->query.v[i].name;
		bool ok = text_starts_with(name, "X-Amz-");

		for (size_t k = 0; k < ARRAY_LEN(known); k++)
			ok = ok || !strcmp(name, known[k]);
		if (!ok)
			return refuse(o, 400, "InvalidParameter", "There is an unknown parameter");
	}
	return true;
}

static bool check_parameters(struct open *o)
{
	const char *id = sbx_pairs_get(&o->query, "instanceConnectEndpointId");
	const char *port = sbx_pairs_get(&o->query, "remotePort");
	const char *duration = sbx_pairs_get(&o->query, "maxTunnelDuration");
	struct in_addr ip;

	o->address = sbx_pairs_get(&o->query, "privateIpAddress");
	if (!check_names(o))
		return false;
	if (!id || strcmp(id, o->host->id) != 0)
		return refuse(o, 400, "InvalidParameter",
			      "The parameter instanceConnectEndpointId is not this endpoint's");
	if (!port || !text_parse_i64(port, 1, 65535, &o->port) ||
	    (o->port != 22 && o->port != 3389))
		return refuse(o, 400, "InvalidParameter",
			      "The specified RemotePort is not valid. Specify either 22 or 3389 as "
			      "the RemotePort and retry your request.");
	if (!o->address || inet_pton(AF_INET, o->address, &ip) != 1)
		return refuse(
			o, 400, "InvalidParameter",
			"The parameter privateIpAddress is not an address of the endpoint's kind");
	o->duration_s = MAX_TUNNEL_S;
	if (duration && !text_parse_i64(duration, 1, MAX_TUNNEL_S, &o->duration_s))
		return refuse(o, 400, "InvalidParameter",
			      "The parameter maxTunnelDuration must be from 1 to %d", MAX_TUNNEL_S);
	return true;
}

/* It exists under this name, it serves, and the address is one of its VPC. */
static bool check_endpoint(const struct open *o)
{
	const struct sec2_kind *kind = sec2_kind_named("instance-connect-endpoint");
	struct sbx *sbx = o->p->sbx;
	json_t *doc, *view = NULL, *vpc = NULL;
	bool known = false, serves = false, inside = false;
	const char *state;

	sbx_lock(sbx);
	doc = store_get(sbx_store(sbx), "instance-connect-endpoint", o->host->region, o->host->id);
	if (doc && kind) {
		struct sec2_view_context context = { sbx, sbx_store(sbx), o->host->region,
						     sbx_now_ms(sbx) };

		view = kind->view(&context, doc);
		vpc = store_get(sbx_store(sbx), "vpc", o->host->region, sec2_str(doc, "vpcId"));
	}
	sbx_unlock(sbx);
	if (view) {
		state = sec2_str(view, "state");
		known = !strcmp(sec2_str(view, "dnsName"), o->host->name) ||
			!strcmp(sec2_str(view, "fipsDnsName"), o->host->name);
		serves = !strcmp(state, "create-complete") || text_starts_with(state, "update-");
		inside = network_address_in(o->address, sec2_str(vpc, "cidrBlock"));
	}
	json_decref(vpc);
	json_decref(view);
	json_decref(doc);
	if (!known || !serves)
		return refuse(o, 404, "EndpointNotFound",
			      "The instance connect endpoint '%s' does not exist", o->host->id);
	if (!inside)
		return refuse(o, 400, "InvalidParameter",
			      "The parameter privateIpAddress is not in the endpoint's VPC");
	return true;
}

static bool check_upgrade(struct open *o)
{
	const char *key = head_field(&o->head, "sec-websocket-key");
	const char *version = head_field(&o->head, "sec-websocket-version");

	if (!head_has_token(&o->head, "upgrade", "websocket") ||
	    !head_has_token(&o->head, "connection", "upgrade"))
		return refuse(o, 426, "UpgradeRequired", "openTunnel is a WebSocket");
	if (!version || strcmp(version, "13") != 0 || !key || !ws_accept(key, o->accept))
		return refuse(o, 400, "BadRequest", "The WebSocket handshake is malformed");
	return true;
}

/* ---- at most so many -------------------------------------------------------------------- */

static struct sbx_tunnels *tunnels_of(struct sbx_path *p, const char *endpoint)
{
	struct sbx_tunnels *t;

	for (size_t i = 0; i < p->n_tunnels; i++)
		if (!strcmp(p->tunnels[i].endpoint, endpoint))
			return &p->tunnels[i];
	p->tunnels = xreallocarray(p->tunnels, p->n_tunnels + 1, sizeof(*p->tunnels));
	t = &p->tunnels[p->n_tunnels++];
	*t = (struct sbx_tunnels){ .n = 0 };
	snprintf(t->endpoint, sizeof(t->endpoint), "%s", endpoint);
	return t;
}

static bool enter(struct open *o)
{
	struct sbx_tunnels *t;
	bool ok;

	pthread_mutex_lock(&o->p->lock);
	t = tunnels_of(o->p, o->host->id);
	ok = t->n < MAX_TUNNELS;
	if (ok)
		t->n++;
	pthread_mutex_unlock(&o->p->lock);
	return ok ? true
		  : refuse(o, 429, "TooManyConnections",
			   "The endpoint has %d connections, which is all it can have",
			   MAX_TUNNELS);
}

static void leave(struct open *o)
{
	pthread_mutex_lock(&o->p->lock);
	tunnels_of(o->p, o->host->id)->n--;
	pthread_mutex_unlock(&o->p->lock);
}

/* ---- the tunnel --------------------------------------------------------------------------- */

static bool answer_upgrade(struct open *o)
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
static bool reach(struct open *o, struct way *way)
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

static void carry(struct open *o)
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
	struct open o = { .p = p, .io = io, .host = host, .rest = BUF_INIT };

	o.caller.why = (struct buf)BUF_INIT;
	o.request_id =
		xasprintf("%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
	if (read_open(&o) && !go_wrong(&o) && check_signature(&o) && check_permission(&o) &&
	    check_parameters(&o) && check_endpoint(&o) && check_upgrade(&o) && enter(&o)) {
		if (answer_upgrade(&o))
			carry(&o);
		leave(&o);
	}
	open_clear(&o);
}
