/* SPDX-License-Identifier: Apache-2.0 */
/* Generic calls of the Query, EC2 and JSON 1.1 protocols, and signed URLs. */
#include "aws/core/call.h"

#include <stdlib.h>
#include <string.h>

#include "aws/core/exchange.h"
#include "aws/core/session.h"
#include "aws/core/sign.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"

enum { MAX_PAGES = 10000 };

static const struct service {
	const char *name; /* signing name */
	enum aws_protocol protocol;
	const char *version; /* form: Version; JSON: the target's prefix */
} services[] = {
	{ "ec2", AWS_PROTOCOL_EC2, "2016-11-15" },
	{ "iam", AWS_PROTOCOL_QUERY, "2010-05-08" },
	{ "sts", AWS_PROTOCOL_QUERY, "2011-06-15" },
	{ "ssm", AWS_PROTOCOL_JSON, "AmazonSSM" },
	{ "servicequotas", AWS_PROTOCOL_JSON, "ServiceQuotasV20190624" },
	{ "kms", AWS_PROTOCOL_JSON, "TrentService" },
	{ "ec2-instance-connect", AWS_PROTOCOL_JSON, "AWSEC2InstanceConnectService" },
};

/* Asking for a service that is not in the table is our mistake. */
static const struct service *service_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(services); i++)
		if (strcmp(services[i].name, name) == 0)
			return &services[i];
	abort();
}

static char *root_path(const struct aws_endpoint *ep)
{
	return xasprintf("%s/", ep->base_path);
}

/* ---- form bodies, XML answers -------------------------------------------- */

struct form {
	const struct service *service;
	const char *action;
	const char *params; /* encoded; NULL: none */
	const char *extra;  /* more of them: the page */
};

static void build_form(const void *arg, const struct aws_endpoint *ep, struct http_request *req)
{
	const struct form *f = arg;

	req->method = xstrdup("POST");
	req->path = root_path(ep);
	http_headers_set(&req->headers, "Content-Type",
			 "application/x-www-form-urlencoded; charset=utf-8");
	(void)buf_addf(&req->body, "Action=%s&Version=%s", f->action, f->service->version);
	if (f->params && *f->params)
		(void)buf_addf(&req->body, "&%s", f->params);
	if (f->extra && *f->extra)
		(void)buf_addf(&req->body, "&%s", f->extra);
}

static struct rb_error *not_from_aws(struct rb_error *err, const struct http_response *res)
{
	const char *type = http_headers_get(&res->headers, "content-type");
	autofree char *shown = text_printable(type ? type : "", type ? strlen(type) : 0, 80);

	return rb_error_hint(err,
			     "the answer's content type is '%s': does something on the way answer "
			     "instead of AWS (HTTPS_PROXY, AWS_ENDPOINT_URL)",
			     shown);
}

static struct rb_error *accept_xml(void *ret, const struct exchange *x, struct http_response *res)
{
	struct xml_reply *reply = ret, mine = XML_REPLY_INIT;
	autofree char *root = xasprintf("%sResponse", x->action);
	struct rb_error *err = xml_parse(res->body.p, res->body.n, &mine);
	const char *id = reply_request_id(res);

	if (!err && reply_hides_error(res)) {
		xml_reply_clear(&mine);
		return exchange_hidden_error(x, res);
	}
	if (!err && strcmp(xml_name(mine.root), root) != 0)
		err = rb_error_because(RB_PROTOCOL, "the answer to %s is a '%.40s'", x->action,
				       xml_name(mine.root));
	if (err) {
		xml_reply_clear(&mine);
		return not_from_aws(err, res);
	}
	mine.request_id = id ? xstrdup(id) : xml_text(mine.root, "requestId");
	if (!mine.request_id)
		mine.request_id = xml_text(mine.root, "ResponseMetadata/RequestId");
	if (reply) {
		xml_reply_clear(reply);
		*reply = mine;
	} else {
		xml_reply_clear(&mine);
	}
	return NULL;
}

static struct rb_error *call_form(struct aws_client *c, const struct form *form, unsigned flags,
				  struct xml_reply *ret)
{
	const struct exchange x = { .client = c,
				    .service = form->service->name,
				    .action = form->action,
				    .protocol = form->service->protocol,
				    .flags = flags,
				    .build = build_form,
				    .accept = accept_xml,
				    .arg = form,
				    .ret = ret };

	return exchange_run(&x);
}

struct rb_error *aws_query_call(struct aws_client *c, const char *service, const char *action,
				const struct aws_params *params, unsigned flags,
				struct xml_reply *ret)
{
	const struct form form = { .service = service_of(service),
				   .action = action,
				   .params = params ? params->body.p : NULL };

	return call_form(c, &form, flags, ret);
}

/* ---- pages --------------------------------------------------------------- */

/* The next page's parameter, or NULL after the last.  Caller frees. */
static char *next_page(const struct service *service, const char *action,
		       const struct xml_node *root, const char **ret_name)
{
	autofree char *result = xasprintf("%sResult", action);
	const struct xml_node *in = root;

	if (service->protocol == AWS_PROTOCOL_EC2) {
		*ret_name = "NextToken";
		return xml_text(root, "nextToken");
	}
	*ret_name = "Marker";
	in = xml_first(root, result);
	return xml_bool(in, "IsTruncated") ? xml_text(in, "Marker") : NULL;
}

struct rb_error *aws_query_items(struct aws_client *c, const char *service, const char *action,
				 const struct aws_params *params, unsigned flags, const char *items,
				 aws_item_fn *add, void *list)
{
	struct form form = { .service = service_of(service),
			     .action = action,
			     .params = params ? params->body.p : NULL };
	autofree char *token = NULL;

	for (int pages = 0; pages < MAX_PAGES; pages++) {
		auto_xml_reply reply = XML_REPLY_INIT;
		auto_aws_params page = AWS_PARAMS_INIT;
		autofree char *next = NULL;
		const char *name = "NextToken";

		if (token) {
			params_add(&page,
				   form.service->protocol == AWS_PROTOCOL_EC2 ? "NextToken"
									      : "Marker",
				   token);
			form.extra = page.body.p;
		}
		TRY(call_form(c, &form, flags, &reply));
		xml_each(item, reply.root, items)
			TRY(add(list, item));
		next = next_page(form.service, action, reply.root, &name);
		if (!next)
			return NULL;
		if (token && strcmp(token, next) == 0)
			break;
		free(token);
		token = steal_str(&next);
	}
	return rb_error_because(RB_PROTOCOL, "%s gives pages without an end", action);
}

/* ---- JSON 1.1 ------------------------------------------------------------ */

struct json_body {
	const struct service *service;
	const char *action;
	char *text;
};

static void build_json(const void *arg, const struct aws_endpoint *ep, struct http_request *req)
{
	const struct json_body *j = arg;
	autofree char *target = xasprintf("%s.%s", j->service->version, j->action);

	req->method = xstrdup("POST");
	req->path = root_path(ep);
	http_headers_set(&req->headers, "Content-Type", "application/x-amz-json-1.1");
	http_headers_set(&req->headers, "X-Amz-Target", target);
	(void)buf_adds(&req->body, j->text);
}

static struct rb_error *accept_json(void *ret, const struct exchange *x, struct http_response *res)
{
	json_t **out = ret, *object;
	json_error_t at;

	(void)x;
	object = json_loadb(res->body.p, res->body.n, JSON_REJECT_DUPLICATES, &at);
	if (!json_is_object(object)) {
		json_decref(object);
		return not_from_aws(rb_error_because(RB_PROTOCOL, "the answer is no JSON object"),
				    res);
	}
	if (out)
		*out = object;
	else
		json_decref(object);
	return NULL;
}

struct rb_error *aws_json_call(struct aws_client *c, const char *service, const char *action,
			       const json_t *in, unsigned flags, json_t **ret)
{
	struct json_body body = { .service = service_of(service), .action = action };
	struct exchange x = { .client = c,
			      .service = body.service->name,
			      .action = action,
			      .protocol = AWS_PROTOCOL_JSON,
			      .flags = flags,
			      .build = build_json,
			      .accept = accept_json,
			      .arg = &body,
			      .ret = ret };
	struct rb_error *err;

	body.text = json_dumps(in, JSON_COMPACT);
	if (!body.text)
		return rb_error_because(RB_USAGE, "a parameter of %s is not UTF-8 text", action);
	err = exchange_run(&x);
	free(body.text);
	return err;
}

/* ---- signed URLs --------------------------------------------------------- */

struct rb_error *aws_presign(struct aws_client *c, const char *service, struct http_request *req,
			     int expires_s)
{
	struct aws_session *s = c->session;
	struct sigv4_scope scope = { .region = c->region, .service = service };
	auto_cred cred = { 0 };

	TRY(cred_chain_get(s->creds, &cred));
	scope.utc_s = clock_utc_s() + s->skew_s;
	sign_presign(req, &cred, &scope, expires_s);
	return NULL;
}
