/* SPDX-License-Identifier: Apache-2.0 */
/* Files read whole, and what a user names in the place of one. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

/* A signal that asks us to end is blocked, for others to handle, and is pending. */
static bool end_is_asked_for(void)
{
	sigset_t pending;

	return sigpending(&pending) == 0 &&
	       (sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1 ||
		sigismember(&pending, SIGHUP) == 1);
}

/* Until there is something to read, or the end of it.  A FIFO that nobody has opened for writing
 * yet has neither, though a read would answer 0. */
static struct rb_error *wait_for_input(int fd, const char *path)
{
	enum { LOOK_MS = 100 };
	struct pollfd p = { .fd = fd, .events = POLLIN };

	for (;;) {
		int n = poll(&p, 1, LOOK_MS);

		if (n > 0)
			return NULL;
		if (n < 0 && errno != EINTR)
			return rb_error_sys(errno, "cannot read '%s'", path);
		if (end_is_asked_for())
			return rb_error_why(rb_error_new(RB_INTERRUPTED, "cannot read '%s'", path),
					    "interrupted while nothing came from it");
	}
}

/* Nothing of it stays behind in memory of ours: it may hold keys. */
static struct rb_error *read_all(int fd, const char *path, bool wait, struct buf *out)
{
	struct rb_error *err = wait ? wait_for_input(fd, path) : NULL;
	char chunk[16384];
	ssize_t n;

	while (!err && (n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN && wait) {
			err = wait_for_input(fd, path);
			continue;
		}
		if (n < 0)
			err = rb_error_sys(errno, "cannot read '%s'", path);
		else if (!buf_add(out, chunk, (size_t)n))
			err = rb_error_why(rb_error_new(RB_USAGE, "cannot read '%s'", path),
					   "it is larger than %zu bytes", out->limit);
	}
	explicit_bzero(chunk, sizeof(chunk));
	return err;
}

/* "/dev/stdin", "/dev/fd/63": the number of a descriptor that we were started with, else -1. */
static int inherited_fd(const char *path)
{
	static const char *const dirs[] = { "/dev/fd/", "/proc/self/fd/" };
	int64_t fd;

	if (strcmp(path, "/dev/stdin") == 0)
		return STDIN_FILENO;
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
		if (text_starts_with(path, dirs[i]) &&
		    text_parse_i64(path + strlen(dirs[i]), 0, INT_MAX, &fd))
			return (int)fd;
	return -1;
}

static int open_to_read(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	/* Linux opens no socket by name, and /dev/stdin may be one. */
	if (fd < 0 && errno == ENXIO && inherited_fd(path) >= 0)
		return fcntl(inherited_fd(path), F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	return fd;
}

static bool can_be_input(int fd, mode_t mode)
{
	return S_ISREG(mode) || S_ISFIFO(mode) || S_ISSOCK(mode) || isatty(fd);
}

static struct rb_error *read_path(const char *path, size_t max, bool wait, struct buf *out)
{
	auto_fd int fd = open_to_read(path);
	auto_secret_buf b = BUF_INIT;
	struct stat st;

	if (fd < 0 || fstat(fd, &st)) {
		int err = errno;
		struct rb_error *e = rb_error_sys(err, "cannot read '%s'", path);

		if (err == ENOENT || err == ENOTDIR)
			e->kind = RB_GONE;
		return e;
	}
	if (wait ? !can_be_input(fd, st.st_mode) : !S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode))
		return rb_error_why(rb_error_new(RB_USAGE, "cannot read '%s'", path),
				    wait ? N_("it is not a regular file or a pipe")
					 : N_("it is not a regular file"));
	b.limit = max;
	TRY(read_all(fd, path, wait, &b));
	buf_clear(out);
	b.limit = out->limit;
	*out = b;
	buf_init(&b);
	return NULL;
}

struct rb_error *file_read(const char *path, size_t max, struct buf *out)
{
	return read_path(path, max, /* wait= */ false, out);
}

struct rb_error *file_read_input(const char *path, size_t max, struct buf *out)
{
	return read_path(path, max, /* wait= */ true, out);
}

bool file_is_stream(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) ||
					(S_ISCHR(st.st_mode) && inherited_fd(path) >= 0));
}
