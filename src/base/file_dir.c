/* SPDX-License-Identifier: Apache-2.0 */
/* Directories: private ones made and checked, trees removed. */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

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
	autofree char *parent = file_parent(path);
	struct rb_error *err = make_one(path, parent);

	/* where nothing can be made, /proc, it is ENOENT as well, and whose that is says nothing */
	if (!err || err->sys_errno != ENOENT || strcmp(parent, path) == 0 || file_exists(parent))
		return err;
	(void)rb_error_free(err);
	TRY(file_make_private_dir(parent));
	return make_one(path, parent);
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
