/* SPDX-License-Identifier: Apache-2.0 */
/* The time that --since names. */
#include "runbook/cli/journal_since.h"

#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"

enum { DAYS_MAX = 36500 };

/* A number and its unit. */
static bool parse_ago(const char *text, int64_t *ret_ms)
{
	static const struct {
		char letter;
		int64_t ms;
	} units[] = { { 's', 1000 }, { 'm', 60000 }, { 'h', 3600000 }, { 'd', 86400000 } };
	size_t n = strlen(text);
	autofree char *number = n ? xstrndup(text, n - 1) : xstrdup("");
	int64_t value;

	for (size_t i = 0; n && i < ARRAY_LEN(units); i++)
		if (text[n - 1] == units[i].letter &&
		    text_parse_i64(number, 0, DAYS_MAX * (INT64_C(86400000) / units[i].ms),
				   &value)) {
			*ret_ms = value * units[i].ms;
			return true;
		}
	return false;
}

/* What is left out of a time is its beginning, in UTC. */
static bool parse_time(const char *text, int64_t *ret_s)
{
	static const char *const rests[] = { "", "Z", ":00Z", "T00:00:00Z" };

	for (size_t i = 0; i < ARRAY_LEN(rests); i++) {
		autofree char *whole = xasprintf("%s%s", text, rests[i]);

		if (clock_parse_iso8601(whole, ret_s))
			return true;
	}
	return false;
}

struct rb_error *journal_since(const char *text, int64_t now_ms, int64_t *ret_ms)
{
	autofree char *shown = NULL;
	int64_t ago_ms, at_s;

	if (parse_ago(text, &ago_ms)) {
		*ret_ms = now_ms - ago_ms;
		return NULL;
	}
	if (parse_time(text, &at_s)) {
		*ret_ms = at_s * 1000;
		return NULL;
	}
	shown = text_printable(text, strlen(text), 60);
	return rb_error_hint(rb_error_new(RB_USAGE, "--since cannot be '%s'", shown),
			     "so long ago as 90s, 10m, 2h or 3d; or a time in UTC as 2026-11-29 or "
			     "2026-11-29T02:20:31Z");
}
