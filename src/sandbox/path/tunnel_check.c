/* SPDX-License-Identifier: Apache-2.0 */
/* May this tunnel be opened?  The presigned upgrade is judged as the service judges it. */
#include "sandbox/path/tunnel.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "sandbox/core/auth.h"
#include "sandbox/core/host.h"
#include "sandbox/core/sbx.h"
#include "sandbox/core/server.h"
#include "sandbox/ec2/ec2.h"
#include "sandbox/iam/iam.h"
#include "sandbox/iam/needs.h"
#include "sandbox/iam/policy.h"
#include "sandbox/iam/principal.h"
#include "sandbox/network/path_trace.h"
#include "sandbox/path/head.h"
#include "sandbox/path/path.h"
#include "sandbox/path/ws.h"

#define MAX_TUNNEL_S 3600
#define MAX_URL_S 60

static bool check_signature(struct tunnel_request *o)
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
		return tunnel_refuse(o, 403, "AccessDenied", "The URL is not signed, or not well");
	if (strcmp(o->claim.service, TUNNEL_SERVICE) != 0 ||
	    strcmp(o->claim.region, o->host->region) != 0)
		return tunnel_refuse(o, 403, "AccessDenied",
				     "The credential should be scoped to '%s' in '%s'",
				     TUNNEL_SERVICE, o->host->region);
	if (strcmp(o->claim.signed_headers, "host") != 0 || o->claim.expires_s > MAX_URL_S)
		return tunnel_refuse(
			o, 403, "AccessDenied",
			"The URL must sign the host alone and hold for at most %d seconds",
			MAX_URL_S);
	if (!host || !text_eq_nocase(host, o->host->name))
		return tunnel_refuse(o, 403, "AccessDenied",
				     "The Host header is not the endpoint's name");
	sbx_lock(o->p->sbx);
	verdict = claim_check(o->p->sbx, &o->claim, &proof, clock_utc_s(), &o->caller);
	sbx_unlock(o->p->sbx);
	switch (verdict) {
	case AUTH_OK:
		return true;
	case AUTH_EXPIRED:
		return tunnel_refuse(o, 403, "ExpiredToken", "The security token has expired");
	case AUTH_URL_LATE:
	case AUTH_LATE:
	case AUTH_EARLY:
		return tunnel_refuse(o, 403, "AccessDenied", "Signature expired: %s",
				     o->claim.amz_date ? o->claim.amz_date : "");
	case AUTH_UNKNOWN:
		return tunnel_refuse(o, 403, "AccessDenied", "The security token is invalid");
	case AUTH_MISSING:
	case AUTH_MALFORMED:
	case AUTH_BAD:
	case AUTH_HASH:
		break;
	}
	return tunnel_refuse(o, 403, "AccessDenied", "The request signature does not match");
}

static bool check_permission(struct tunnel_request *o)
{
	static const char *const keys[][2] = {
		{ "remotePort", TUNNEL_SERVICE ":remotePort" },
		{ "privateIpAddress", TUNNEL_SERVICE ":privateIpAddress" },
		{ "maxTunnelDuration", TUNNEL_SERVICE ":maxTunnelDuration" },
	};
	struct sbx_request req = { .service = TUNNEL_SERVICE,
				   .region = o->host->region,
				   .action = "OpenTunnel",
				   .caller_arn = o->caller.arn,
				   .caller_key_id = o->caller.key_id };
	auto_principal_blame blame = { 0 };
	struct required_permissions needs = { 0 };
	struct required_permission *need;
	bool yes;

	sbx_lock(o->p->sbx);
	req.now_ms = sbx_now_ms(o->p->sbx);
	sec2_require_thing(o->p->sbx, &req, TUNNEL_SERVICE ":OpenTunnel", o->host->id, &needs);
	need = needs.n ? needs.v
		       : required_permissions_add(&needs, TUNNEL_SERVICE ":OpenTunnel",
						  sbx_arn("ec2", o->host->region,
							  "instance-connect-endpoint/%s",
							  o->host->id));
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		required_permission_fact(need, keys[i][1], sbx_pairs_get(&o->query, keys[i][0]));
	yes = siam_permits(o->p->sbx, &req, need, &blame);
	sbx_unlock(o->p->sbx);
	if (!yes) {
		autofree char *why = siam_denial(&req, need, &blame);

		(void)tunnel_refuse(o, 403, "AccessDenied", "%s", why);
	}
	required_permissions_clear(&needs);
	return yes;
}

static bool check_names(const struct tunnel_request *o)
{
	static const char *const known[] = { "instanceConnectEndpointId", "remotePort",
					     "privateIpAddress", "maxTunnelDuration" };

	for (size_t i = 0; i < o->query.n; i++) {
		const char *name = o->query.v[i].name;
		bool ok = text_starts_with(name, "X-Amz-");

		for (size_t k = 0; k < ARRAY_LEN(known); k++)
			ok = ok || !strcmp(name, known[k]);
		if (!ok)
			return tunnel_refuse(o, 400, "InvalidParameter",
					     "There is an unknown parameter");
	}
	return true;
}

static bool check_parameters(struct tunnel_request *o)
{
	const char *id = sbx_pairs_get(&o->query, "instanceConnectEndpointId");
	const char *port = sbx_pairs_get(&o->query, "remotePort");
	const char *duration = sbx_pairs_get(&o->query, "maxTunnelDuration");
	struct in_addr ip;

	o->address = sbx_pairs_get(&o->query, "privateIpAddress");
	if (!check_names(o))
		return false;
	if (!id || strcmp(id, o->host->id) != 0)
		return tunnel_refuse(
			o, 400, "InvalidParameter",
			"The parameter instanceConnectEndpointId is not this endpoint's");
	if (!port || !text_parse_i64(port, 1, 65535, &o->port) ||
	    (o->port != 22 && o->port != 3389))
		return tunnel_refuse(
			o, 400, "InvalidParameter",
			"The specified RemotePort is not valid. Specify either 22 or 3389 as "
			"the RemotePort and retry your request.");
	if (!o->address || inet_pton(AF_INET, o->address, &ip) != 1)
		return tunnel_refuse(
			o, 400, "InvalidParameter",
			"The parameter privateIpAddress is not an address of the endpoint's kind");
	o->duration_s = MAX_TUNNEL_S;
	if (duration && !text_parse_i64(duration, 1, MAX_TUNNEL_S, &o->duration_s))
		return tunnel_refuse(o, 400, "InvalidParameter",
				     "The parameter maxTunnelDuration must be from 1 to %d",
				     MAX_TUNNEL_S);
	return true;
}

/* It exists under this name, it serves, and the address is one of its VPC. */
static bool check_endpoint(const struct tunnel_request *o)
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
		return tunnel_refuse(o, 404, "EndpointNotFound",
				     "The instance connect endpoint '%s' does not exist",
				     o->host->id);
	if (!inside)
		return tunnel_refuse(o, 400, "InvalidParameter",
				     "The parameter privateIpAddress is not in the endpoint's VPC");
	return true;
}

static bool check_upgrade(struct tunnel_request *o)
{
	const char *key = head_field(&o->head, "sec-websocket-key");
	const char *version = head_field(&o->head, "sec-websocket-version");

	if (!head_has_token(&o->head, "upgrade", "websocket") ||
	    !head_has_token(&o->head, "connection", "upgrade"))
		return tunnel_refuse(o, 426, "UpgradeRequired", "openTunnel is a WebSocket");
	if (!version || strcmp(version, "13") != 0 || !key || !ws_accept(key, o->accept))
		return tunnel_refuse(o, 400, "BadRequest", "The WebSocket handshake is malformed");
	return true;
}

bool tunnel_check(struct tunnel_request *o)
{
	return check_signature(o) && check_permission(o) && check_parameters(o) &&
	       check_endpoint(o) && check_upgrade(o);
}
