/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An HTTP request, taken apart: service, region, host, parameters and the action that it names.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/core/auth.h"
#include "sandbox/core/call.h"
#include "sandbox/core/inner.h"

/* The port is nobody's business but the connection's. */
static char *host_name(const char *host)
{
	char *name = xstrdup(host ? host : "");
	char *colon = strrchr(name, ':');

	if (colon && !strchr(colon, ']'))
		*colon = '\0';
	for (char *p = name; *p; p++)
		*p = text_lower(*p);
	return name;
}

/* "8c6b4b8e-..." : what AWS's request ids look like. */
static char *new_request_id(void)
{
	autofree char *h = text_random_hex(16);

	return xasprintf("%.8s-%.4s-4%.3s-a%.3s-%.12s", h, h + 8, h + 13, h + 17, h + 20);
}

/* The form of a query service: its body, or the query of a GET. */
static bool read_form(struct call *c, const struct sbx_http *http, const char *query)
{
	const char *type = sbx_pairs_get(http->headers, "content-type");
	struct sbx_pairs all = { 0 };
	bool good = true;

	if (!strcmp(http->method, "GET"))
		good = sbx_form_decode(query, strlen(query), &all);
	else if (type && text_starts_with(type, "application/x-www-form-urlencoded"))
		good = sbx_form_decode(http->body->p, http->body->n, &all);
	for (size_t i = 0; i < all.n; i++) {
		const char *name = all.v[i].name;

		if (!text_starts_with(name, "X-Amz-"))
			sbx_pairs_add(&c->params, name, all.v[i].value);
	}
	sbx_pairs_clear(&all);
	return good;
}

static void drop_param(struct sbx_pairs *params, const char *name)
{
	for (size_t i = 0; i < params->n;) {
		struct sbx_pair *pair = &params->v[i];

		if (strcmp(pair->name, name) != 0) {
			i++;
			continue;
		}
		free(pair->name);
		free(pair->value);
		params->n--;
		memmove(pair, pair + 1, (params->n - i) * sizeof(*pair));
	}
}

bool call_read(struct call *c, const struct sbx_http *http)
{
	struct sbx_request *req = &c->req;
	size_t n = strcspn(http->target, "?");
	const char *query = http->target[n] ? http->target + n + 1 : "";
	bool good;

	c->path = xstrndup(http->target, n);
	good = sbx_form_decode(query, strlen(query), &c->query);
	claim_read(http->headers, &c->query, &c->claim);
	good = read_form(c, http, query) && good;
	c->service = xstrdup(c->claim.service && service_named(c->claim.service)
				     ? c->claim.service
				     : service_guess(c, http));
	c->region = xstrdup(c->claim.region ? c->claim.region : "us-east-1");
	c->host = host_name(sbx_pairs_get(http->headers, "host"));
	c->request_id = new_request_id();
	*req = (struct sbx_request){ .service = c->service,
				     .region = c->region,
				     .action = "",
				     .request_id = c->request_id,
				     .params = &c->params,
				     .method = http->method,
				     .path = c->path,
				     .query = &c->query,
				     .headers = http->headers,
				     .host = c->host,
				     .body = http->body,
				     .vpc_endpoint_id = http->vpc_endpoint_id,
				     .vpc_source_ip = http->vpc_source_ip };
	return good;
}

void call_name_action(struct call *c, const struct sbx_http *http)
{
	const char *target = sbx_pairs_get(http->headers, "x-amz-target");
	const char *dot = target ? strchr(target, '.') : NULL;
	const char *name = NULL;

	if (service_is_query(c->service))
		name = sbx_pairs_get(&c->params, "Action");
	else if (!strcmp(c->service, "s3"))
		name = sbx_s3_operation(&c->req, &c->bucket, &c->key);
	else if (dot)
		name = dot + 1;
	c->action = xstrdup(name ? name : "");
	c->req.action = c->action;
	c->req.bucket = c->bucket;
	c->req.key = c->key;
	c->row = action_find(c->service, c->action);
	if (service_is_query(c->service)) {
		drop_param(&c->params, "Action");
		drop_param(&c->params, "Version");
	}
}
