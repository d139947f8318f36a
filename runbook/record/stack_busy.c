/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a runbook is at work on a stack, asked of /proc/locks. */
#include "runbook/record/stack_busy.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "runbook/record/home_place.h"
#include "runbook/record/stack_ops.h"

enum { LOCKS_MAX = 1024 * 1024, LOCK_FILE_MAX = 256 };

/* A line of proc_locks(5): "1: FLOCK  ADVISORY  WRITE 708 08:01:2559 0 EOF". */
static bool is_held(const char *locks, const struct stat *sb)
{
	autofree char *file = xasprintf(" %02x:%02x:%lu ", major(sb->st_dev), minor(sb->st_dev),
					(unsigned long)sb->st_ino);

	for (const char *p = locks; (p = strstr(p, file)); p++) {
		const char *line = p;

		while (line > locks && line[-1] != '\n')
			line--;
		line += strcspn(line, " ");
		line += strspn(line, " ");
		if (strncmp(line, "FLOCK ", 6) == 0) /* and no "->" of one that waits for it */
			return true;
	}
	return false;
}

char *stack_busy_process(const struct stack *st)
{
	autofree char *path = stack_path(st, "lock"), *holder = NULL;
	auto_buf locks = BUF_INIT, said = BUF_INIT;
	struct rb_error *err;
	struct stat sb;
	size_t n;

	if (home_is_s3(st->home)) {
		char *pid = NULL;

		holder = stack_s3_holder(st, &pid);
		return pid;
	}
	if (lstat(path, &sb) || !S_ISREG(sb.st_mode))
		return NULL;
	err = file_read("/proc/locks", LOCKS_MAX, &locks);
	if (!err && is_held(locks.p, &sb))
		err = file_read(path, LOCK_FILE_MAX, &said);
	(void)rb_error_free(err);
	n = said.n ? strspn(said.p, "0123456789") : 0;
	return n ? xstrndup(said.p, n) : NULL;
}
