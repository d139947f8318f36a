/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of one call.
 *
 * (1) before_change is asked once, when everything is ready to be sent.
 * (2) A change that is not the same done twice (no AWS_AGAIN) is never sent again
 *     once an earlier try may have been carried out; it ends as kind LOST.
 * (3) Credentials, clock and region are mended at most once each; such a refusal
 *     did nothing, so sending again is safe for every call.
 * (4) Waiting for a young thing to be seen is no retry: it costs no attempts.
 */
#include "aws/core/exchange.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "aws/core/actions.h"
#include "aws/core/advice.h"
#include "aws/core/call.h"
#include "aws/core/retry.h"
#include "aws/core/session.h"
#include "aws/core/sign.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/text.h"

/* A call under way. */
struct call_state {
	const struct exchange *x;
	struct aws_session *session;
	struct aws_endpoint endpoint;
	struct retry retry;
	char invocation[37];	 /* the same for all tries */
	int64_t settle_since_ms; /* when waiting for another service's news began; 0: not yet */
	int64_t signed_utc_s;	 /* of the last try */
	char *key_id;		 /* that signed it; NULL: none */
	char *host;		 /* that it went to: S3 puts the bucket before the endpoint's */
	bool announced;
};

static void new_uuid(char out[37])
{
	autofree char *hex = text_random_hex(16);

	hex[12] = '4';
	(void)snprintf(out, 37, "%.8s-%.4s-%.4s-a%.3s-%.12s", hex, hex + 8, hex + 12, hex + 17,
		       hex + 20);
}

static double random_fraction(void)
{
	unsigned char b[4];

	if (RAND_bytes(b, sizeof(b)) != 1)
		abort();
	return (double)((uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3]) /
	       4294967296.0;
}

static int64_t aws_utc_s(const struct aws_session *s)
{
	return clock_utc_s() + s->skew_s;
}

/* ---- the clock ------------------------------------------------------------ */

/* Seconds from our clock to the server's; false without a Date. */
static bool measure_skew(const struct http_response *res, int64_t *ret_s)
{
	const char *date = http_headers_get(&res->headers, "date");
	int64_t server_utc_s;

	if (!date || !clock_parse_http_date(date, &server_utc_s))
		return false;
	*ret_s = server_utc_s - clock_utc_s();
	return true;
}

/*
 * Each answer of AWS's tells its clock, so that a machine whose clock is set right in the middle of
 * a run, or drifts, is followed.  What has no request id may be a proxy's answer, with a clock of
 * its own; and a second or two are the time under way.
 */
static void learn_clock(struct aws_session *s, const struct http_response *res)
{
	int64_t skew_s;

	if (!reply_request_id(res) || !measure_skew(res, &skew_s) ||
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
	struct sigv4_scope scope = { .utc_s = aws_utc_s(s),
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
	scope.utc_s = run->signed_utc_s = aws_utc_s(s);
	set_str(&run->key_id, cred.access_key_id);
	sign_request(req, &cred, &scope);
	return NULL;
}

static struct rb_error *announce(struct call_state *run)
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
	TRY(announce(run));
	*stop = false;
	run->retry.sent++;
	start_ms = clock_mono_ms();
	fault_crash_point("call.before");
	err = http_perform(run->session->http, &req, res);
	fault_crash_point("call.after");
	show(run, &req, res, start_ms, err);
	status = res->status;
	set_str(&run->host, req.host);
	if (!err) {
		session_note_reached(run->session, req.host);
		learn_clock(run->session, res);
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

/* True when the clock was the cause and is corrected now; else the error may become kind CLOCK. */
static bool mend_clock(struct call_state *run, struct rb_error *err,
		       const struct http_response *res)
{
	bool definite;
	int64_t skew_s, off_s;
	autofree char *hint = NULL;

	if (!advice_is_skew(err->aws_code, &definite) && err->kind != RB_CLOCK)
		return false;
	if (!measure_skew(res, &skew_s))
		return false;
	off_s = skew_s + clock_utc_s() - run->signed_utc_s;
	if (!definite && err->kind != RB_CLOCK && llabs(off_s) <= SKEW_TOLERATED_S) {
		if (err->kind == RB_CREDENTIALS && advice_is_expired(err->aws_code))
			rb_error_advise(err,
					"the credentials have expired (AWS's clock agrees with "
					"this machine's): get new ones (for SSO: aws sso login)",
					RB_NEXT_AGAIN, NULL);
		return false;
	}
	if (!run->retry.corrected && llabs(off_s) > 1) {
		run->retry.corrected = true;
		run->session->skew_s = skew_s;
		log_debug("the clock is corrected by %lld s", (long long)skew_s);
		return true;
	}
	err->kind = RB_CLOCK;
	if (llabs(skew_s) < SKEW_TOLERATED_S)
		return false; /* the service says so, its Date does not */
	hint = xasprintf("this machine's clock is %lld s %s AWS's: set it (timedatectl "
			 "set-ntp true)",
			 llabs(skew_s), skew_s > 0 ? "behind" : "ahead of");
	rb_error_advise(err, hint, RB_NEXT_AGAIN, NULL);
	return false;
}

static bool mend_credentials(struct call_state *run, const struct rb_error *err)
{
	if (run->retry.refreshed || !advice_is_expired(err->aws_code) || !run->key_id)
		return false;
	run->retry.refreshed = true;
	return cred_chain_refused(run->session->creds, run->key_id);
}

/* S3 names the bucket's region: ask there, once, when the call only reads. */
static bool mend_region(struct call_state *run, const struct rb_error *err)
{
	struct aws_endpoint there = { 0 };
	struct rb_error *failed;

	if (run->x->protocol != AWS_PROTOCOL_S3 || run->retry.redirected || !err->region ||
	    (run->x->flags & AWS_CHANGES) || strcmp(err->region, run->endpoint.signing_region) == 0)
		return false;
	if (err->http_status != 301 && err->http_status != 307 && err->http_status != 400)
		return false;
	if (!aws_region_is_possible(err->region))
		return false;
	failed = aws_endpoint_resolve(run->session->config, run->x->service, err->region, &there);
	if (failed) {
		(void)rb_error_free(failed);
		return false;
	}
	run->retry.redirected = true;
	aws_endpoint_clear(&run->endpoint);
	run->endpoint = there;
	return true;
}

/* "Not found", and that may be too early, or not the last word. */
static bool may_exist(const struct call_state *run, const struct rb_error *err)
{
	const struct exchange *x = run->x;

	if (err->kind != RB_GONE || (x->flags & AWS_NO_SETTLE))
		return false;
	if ((x->flags & AWS_CHANGES) && run->retry.unsure)
		return false; /* a delete whose answer was lost did its work */
	if (x->protocol != AWS_PROTOCOL_S3)
		return true;
	if (!x->bucket || (err->aws_code && !rb_error_is_aws(err, "NoSuchBucket") &&
			   !rb_error_is_aws(err, "NotFound")))
		return false;
	return !x->about_object || rb_error_is_aws(err, "NoSuchBucket");
}

/* Something that we made a moment ago. */
static bool is_young(const struct call_state *run, const struct rb_error *err)
{
	if (!may_exist(run, err))
		return false;
	if (run->x->protocol == AWS_PROTOCOL_S3)
		return session_is_young(run->session, run->x->bucket);
	return session_young_in(run->session, err->why);
}

/* Something that was there: two answers must say that it is gone. */
static bool needs_second_answer(const struct call_state *run, const struct rb_error *err)
{
	if (run->retry.doubted || !may_exist(run, err))
		return false;
	if (run->x->protocol == AWS_PROTOCOL_S3)
		return session_is_expected(run->session, run->x->bucket);
	return session_expected_in(run->session, err->why);
}

/* One service has not heard yet what another did: a refusal, for minutes at most.  The clock runs
 * from the first of them. */
static bool take_consistency_refusal(struct call_state *run, const struct rb_error *err)
{
	if (err->kind != RB_CONSISTENCY || (run->x->flags & AWS_NO_SETTLE))
		return false;
	if (!run->settle_since_ms)
		run->settle_since_ms = clock_mono_ms();
	return (double)(clock_mono_ms() - run->settle_since_ms) * run->session->speed <
	       SETTLE_OTHER_MS;
}

/* A name that has never resolved is not asked for as long as a network that went away. */
static bool is_nameless(const struct call_state *run, const struct rb_error *err)
{
	return http_no_such_name(err) && run->retry.sent >= RETRY_NAME_ATTEMPTS &&
	       !session_has_reached(run->session, run->host);
}

static int64_t backoff_ms(const struct call_state *run, const struct rb_error *err,
			  const struct http_response *res)
{
	int64_t floor_ms = 0, after_ms;

	if (err->kind == RB_THROTTLED)
		floor_ms = aws_action_throttle_ms(run->x->action);
	/* S3 is busy with another change of the bucket, for seconds after its creation: half a
	 * minute. */
	else if (rb_error_is_aws(err, "OperationAborted"))
		floor_ms = 1000 * (int64_t)run->retry.sent;
	after_ms = retry_after_ms(&res->headers, aws_utc_s(run->session));
	if (floor_ms < after_ms)
		floor_ms = after_ms;
	return retry_delay_ms(run->retry.sent,
			      &(const struct retry_wait){ .base_ms = retry_base_ms(err),
							  .random = random_fraction(),
							  .hint_ms = retry_hint_ms(&res->headers),
							  .floor_ms = floor_ms });
}

/* NULL: try again now.  Takes `err`. */
static struct rb_error *decide(struct call_state *run, struct rb_error *err,
			       const struct http_response *res)
{
	const struct exchange *x = run->x;
	struct aws_session *s = run->session;
	bool changes = x->flags & AWS_CHANGES, again = x->flags & AWS_AGAIN;
	struct rb_error *woken;
	int64_t wait_ms;

	if (err->kind == RB_INTERRUPTED)
		return err;
	if (mend_clock(run, err, res) || mend_credentials(run, err) || mend_region(run, err))
		return rb_error_free(err);
	if ((x->flags & AWS_ONCE) || is_nameless(run, err))
		return err;
	if (is_young(run, err)) {
		wait_ms = retry_settle_ms(&run->retry, SETTLE_FIRST_MS);
	} else if (needs_second_answer(run, err)) {
		run->retry.doubted = true;
		wait_ms = retry_settle_ms(&run->retry, SETTLE_FIRST_MS);
	} else if (take_consistency_refusal(run, err)) {
		wait_ms = retry_settle_ms(&run->retry, SETTLE_OTHER_FIRST_MS);
	} else if (retry_may(&run->retry, &s->bucket, s->config->max_attempts, err, changes,
			     again)) {
		wait_ms = backoff_ms(run, err, res);
	} else {
		return err;
	}
	run->retry.unsure |= changes && retry_is_unsure(err);
	woken = session_sleep(s, wait_ms);
	if (!woken)
		return rb_error_free(err);
	woken = rb_error_hint(woken, "while waiting to ask again after: %s",
			      err->why ? err->why : rb_kind_name(err->kind));
	(void)rb_error_free(err);
	return woken;
}

/* What the caller of a change must know: did it surely not happen? */
static struct rb_error *finish(const struct call_state *run, struct rb_error *err)
{
	bool changes = run->x->flags & AWS_CHANGES, again = run->x->flags & AWS_AGAIN;
	const struct aws_config *config = run->session->config;
	bool lost = run->retry.unsure && (err->kind == RB_NETWORK || err->kind == RB_THROTTLED);

	if (http_no_such_name(err) && run->endpoint.custom)
		rb_error_advise(err, "check AWS_ENDPOINT_URL, or endpoint_url of the profile",
				RB_NEXT_NONE, NULL);
	else if (http_no_such_name(err) && (config->fips || config->dual_stack))
		rb_error_advise(err,
				"FIPS and dual-stack endpoints do not exist everywhere: check "
				"the region, AWS_USE_FIPS_ENDPOINT and "
				"AWS_USE_DUALSTACK_ENDPOINT",
				RB_NEXT_NONE, NULL);
	else if (http_no_such_name(err))
		rb_error_advise(err,
				"check this machine's network and DNS, and the region: not every "
				"service is in every region",
				RB_NEXT_NONE, NULL);
	if (retry_is_unsure(err) && (!again || err->kind != RB_RETRY))
		lost = true;
	if (!changes || !lost)
		return err;
	err->kind = RB_LOST;
	advice_lost(err);
	return err;
}

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
			err = decide(&run, err, &res);
		if (err) {
			err = finish(&run, err);
			break;
		}
	}
	aws_endpoint_clear(&run.endpoint);
	free(run.key_id);
	free(run.host);
	return err;
}
