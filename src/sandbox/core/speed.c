/* SPDX-License-Identifier: Apache-2.0 */
/* --speed as a number. */
#include "sandbox/core/speed.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

struct rb_error *speed_parse(const char *text, double *ret)
{
	char *end;
	double speed;

	errno = 0;
	speed = strtod(text, &end);
	if (errno || end == text || *end || !isfinite(speed) || speed < 0.01 || speed > 1e6)
		return rb_error_new(RB_USAGE, "--speed '%s' is no number from 0.01 to 1000000",
				    text);
	*ret = speed;
	return NULL;
}
