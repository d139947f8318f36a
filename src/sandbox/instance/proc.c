/* SPDX-License-Identifier: Apache-2.0 */
/* An instance's program that runs: its terminal, its signals, its end. */
#include "sandbox/instance/proc.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"

#define GRACE_MS 1000

static const struct {
	const char *name;
	int sig;
} signal_names[] = {
	{ "ABRT", SIGABRT }, { "ALRM", SIGALRM }, { "FPE", SIGFPE },   { "HUP", SIGHUP },
	{ "ILL", SIGILL },   { "INT", SIGINT },	  { "KILL", SIGKILL }, { "PIPE", SIGPIPE },
	{ "QUIT", SIGQUIT }, { "SEGV", SIGSEGV }, { "TERM", SIGTERM }, { "USR1", SIGUSR1 },
	{ "USR2", SIGUSR2 },
};

void instance_proc_resize(const struct instance_proc *p, int rows, int cols)
{
	struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols };

	if (p->pty && p->out >= 0)
		ioctl(p->out, TIOCSWINSZ, &size);
}

bool instance_proc_signal(const struct instance_proc *p, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(signal_names); i++)
		if (strcmp(name, signal_names[i].name) == 0)
			return p->pid > 0 && kill(-p->pid, signal_names[i].sig) == 0;
	return false;
}

const char *instance_proc_signal_name(int sig)
{
	for (size_t i = 0; i < ARRAY_LEN(signal_names); i++)
		if (signal_names[i].sig == sig)
			return signal_names[i].name;
	return "TERM";
}

void instance_proc_close_in(struct instance_proc *p)
{
	if (p->in >= 0)
		close(p->in);
	p->in = -1;
}

bool instance_proc_ended(const struct instance_proc *p, int *ret_status, int *ret_signal)
{
	siginfo_t info = { 0 };

	if (p->pid <= 0 || waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
	    info.si_pid == 0)
		return false;
	*ret_status = info.si_code == CLD_EXITED ? info.si_status : 0;
	*ret_signal = info.si_code == CLD_EXITED ? 0 : info.si_status;
	return true;
}

/* Field 6 of /proc/PID/stat; the name before it may hold anything, so count from its last ')'. */
static pid_t session_of(const char *pid_name)
{
	char path[64], text[512];
	const char *p;
	ssize_t n;
	int fd, session;

	snprintf(path, sizeof(path), "/proc/%.20s/stat", pid_name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return -1;
	text[n] = 0;
	p = strrchr(text, ')');
	if (!p || sscanf(p + 1, " %*c %*d %*d %d", &session) != 1)
		return -1;
	return (pid_t)session;
}

/* Everything that was started there and did not leave the session. */
static void signal_session(pid_t session, int sig)
{
	DIR *dir = opendir("/proc");
	struct dirent *e;
	int64_t pid;

	while (dir && (e = readdir(dir)) != NULL)
		if (text_parse_i64(e->d_name, 2, INT32_MAX, &pid) &&
		    session_of(e->d_name) == session)
			kill((pid_t)pid, sig);
	if (dir)
		closedir(dir);
}

static void wait_a_little(const struct instance_proc *p)
{
	struct pollfd done = { .fd = p->pidfd, .events = POLLIN };

	(void)poll(&done, 1, SBX_PROC_LOOK_MS);
}

void instance_proc_end(struct instance_proc *p)
{
	int status, sig;

	if (p->in >= 0)
		close(p->in);
	if (p->out >= 0)
		close(p->out);
	if (p->err >= 0)
		close(p->err);
	if (p->pid > 0) {
		signal_session(p->pid, SIGHUP);
		for (int waited = 0; waited < GRACE_MS && !instance_proc_ended(p, &status, &sig);
		     waited += SBX_PROC_LOOK_MS)
			wait_a_little(p);
		signal_session(p->pid, SIGKILL);
		kill(p->pid, SIGKILL);
		(void)waitpid(p->pid, &status, 0);
		if (p->pidfd >= 0)
			close(p->pidfd);
	}
	*p = (struct instance_proc)SBX_PROC_INIT;
}

char *instance_proc_find(const char *name, const char *path)
{
	while (path && *path) {
		size_t n = strcspn(path, ":");
		autofree char *dir = xstrndup(path, n);
		autofree char *file = file_join(*dir ? dir : ".", name);

		if (access(file, X_OK) == 0)
			return steal_str(&file);
		path += n + (path[n] == ':');
	}
	return NULL;
}
