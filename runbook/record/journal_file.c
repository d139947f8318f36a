/* SPDX-License-Identifier: Apache-2.0 */
/* A journal that is a file: only this process writes to it, and it only grows. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fault.h"
#include "base/file.h"
#include "runbook/record/journal.h"
#include "runbook/record/journal_store.h"

enum { MAX_BYTES = 512 * 1024 * 1024 };

struct file_store {
	struct journal_store store;
	int fd;
};

static struct file_store *file_of(struct journal_store *s)
{
	return (struct file_store *)s;
}

/* Ours alone, and a plain file: what a stranger could write to is not believed. */
static struct rb_error *check_owner(const char *path, int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return rb_error_sys(errno, "cannot open the journal '%s'", path);
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH)))
		return rb_error_why(rb_error_new(RB_USAGE, "cannot open the journal '%s'", path),
				    "it is not a plain file that only you may write to");
	return NULL;
}

static struct rb_error *open_file(const char *path, int *ret_fd)
{
	autofree char *dir = file_parent(path);
	int fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 && errno == ENOENT) {
		fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
			  0600);
		if (fd >= 0) {
			struct rb_error *err = file_sync_dir(dir);

			if (err) {
				close(fd);
				return err;
			}
		}
	}
	if (fd < 0 && errno == ELOOP)
		return rb_error_why(rb_error_new(RB_USAGE, "cannot open the journal '%s'", path),
				    "it is a symbolic link");
	if (fd < 0)
		return rb_error_sys(errno, "cannot open the journal '%s'", path);
	*ret_fd = fd;
	return NULL;
}

static struct rb_error *read_all(struct journal_store *s, struct buf *ret)
{
	return file_read(s->name, MAX_BYTES, ret);
}

/* A torn last record is cut off; what a crash has left is on the disk then. */
static struct rb_error *begin(struct journal_store *s, size_t good_bytes, size_t bytes)
{
	int fd = file_of(s)->fd;

	if (good_bytes < bytes) {
		if (ftruncate(fd, (off_t)good_bytes))
			return rb_error_sys(errno, "cannot cut the torn end off the journal '%s'",
					    s->name);
		TRY(file_sync(fd, NULL));
	}
	if (good_bytes)
		fault_synced(fd, "journal.sync");
	return NULL;
}

static struct rb_error *append(struct journal_store *s, const char *line, size_t n, bool sync)
{
	int fd = file_of(s)->fd;

	TRY(file_write_all(fd, line, n, "journal.write"));
	return sync ? file_sync(fd, "journal.sync") : NULL;
}

static struct rb_error *sync_all(struct journal_store *s)
{
	return file_sync(file_of(s)->fd, "journal.sync");
}

/* A half-written line must not be followed by others: it would be damage then. */
static struct rb_error *give_up(struct journal_store *s, size_t good_bytes, struct rb_error *err)
{
	rb_error_replace(err, RB_WHAT, "cannot write the journal '%s'", s->name);
	err = rb_error_hint(err, "make room or give permission there; until then nothing is "
				 "changed on AWS");
	(void)!ftruncate(file_of(s)->fd, (off_t)good_bytes);
	return err;
}

static void close_file(struct journal_store *s)
{
	close(file_of(s)->fd);
	free(s->name);
	free(file_of(s));
}

static const struct journal_store_ops file_ops = {
	.read = read_all,
	.begin = begin,
	.append = append,
	.sync = sync_all,
	.give_up = give_up,
	.close = close_file,
};

struct rb_error *journal_read(const char *path, journal_visitor *visit, void *arg)
{
	auto_buf text = BUF_INIT;
	struct rb_error *err = file_read(path, MAX_BYTES, &text);

	if (rb_error_is(err, RB_GONE))
		return rb_error_free(err);
	TRY(err);
	return journal_read_text(path, &text, /* may_be_torn= */ true, visit, arg);
}

struct rb_error *journal_open(const char *path, journal_visitor *visit, void *arg,
			      struct journal **ret)
{
	auto_fd int fd = -1;
	struct file_store *s;

	TRY(open_file(path, &fd));
	TRY(check_owner(path, fd));
	s = xcalloc(1, sizeof(*s));
	s->store.ops = &file_ops;
	s->store.name = xstrdup(path);
	s->fd = fd;
	fd = -1;
	return journal_open_store(&s->store, visit, arg, ret);
}
