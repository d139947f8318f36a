/* Fault points, steered by the environment; see fault.h. */
#include "base/fault.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
	bool ready;
	bool active;
	long crash_at;
	long passed;
	long alloc_at;
	long allocs;
	const char *fail_name; /* points into the environment */
	size_t fail_name_n;
	long fail_nth; /* 0: every pass */
	long fail_seen;
	int fail_errno;
	const char *log;
} fault;

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
	fault.alloc_at = env_long("RUNBOOK_FAULT_ALLOC_AT");
	fault.log = getenv("RUNBOOK_FAULT_LOG");
	if (fail && (colon = strchr(fail, ':'))) {
		const char *err = strchr(colon + 1, ':');

		fault.fail_name = fail;
		fault.fail_name_n = (size_t)(colon - fail);
		fault.fail_nth = colon[1] == '*' ? 0 : strtol(colon + 1, NULL, 10);
		fault.fail_errno = err ? (int)strtol(err + 1, NULL, 10) : 5; /* EIO */
	}
	fault.active = fault.crash_at || fault.fail_name || fault.log;
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

int fault_point(const char *name)
{
	if (!fault.ready)
		setup();
	if (!fault.active)
		return 0;
	fault.passed++;
	if (fault.log)
		log_point(name);
	if (fault.crash_at && fault.passed == fault.crash_at)
		(void)raise(SIGKILL);
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
