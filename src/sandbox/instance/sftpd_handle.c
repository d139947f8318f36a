/* SPDX-License-Identifier: Apache-2.0 */
/* SFTP's requests for an open file or folder. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "sandbox/instance/sftpd.h"

void sftpd_drop_handle(struct sftpd_handle *h)
{
	if (h->dir)
		(void)closedir(h->dir);
	if (h->fd >= 0)
		(void)close(h->fd);
	free(h->path);
	*h = (struct sftpd_handle){ .fd = -1 };
}

void sftpd_answer_handle(struct sftpd *s, int fd, DIR *dir, const char *path)
{
	int err = errno;
	size_t i = 0;
	char name;

	while (i < HANDLES && s->handles[i].used)
		i++;
	if (fd < 0 && !dir) {
		sftpd_answer(s, sftpd_status_of(err));
	} else if (i == HANDLES) {
		if (dir)
			(void)closedir(dir);
		if (fd >= 0)
			(void)close(fd);
		sftpd_answer(s, STATUS_FAILURE);
	} else {
		s->handles[i] = (struct sftpd_handle){ true, fd, dir, xstrdup(path) };
		name = (char)i;
		sftpd_begin(s, PACKET_HANDLE);
		sftpd_add_bytes(&s->reply, &name, 1);
	}
}

void sftpd_open(struct sftpd *s)
{
	autofree char *path = sftpd_take_string(s);
	uint32_t wanted = sftpd_take_u32(s);
	struct sftpd_attrs a = sftpd_take_attrs(s);
	int flags = O_CLOEXEC | O_NOCTTY;

	if (s->bad) {
		sftpd_answer(s, STATUS_BAD_MESSAGE);
		return;
	}
	if (wanted & OPEN_WRITE)
		flags |= wanted & OPEN_READ ? O_RDWR : O_WRONLY;
	flags |= wanted & OPEN_APPEND ? O_APPEND : 0;
	flags |= wanted & OPEN_CREATE ? O_CREAT : 0;
	flags |= wanted & OPEN_EMPTY ? O_TRUNC : 0;
	flags |= wanted & OPEN_NEW ? O_EXCL : 0;
	sftpd_answer_handle(s, open(path, flags, a.has & HAS_MODE ? a.mode & 07777 : 0666), NULL,
			    path);
}

void sftpd_close(struct sftpd *s)
{
	struct sftpd_handle *h = sftpd_take_handle(s);

	if (h)
		sftpd_drop_handle(h);
	sftpd_answer(s, h ? STATUS_OK : STATUS_FAILURE);
}

void sftpd_read(struct sftpd *s)
{
	const struct sftpd_handle *h = sftpd_take_handle(s);
	uint64_t at = sftpd_take_u64(s);
	uint32_t n = sftpd_take_u32(s);
	autofree char *block = NULL;
	ssize_t got;

	if (s->bad || !h || h->fd < 0) {
		sftpd_answer(s, s->bad ? STATUS_BAD_MESSAGE : STATUS_FAILURE);
		return;
	}
	n = n > READ_MAX ? READ_MAX : n;
	block = xmalloc(n ? n : 1);
	got = pread(h->fd, block, n, (off_t)at);
	if (got <= 0) {
		sftpd_answer(s, got ? sftpd_status_of(errno) : STATUS_END);
		return;
	}
	sftpd_begin(s, PACKET_DATA);
	sftpd_add_bytes(&s->reply, block, (size_t)got);
}

void sftpd_write(struct sftpd *s)
{
	const struct sftpd_handle *h = sftpd_take_handle(s);
	uint64_t at = sftpd_take_u64(s);
	size_t n, done = 0;
	const unsigned char *p = sftpd_take_bytes(s, &n);

	if (s->bad || !h || h->fd < 0) {
		sftpd_answer(s, s->bad ? STATUS_BAD_MESSAGE : STATUS_FAILURE);
		return;
	}
	while (done < n) {
		ssize_t wrote = pwrite(h->fd, p + done, n - done, (off_t)(at + done));

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0) {
			sftpd_answer(s, sftpd_status_of(errno));
			return;
		}
		done += (size_t)wrote;
	}
	sftpd_answer(s, STATUS_OK);
}

/* One line as `ls -l` has it, which sftp shows. */
static char *long_name(const char *name, const struct stat *st)
{
	static const char letters[] = "rwxrwxrwx";
	char mode[11] = "-", when[32] = "";
	struct tm tm;

	mode[0] = S_ISDIR(st->st_mode) ? 'd' : S_ISLNK(st->st_mode) ? 'l' : '-';
	for (int i = 0; i < 9; i++)
		mode[i + 1] = (char)(st->st_mode >> (8 - i) & 1 ? letters[i] : '-');
	if (localtime_r(&st->st_mtime, &tm))
		(void)strftime(when, sizeof(when), "%b %e %H:%M", &tm);
	return xasprintf("%s %3lu %-8s %-8s %8lld %s %s", mode, (unsigned long)st->st_nlink,
			 "ec2-user", "ec2-user", (long long)st->st_size, when, name);
}

void sftpd_readdir(struct sftpd *s)
{
	const struct sftpd_handle *h = sftpd_take_handle(s);
	auto_buf names = BUF_INIT;
	const struct dirent *entry;
	uint32_t n = 0;

	if (!h || !h->dir) {
		sftpd_answer(s, STATUS_FAILURE);
		return;
	}
	while (n < NAMES_A_REPLY && (entry = readdir(h->dir))) {
		autofree char *line = NULL;
		struct stat st;

		if (fstatat(dirfd(h->dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW))
			continue; /* it went meanwhile */
		line = long_name(entry->d_name, &st);
		sftpd_add_string(&names, entry->d_name);
		sftpd_add_string(&names, line);
		sftpd_add_attrs(&names, &st);
		n++;
	}
	if (!n) {
		sftpd_answer(s, STATUS_END);
		return;
	}
	sftpd_begin(s, PACKET_NAME);
	sftpd_add_u32(&s->reply, n);
	(void)buf_add(&s->reply, names.p, names.n);
}

int sftpd_set_attrs(int fd, const char *path, const struct sftpd_attrs *a)
{
	const struct timespec times[] = { { .tv_sec = a->atime }, { .tv_sec = a->mtime } };
	int rc = 0;

	if (a->has & HAS_SIZE)
		rc = fd >= 0 ? ftruncate(fd, (off_t)a->size) : truncate(path, (off_t)a->size);
	if (!rc && a->has & HAS_MODE)
		rc = fd >= 0 ? fchmod(fd, a->mode & 07777) : chmod(path, a->mode & 07777);
	if (!rc && a->has & HAS_TIMES)
		rc = fd >= 0 ? futimens(fd, times) : utimensat(AT_FDCWD, path, times, 0);
	return rc;
}

void sftpd_fsetstat(struct sftpd *s)
{
	const struct sftpd_handle *h = sftpd_take_handle(s);
	struct sftpd_attrs a = sftpd_take_attrs(s);

	if (s->bad || !h)
		sftpd_answer(s, s->bad ? STATUS_BAD_MESSAGE : STATUS_FAILURE);
	else
		sftpd_answer_call(s, sftpd_set_attrs(h->fd, h->path, &a));
}

void sftpd_fstat(struct sftpd *s)
{
	const struct sftpd_handle *h = sftpd_take_handle(s);
	struct stat st;

	if (!h)
		sftpd_answer(s, STATUS_FAILURE);
	else
		sftpd_answer_attrs(s, fstat(h->dir ? dirfd(h->dir) : h->fd, &st), &st);
}
