/* SPDX-License-Identifier: Apache-2.0 */
/* Which hooks there are, and whether they may be trusted. */
#include "runbook/operator/hooks_int.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "runbook/engine/step_ctx.h"
#include "runbook/operator/hook_event.h"

/* Whoever may write to it runs what he likes with the user's credentials. */
static struct rb_error *check_owner(const char *path, const struct stat *st)
{
	struct rb_error *err = rb_error_new(RB_USAGE, "cannot use the hooks of '%s'", path);

	if (st->st_uid != geteuid() && st->st_uid != 0)
		return rb_error_why(err, "it belongs to another user (uid %u)",
				    (unsigned)st->st_uid);
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return rb_error_hint(rb_error_why(err, "others may write to it (mode %04o)",
						  (unsigned)st->st_mode & 07777),
				     "chmod go-w '%s'", path);
	return rb_error_free(err);
}

static struct rb_error *find_one(struct hooks *hooks, const char *dir, enum hook_moment moment)
{
	autofree char *path = file_join(dir, hook_moment_name(moment));
	struct stat st;

	if (stat(path, &st))
		return errno == ENOENT ? NULL : rb_error_sys(errno, "cannot look at '%s'", path);
	TRY(check_owner(path, &st));
	if (!S_ISREG(st.st_mode) || access(path, X_OK))
		return rb_error_hint(
			rb_error_new(RB_USAGE, "the hook '%s' cannot be executed", path),
			"chmod +x '%s', or take it away", path);
	hooks->paths[moment] = steal_str(&path);
	return NULL;
}

struct rb_error *hooks_find(struct hooks *hooks, const char *dir, bool may_lack, bool *ret_any)
{
	struct stat st;

	*ret_any = false;
	if (stat(dir, &st)) {
		if (errno == ENOENT && may_lack)
			return NULL;
		return rb_error_why(rb_error_new(RB_USAGE, "cannot look for hooks in '%s'", dir),
				    "%s", strerror(errno));
	}
	if (!S_ISDIR(st.st_mode))
		return rb_error_new(RB_USAGE, "'%s' is no folder with hooks", dir);
	TRY(check_owner(dir, &st));
	for (int i = 0; i < HOOK_MOMENTS_N; i++) {
		TRY(find_one(hooks, dir, (enum hook_moment)i));
		*ret_any |= hooks->paths[i] != NULL;
	}
	return NULL;
}
