/* SPDX-License-Identifier: Apache-2.0 */
/* Our own executable. */
#include "base/program.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"

#define SELF "/proc/self/exe"

struct rb_error *program_path(char **ret)
{
	char path[PATH_MAX];
	ssize_t n = readlink(SELF, path, sizeof(path) - 1);

	if (n <= 0)
		return rb_error_sys(errno, "cannot find our own program");
	*ret = xstrndup(path, (size_t)n);
	return NULL;
}

/* False when another file, or none, has our name by now. */
static bool is_still_ours(const char *path)
{
	struct stat named, own;

	return stat(path, &named) == 0 && stat(SELF, &own) == 0 && named.st_dev == own.st_dev &&
	       named.st_ino == own.st_ino;
}

static struct rb_error *copy_self(const char *copy)
{
	auto_fd int in = open(SELF, O_RDONLY | O_CLOEXEC);
	auto_fd int out = open(copy, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0500);
	char block[65536];
	ssize_t n;

	if (in < 0)
		return rb_error_sys(errno, "cannot read our own program");
	if (out < 0)
		return rb_error_sys(errno, "cannot create '%s'", copy);
	while ((n = read(in, block, sizeof(block))) > 0)
		TRY(file_write_all(out, block, (size_t)n, /* point= */ NULL));
	return n < 0 ? rb_error_sys(errno, "cannot read our own program") : NULL;
}

struct rb_error *program_runnable(const char *copy, char **ret)
{
	autofree char *path = NULL;
	struct rb_error *err;

	TRY(program_path(&path));
	if (path && is_still_ours(path)) {
		*ret = steal_str(&path);
		return NULL;
	}
	TRY(copy_self(copy));
	if (access(copy, X_OK)) {
		err = rb_error_sys(errno,
				   "our own program was replaced while it ran, and a copy "
				   "of it cannot be run as '%s'",
				   copy);
		err->kind = RB_USAGE;
		return rb_error_hint(err, "TMPDIR=/path names another folder for it");
	}
	*ret = xstrdup(copy);
	return NULL;
}
