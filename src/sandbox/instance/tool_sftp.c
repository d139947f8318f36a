/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sftp-server: what `scp` and `sftp` talk to on an instance, on standard input and output.
 *
 * Version 3 of the protocol, which is what OpenSSH speaks, with the extensions that scp wants.
 * Nothing is trusted: a length beyond the packet, an unknown handle or type is answered with a
 * status, and a packet that is too long ends the conversation.
 *   source  draft-ietf-secsh-filexfer-02; OpenSSH's PROTOCOL, section 4
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/text.h"
#include "sandbox/instance/tools.h"

enum { PACKET_MAX = 256 * 1024, READ_MAX = 128 * 1024, HANDLES = 64, NAMES_A_REPLY = 64 };

enum packet {
	PACKET_INIT = 1,
	PACKET_VERSION,
	PACKET_OPEN,
	PACKET_CLOSE,
	PACKET_READ,
	PACKET_WRITE,
	PACKET_LSTAT,
	PACKET_FSTAT,
	PACKET_SETSTAT,
	PACKET_FSETSTAT,
	PACKET_OPENDIR,
	PACKET_READDIR,
	PACKET_REMOVE,
	PACKET_MKDIR,
	PACKET_RMDIR,
	PACKET_REALPATH,
	PACKET_STAT,
	PACKET_RENAME,
	PACKET_READLINK,
	PACKET_SYMLINK,
	PACKET_STATUS = 101,
	PACKET_HANDLE,
	PACKET_DATA,
	PACKET_NAME,
	PACKET_ATTRS,
	PACKET_EXTENDED = 200,
};

enum status { DONE, END, NO_SUCH_FILE, DENIED, FAILURE, BAD_MESSAGE, UNSUPPORTED = 8 };

enum { HAS_SIZE = 1, HAS_IDS = 2, HAS_MODE = 4, HAS_TIMES = 8 };
enum {
	OPEN_READ = 1,
	OPEN_WRITE = 2,
	OPEN_APPEND = 4,
	OPEN_CREATE = 8,
	OPEN_EMPTY = 16,
	OPEN_NEW = 32
};

struct handle {
	bool used;
	int fd;	  /* of a file; -1: a folder */
	DIR *dir; /* of a folder */
	char *path;
};

struct server {
	const unsigned char *p; /* what is left of the packet */
	size_t n;
	bool bad; /* it said more than there was */
	uint32_t id;
	struct handle handles[HANDLES];
	struct buf reply;
};

struct attrs {
	uint32_t has;
	uint64_t size;
	uint32_t mode, atime, mtime;
};

/* ---- taking a packet apart ------------------------------------------------- */

static uint32_t take_u32(struct server *s)
{
	uint32_t v;

	if (s->n < 4) {
		s->bad = true;
		s->n = 0;
		return 0;
	}
	v = (uint32_t)s->p[0] << 24 | (uint32_t)s->p[1] << 16 | (uint32_t)s->p[2] << 8 | s->p[3];
	s->p += 4;
	s->n -= 4;
	return v;
}

static uint64_t take_u64(struct server *s)
{
	uint64_t high = take_u32(s);

	return high << 32 | take_u32(s);
}

/* Borrowed until the next packet. */
static const unsigned char *take_bytes(struct server *s, size_t *ret_n)
{
	const unsigned char *at;
	uint32_t n = take_u32(s);

	if (n > s->n) {
		s->bad = true;
		n = 0;
	}
	at = s->p;
	s->p += n;
	s->n -= n;
	*ret_n = n;
	return at;
}

/* A path or a name; one with a NUL in it is none.  Caller frees. */
static char *take_string(struct server *s)
{
	size_t n;
	const unsigned char *p = take_bytes(s, &n);

	if (n && memchr(p, 0, n))
		s->bad = true;
	return xstrndup((const char *)p, n);
}

static struct attrs take_attrs(struct server *s)
{
	struct attrs a = { .has = take_u32(s) };

	if (a.has & HAS_SIZE)
		a.size = take_u64(s);
	if (a.has & HAS_IDS) { /* nobody else is there whom it could belong to */
		(void)take_u32(s);
		(void)take_u32(s);
	}
	if (a.has & HAS_MODE)
		a.mode = take_u32(s);
	if (a.has & HAS_TIMES) {
		a.atime = take_u32(s);
		a.mtime = take_u32(s);
	}
	return a;
}

static struct handle *take_handle(struct server *s)
{
	size_t n;
	const unsigned char *p = take_bytes(s, &n);

	if (n != 1 || p[0] >= HANDLES || !s->handles[p[0]].used)
		return NULL;
	return &s->handles[p[0]];
}

/* ---- answering --------------------------------------------------------------- */

static void add_u32(struct buf *b, uint32_t v)
{
	const unsigned char bytes[] = { (unsigned char)(v >> 24), (unsigned char)(v >> 16),
					(unsigned char)(v >> 8), (unsigned char)v };

	(void)buf_add(b, bytes, sizeof(bytes));
}

static void add_bytes(struct buf *b, const void *p, size_t n)
{
	add_u32(b, (uint32_t)n);
	(void)buf_add(b, p, n);
}

static void add_string(struct buf *b, const char *text)
{
	add_bytes(b, text, strlen(text));
}

static void add_attrs(struct buf *b, const struct stat *st)
{
	add_u32(b, HAS_SIZE | HAS_IDS | HAS_MODE | HAS_TIMES);
	add_u32(b, (uint32_t)((uint64_t)st->st_size >> 32));
	add_u32(b, (uint32_t)st->st_size);
	add_u32(b, st->st_uid);
	add_u32(b, st->st_gid);
	add_u32(b, st->st_mode);
	add_u32(b, (uint32_t)st->st_atime);
	add_u32(b, (uint32_t)st->st_mtime);
}

static void begin(struct server *s, enum packet type)
{
	buf_reset(&s->reply);
	add_u32(&s->reply, 0); /* its length, when it is known */
	(void)buf_addc(&s->reply, (char)type);
	add_u32(&s->reply, s->id);
}

static void answer(struct server *s, enum status status)
{
	static const char *const words[] = { [DONE] = "Success",
					     [END] = "End of file",
					     [NO_SUCH_FILE] = "No such file",
					     [DENIED] = "Permission denied",
					     [FAILURE] = "Failure",
					     [BAD_MESSAGE] = "Bad message",
					     [UNSUPPORTED] = "Operation unsupported" };

	begin(s, PACKET_STATUS);
	add_u32(&s->reply, status);
	add_string(&s->reply, words[status]);
	add_string(&s->reply, "");
}

static enum status status_of(int err)
{
	switch (err) {
	case 0:
		return DONE;
	case ENOENT:
	case ENOTDIR:
	case ELOOP:
		return NO_SUCH_FILE;
	case EACCES:
	case EPERM:
	case EROFS:
		return DENIED;
	case ENAMETOOLONG:
	case EINVAL:
		return BAD_MESSAGE;
	default:
		return FAILURE;
	}
}

/* What a system call that answers 0 or -1 answered. */
static void answer_call(struct server *s, int rc)
{
	answer(s, rc ? status_of(errno) : DONE);
}

static void answer_name(struct server *s, const char *name)
{
	static const struct stat none;

	begin(s, PACKET_NAME);
	add_u32(&s->reply, 1);
	add_string(&s->reply, name);
	add_string(&s->reply, name);
	add_attrs(&s->reply, &none);
}

static void answer_attrs(struct server *s, int rc, const struct stat *st)
{
	if (rc) {
		answer(s, status_of(errno));
		return;
	}
	begin(s, PACKET_ATTRS);
	add_attrs(&s->reply, st);
}

/* ---- handles ------------------------------------------------------------------ */

static void drop(struct handle *h)
{
	if (h->dir)
		(void)closedir(h->dir);
	if (h->fd >= 0)
		(void)close(h->fd);
	free(h->path);
	*h = (struct handle){ .fd = -1 };
}

/* `fd` or `dir` is taken; -1 and NULL: opening it failed, with errno. */
static void answer_handle(struct server *s, int fd, DIR *dir, const char *path)
{
	int err = errno;
	size_t i = 0;
	char name;

	while (i < HANDLES && s->handles[i].used)
		i++;
	if (fd < 0 && !dir) {
		answer(s, status_of(err));
	} else if (i == HANDLES) {
		if (dir)
			(void)closedir(dir);
		if (fd >= 0)
			(void)close(fd);
		answer(s, FAILURE);
	} else {
		s->handles[i] = (struct handle){ true, fd, dir, xstrdup(path) };
		name = (char)i;
		begin(s, PACKET_HANDLE);
		add_bytes(&s->reply, &name, 1);
	}
}

static void do_open(struct server *s)
{
	autofree char *path = take_string(s);
	uint32_t wanted = take_u32(s);
	struct attrs a = take_attrs(s);
	int flags = O_CLOEXEC | O_NOCTTY;

	if (s->bad) {
		answer(s, BAD_MESSAGE);
		return;
	}
	if (wanted & OPEN_WRITE)
		flags |= wanted & OPEN_READ ? O_RDWR : O_WRONLY;
	flags |= wanted & OPEN_APPEND ? O_APPEND : 0;
	flags |= wanted & OPEN_CREATE ? O_CREAT : 0;
	flags |= wanted & OPEN_EMPTY ? O_TRUNC : 0;
	flags |= wanted & OPEN_NEW ? O_EXCL : 0;
	answer_handle(s, open(path, flags, a.has & HAS_MODE ? a.mode & 07777 : 0666), NULL, path);
}

static void do_close(struct server *s)
{
	struct handle *h = take_handle(s);

	if (h)
		drop(h);
	answer(s, h ? DONE : FAILURE);
}

static void do_read(struct server *s)
{
	const struct handle *h = take_handle(s);
	uint64_t at = take_u64(s);
	uint32_t n = take_u32(s);
	autofree char *block = NULL;
	ssize_t got;

	if (s->bad || !h || h->fd < 0) {
		answer(s, s->bad ? BAD_MESSAGE : FAILURE);
		return;
	}
	n = n > READ_MAX ? READ_MAX : n;
	block = xmalloc(n ? n : 1);
	got = pread(h->fd, block, n, (off_t)at);
	if (got <= 0) {
		answer(s, got ? status_of(errno) : END);
		return;
	}
	begin(s, PACKET_DATA);
	add_bytes(&s->reply, block, (size_t)got);
}

static void do_write(struct server *s)
{
	const struct handle *h = take_handle(s);
	uint64_t at = take_u64(s);
	size_t n, done = 0;
	const unsigned char *p = take_bytes(s, &n);

	if (s->bad || !h || h->fd < 0) {
		answer(s, s->bad ? BAD_MESSAGE : FAILURE);
		return;
	}
	while (done < n) {
		ssize_t wrote = pwrite(h->fd, p + done, n - done, (off_t)(at + done));

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0) {
			answer(s, status_of(errno));
			return;
		}
		done += (size_t)wrote;
	}
	answer(s, DONE);
}

/* ---- folders -------------------------------------------------------------------- */

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

static void do_readdir(struct server *s)
{
	const struct handle *h = take_handle(s);
	auto_buf names = BUF_INIT;
	const struct dirent *entry;
	uint32_t n = 0;

	if (!h || !h->dir) {
		answer(s, FAILURE);
		return;
	}
	while (n < NAMES_A_REPLY && (entry = readdir(h->dir))) {
		autofree char *line = NULL;
		struct stat st;

		if (fstatat(dirfd(h->dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW))
			continue; /* it went meanwhile */
		line = long_name(entry->d_name, &st);
		add_string(&names, entry->d_name);
		add_string(&names, line);
		add_attrs(&names, &st);
		n++;
	}
	if (!n) {
		answer(s, END);
		return;
	}
	begin(s, PACKET_NAME);
	add_u32(&s->reply, n);
	(void)buf_add(&s->reply, names.p, names.n);
}

/* ---- settings -------------------------------------------------------------------- */

/* 0, or -1 with errno. */
static int set_attrs(int fd, const char *path, const struct attrs *a)
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

static void do_fsetstat(struct server *s)
{
	const struct handle *h = take_handle(s);
	struct attrs a = take_attrs(s);

	if (s->bad || !h)
		answer(s, s->bad ? BAD_MESSAGE : FAILURE);
	else
		answer_call(s, set_attrs(h->fd, h->path, &a));
}

static void do_fstat(struct server *s)
{
	const struct handle *h = take_handle(s);
	struct stat st;

	if (!h)
		answer(s, FAILURE);
	else
		answer_attrs(s, fstat(h->dir ? dirfd(h->dir) : h->fd, &st), &st);
}

/* ---- names ------------------------------------------------------------------------- */

static void do_realpath(struct server *s, const char *path)
{
	char real[PATH_MAX];
	autofree char *parent = NULL;
	const char *slash;
	int err;

	if (realpath(*path ? path : ".", real)) {
		answer_name(s, real);
		return;
	}
	err = errno;
	/* What is not there yet has a name all the same, if its folder has. */
	slash = strrchr(path, '/');
	parent = slash ? xstrndup(path, (size_t)(slash - path)) : xstrdup(".");
	if (err == ENOENT && realpath(*parent ? parent : "/", real)) {
		autofree char *full = file_join(real, slash ? slash + 1 : path);

		answer_name(s, full);
		return;
	}
	answer(s, status_of(err));
}

static void do_readlink(struct server *s, const char *path)
{
	char target[PATH_MAX];
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	if (n < 0) {
		answer(s, status_of(errno));
		return;
	}
	target[n] = '\0';
	answer_name(s, target);
}

/* "~" and "~/x", for scp. */
static void do_expand(struct server *s, const char *path)
{
	const char *home = getenv("HOME");
	autofree char *full = NULL;

	if (path[0] == '~' && (!path[1] || path[1] == '/')) {
		full = xasprintf("%s%s", home ? home : ".", path + 1);
		do_realpath(s, full);
	} else if (path[0] == '~') {
		answer(s, NO_SUCH_FILE);
	} else {
		do_realpath(s, path);
	}
}

static void do_extended(struct server *s)
{
	autofree char *name = take_string(s);
	autofree char *first = NULL, *second = NULL;

	if (strcmp(name, "posix-rename@openssh.com") == 0) {
		first = take_string(s);
		second = take_string(s);
		if (s->bad)
			answer(s, BAD_MESSAGE);
		else
			answer_call(s, rename(first, second));
	} else if (strcmp(name, "expand-path@openssh.com") == 0) {
		first = take_string(s);
		if (s->bad)
			answer(s, BAD_MESSAGE);
		else
			do_expand(s, first);
	} else {
		answer(s, UNSUPPORTED);
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

/* Those that begin with a path. */
static void do_path(struct server *s, enum packet type)
{
	autofree char *path = take_string(s);
	autofree char *other = NULL;
	struct attrs a = { 0 };
	struct stat st;
	DIR *dir;

	if (type == PACKET_RENAME || type == PACKET_SYMLINK)
		other = take_string(s);
	if (type == PACKET_SETSTAT || type == PACKET_MKDIR)
		a = take_attrs(s);
	if (s->bad) {
		answer(s, BAD_MESSAGE);
		return;
	}
	if (type == PACKET_LSTAT) {
		answer_attrs(s, lstat(path, &st), &st);
	} else if (type == PACKET_STAT) {
		answer_attrs(s, stat(path, &st), &st);
	} else if (type == PACKET_SETSTAT) {
		answer_call(s, set_attrs(-1, path, &a));
	} else if (type == PACKET_OPENDIR) {
		dir = opendir(path);
		answer_handle(s, -1, dir, path);
	} else if (type == PACKET_REMOVE) {
		answer_call(s, unlink(path));
	} else if (type == PACKET_MKDIR) {
		answer_call(s, mkdir(path, a.has & HAS_MODE ? a.mode & 07777 : 0777));
	} else if (type == PACKET_RMDIR) {
		answer_call(s, rmdir(path));
	} else if (type == PACKET_REALPATH) {
		do_realpath(s, path);
	} else if (type == PACKET_RENAME) {
		answer_call(s, rename_to_new(path, other));
	} else if (type == PACKET_READLINK) {
		do_readlink(s, path);
	} else { /* OpenSSH has the two names the other way round than the draft, and so has
		    everybody */
		answer_call(s, symlink(path, other));
	}
}

/* ---- the conversation ---------------------------------------------------------------- */

static void do_init(struct server *s)
{
	buf_reset(&s->reply);
	add_u32(&s->reply, 0);
	(void)buf_addc(&s->reply, PACKET_VERSION);
	add_u32(&s->reply, 3);
	add_string(&s->reply, "posix-rename@openssh.com");
	add_string(&s->reply, "1");
	add_string(&s->reply, "expand-path@openssh.com");
	add_string(&s->reply, "1");
}

static void serve(struct server *s, unsigned char type)
{
	s->bad = false;
	if (type == PACKET_INIT) {
		do_init(s);
		return;
	}
	s->id = take_u32(s);
	if (type == PACKET_OPEN)
		do_open(s);
	else if (type == PACKET_CLOSE)
		do_close(s);
	else if (type == PACKET_READ)
		do_read(s);
	else if (type == PACKET_WRITE)
		do_write(s);
	else if (type == PACKET_FSTAT)
		do_fstat(s);
	else if (type == PACKET_FSETSTAT)
		do_fsetstat(s);
	else if (type == PACKET_READDIR)
		do_readdir(s);
	else if (type == PACKET_EXTENDED)
		do_extended(s);
	else if (type >= PACKET_LSTAT && type <= PACKET_SYMLINK)
		do_path(s, type);
	else
		answer(s, UNSUPPORTED);
}

static bool read_all(void *into, size_t n)
{
	for (size_t at = 0; at < n;) {
		ssize_t got = read(STDIN_FILENO, (char *)into + at, n - at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		at += (size_t)got;
	}
	return true;
}

static bool write_reply(struct buf *reply)
{
	size_t n = reply->n - 4;
	struct rb_error *err;

	for (int i = 0; i < 4; i++)
		reply->p[i] = (char)(n >> (24 - 8 * i));
	err = file_write_all(STDOUT_FILENO, reply->p, reply->n, /* point= */ NULL);
	if (err)
		(void)rb_error_free(err);
	return !err;
}

int sbx_tool_sftp(int argc, char **argv)
{
	struct server s = { .reply = BUF_INIT };
	unsigned char *packet = xmalloc(PACKET_MAX);
	unsigned char head[4];
	int status = 0;

	(void)argc;
	(void)argv;
	for (size_t i = 0; i < HANDLES; i++)
		s.handles[i].fd = -1;
	while (read_all(head, sizeof(head))) {
		s.p = head;
		s.n = sizeof(head);
		size_t n = take_u32(&s);

		if (n < 1 || n > PACKET_MAX || !read_all(packet, n)) {
			status = 1;
			break;
		}
		s.p = packet + 1;
		s.n = n - 1;
		serve(&s, packet[0]);
		if (!write_reply(&s.reply))
			break;
	}
	for (size_t i = 0; i < HANDLES; i++)
		drop(&s.handles[i]);
	buf_clear(&s.reply);
	free(packet);
	return status;
}
