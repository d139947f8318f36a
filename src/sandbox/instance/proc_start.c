/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The start of an instance's program.
 *
 * Between fork and exec of a process with threads only async-signal-safe calls
 * are allowed, so everything is laid out before.  The child dies with the
 * thread that started it (PR_SET_PDEATHSIG): kill -9 of the sandbox takes its
 * instances' programs along.
 */
#include "sandbox/instance/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/file.h"

#define PIPE_BYTES (256 * 1024)

struct layout {
	int in, out, err; /* what the child gets as 0, 1, 2 */
	bool pty;
	const char *dir;
	const char *file;
	char *const *argv;
	char *const *env;
	pid_t parent;
};

static NORETURN void child(const struct layout *l)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int s = 1; s < NSIG; s++)
		signal(s, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != l->parent)
		_exit(126); /* we were killed before the line above */
	if (setsid() < 0 || (l->pty && ioctl(l->in, TIOCSCTTY, 0) < 0))
		_exit(126);
	if (dup2(l->in, 0) < 0 || dup2(l->out, 1) < 0 || dup2(l->err, 2) < 0)
		_exit(126);
	close_range(3, ~0U, 0);
	if (chdir(l->dir) < 0)
		_exit(126);
	execve(l->file, l->argv, l->env);
	_exit(127);
}

static struct rb_error *open_pty(const struct instance_proc_spec *spec, int *ret_master,
				 int *ret_slave)
{
	struct winsize size = { .ws_row = (unsigned short)(spec->rows > 0 ? spec->rows : 24),
				.ws_col = (unsigned short)(spec->cols > 0 ? spec->cols : 80) };
	auto_fd int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	char name[64];
	int slave;

	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0 ||
	    ptsname_r(master, name, sizeof(name)) != 0)
		return rb_error_sys(errno, "cannot open a terminal");
	slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return rb_error_sys(errno, "cannot open a terminal");
	ioctl(slave, TIOCSWINSZ, &size);
	*ret_master = master;
	*ret_slave = slave;
	master = -1;
	return NULL;
}

static void close_all(int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
		fds[i] = -1;
	}
}

/* `ours` and `its`: stdin, stdout, stderr of either side. */
static struct rb_error *open_stdio(const struct instance_proc_spec *spec, int ours[3], int its[3])
{
	if (spec->pty) {
		TRY(open_pty(spec, &ours[1], &its[0]));
		ours[0] = dup(ours[1]);
		its[1] = dup(its[0]);
		its[2] = dup(its[0]);
		if (ours[0] < 0 || its[1] < 0 || its[2] < 0)
			return rb_error_sys(errno, "cannot open a terminal");
		return NULL;
	}
	for (int i = 0; i < 3; i++) {
		int p[2];

		if (pipe2(p, O_CLOEXEC) < 0)
			return rb_error_sys(errno, "cannot open a pipe");
		(void)fcntl(p[0], F_SETPIPE_SZ,
			    PIPE_BYTES); /* fewer turns; what it is does as well */
		ours[i] = i == 0 ? p[1] : p[0];
		its[i] = i == 0 ? p[0] : p[1];
	}
	return NULL;
}

static void set_flags(int fd)
{
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/* The shell: bash as on Amazon Linux where there is one.  Nothing of the operator's own profile
 * is read, it would put the path of the instance out of order. */
static const char *shell_words(const struct instance_proc_spec *spec, const char *argv[6])
{
	bool bash = access("/bin/bash", X_OK) == 0;
	size_t n = 0;

	argv[n++] = bash ? "bash" : "sh";
	if (spec->command) {
		argv[n++] = "-c";
		argv[n++] = spec->command;
	} else {
		if (bash)
			argv[n++] = "--noprofile";
		argv[n++] = "-i";
	}
	argv[n] = NULL;
	return bash ? "/bin/bash" : "/bin/sh";
}

struct rb_error *instance_proc_start(const struct instance_proc_spec *spec,
				     struct instance_proc *ret)
{
	int ours[3] = { -1, -1, -1 }, its[3] = { -1, -1, -1 };
	const char *argv[6];
	struct layout l = { .pty = spec->pty, .dir = spec->dir, .parent = getpid() };
	struct rb_error *err = open_stdio(spec, ours, its);
	pid_t pid = -1;
	int pidfd = -1;

	if (err)
		goto fail;
	for (size_t i = 0; i < 3; i++)
		if (ours[i] >= 0)
			set_flags(ours[i]);
	l.file = shell_words(spec, argv);
	l.argv = (char *const *)argv;
	l.env = (char *const *)spec->env;
	l.in = its[0];
	l.out = its[1];
	l.err = its[2];
	pid = fork();
	if (pid == 0)
		child(&l);
	if (pid < 0) {
		err = rb_error_sys(errno, "cannot start a program");
		goto fail;
	}
	pidfd = pidfd_open(pid, 0); /* since Linux 5.3; closed by exec by itself */
	close_all(its, 3);
	*ret = (struct instance_proc){ .pid = pid,
				       .pidfd = pidfd,
				       .in = ours[0],
				       .out = ours[1],
				       .err = ours[2],
				       .pty = spec->pty };
	return NULL;
fail:
	close_all(ours, 3);
	close_all(its, 3);
	return err;
}
