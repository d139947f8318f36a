/* SPDX-License-Identifier: Apache-2.0 */
/* Fault points, steered by the environment; see fault.h. */
#include "base/fault.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
	bool ready;
	bool active;
	long crash_at;
	long passed;
	long stop_at;
	long alloc_at;
	long allocs;
	const char *fail_name; /* points into the environment */
	size_t fail_name_n;
	long fail_nth; /* 0: every pass */
	long fail_seen;
	int fail_errno;
	const char *log;
	const char *synced_name;
	const char *lose; /* NULL: all */
} fault;

/* What a crash takes away.  The descriptors are our own, so closing and renaming change nothing. */
enum { MAX_UNSYNCED = 32 };
static struct unsynced {
	int fd;
	dev_t dev;
	ino_t ino;
	off_t kept; /* bytes that are on the disk */
} unsynced[MAX_UNSYNCED];
static size_t n_unsynced;
static struct renamed {
	char from[PATH_MAX], to[PATH_MAX];
	int before; /* what stood at `to`; -1: nothing */
} renamed[4];
static size_t n_renamed;

static long env_long(const char *name)
{
	const char *s = getenv(name);

	return s ? strtol(s, NULL, 10) : 0;
}

static void setup(void)
{
	const char *fail = getenv("RUNBOOK_FAULT_FAIL");
	const char *colon;

	fault.ready = true;
	fault.crash_at = env_long("RUNBOOK_FAULT_CRASH_AT");
	fault.stop_at = env_long("RUNBOOK_FAULT_STOP_AT");
	fault.alloc_at = env_long("RUNBOOK_FAULT_ALLOC_AT");
	fault.log = getenv("RUNBOOK_FAULT_LOG");
	fault.lose = getenv("RUNBOOK_FAULT_LOSE");
	fault.synced_name = getenv("RUNBOOK_FAULT_SYNCED");
	if (fail && (colon = strchr(fail, ':'))) {
		const char *err = strchr(colon + 1, ':');

		fault.fail_name = fail;
		fault.fail_name_n = (size_t)(colon - fail);
		fault.fail_nth = colon[1] == '*' ? 0 : strtol(colon + 1, NULL, 10);
		fault.fail_errno = err ? (int)strtol(err + 1, NULL, 10) : 5; /* EIO */
	}
	fault.active = fault.crash_at || fault.stop_at || fault.fail_name || fault.log;
}

static void log_point(const char *name)
{
	int fd = open(fault.log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return;
	(void)!write(fd, name, strlen(name));
	(void)!write(fd, "\n", 1);
	close(fd);
}

/* ---- what is not on the disk yet ------------------------------------------ */

static struct unsynced *find_unsynced(const struct stat *st)
{
	for (size_t i = 0; i < n_unsynced; i++)
		if (unsynced[i].dev == st->st_dev && unsynced[i].ino == st->st_ino)
			return &unsynced[i];
	return NULL;
}

void fault_writing(int fd)
{
	struct stat st;

	if (!fault.ready)
		setup();
	if (!fault.crash_at || fstat(fd, &st) || !S_ISREG(st.st_mode) || find_unsynced(&st) ||
	    n_unsynced == MAX_UNSYNCED)
		return;
	unsynced[n_unsynced++] = (struct unsynced){ fcntl(fd, F_DUPFD_CLOEXEC, 3), st.st_dev,
						    st.st_ino, st.st_size };
}

/* A line of one length, written at once: whoever reads meanwhile sees the old one or the new. */
static void tell_synced(int fd, const struct stat *st)
{
	char link[64], path[PATH_MAX], line[64];
	ssize_t n;
	int out;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - sizeof(".synced"));
	if (n <= 0)
		return;
	memcpy(path + n, ".synced", sizeof(".synced"));
	out = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (out < 0)
		return;
	n = snprintf(line, sizeof(line), "%020llu %020llu\n", (unsigned long long)st->st_ino,
		     (unsigned long long)st->st_size);
	(void)!pwrite(out, line, (size_t)n, 0);
	close(out);
}

void fault_synced(int fd, const char *name)
{
	struct unsynced *u;
	struct stat st;

	if (!fault.ready)
		setup();
	if ((!fault.crash_at && !fault.synced_name) || fstat(fd, &st))
		return;
	u = find_unsynced(&st);
	if (u) {
		close(u->fd);
		*u = unsynced[--n_unsynced];
	}
	if (name && fault.synced_name && strcmp(name, fault.synced_name) == 0)
		tell_synced(fd, &st);
}

void fault_renaming(const char *from, const char *to)
{
	struct renamed *r = &renamed[n_renamed];

	if (!fault.ready)
		setup();
	if (!fault.crash_at || n_renamed == sizeof(renamed) / sizeof(renamed[0]))
		return;
	(void)snprintf(r->from, sizeof(r->from), "%s", from);
	(void)snprintf(r->to, sizeof(r->to), "%s", to);
	r->before = open(to, O_RDONLY | O_CLOEXEC);
	n_renamed++;
}

void fault_dir_synced(const char *dir)
{
	size_t n = strlen(dir);

	for (size_t i = 0; i < n_renamed;) {
		struct renamed *r = &renamed[i];

		if (strncmp(r->to, dir, n) != 0 || strchr(r->to + n + 1, '/')) {
			i++;
			continue;
		}
		if (r->before >= 0)
			close(r->before);
		*r = renamed[--n_renamed];
	}
}

/* Not a good source of chance, but the same one for the same seed. */
static off_t part_of(off_t n)
{
	unsigned long long x = (unsigned long long)strtoll(fault.lose, NULL, 10) * 2654435761u +
			       (unsigned long long)fault.passed * 40503u;

	return (off_t)((x >> 7) % (unsigned long long)(n + 1));
}

static void bring_back(const struct renamed *r)
{
	char chunk[4096];
	ssize_t n;
	int fd;

	(void)rename(r->to, r->from);
	if (r->before < 0)
		return;
	fd = open(r->to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	while (fd >= 0 && (n = read(r->before, chunk, sizeof(chunk))) > 0)
		(void)!write(fd, chunk, (size_t)n);
}

static void lose_unsynced(void)
{
	for (size_t i = 0; i < n_unsynced; i++) {
		const struct unsynced *u = &unsynced[i];
		struct stat st;

		if (fstat(u->fd, &st) || st.st_size <= u->kept)
			continue;
		(void)!ftruncate(u->fd, u->kept + (fault.lose ? part_of(st.st_size - u->kept) : 0));
	}
	for (size_t i = 0; i < n_renamed; i++)
		bring_back(&renamed[i]);
}

/* ---- the points ------------------------------------------------------------ */

int fault_point(const char *name)
{
	if (!fault.ready)
		setup();
	if (!fault.active)
		return 0;
	fault.passed++;
	if (fault.log)
		log_point(name);
	if (fault.crash_at && fault.passed == fault.crash_at) {
		lose_unsynced();
		(void)raise(SIGKILL);
	}
	if (fault.stop_at && fault.passed == fault.stop_at)
		(void)raise(SIGSTOP);
	if (fault.fail_name && strlen(name) == fault.fail_name_n &&
	    memcmp(name, fault.fail_name, fault.fail_name_n) == 0) {
		fault.fail_seen++;
		if (!fault.fail_nth || fault.fail_seen == fault.fail_nth)
			return fault.fail_errno;
	}
	return 0;
}

void fault_crash_point(const char *name)
{
	(void)!fault_point(name);
}

bool fault_alloc_fails(void)
{
	if (!fault.ready)
		setup();
	return fault.alloc_at && ++fault.allocs == fault.alloc_at;
}
