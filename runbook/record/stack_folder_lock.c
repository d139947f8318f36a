/* SPDX-License-Identifier: Apache-2.0 */
/* The lock of a stack's folder on this machine: one process uses it. */
#include "runbook/record/stack_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"

/* "PID HOST SINCE\n", as text that came from outside. */
static struct rb_error *locked(const struct stack *st, int fd)
{
	struct rb_error *err = rb_error_new(RB_LOCKED, "stack '%s' is in use", st->name);
	char text[256];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	char *host, *since, *end;

	text[n > 0 ? n : 0] = '\0';
	host = strchr(text, ' ');
	since = host ? strchr(host + 1, ' ') : NULL;
	end = since ? strchr(since + 1, '\n') : NULL;
	if (!end || text[strspn(text, "0123456789")] != ' ')
		return rb_error_why(err, "another runbook holds it and has not told who it is yet");
	*host++ = *since++ = *end = '\0';
	{
		autofree char *safe_host = text_printable(host, strlen(host), 64);
		autofree char *safe_since = text_printable(since, strlen(since), 40);

		err = rb_error_why(err, "process %s on host %s holds it since %s", text, safe_host,
				   safe_since);
	}
	return rb_error_hint(err, "wait for it, or stop it on that host: kill %s", text);
}

/*
 * The kernel lets go of a lock when its holder dies, however it dies: so a dead
 * holder's lock needs no breaking, and what the file says is for people only.
 */
struct rb_error *stack_folder_lock(struct stack *st)
{
	autofree char *path = stack_path(st, "lock");
	char host[65] = "", since[CLOCK_ISO_SIZE];
	autofree char *text = NULL;
	struct stat sb;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0 || fstat(fd, &sb)) {
		int err = errno;

		if (fd >= 0)
			close(fd);
		if (err == ELOOP)
			return rb_error_why(
				rb_error_new(RB_USAGE, "cannot use the lock '%s'", path),
				"it is a symbolic link");
		return rb_error_sys(err, "cannot open the lock '%s'", path);
	}
	st->lock_fd = fd;
	if (!S_ISREG(sb.st_mode) || sb.st_uid != geteuid())
		return rb_error_why(rb_error_new(RB_USAGE, "cannot use the lock '%s'", path),
				    "it is not a plain file of yours");
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno == EWOULDBLOCK)
			return locked(st, fd);
		return rb_error_sys(errno, "cannot lock stack '%s'", st->name);
	}
	(void)gethostname(host, sizeof(host) - 1);
	for (char *h = host; *h; h++)
		if (*h == ' ' || *h == '\n')
			*h = '-';
	clock_iso8601(clock_utc_s(), since);
	text = xasprintf("%ld %s %s\n", (long)getpid(), host, since);
	if (ftruncate(fd, 0) || pwrite(fd, text, strlen(text), 0) != (ssize_t)strlen(text))
		return rb_error_sys(errno, "cannot write the lock '%s'", path);
	return NULL;
}

/* True when the lock's name still leads to the file that is locked: who held it before may have
 * removed it with the folder. */
static bool lock_is_named(const struct stack *st)
{
	autofree char *path = stack_path(st, "lock");
	struct stat named, held;

	return stat(path, &named) == 0 && fstat(st->lock_fd, &held) == 0 &&
	       named.st_dev == held.st_dev && named.st_ino == held.st_ino;
}

struct rb_error *stack_folder_make_and_lock(struct stack *st)
{
	for (;;) {
		bool home_there = file_exists(st->home), dir_there = file_exists(st->dir);

		TRY(file_make_private_dir(st->dir));
		TRY(stack_folder_lock(st));
		if (lock_is_named(st)) {
			st->made_home = !home_there;
			st->made_dir = !dir_there;
			return NULL;
		}
		close(st->lock_fd);
		st->lock_fd = -1;
	}
}
