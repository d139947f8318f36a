/* SPDX-License-Identifier: Apache-2.0 */
/* Private, synced, atomic files. */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "base/text.h"

void file_close_(int fd)
{
	(void)close(fd);
}

char *file_join(const char *dir, const char *name)
{
	size_t n = strlen(dir);

	return xasprintf("%s%s%s", dir, n && dir[n - 1] == '/' ? "" : "/", name);
}

bool file_exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

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

struct rb_error *file_write_all(int fd, const void *p, size_t n, const char *point)
{
	const char *at = p;
	int err = point ? fault_point(point) : 0;

	fault_writing(fd);
	if (err) {
		/* A full disk takes part of it first, as real ones do. */
		(void)!write(fd, at, n / 2);
		return rb_error_sys(err, "cannot write");
	}
	while (n) {
		ssize_t done = write(fd, at, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return rb_error_sys(errno, "cannot write");
		at += done;
		n -= (size_t)done;
	}
	return NULL;
}

struct rb_error *file_sync(int fd, const char *point)
{
	int err = point ? fault_point(point) : 0;

	if (!err && fdatasync(fd))
		err = errno;
	if (!err)
		fault_synced(fd, point);
	return err ? rb_error_sys(err, "cannot sync") : NULL;
}

struct rb_error *file_sync_dir(const char *dir)
{
	auto_fd int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || (fsync(fd) && errno != EINVAL))
		return rb_error_sys(errno, "cannot sync directory '%s'", dir);
	fault_dir_synced(dir);
	return NULL;
}

static char *parent_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return xstrdup(".");
	if (slash == path)
		return xstrdup("/");
	return xstrndup(path, (size_t)(slash - path));
}

struct rb_error *file_write_atomic(const char *path, const void *p, size_t n, mode_t mode)
{
	autofree char *suffix = text_random_hex(4);
	autofree char *tmp = xasprintf("%s.%s.tmp", path, suffix);
	autofree char *dir = parent_of(path);
	auto_fd int fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	struct rb_error *err;

	if (fd < 0)
		return rb_error_sys(errno, "cannot write '%s'", path);
	err = file_write_all(fd, p, n, "file.write");
	if (!err && fchmod(fd, mode))
		err = rb_error_sys(errno, "cannot set the mode");
	if (!err)
		err = file_sync(fd, "file.sync");
	if (!err)
		fault_renaming(tmp, path);
	if (!err && rename(tmp, path))
		err = rb_error_sys(errno, "cannot rename");
	if (err) {
		rb_error_replace(err, RB_WHAT, "cannot write '%s'", path);
		(void)unlink(tmp);
		return err;
	}
	return file_sync_dir(dir);
}

static struct rb_error *write_special(const char *path, const void *p, size_t n)
{
	auto_fd int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return rb_error_sys(errno, "cannot write '%s'", path);
	return rb_error_what(file_write_all(fd, p, n, "file.write"), "cannot write '%s'", path);
}

struct rb_error *file_write_output(const char *path, const void *p, size_t n, mode_t mode,
				   bool *ret_is_file)
{
	autofree char *real = NULL;
	struct stat st;

	*ret_is_file = stat(path, &st) != 0 || S_ISREG(st.st_mode);
	if (!*ret_is_file)
		return write_special(path, p, n);
	real = realpath(path, NULL); /* NULL: it is not there yet */
	return file_write_atomic(real ? real : path, p, n, mode);
}

struct rb_error *file_check_private_dir(const char *path)
{
	struct rb_error *err;
	struct stat st;

	if (lstat(path, &st))
		return rb_error_sys(errno, "cannot use directory '%s'", path);
	err = rb_error_new(RB_USAGE, "cannot use directory '%s'", path);
	if (S_ISLNK(st.st_mode))
		return rb_error_why(err, "it is a symbolic link");
	if (!S_ISDIR(st.st_mode))
		return rb_error_why(err, "it is not a directory");
	if (st.st_uid != geteuid())
		return rb_error_why(err, "it belongs to another user (uid %u)",
				    (unsigned)st.st_uid);
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return rb_error_hint(rb_error_why(err, "others may write to it (mode %04o)",
						  (unsigned)st.st_mode & 07777),
				     "chmod go-w '%s'", path);
	return rb_error_free(err);
}

static struct rb_error *make_one(const char *path, const char *parent)
{
	if (mkdir(path, 0700))
		return errno == EEXIST ? file_check_private_dir(path)
				       : rb_error_sys(errno, "cannot make directory '%s'", path);
	if (chmod(path, 0700)) /* whatever the umask took away */
		return rb_error_sys(errno, "cannot make directory '%s'", path);
	return file_sync_dir(parent);
}

struct rb_error *file_make_private_dir(const char *path)
{
	autofree char *parent = parent_of(path);
	struct rb_error *err = make_one(path, parent);

	/* where nothing can be made, /proc, it is ENOENT as well, and whose that is says nothing */
	if (!err || err->sys_errno != ENOENT || strcmp(parent, path) == 0 || file_exists(parent))
		return err;
	(void)rb_error_free(err);
	TRY(file_make_private_dir(parent));
	return make_one(path, parent);
}

static void add_variable(struct buf *out, const char **s)
{
	bool braces = (*s)[1] == '{';
	const char *name = *s + (braces ? 2 : 1);
	size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
	autofree char *key = xstrndup(name, n);
	const char *value = n ? getenv(key) : NULL;

	if (!value ||
	    (braces && name[n] != '}')) { /* as a shell's user would read it: left alone */
		(void)buf_addc(out, '$');
		(*s)++;
		return;
	}
	(void)buf_adds(out, value);
	*s = name + n + (braces ? 1 : 0);
}

/* The folder that a leading ~ or ~USER stands for, and *ret_rest what follows; NULL: there is none.
 */
static const char *home_of(const char *path, const char **ret_rest)
{
	size_t n = strcspn(path, "/");
	autofree char *user = xstrndup(path + 1, n - 1);
	const char *home = *user ? NULL : getenv("HOME");
	const struct passwd *pw;

	*ret_rest = path + n;
	if (home && *home)
		return home;
	pw = *user ? getpwnam(user) : getpwuid(geteuid());
	return pw && pw->pw_dir && *pw->pw_dir ? pw->pw_dir : NULL;
}

struct rb_error *file_expand_home(const char *path, char **ret)
{
	autofree char *shown = NULL;
	const char *rest, *home;

	if (path[0] != '~') {
		*ret = xstrdup(path);
		return NULL;
	}
	home = home_of(path, &rest);
	if (home) {
		*ret = xasprintf("%s%s", home, rest);
		return NULL;
	}
	shown = text_printable(path, (size_t)(rest - path), 60);
	return rb_error_hint(rb_error_why(rb_error_new(RB_USAGE, "cannot use the path '%s%s'",
						       shown, *rest ? "/..." : ""),
					  "'%s' names no user's home directory", shown),
			     "for a file of that name here: ./%s", shown);
}

char *file_expand(const char *path)
{
	const char *rest, *home = path[0] == '~' ? home_of(path, &rest) : NULL;
	struct buf out = BUF_INIT;

	if (home) {
		(void)buf_adds(&out, home);
		path = rest;
	}
	while (*path) {
		if (*path == '$')
			add_variable(&out, &path);
		else
			(void)buf_addc(&out, *path++);
	}
	return buf_steal(&out);
}

static struct rb_error *remove_at(int dirfd, const char *name, const char *path)
{
	DIR *dir;
	struct dirent *e;
	struct rb_error *err = NULL;
	int fd;

	if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
		return NULL;
	if (errno != EISDIR && errno != EPERM)
		return rb_error_sys(errno, "cannot remove '%s'", path);
	fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return rb_error_sys(errno, "cannot remove '%s'", path);
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return rb_error_sys(errno, "cannot remove '%s'", path);
	}
	while (!err && (e = readdir(dir))) {
		autofree char *sub = file_join(path, e->d_name);

		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			err = remove_at(fd, e->d_name, sub);
	}
	closedir(dir);
	if (!err && unlinkat(dirfd, name, AT_REMOVEDIR) && errno != ENOENT)
		err = rb_error_sys(errno, "cannot remove '%s'", path);
	return err;
}

struct rb_error *file_remove_tree(const char *path)
{
	return remove_at(AT_FDCWD, path, path);
}
