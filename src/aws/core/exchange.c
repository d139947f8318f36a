/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of one call.
 *
 * (1) before_change is asked once, when everything is ready to be sent.
 * (2) A change that is not the same done twice (no AWS_AGAIN) is never sent again
 *     once an earlier try may have been carried out; it ends as kind LOST.
 * (3) Credentials, clock and region are mended at most once each; such a refusal
 *     did nothing, so sending again is safe for every call.
 * (4) Waiting until a thing just made is visible is no retry: it costs no attempts.
 * (5) before_send is asked at each try of a change, when nothing but sending is left.
 */
#include <stdlib.h>

#include "aws/core/call.h"
#include "aws/core/exchange.h"
#include "aws/core/exchange_inner.h"
#include "aws/core/retry.h"
#include "aws/core/session.h"
#include "aws/core/sign.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/text.h"

static void new_uuid(char out[37])
{
	autofree char *hex = text_random_hex(16);

	hex[12] = '4';
	(void)snprintf(out, 37, "%.8s-%.4s-%.4s-a%.3s-%.12s", hex, hex + 8, hex + 12, hex + 17,
		       hex + 20);
}

int64_t exchange_utc_s(const struct aws_session *s)
{
	return clock_utc_s() + s->skew_s;
}

/* ---- the clock ------------------------------------------------------------ */

bool exchange_measure_skew(const struct http_response *res, int64_t *ret_s)
{
	const char *date = http_headers_get(&res->headers, "date");
	int64_t server_utc_s;

	if (!date || !clock_parse_http_date(date, &server_utc_s))
		return false;
	*ret_s = server_utc_s - clock_utc_s();
	return true;
}

/*
 * Each answer of AWS's has its clock (Date), so that a machine whose clock is set right in the
 * middle of a run, or drifts, is followed.  What has no request id may be a proxy's answer, with a
 * clock of its own; and a second or two are the time under way.
 */
static void follow_clock(struct aws_session *s, const struct http_response *res)
{
	int64_t skew_s;

	if (!reply_request_id(res) || !exchange_measure_skew(res, &skew_s) ||
	    llabs(skew_s - s->skew_s) <= SKEW_NOISE_S)
		return;
	log_debug("AWS's clock is %lld s from ours (before: %lld s)", (long long)skew_s,
		  (long long)s->skew_s);
	s->skew_s = llabs(skew_s) <= SKEW_NOISE_S ? 0 : skew_s;
}

/* ---- one try ------------------------------------------------------------- */

static struct rb_error *prepare(struct call_state *run, struct http_request *req)
{
	const struct exchange *x = run->x;
	struct aws_session *s = run->session;
	autofree char *attempt =
		xasprintf("attempt=%d; max=%d", run->retry.sent + 1, s->config->max_attempts);
	struct sigv4_scope scope = { .utc_s = exchange_utc_s(s),
				     .region = run->endpoint.signing_region,
				     .service = run->endpoint.signing_name };
	auto_cred cred = { 0 };

	req->scheme = xstrdup(run->endpoint.url_scheme);
	req->host = xstrdup(run->endpoint.host);
	req->port = run->endpoint.port;
	req->max_answer_bytes = x->max_answer_bytes;
	x->build(x->arg, &run->endpoint, req);
	http_headers_set(&req->headers, "User-Agent", s->user_agent);
	http_headers_set(&req->headers, "amz-sdk-invocation-id", run->invocation);
	http_headers_set(&req->headers, "amz-sdk-request", attempt);
	if (x->flags & AWS_UNSIGNED)
		return NULL;
	TRY(cred_chain_get(s->creds, &cred));
	/* Fetching them may have taken a while. */
	scope.utc_s = run->signed_utc_s = exchange_utc_s(s);
	set_str(&run->key_id, cred.access_key_id);
	sign_request(req, &cred, &scope);
	return NULL;
}

static struct rb_error *ask_observer(struct call_state *run)
{
	const struct aws_observer *o = run->x->client->observer;

	if (!(run->x->flags & AWS_CHANGES) || run->announced)
		return NULL;
	if (o && o->before_change)
		TRY(o->before_change(o->arg, run->x->service, run->x->action,
				     run->x->client->region));
	run->announced = true;
	return NULL;
}

/* (5) */
static struct rb_error *ask_right_before(const struct call_state *run)
{
	const struct aws_observer *o = run->x->client->observer;

	if (!(run->x->flags & AWS_CHANGES) || !o || !o->before_send)
		return NULL;
	return o->before_send(o->arg);
}

static void tell(const struct call_state *run, int status, const char *id, int64_t took_ms,
		 const struct rb_error *err)
{
	const struct exchange *x = run->x;
	const struct aws_observer *o = x->client->observer;

	if (err && err->request_id)
		id = err->request_id;

	log_debug("%s %s %s try %d: %s%s%s, request id %s", x->service, x->action,
		  run->endpoint.signing_region, run->retry.sent,
		  err ? rb_kind_name(err->kind) : "ok", err && err->aws_code ? " " : "",
		  err && err->aws_code ? err->aws_code : "", id ? id : "none");
	if (o && o->after_call)
		o->after_call(o->arg, x->service, x->action, x->client->region, status, id, took_ms,
			      err);
}

static void show(const struct call_state *run, const struct http_request *req,
		 const struct http_response *res, int64_t start_ms, const struct rb_error *err)
{
	const struct aws_listener *listener = run->session->listener;
	const struct exchange *x = run->x;

	if (!listener)
		return;
	listener->exchanged(listener->arg, &(const struct aws_exchange_seen){
						   .service = x->service,
						   .action = x->action,
						   .region = run->endpoint.signing_region,
						   .bucket = x->bucket,
						   .base_path = run->endpoint.base_path,
						   .about_object = x->about_object,
						   .changes = x->flags & AWS_CHANGES,
						   .tries = run->retry.sent,
						   .start_ms = start_ms,
						   .took_ms = clock_mono_ms() - start_ms,
						   .req = req,
						   .res = res,
						   .err = err });
}

/* *stop: whatever the error says, the call ends here. */
static struct rb_error *try_once(struct call_state *run, struct http_response *res, bool *stop)
{
	const struct exchange *x = run->x;
	auto_http_request req = HTTP_REQUEST_INIT;
	autofree char *id = NULL;
	struct rb_error *err;
	int64_t start_ms;
	int status;

	*stop = true;
	TRY(prepare(run, &req));
	TRY(ask_observer(run));
	fault_crash_point("call.before");
	TRY(ask_right_before(run));
	*stop = false;
	run->retry.sent++;
	start_ms = clock_mono_ms();
	err = http_perform(run->session->http, &req, res);
	fault_crash_point("call.after");
	show(run, &req, res, start_ms, err);
	status = res->status;
	set_str(&run->host, req.host);
	if (!err) {
		session_note_reached(run->session, req.host);
		follow_clock(run->session, res);
	}
	id = xstrdup_or_null(reply_request_id(res));
	if (!err && (status < 200 || status > 299))
		err = reply_error(x->protocol, x->service, x->action, res);
	else if (!err)
		err = x->accept(x->ret, x, res); /* may empty `res` */
	if (err && !err->http_status)
		err->http_status = status;
	if (err && !err->request_id)
		err->request_id = xstrdup_or_null(id);
	tell(run, status, id, clock_mono_ms() - start_ms, err);
	return err;
}

/* ---- what to do about an error ------------------------------------------- */

struct rb_error *exchange_hidden_error(const struct exchange *x, const struct http_response *res)
{
	struct rb_error *err = reply_error(x->protocol, x->service, x->action, res);

	if (err->kind == RB_FAILED)
		err->kind = RB_RETRY;
	return err;
}

struct rb_error *exchange_run(const struct exchange *x)
{
	struct call_state run = { .x = x, .session = x->client->session };
	struct rb_error *err;

	if (aws_client_is_dry(x->client) && (x->flags & AWS_CHANGES))
		return rb_error_because(RB_PROTOCOL, "%s cannot be tried dry", x->action);
	TRY(aws_endpoint_resolve(run.session->config, x->service, x->client->region,
				 &run.endpoint));
	new_uuid(run.invocation);
	for (;;) {
		auto_http_response res = HTTP_RESPONSE_INIT;
		bool stop;

		err = try_once(&run, &res, &stop);
		if (!err) {
			retry_succeeded(&run.retry, &run.session->bucket);
			break;
		}
		if (!stop)
			err = exchange_decide(&run, err, &res);
		if (err) {
			err = exchange_finish(&run, err);
			break;
		}
	}
	aws_endpoint_clear(&run.endpoint);
	free(run.key_id);
	free(run.host);
	return err;
}
