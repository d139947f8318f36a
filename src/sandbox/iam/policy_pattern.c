/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of a policy as patterns: `*` and `?`, variables that are filled in, the parts of an ARN. */
#include "sandbox/iam/cond.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "sandbox/iam/policy.h"

/* A `*` or `?` that came out of a policy variable and stands for itself. */
#define LITERAL_STAR '\001'
#define LITERAL_MARK '\002'

static bool same_char(char p, char c, bool nocase)
{
	if (p == LITERAL_STAR)
		return c == '*';
	if (p == LITERAL_MARK)
		return c == '?';
	return nocase ? text_lower(p) == text_lower(c) : p == c;
}

bool sbx_glob(const char *pattern, const char *s, bool nocase)
{
	const char *star = NULL, *resume = NULL;

	/* Going back to the last star alone is enough, so time stays within n * m. */
	while (*s) {
		if (*pattern == '*') {
			star = pattern++;
			resume = s;
		} else if (*pattern == '?' || (*pattern && same_char(*pattern, *s, nocase))) {
			pattern++;
			s++;
		} else if (star) {
			pattern = star + 1;
			s = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

/* The six parts of an ARN match one by one, so a `*` never reaches over a colon but the last. */
bool pattern_matches_arn(const char *pattern, const char *arn)
{
	for (int part = 0; part < 5; part++) {
		const char *p_end = strchr(pattern, ':');
		const char *a_end = strchr(arn, ':');

		if (!p_end || !a_end)
			return false;
		autofree char *p = xstrndup(pattern, (size_t)(p_end - pattern));
		autofree char *a = xstrndup(arn, (size_t)(a_end - arn));

		if (!sbx_glob(p, a, false))
			return false;
		pattern = p_end + 1;
		arn = a_end + 1;
	}
	return sbx_glob(pattern, arn, false);
}

/* `want` after variables: stars are literal for the operators that know no wildcard. */
bool pattern_equals(const char *want, const char *have, bool nocase)
{
	for (; *want && *have; want++, have++) {
		if (!same_char(*want, *have, nocase))
			return false;
	}
	return *want == *have;
}

bool policy_expand(const struct policy_request *ask, const char *text, struct buf *out)
{
	const char *open, *close;

	while ((open = strstr(text, "${"))) {
		const char *value;

		close = strchr(open, '}');
		if (!close)
			break;
		(void)buf_add(out, text, (size_t)(open - text));
		autofree char *key = xstrndup(open + 2, (size_t)(close - open) - 2);
		char *fallback = strchr(key, ',');

		if (fallback)
			*fallback++ = '\0';
		if (text_eq(key, "*") || text_eq(key, "?") || text_eq(key, "$"))
			value = key;
		else
			value = cond_fact_value(ask, key, 0);
		if (!value && fallback) {
			fallback += strspn(fallback, " '");
			fallback[strcspn(fallback, "'")] = '\0';
			value = fallback;
		}
		if (!value)
			return false;
		for (; *value; value++)
			(void)buf_addc(out, *value == '*'   ? LITERAL_STAR
					    : *value == '?' ? LITERAL_MARK
							    : *value);
		text = close + 1;
	}
	(void)buf_adds(out, text);
	return true;
}
