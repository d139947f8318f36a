/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a call whose try failed: mended and sent again, waited for, or given up. */
#include <stdlib.h>
#include <string.h>
#include <openssl/rand.h>

#include "aws/core/actions.h"
#include "aws/core/advice.h"
#include "aws/core/call.h"
#include "aws/core/exchange.h"
#include "aws/core/exchange_inner.h"
#include "aws/core/retry.h"
#include "aws/core/session.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"

static double random_fraction(void)
{
	unsigned char b[4];

	if (RAND_bytes(b, sizeof(b)) != 1)
		abort();
	return (double)((uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3]) /
	       4294967296.0;
}

/* True when the clock was the cause and is corrected now; else the error may become kind CLOCK. */
static bool correct_clock(struct call_state *run, struct rb_error *err,
			  const struct http_response *res)
{
	bool definite;
	int64_t skew_s, off_s;
	autofree char *hint = NULL;

	if (!advice_is_skew(err->aws_code, &definite) && err->kind != RB_CLOCK)
		return false;
	if (!exchange_measure_skew(res, &skew_s))
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

static bool refresh_credentials(struct call_state *run, const struct rb_error *err)
{
	if (run->retry.refreshed || !advice_is_expired(err->aws_code) || !run->key_id)
		return false;
	run->retry.refreshed = true;
	return cred_chain_refused(run->session->creds, run->key_id);
}

/* S3 names the bucket's region: ask there, once, when the call only reads. */
static bool follow_region(struct call_state *run, const struct rb_error *err)
{
	struct aws_endpoint there = { 0 };
	struct rb_error *failed;

	if (run->x->protocol != AWS_PROTOCOL_S3 || run->retry.redirected || !err->region ||
	    (run->x->flags & (AWS_CHANGES | AWS_HERE)) ||
	    strcmp(err->region, run->endpoint.signing_region) == 0)
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

/* Not found, but made a moment ago: EC2, IAM and S3 are eventually consistent. */
static bool is_settling(const struct call_state *run, const struct rb_error *err)
{
	if (!may_exist(run, err))
		return false;
	if (run->x->protocol == AWS_PROTOCOL_S3)
		return session_id_is_recent(run->session, run->x->bucket);
	return session_recent_id_in(run->session, err->why);
}

/* Something that was there: two answers must say that it is gone. */
static bool needs_second_answer(const struct call_state *run, const struct rb_error *err)
{
	if (run->retry.doubted || !may_exist(run, err))
		return false;
	if (run->x->protocol == AWS_PROTOCOL_S3)
		return session_id_is_expected(run->session, run->x->bucket);
	return session_expected_id_in(run->session, err->why);
}

/* The clock runs from the first refusal. */
static bool is_within(struct call_state *run, int64_t limit_ms)
{
	if (!run->settle_since_ms)
		run->settle_since_ms = clock_mono_ms();
	return (double)(clock_mono_ms() - run->settle_since_ms) * run->session->speed <
	       (double)limit_ms;
}

/* One service has not heard yet what another did: a refusal, for minutes at most. */
static bool take_consistency_refusal(struct call_state *run, const struct rb_error *err)
{
	if (err->kind != RB_CONSISTENCY || (run->x->flags & AWS_NO_SETTLE))
		return false;
	return is_within(run, SETTLE_OTHER_MS);
}

/* The name of a bucket that was deleted a moment ago is busy for minutes, at times for an hour. */
static bool name_is_busy(struct call_state *run, const struct rb_error *err)
{
	if (run->x->protocol != AWS_PROTOCOL_S3 || !rb_error_is_aws(err, "OperationAborted") ||
	    strcmp(run->x->action, "CreateBucket") != 0)
		return false;
	return is_within(run, SETTLE_NAME_MS);
}

/* A name that has never resolved is not asked for as long as a network that went away. */
static bool name_never_resolved(const struct call_state *run, const struct rb_error *err)
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
	after_ms = retry_after_ms(&res->headers, exchange_utc_s(run->session));
	if (floor_ms < after_ms)
		floor_ms = after_ms;
	return retry_delay_ms(run->retry.sent,
			      &(const struct retry_wait){ .base_ms = retry_base_ms(err),
							  .random = random_fraction(),
							  .hint_ms = retry_hint_ms(&res->headers),
							  .floor_ms = floor_ms });
}

struct rb_error *exchange_decide(struct call_state *run, struct rb_error *err,
				 const struct http_response *res)
{
	const struct exchange *x = run->x;
	struct aws_session *s = run->session;
	bool changes = x->flags & AWS_CHANGES, again = x->flags & AWS_AGAIN;
	struct rb_error *woken;
	int64_t wait_ms;

	if (err->kind == RB_INTERRUPTED)
		return err;
	if (correct_clock(run, err, res) || refresh_credentials(run, err) ||
	    follow_region(run, err))
		return rb_error_free(err);
	if ((x->flags & AWS_ONCE) || name_never_resolved(run, err))
		return err;
	if (is_settling(run, err)) {
		wait_ms = retry_settle_ms(&run->retry, SETTLE_FIRST_MS);
	} else if (needs_second_answer(run, err)) {
		run->retry.doubted = true;
		wait_ms = retry_settle_ms(&run->retry, SETTLE_FIRST_MS);
	} else if (take_consistency_refusal(run, err) || name_is_busy(run, err)) {
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
	woken = rb_error_hint(woken, "while waiting to ask again after: %-s",
			      err->why ? err->why : rb_kind_name(err->kind));
	(void)rb_error_free(err);
	return woken;
}

struct rb_error *exchange_finish(const struct call_state *run, struct rb_error *err)
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
