/* SPDX-License-Identifier: Apache-2.0 */
/* Child processes with collected output. */
#include "base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/proc_tree.h"

/* A child may write faster than we read: the caller gets its turn, and so its time limit. */
enum { CHUNK = 16384, CHUNKS_A_POLL = 64 };

static void close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

/*
 * A stdout that was closed is /dev/null by now, and takes nothing (stdio_fds.h).  OpenSSH 10 drops
 * what goes to stderr, too, when it cannot write to stdout: the child gets one that takes all.
 */
static void open_stdout(void)
{
	int fd;

	if ((fcntl(STDOUT_FILENO, F_GETFL) & O_ACCMODE) != O_RDONLY)
		return;
	fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (fd >= 0)
		(void)dup2(fd, STDOUT_FILENO);
}

/* In the child, between fork and exec: async-signal-safe calls alone, but for putenv on memory
 * that was made before. */
static NORETURN void become(const struct proc_options *o, int in_r, int out_w, int err_w,
			    int status_w)
{
	sigset_t none;
	int err;

	for (int sig = 1; sig < NSIG; sig++)
		if (sig != SIGKILL && sig != SIGSTOP)
			(void)signal(sig, SIG_DFL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (o->inherit_stdio) {
		open_stdout();
	} else {
		int in = o->reads_stdin ? 0 : in_r >= 0 ? in_r : open("/dev/null", O_RDONLY);

		/* Ctrl-C is for us to act on, unless it asks on the terminal itself; and without us
		 * nobody waits for it. */
		if (!o->shares_terminal)
			(void)setpgid(0, 0);
		(void)prctl(PR_SET_PDEATHSIG, SIGHUP);
		if (in < 0 || dup2(in, 0) < 0 || dup2(out_w, 1) < 0 || dup2(err_w, 2) < 0)
			_exit(127);
	}
	for (const char *const *e = o->env; e && *e; e++)
		(void)putenv((char *)(void *)*e); /* execvp reads environ; never written to */
	execvp(o->argv[0], (char *const *)(void *)o->argv);
	err = errno;
	(void)!write(status_w, &err, sizeof(err));
	_exit(127);
}

/* A file without a name: unlike a pipe it holds all of it, so nobody has to go on writing. */
static int open_input(const struct proc_options *o)
{
	int fd = memfd_create("input", MFD_CLOEXEC);
	struct rb_error *err = fd < 0 ? NULL : file_write_all(fd, o->input, o->input_n, NULL);

	if (err || (fd >= 0 && lseek(fd, 0, SEEK_SET) != 0)) {
		(void)rb_error_free(err);
		close_fd(&fd);
	}
	return fd;
}

struct rb_error *proc_start(struct proc *p, const struct proc_options *o)
{
	int out[2] = { -1, -1 }, errp[2] = { -1, -1 }, status[2] = { -1, -1 };
	int exec_errno = 0, in = -1;
	ssize_t n;

	*p = (struct proc){ .out_fd = -1, .err_fd = -1, .out = BUF_INIT, .err = BUF_INIT };
	p->max_output_bytes = o->max_output_bytes ? o->max_output_bytes : 1024 * 1024;
	p->shares_terminal = o->shares_terminal;
	if (pipe2(status, O_CLOEXEC) ||
	    (!o->inherit_stdio && (pipe2(out, O_CLOEXEC) || pipe2(errp, O_CLOEXEC))))
		goto failed;
	if (o->input && (in = open_input(o)) < 0)
		goto failed;
	p->pid = fork();
	if (p->pid < 0)
		goto failed;
	if (!p->pid)
		become(o, in, out[1], errp[1], status[1]);
	close_fd(&in);
	close_fd(&out[1]);
	close_fd(&errp[1]);
	close_fd(&status[1]);
	do {
		n = read(status[0], &exec_errno, sizeof(exec_errno));
	} while (n < 0 && errno == EINTR);
	close_fd(&status[0]);
	p->out_fd = out[0];
	p->err_fd = errp[0];
	if (n == (ssize_t)sizeof(exec_errno)) {
		struct rb_error *err;

		(void)waitpid(p->pid, NULL, 0);
		p->pid = 0;
		close_fd(&p->out_fd);
		close_fd(&p->err_fd);
		err = rb_error_sys(exec_errno, "cannot run '%s'", o->argv[0]);
		err->kind = RB_USAGE;
		return err;
	}
	if (p->out_fd >= 0) {
		/* As much as one poll reads, so that polling now and then slows down nobody. */
		(void)fcntl(p->out_fd, F_SETPIPE_SZ, CHUNKS_A_POLL * CHUNK);
		(void)fcntl(p->err_fd, F_SETPIPE_SZ, CHUNKS_A_POLL * CHUNK);
		(void)fcntl(p->out_fd, F_SETFL, O_NONBLOCK);
		(void)fcntl(p->err_fd, F_SETFL, O_NONBLOCK);
	}
	return NULL;
failed:
	exec_errno = errno;
	close_fd(&in);
	for (int i = 0; i < 2; i++) {
		close_fd(&out[i]);
		close_fd(&errp[i]);
		close_fd(&status[i]);
	}
	p->pid = 0;
	return rb_error_sys(exec_errno, "cannot run '%s'", o->argv[0]);
}

static void collect(int *fd, struct buf *into, size_t max)
{
	char chunk[CHUNK];
	ssize_t n;

	for (int i = 0; *fd >= 0 && i < CHUNKS_A_POLL; i++) {
		n = read(*fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			close_fd(fd);
			return;
		}
		if (into->n < max)
			(void)buf_add(into, chunk,
				      (size_t)n < max - into->n ? (size_t)n : max - into->n);
	}
}

static bool reap(struct proc *p, int flags)
{
	int status;
	pid_t got;

	do {
		got = waitpid(p->pid, &status, flags | (p->shares_terminal ? WUNTRACED : 0));
	} while ((got < 0 && errno == EINTR) || (got > 0 && WIFSTOPPED(status) && !flags));
	if (got == 0)
		return false;
	if (got > 0 && WIFSTOPPED(status)) {
		p->wants_terminal = WSTOPSIG(status) == SIGTTIN || WSTOPSIG(status) == SIGTTOU;
		return false;
	}
	p->done = true;
	p->pid = 0;
	if (got < 0)
		p->exit_status = 127;
	else
		p->exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return true;
}

bool proc_poll(struct proc *p)
{
	if (p->done)
		return true;
	collect(&p->out_fd, &p->out, p->max_output_bytes);
	collect(&p->err_fd, &p->err, p->max_output_bytes);
	if (!p->pid || !reap(p, WNOHANG))
		return p->done;
	/* Whoever inherited the pipes may live on; what the child itself wrote is in them. */
	collect(&p->out_fd, &p->out, p->max_output_bytes);
	collect(&p->err_fd, &p->err, p->max_output_bytes);
	close_fd(&p->out_fd);
	close_fd(&p->err_fd);
	return true;
}

void proc_wait(struct proc *p, int ms)
{
	struct pollfd fds[2] = { { .fd = p->out_fd, .events = POLLIN },
				 { .fd = p->err_fd, .events = POLLIN } };

	if (p->out_fd < 0 && p->err_fd < 0 && ms > 10)
		ms = 10; /* only its end is awaited, and that wakes no poll */
	(void)poll(fds, 2, ms);
}

void proc_stop(struct proc *p, int grace_ms)
{
	int64_t until_ms = clock_mono_ms() + grace_ms;
	struct proc_tree tree = { .n = 0 };

	if (!p->pid)
		return;
	if (p->shares_terminal)
		proc_tree_find(&tree, p->pid);
	(void)kill(p->pid, SIGTERM);
	(void)kill(-p->pid, SIGTERM); /* its own group, where it has one */
	proc_tree_signal(&tree, SIGTERM);
	(void)kill(p->pid, SIGCONT); /* who was stopped hears it, too */
	proc_tree_signal(&tree, SIGCONT);
	while (!proc_poll(p)) {
		if (clock_mono_ms() >= until_ms) {
			(void)kill(-p->pid, SIGKILL);
			(void)kill(p->pid, SIGKILL);
			(void)reap(p, 0);
			break;
		}
		proc_wait(p, 10);
	}
	proc_tree_signal(&tree, SIGKILL); /* those whose parent went without them */
	proc_tree_clear(&tree);
}

void proc_clear(struct proc *p)
{
	if (p->pid)
		proc_stop(p, 500);
	/* An all-zero struct was never started: its descriptors are not ours. */
	if (p->max_output_bytes) {
		close_fd(&p->out_fd);
		close_fd(&p->err_fd);
		buf_cleanse(&p->out);
		buf_cleanse(&p->err);
	}
	*p = (struct proc){ .out_fd = -1, .err_fd = -1, .out = BUF_INIT, .err = BUF_INIT };
}
