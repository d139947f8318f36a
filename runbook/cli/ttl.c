/* SPDX-License-Identifier: Apache-2.0 */
/* A run's time to live. */
#include "runbook/cli/ttl.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "runbook/ui/lang.h"

enum {
	SECOND_MS = 1000,
	MINUTE_MS = 60 * SECOND_MS,
	HOUR_MS = 60 * MINUTE_MS,
	DAY_MS = 24 * HOUR_MS
};
#define LONGEST_MS (INT64_C(366) * DAY_MS)

struct rb_error *ttl_parse(const char *text, int64_t *ret_ms)
{
	static const struct {
		char letter;
		int64_t ms;
	} units[] = { { 's', SECOND_MS }, { 'm', MINUTE_MS }, { 'h', HOUR_MS }, { 'd', DAY_MS } };
	size_t n = strlen(text);
	autofree char *number = n ? xstrndup(text, n - 1) : xstrdup("");
	autofree char *shown = text_printable(text, n, 40);
	int64_t count;

	for (size_t i = 0; n && i < ARRAY_LEN(units); i++) {
		if (text[n - 1] != units[i].letter ||
		    !text_parse_i64(number, 1, LONGEST_MS / units[i].ms, &count))
			continue;
		*ret_ms = count * units[i].ms;
		return NULL;
	}
	return rb_error_hint(rb_error_new(RB_USAGE, "--ttl cannot be '%s'", shown),
			     "a whole number and s, m, h or d, as in 4h; 366d at most");
}

struct rb_error *ttl_set(struct command_ctx *ctx)
{
	int64_t skew_ms = aws_session_skew_s(ctx->aws.session) * SECOND_MS;
	char at[CLOCK_ISO_SIZE];
	int64_t ms = 0;

	if (!ctx->cli->ttl)
		return NULL;
	TRY(ttl_parse(ctx->cli->ttl, &ms));
	/* To the second, as the tag has it. */
	clock_iso8601((clock_utc_ms() + skew_ms + ms) / SECOND_MS, at);
	return stack_record(&ctx->stack, json_pack("{s:s, s:s}", "type", "expires", "at", at),
			    /* sync= */ true);
}

int64_t ttl_left_ms(const struct run_state *st, int64_t now_ms)
{
	int64_t end_s;

	if (!st->expires || !clock_parse_iso8601(st->expires, &end_s))
		return INT64_MAX;
	return end_s * SECOND_MS - now_ms;
}

/* "3 h 12 min", "2 d 4 h", "45 s".  Caller frees. */
static char *span_text(int64_t ms)
{
	if (ms < MINUTE_MS)
		return xasprintf(tr("%lld s"), (long long)(ms / SECOND_MS));
	if (ms < HOUR_MS)
		return xasprintf(tr("%lld min"), (long long)(ms / MINUTE_MS));
	if (ms < DAY_MS)
		return xasprintf(tr("%lld h %lld min"), (long long)(ms / HOUR_MS),
				 (long long)(ms % HOUR_MS / MINUTE_MS));
	return xasprintf(tr("%lld d %lld h"), (long long)(ms / DAY_MS),
			 (long long)(ms % DAY_MS / HOUR_MS));
}

char *ttl_text(const struct run_state *st, int64_t now_ms)
{
	int64_t left_ms = ttl_left_ms(st, now_ms);
	autofree char *span = span_text(left_ms < 0 ? -left_ms : left_ms);

	if (left_ms == INT64_MAX)
		return NULL;
	if (left_ms > 0)
		return xasprintf(tr("its time to live ends at %s, in %s"), st->expires, span);
	return xasprintf(tr("its time to live ended at %s, %s ago"), st->expires, span);
}
