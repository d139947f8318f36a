/* SPDX-License-Identifier: Apache-2.0 */
/* Debug lines on stderr. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"

static bool debug_on;

void log_enable_debug(bool on)
{
	debug_on = on;
}

void log_debug(const char *fmt, ...)
{
	char now[CLOCK_ISO_SIZE];
	autofree char *line = NULL;
	va_list ap;

	if (!debug_on)
		return;
	va_start(ap, fmt);
	line = xvasprintf(fmt, ap);
	va_end(ap);
	for (char *c = line; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	clock_iso8601_ms(clock_utc_ms(), now);
	(void)fprintf(stderr, "debug %s %s\n", now, line);
}
