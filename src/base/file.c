/* SPDX-License-Identifier: Apache-2.0 */
/* Private, synced, atomic files. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "base/text.h"

void file_close_(int fd)
{
	(void)close(fd);
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

struct rb_error *file_write_atomic(const char *path, const void *p, size_t n, mode_t mode)
{
	autofree char *suffix = text_random_hex(4);
	autofree char *tmp = xasprintf("%s.%s.tmp", path, suffix);
	autofree char *dir = file_parent(path);
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
