/* SPDX-License-Identifier: Apache-2.0 */
/* What steps do, line by line; see step_ctx.h.  A line is one write to a file that only grows, so
 * processes do not mix theirs. */
#include "runbook/engine/step_ctx.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

/* NULL: nobody wants to know. */
static const char *wanted(void)
{
	static const char *path;
	static bool asked;

	if (!asked)
		path = getenv("RUNBOOK_STEP_LOG");
	asked = true;
	return path;
}

void step_log(const struct step_ctx *ctx, const char *what, const char *name, const char *more)
{
	autofree char *line = NULL;
	ssize_t written;
	int fd;

	if (!wanted())
		return;
	line = xasprintf("%s %s %s %s%s%s\n", ctx->step->id, phase_name(ctx->phase), what, name,
			 more ? " " : "", more ? more : "");
	fd = open(wanted(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	written = fd < 0 ? -1 : write(fd, line, strlen(line));
	if (written != (ssize_t)strlen(line))
		abort(); /* a test would take what is missing for what was not done */
	close(fd);
}
