/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From an HTTP request to an answer: whose it is, for which service, whether it
 * may, what goes wrong on purpose, and then the action itself.
 *
 *   claim -> service -> proof -> action -> intent -> faults -> parameters -> handler -> commit
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "sandbox/core/auth.h"
#include "sandbox/core/call.h"
#include "sandbox/core/inner.h"
#include "sandbox/core/store.h"
#include "sandbox/iam/iam.h"

static void call_clear(struct call *c)
{
	claim_clear(&c->claim);
	sbx_caller_clear(&c->caller);
	sbx_fault_clear(&c->fault);
	sbx_pairs_clear(&c->query);
	sbx_pairs_clear(&c->params);
	free(c->path);
	free(c->service);
	free(c->region);
	free(c->action);
	free(c->host);
	free(c->request_id);
	free(c->bucket);
	free(c->key);
	json_decref(c->args);
	json_decref(c->json);
}

/* ---- which action ------------------------------------------------------- */

static void refuse_action(const struct call *c, struct sbx_reply *rep)
{
	const struct sbx_request *req = &c->req;
	autofree char *shown = text_printable(c->action, strlen(c->action), 100);

	if (!strcmp(c->service, "s3"))
		sbx_fail(req, rep, 405, "MethodNotAllowed",
			 "The specified method is not allowed against this resource.");
	else if (!service_is_query(c->service))
		sbx_fail(req, rep, 400, "UnknownOperationException", "Unknown operation '%s'",
			 shown);
	else if (!*c->action)
		sbx_fail(req, rep, 400, "MissingAction",
			 "The request must contain the parameter Action");
	else
		sbx_fail(req, rep, 400, "InvalidAction",
			 "The action %s is not valid for this web service.", shown);
}

/* ---- the action itself -------------------------------------------------- */

static bool read_args(struct call *c, struct sbx_reply *rep)
{
	const struct sbx_model *model = sbx_model_find(c->service, c->action);
	const char *code = NULL;
	auto_buf message = BUF_INIT;

	if (!service_is_query(c->service)) {
		if (!strcmp(c->service, "s3"))
			return true;
		c->json = json_loadb(c->req.body->p, c->req.body->n, JSON_REJECT_DUPLICATES, NULL);
		c->req.json = c->json;
		if (json_is_object(c->json))
			return true;
		sbx_fail(&c->req, rep, 400, "SerializationException", "The body is no JSON object");
		return false;
	}
	if (!model) { /* an action beyond the models: its handler reads params itself */
		c->args = json_object();
	} else {
		c->args = model_params_tree(model, &c->params, &code, &message);
		if (!c->args) {
			sbx_fail(&c->req, rep, 400, code, "%s", message.p);
			return false;
		}
	}
	c->req.args = c->args;
	return true;
}

/* By the caller's own policies: a role's session may only what they say. */
static bool is_allowed(struct sbx *sbx, struct call *c, struct sbx_reply *rep)
{
	bool allowed;

	sbx_lock(sbx);
	c->req.now_ms = sbx_now_ms(sbx);
	allowed = siam_authorize(sbx, &c->req, rep);
	sbx_unlock(sbx);
	return allowed;
}

/* RunInstances says more in a dry run, so it answers that itself. */
static bool is_dry_run(const struct call *c, struct sbx_reply *rep)
{
	const char *dry = json_string_value(json_object_get(c->args, "DryRun"));

	if (!dry || strcmp(dry, "true") != 0 || !strcmp(c->action, "RunInstances"))
		return false;
	sbx_fail(&c->req, rep, 412, "DryRunOperation",
		 "Request would have succeeded, but DryRun flag is set.");
	return true;
}

static void act(struct sbx *sbx, struct call *c, struct sbx_reply *rep)
{
	auto_error struct rb_error *err = NULL;
	struct store *st = sbx_store(sbx);

	sbx_lock(sbx);
	c->req.now_ms = sbx_now_ms(sbx);
	store_begin(st);
	c->row->handler(sbx, &c->req, rep);
	if (rep->code)
		store_rollback(st);
	else
		err = store_commit(st);
	sbx_unlock(sbx);
	if (err)
		sbx_fail(&c->req, rep, 500, "InternalError", "%s: %s", err->what,
			 err->why ? err->why : "");
}

static void serve(struct sbx *sbx, struct call *c, const struct sbx_http *http,
		  struct sbx_reply *rep)
{
	bool readable = call_read(c, http);

	c->traced = true;
	call_name_action(c, http);
	if (!call_check_caller(sbx, c, http, rep))
		return;
	if (!readable) {
		sbx_fail(&c->req, rep, 400, "MalformedQueryString",
			 "The query string contains a syntax error.");
		return;
	}
	if (!c->row) {
		refuse_action(c, rep);
		return;
	}
	if (call_intent_missing(sbx, c, rep))
		return;
	faults_take(sbx_faults(sbx), c->action, &c->fault);
	c->req.fault_state = c->fault.state;
	if (!sbx_fault_hold(sbx, c->action, &c->fault)) {
		rep->delivery = SBX_DROP;
		return;
	}
	if (c->fault.retry_after)
		sbx_reply_header(rep, "x-amz-retry-after", "%s", c->fault.retry_after);
	if (call_is_throttled(sbx, c, rep) || call_fault_before(c, rep) || !read_args(c, rep) ||
	    !is_allowed(sbx, c, rep) || is_dry_run(c, rep))
		return;
	act(sbx, c, rep);
	call_fault_after(c, rep);
}

static void trace(struct sbx *sbx, const struct call *c, const struct sbx_http *http,
		  const struct sbx_reply *rep)
{
	struct trace_entry entry = {
		.utc_ms = clock_utc_ms(),
		.service = c->service,
		.region = c->region,
		.action = c->action,
		.code = rep->code,
		.key_id = c->claim.key_id,
		.status = rep->delivery == SBX_ANSWER ? (rep->status ? rep->status : 200) : 0,
		.connection = http->connection,
	};

	trace_add(sbx_trace(sbx), &entry);
}

/* Asked by its own address.  By any other name the path is S3's: a key may be called so. */
static bool is_admin(const struct sbx_http *http)
{
	const char *host = sbx_pairs_get(http->headers, "host");

	return text_starts_with(http->target, "/_sandbox/") &&
	       (!host || text_starts_with(host, "127.") || text_starts_with(host, "[::1]") ||
		text_starts_with(host, "localhost"));
}

void sbx_answer(struct sbx *sbx, const struct sbx_http *http, struct sbx_reply *rep)
{
	struct call c = { .caller.why = BUF_INIT };
	int64_t late_ms = sbx_latency_ms(sbx);

	if (is_admin(http)) {
		autofree char *path = xstrndup(http->target, strcspn(http->target, "?"));

		sbx_admin(sbx, http, path, rep);
		return;
	}
	serve(sbx, &c, http, rep);
	if (!rep->content_type)
		rep->content_type = sbx_content_type(c.service);
	sbx_reply_header(rep, "x-amzn-RequestId", "%s", c.request_id);
	if (!strcmp(c.service, "s3")) {
		sbx_reply_header(rep, "x-amz-request-id", "%s", c.request_id);
		sbx_reply_header(rep, "x-amz-id-2", "%s", c.request_id);
	}
	trace(sbx, &c, http, rep);
	late_ms += c.fault.slow_ms;
	if (late_ms > 0 && !sbx_pause(sbx, late_ms))
		rep->delivery = SBX_DROP;
	call_clear(&c);
}
