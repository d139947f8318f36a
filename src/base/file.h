/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of ours: private (0600 in 0700 directories, whatever the umask), never
 * followed through a link, synced before they count.  Every path that fails is
 * named in the error's what.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"

static inline void auto_fd_(const int *fd);
/* The local closes itself; declare it as -1. */
#define auto_fd CLEANUP(auto_fd_)

/*
 * The whole file, at most `max` bytes.  A missing file is kind GONE; a file
 * that is larger, a directory or a device is kind USAGE.
 */
NODISCARD struct rb_error *file_read(const char *path, size_t max, struct buf *out);

/*
 * As file_read, for what a user names, which may be a pipe: <(command), /dev/stdin, a FIFO, a
 * terminal.  Waits for whoever writes to it, until its end.  A pipe gives what it holds once.
 *   fails  INTERRUPTED, when SIGINT, SIGTERM or SIGHUP is blocked and comes meanwhile; where they
 *          are not blocked they do what they always do
 */
NODISCARD struct rb_error *file_read_input(const char *path, size_t max, struct buf *out);
/* Is it a pipe or the like, which can be read once and not by a child of ours? */
bool file_is_stream(const char *path);

/* Written beside, synced, renamed over, directory synced: old or new, never half. */
NODISCARD struct rb_error *file_write_atomic(const char *path, const void *p, size_t n,
					     mode_t mode);

/*
 * To where a user wants it: what is no file (a device, a pipe) is written to as it is, and
 * *ret_is_file says so; a link stays, and what it leads to is replaced as above.
 */
NODISCARD struct rb_error *file_write_output(const char *path, const void *p, size_t n, mode_t mode,
					     bool *ret_is_file);

/* All of it or an error; EINTR is no error.  `point` names the fault point to pass, or NULL. */
NODISCARD struct rb_error *file_write_all(int fd, const void *p, size_t n, const char *point);
/* fdatasync; `point` as above. */
NODISCARD struct rb_error *file_sync(int fd, const char *point);
/* Make a rename or create in `dir` durable. */
NODISCARD struct rb_error *file_sync_dir(const char *dir);

/*
 * Make `path` (its parents too) as a 0700 directory of ours.  An existing one
 * is accepted only when it is a real directory (no link), owned by us, and not
 * writable by group or others; else kind USAGE and nothing is changed.
 */
NODISCARD struct rb_error *file_make_private_dir(const char *path);
/* The test for an existing one. */
NODISCARD struct rb_error *file_check_private_dir(const char *path);

/* The directory that a path is in, "." for a name alone.  Caller frees. */
NODISCARD char *file_parent(const char *path);
/* "a" + "b" -> "a/b".  Caller frees. */
NODISCARD char *file_join(const char *dir, const char *name);
/*
 * A leading ~ or ~USER is replaced by the home directory, as a shell does that sees it as a word of
 * its own; in --home=~/x it does not.  Caller frees.
 *   fails  USAGE, when there is no such user: a folder called "~x" is written ./~x
 */
NODISCARD struct rb_error *file_expand_home(const char *path, char **ret);
/* A leading ~ or ~USER and $VAR, ${VAR} expanded as a shell would; who is not there is left as it
 * stands.  Caller frees. */
NODISCARD char *file_expand(const char *path);
bool file_exists(const char *path);
/* Remove a file or a whole directory tree, not following links; missing is fine. */
NODISCARD struct rb_error *file_remove_tree(const char *path);

void file_close_(int fd);
static inline void auto_fd_(const int *fd)
{
	if (*fd >= 0)
		file_close_(*fd);
}

#endif
