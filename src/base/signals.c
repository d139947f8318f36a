/* SPDX-License-Identifier: Apache-2.0 */
/* A signalfd; see signals.h. */
#include "base/signals.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* Under nohup a hang-up stays ignored.  SIGINT is heeded even where a script's shell has set it to
 * be ignored, as it does for what it starts with '&': there, it is the only polite way to stop a
 * run. */
static sigset_t watched(void)
{
	struct sigaction hup;
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGWINCH);
	if (sigaction(SIGHUP, NULL, &hup) || hup.sa_handler != SIG_IGN)
		(void)sigaddset(&set, SIGHUP);
	return set;
}

struct rb_error *signals_open(struct signals *s)
{
	sigset_t set = watched();

	memset(s, 0, sizeof(*s));
	if (pthread_sigmask(SIG_BLOCK, &set, NULL))
		return rb_error_sys(errno, "cannot block signals");
	s->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->fd < 0)
		return rb_error_sys(errno, "cannot watch signals");
	return NULL;
}

void signals_ignore_resize(const struct signals *s)
{
	sigset_t set = watched();

	(void)sigdelset(&set, SIGWINCH);
	(void)signalfd(s->fd, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

void signals_take(struct signals *s)
{
	struct signalfd_siginfo info;

	while (read(s->fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGWINCH) {
			s->resized = true;
			continue;
		}
		if (s->interrupted) {
			if (s->at_once)
				s->at_once(s->arg);
			_exit(130);
		}
		s->interrupted = true;
		s->terminated_by = (int)info.ssi_signo;
	}
}

void signals_suspend(const struct signals *s)
{
	sigset_t set = watched();

	if (s->fd > 0)
		(void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

void signals_resume(const struct signals *s)
{
	sigset_t set = watched();

	if (s->fd > 0)
		(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
}

void signals_close(struct signals *s)
{
	struct signalfd_siginfo info;
	sigset_t set = watched();

	if (s->fd <= 0)
		return;
	/* What nobody has read yet would end the process, whatever its own exit status was. */
	while (read(s->fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		;
	close(s->fd);
	s->fd = -1;
	(void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

void signals_hold(sigset_t *ret_before)
{
	sigset_t all;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, ret_before);
}
