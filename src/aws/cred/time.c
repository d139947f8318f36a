/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The times of credentials, as the programs that print them write times in their languages.
 *
 *   2026-11-23T04:05:06Z            what AWS and its SDKs write
 *   2026-11-23 04:05:06+00:00       Python's str()
 *   2026-11-23 04:05:06 UTC, +0900  Ruby's to_s
 *   2026-11-23 04:05:06 +0000 UTC   Go's String()
 *   2026-11-23T13:05:06+09          PostgreSQL's, and ISO 8601's short form
 *
 * A time without an offset is refused: which clock it is of is anybody's guess, and hours off is
 * worse than none.
 */
#include <string.h>

#include "aws/cred/source.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"

/* Cut `end` off; false when `s` does not end so. */
static bool cut(char *s, const char *end)
{
	if (!text_ends_with(s, end))
		return false;
	s[strlen(s) - strlen(end)] = '\0';
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool cred_parse_time(const char *s, int64_t *ret_utc_s)
{
	autofree char *plain = xstrdup(s);
	bool named = cut(plain, " UTC") || cut(plain, " GMT") || cut(plain, " Z");
	size_t n = strlen(plain);
	char *blank;

	if (clock_parse_iso8601(s, ret_utc_s))
		return true;
	if (n < sizeof("2026-11-23 04:05:06") - 1)
		return false;
	blank = strchr(plain + 11, ' ');
	if (blank && plain[10] == ' ' && (blank[1] == '+' || blank[1] == '-')) {
		(void)memmove(blank, blank + 1, strlen(blank)); /* with its NUL */
		n--;
	}
	if (named && plain[10] == ' ' && clock_parse_iso8601(plain, ret_utc_s))
		return true; /* an offset and the name of the zone */
	if (is_digit(plain[n - 1]) && is_digit(plain[n - 2]) &&
	    (plain[n - 3] == '+' || (plain[n - 3] == '-' && n > sizeof("2026-11-23") + 1))) {
		autofree char *whole = xasprintf("%s00", plain);

		return clock_parse_iso8601(whole, ret_utc_s);
	}
	if (named && plain[10] == ' ') {
		autofree char *whole = xasprintf("%sZ", plain);

		return clock_parse_iso8601(whole, ret_utc_s);
	}
	return !named && clock_parse_iso8601(plain, ret_utc_s);
}
