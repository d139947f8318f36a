/* SPDX-License-Identifier: Apache-2.0 */
/* SFTP's requests that name a path. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "sandbox/instance/sftpd.h"

static void sftpd_realpath(struct sftpd *s, const char *path)
{
	char real[PATH_MAX];
	autofree char *parent = NULL;
	const char *slash;
	int err;

	if (realpath(*path ? path : ".", real)) {
		sftpd_answer_name(s, real);
		return;
	}
	err = errno;
	/* What is not there yet has a name all the same, if its folder has. */
	slash = strrchr(path, '/');
	parent = slash ? xstrndup(path, (size_t)(slash - path)) : xstrdup(".");
	if (err == ENOENT && realpath(*parent ? parent : "/", real)) {
		autofree char *full = file_join(real, slash ? slash + 1 : path);

		sftpd_answer_name(s, full);
		return;
	}
	sftpd_answer(s, sftpd_status_of(err));
}

static void sftpd_readlink(struct sftpd *s, const char *path)
{
	char target[PATH_MAX];
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	if (n < 0) {
		sftpd_answer(s, sftpd_status_of(errno));
		return;
	}
	target[n] = '\0';
	sftpd_answer_name(s, target);
}

/* "~" and "~/x", for scp. */
static void sftpd_expand(struct sftpd *s, const char *path)
{
	const char *home = getenv("HOME");
	autofree char *full = NULL;

	if (path[0] == '~' && (!path[1] || path[1] == '/')) {
		full = xasprintf("%s%s", home ? home : ".", path + 1);
		sftpd_realpath(s, full);
	} else if (path[0] == '~') {
		sftpd_answer(s, STATUS_NO_SUCH_FILE);
	} else {
		sftpd_realpath(s, path);
	}
}

void sftpd_extended(struct sftpd *s)
{
	autofree char *name = sftpd_take_string(s);
	autofree char *first = NULL, *second = NULL;

	if (strcmp(name, "posix-rename@openssh.com") == 0) {
		first = sftpd_take_string(s);
		second = sftpd_take_string(s);
		if (s->bad)
			sftpd_answer(s, STATUS_BAD_MESSAGE);
		else
			sftpd_answer_call(s, rename(first, second));
	} else if (strcmp(name, "expand-path@openssh.com") == 0) {
		first = sftpd_take_string(s);
		if (s->bad)
			sftpd_answer(s, STATUS_BAD_MESSAGE);
		else
			sftpd_expand(s, first);
	} else {
		sftpd_answer(s, STATUS_UNSUPPORTED);
	}
}

/* Of version 3: what is there is not replaced. */
static int rename_to_new(const char *from, const char *to)
{
	struct stat st;

	if (lstat(to, &st) == 0) {
		errno = EEXIST;
		return -1;
	}
	return rename(from, to);
}

void sftpd_path(struct sftpd *s, enum sftpd_packet type)
{
	autofree char *path = sftpd_take_string(s);
	autofree char *other = NULL;
	struct sftpd_attrs a = { 0 };
	struct stat st;
	DIR *dir;

	if (type == PACKET_RENAME || type == PACKET_SYMLINK)
		other = sftpd_take_string(s);
	if (type == PACKET_SETSTAT || type == PACKET_MKDIR)
		a = sftpd_take_attrs(s);
	if (s->bad) {
		sftpd_answer(s, STATUS_BAD_MESSAGE);
		return;
	}
	if (type == PACKET_LSTAT) {
		sftpd_answer_attrs(s, lstat(path, &st), &st);
	} else if (type == PACKET_STAT) {
		sftpd_answer_attrs(s, stat(path, &st), &st);
	} else if (type == PACKET_SETSTAT) {
		sftpd_answer_call(s, sftpd_set_attrs(-1, path, &a));
	} else if (type == PACKET_OPENDIR) {
		dir = opendir(path);
		sftpd_answer_handle(s, -1, dir, path);
	} else if (type == PACKET_REMOVE) {
		sftpd_answer_call(s, unlink(path));
	} else if (type == PACKET_MKDIR) {
		sftpd_answer_call(s, mkdir(path, a.has & HAS_MODE ? a.mode & 07777 : 0777));
	} else if (type == PACKET_RMDIR) {
		sftpd_answer_call(s, rmdir(path));
	} else if (type == PACKET_REALPATH) {
		sftpd_realpath(s, path);
	} else if (type == PACKET_RENAME) {
		sftpd_answer_call(s, rename_to_new(path, other));
	} else if (type == PACKET_READLINK) {
		sftpd_readlink(s, path);
	} else if (type == PACKET_SYMLINK) {
		/* OpenSSH has the two names the other way round than the draft, and so has
		 * everybody. */
		sftpd_answer_call(s, symlink(path, other));
	} else {
		sftpd_answer(s, STATUS_UNSUPPORTED);
	}
}
