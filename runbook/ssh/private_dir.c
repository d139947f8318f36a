/* SPDX-License-Identifier: Apache-2.0 */
/* A lock says that the owner lives: the kernel takes it away with the process. */
#include "runbook/ssh/private_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/text.h"
#include "base/signals.h"

#define PREFIX "runbook-connect."

/*
 * Those of this process, for the signal handler; "" where there is none.  Tasks connect side by
 * side (verify of 4-1 and of 4-2), each with a key of its own.
 */
enum { DIRS = 4, DIR_SIZE = 256, TRIES = 8 };
static struct {
	char path[DIR_SIZE];
	int lock;
} dirs[DIRS];

/* Fixed names, so that a handler can remove them. */
static const char *const files[] = { PRIVATE_KEY_FILE,	   PRIVATE_REPORT_FILE, PRIVATE_KEYS_PIPE,
				     PRIVATE_PROGRAM_FILE, PRIVATE_LOG_FILE,	PRIVATE_CA_FILE,
				     PRIVATE_HOSTS_LINK };

static void remove_slot(size_t i)
{
	char path[DIR_SIZE + 16];
	size_t n = strlen(dirs[i].path);

	if (!n)
		return;
	memcpy(path, dirs[i].path, n);
	path[n] = '/';
	for (size_t k = 0; k < ARRAY_LEN(files); k++) {
		memcpy(path + n + 1, files[k], strlen(files[k]) + 1);
		(void)unlink(path);
	}
	(void)rmdir(dirs[i].path);
	dirs[i].path[0] = '\0';
	if (dirs[i].lock >= 0)
		(void)close(dirs[i].lock);
}

void private_dir_remove(char *dir)
{
	for (size_t i = 0; i < DIRS; i++)
		if (dirs[i].path == dir)
			remove_slot(i);
}

void private_dir_remove_all(void)
{
	for (size_t i = 0; i < DIRS; i++)
		remove_slot(i);
}

/* ---- below which folder -------------------------------------------------- */

enum { BASES = 3 };

/* The folders to try, in this order.  A relative one would be another one elsewhere. */
static size_t base_dirs(const char *ret[BASES])
{
	const char *const named[BASES] = { getenv("XDG_RUNTIME_DIR"), getenv("TMPDIR"), "/tmp" };
	size_t n = 0;

	for (size_t i = 0; i < BASES; i++) {
		bool again = false;

		for (size_t k = 0; k < n; k++)
			again = again || text_eq(ret[k], named[i]);
		if (named[i] && named[i][0] == '/' && !again)
			ret[n++] = named[i];
	}
	return n;
}

/* ---- what others left ---------------------------------------------------- */

/* Ours by name, owner and mode: what somebody else put there is not looked into. */
static bool is_ours(int at, const char *name)
{
	struct stat st;

	return text_starts_with(name, PREFIX) && strlen(name) == strlen(PREFIX "XXXXXX") &&
	       fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode) &&
	       st.st_uid == geteuid() && (st.st_mode & 0777) == 0700;
}

static void remove_dead(int at, const char *name)
{
	auto_fd int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB)) /* its owner lives */
		return;
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		(void)unlinkat(fd, files[i], 0);
	(void)unlinkat(at, name, AT_REMOVEDIR);
}

static void sweep(const char *path)
{
	DIR *base = opendir(path);
	const struct dirent *entry;

	if (!base)
		return; /* private_dir_make will say so */
	while ((entry = readdir(base)))
		if (is_ours(dirfd(base), entry->d_name))
			remove_dead(dirfd(base), entry->d_name);
	(void)closedir(base);
}

void private_dir_sweep(void)
{
	const char *bases[BASES];
	size_t n = base_dirs(bases);

	for (size_t i = 0; i < n; i++)
		sweep(bases[i]);
}

/* ---- one of our own ------------------------------------------------------ */

/* False when somebody's sweep took it away before it was locked. */
static bool lock_dir(const char *path, int *ret_fd)
{
	struct stat there, here;

	*ret_fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*ret_fd < 0)
		return errno != ENOENT;
	(void)flock(*ret_fd, LOCK_EX); /* where directories cannot be locked, none is swept */
	if (stat(path, &there) == 0 && fstat(*ret_fd, &here) == 0 && there.st_ino == here.st_ino)
		return true;
	(void)close(*ret_fd);
	*ret_fd = -1;
	return false;
}

/* A key fits in: the folder may be full, or its user's quota.  0, or errno. */
static int try_to_write(const char *dir)
{
	const char bytes[4096] = { 0 };
	char path[DIR_SIZE + 16];
	int err = 0;
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/" PRIVATE_KEY_FILE, dir);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno;
	n = write(fd, bytes, sizeof(bytes));
	if (n != (ssize_t)sizeof(bytes))
		err = n < 0 ? errno : ENOSPC;
	(void)close(fd);
	(void)unlink(path);
	return err;
}

/* 0, or errno. */
static int make(size_t slot, const char *template)
{
	sigset_t held;
	int n = EAGAIN;

	signals_hold(&held); /* there is no moment when it exists and is not known */
	for (int i = 0; i < TRIES && n == EAGAIN; i++) {
		char path[DIR_SIZE];

		memcpy(path, template, strlen(template) + 1);
		if (!mkdtemp(path)) /* 0700 */
			n = errno;
		else if (lock_dir(path, &dirs[slot].lock))
			n = 0;
		if (n)
			continue;
		memcpy(dirs[slot].path, path, strlen(path) + 1);
		n = try_to_write(path);
		if (n)
			remove_slot(slot);
	}
	(void)sigprocmask(SIG_SETMASK, &held, NULL);
	return n;
}

/* 0, or errno. */
static int make_below(size_t slot, const char *base)
{
	char template[DIR_SIZE];
	int n = snprintf(template, sizeof(template), "%s/" PREFIX "XXXXXX", base);

	if (n < 0 || (size_t)n >= sizeof(template))
		return ENAMETOOLONG;
	return make(slot, template);
}

struct rb_error *private_dir_make(char **ret)
{
	const char *bases[BASES];
	size_t n = base_dirs(bases), slot = 0;
	auto_buf why = BUF_INIT;
	struct rb_error *err;

	private_dir_sweep();
	while (slot < DIRS && dirs[slot].path[0])
		slot++;
	if (slot == DIRS)
		return rb_error_new(RB_FAILED, "%d connections are open already", DIRS);
	for (size_t i = 0; i < n; i++) {
		int failed = make_below(slot, bases[i]);

		if (!failed) {
			*ret = dirs[slot].path;
			return NULL;
		}
		(void)buf_addf(&why, "%s'%s': %s", why.n ? "; " : "", bases[i], strerror(failed));
	}
	err = rb_error_new(RB_USAGE, "there is no folder for a private key of this process alone");
	err = rb_error_why(err, "%s", why.p);
	return rb_error_hint(err, "name one that you may write to: TMPDIR=/path");
}
