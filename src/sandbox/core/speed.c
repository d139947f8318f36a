/* SPDX-License-Identifier: Apache-2.0 */
/* --speed as a number. */
#include "sandbox/core/speed.h"

#include "base/text.h"

struct rb_error *speed_parse(const char *text, double *ret)
{
	if (!text_parse_decimal(text, 0.01, 1e6, ret))
		return rb_error_new(RB_USAGE, "--speed '%s' is no number from 0.01 to 1000000",
				    text);
	return NULL;
}
