/* SPDX-License-Identifier: Apache-2.0 */
/* Retry decisions; see retry.h for the numbers. */
#include "aws/core/retry.h"

#include <string.h>

#include "aws/core/advice.h"
#include "base/clock.h"
#include "base/text.h"

bool retry_is_unsure(const struct rb_error *err)
{
	if (err->kind == RB_RETRY && advice_did_nothing(err->kind, err->http_status))
		return false;
	return rb_error_has_trait(err, RB_IS_UNSURE);
}

static bool is_passing(const struct retry *r, const struct rb_error *err)
{
	if (err->kind == RB_QUOTA)
		return err->aws_code &&
		       advice_code_matches("Insufficient*Capacity", err->aws_code) &&
		       r->sent < RETRY_CAPACITY_ATTEMPTS;
	return rb_error_has_trait(err, RB_IS_PASSING);
}

static int cost_of(const struct rb_error *err)
{
	return err->kind == RB_THROTTLED ? RETRY_COST_THROTTLED : RETRY_COST;
}

int64_t retry_base_ms(const struct rb_error *err)
{
	return err->kind == RB_RETRY ? RETRY_BASE_MS : RETRY_BASE_SLOW_MS;
}

bool retry_may(struct retry *r, struct retry_bucket *bucket, int max_attempts,
	       const struct rb_error *err, bool changes, bool again)
{
	int cost = cost_of(err);

	if (!is_passing(r, err) || r->sent >= max_attempts)
		return false;
	if (changes && !again && retry_is_unsure(err))
		return false;
	if (bucket->tokens < cost)
		return false;
	bucket->tokens -= cost;
	r->cost = cost;
	return true;
}

void retry_succeeded(const struct retry *r, struct retry_bucket *bucket)
{
	bucket->tokens += r->cost ? r->cost : 1;
	if (bucket->tokens > RETRY_BUCKET)
		bucket->tokens = RETRY_BUCKET;
}

int64_t retry_delay_ms(int sent, const struct retry_wait *wait)
{
	int64_t most = wait->base_ms, delay, hint = wait->hint_ms;

	for (int i = 1; i < sent && most < RETRY_MAX_DELAY_MS; i++)
		most *= 2;
	if (most > RETRY_MAX_DELAY_MS)
		most = RETRY_MAX_DELAY_MS;
	delay = (int64_t)(wait->random * (double)most);
	if (delay < wait->floor_ms)
		delay = wait->floor_ms;
	if (hint > delay + RETRY_HINT_SLACK_MS)
		hint = delay + RETRY_HINT_SLACK_MS;
	return delay < hint ? hint : delay;
}

int64_t retry_hint_ms(const struct http_headers *headers)
{
	const char *ms = http_headers_get(headers, "x-amz-retry-after");
	int64_t value;

	return ms && text_parse_i64(ms, 0, INT64_MAX / 2, &value) ? value : -1;
}

int64_t retry_after_ms(const struct http_headers *headers, int64_t now_utc_s)
{
	const char *after = http_headers_get(headers, "retry-after");
	int64_t value = 0, utc_s;

	if (after && text_parse_i64(after, 0, INT32_MAX, &value))
		value *= 1000;
	else if (after && clock_parse_http_date(after, &utc_s))
		value = (utc_s - now_utc_s) * 1000;
	if (value < 0)
		return 0;
	return value < RETRY_MAX_HINT_MS ? value : RETRY_MAX_HINT_MS;
}

int64_t retry_settle_ms(struct retry *r, int64_t first_ms)
{
	int64_t ms = r->settle_ms ? r->settle_ms : first_ms;

	r->settle_ms = ms * 3 / 2 < SETTLE_MAX_POLL_MS ? ms * 3 / 2 : SETTLE_MAX_POLL_MS;
	return ms;
}
