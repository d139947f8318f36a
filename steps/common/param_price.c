/* SPDX-License-Identifier: Apache-2.0 */
/* Prices of the user's own, for other regions and types than the list here has, or discounts. */
#include <stddef.h>
#include <string.h>

#include "base/text.h"
#include "steps/common/param_checks.h"

enum { WHOLE_MAX = 3, FRACTION_MAX = 6 };

#define REFUSE(...) return rb_error_because(RB_USAGE, __VA_ARGS__)

/* What the steps price: step_price's names. */
static const char *const names[] = { "endpoint", "instance", "volume", NULL };

/* "0.0136" */
static bool is_amount(const char *s)
{
	size_t whole = strspn(s, "0123456789"), fraction;

	if (!whole || whole > WHOLE_MAX)
		return false;
	s += whole;
	if (!*s)
		return true;
	fraction = *s == '.' ? strspn(s + 1, "0123456789") : 0;
	return fraction && fraction <= FRACTION_MAX && !s[1 + fraction];
}

struct rb_error *param_check_price(const char *key, const char *value)
{
	for (const char *const *name = names; *name; name++) {
		if (!text_eq(*name, key))
			continue;
		if (!is_amount(value))
			REFUSE("it is no price in USD an hour, as 0.0136");
		return NULL;
	}
	REFUSE("there is price.endpoint, price.instance and price.volume");
}
