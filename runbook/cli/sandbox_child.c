/* SPDX-License-Identifier: Apache-2.0 */
/* A child on a pipe; see sandbox_child.h. */
#include "runbook/cli/sandbox_child.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/sandbox.h"
#include "base/text.h"
#include "base/program.h"

extern char **environ;

enum {
	START_TIMEOUT_MS = 30000,
	STOP_TIMEOUT_MS = 5000,
	IN_USE_TIMEOUT_MS = 5000,
	EXIT_IN_USE = 4, /* runbook-sandbox: the state is in use */
	MAX_LINE = 512,
};

static struct rb_error *program_beside_us(char **ret)
{
	autofree char *path = NULL;
	char *slash;

	TRY(program_path(&path));
	slash = strrchr(path, '/');
	if (slash)
		*slash = '\0';
	*ret = file_join(path, "runbook-sandbox");
	if (access(*ret, X_OK))
		return rb_error_hint(
			rb_error_why(rb_error_new(RB_USAGE, "cannot start the sandbox"),
				     "there is no program '%s'", *ret),
			"install runbook-sandbox beside runbook, or leave out --sandbox");
	return NULL;
}

/*
 * A process group of its own: a Ctrl-C on the terminal is for us, who still need
 * the sandbox to finish the call in flight.
 */
static int spawn(pid_t *pid, const char *program, char *const argv[], int in, int out, int words)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, defaults;
	int err;

	assert(program);
	(void)posix_spawn_file_actions_init(&files);
	(void)posix_spawnattr_init(&attr);
	(void)posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
	(void)posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
	if (words >= 0)
		(void)posix_spawn_file_actions_adddup2(&files, words, STDERR_FILENO);
	(void)sigemptyset(&none);
	(void)sigfillset(&defaults);
	(void)posix_spawnattr_setsigmask(&attr, &none);
	(void)posix_spawnattr_setsigdefault(&attr, &defaults);
	(void)posix_spawnattr_setpgroup(&attr, 0);
	(void)posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
						      POSIX_SPAWN_SETSIGDEF);
	err = posix_spawn(pid, program, &files, &attr, argv, environ);
	(void)posix_spawn_file_actions_destroy(&files);
	(void)posix_spawnattr_destroy(&attr);
	return err;
}

/* The first line, at most; false when the end, an error or the deadline came before it. */
static bool read_line(int fd, struct buf *line)
{
	int64_t deadline_ms = clock_mono_ms() + START_TIMEOUT_MS;
	int64_t left_ms;
	char c;

	while ((left_ms = deadline_ms - clock_mono_ms()) > 0 && line->n < MAX_LINE) {
		struct pollfd p = { .fd = fd, .events = POLLIN };

		if (poll(&p, 1, (int)left_ms) < 0 && errno != EINTR)
			return false;
		if (!p.revents)
			continue;
		if (read(fd, &c, 1) != 1)
			return false;
		if (c == '\n')
			return true;
		(void)buf_addc(line, c);
	}
	return false;
}

/* Close our end, and wait; its exit status, -1 when it had to be killed. */
static int end_child(struct sandbox_child *child)
{
	int64_t deadline_ms = clock_mono_ms() + STOP_TIMEOUT_MS;
	struct timespec nap = { .tv_nsec = 2000000 };
	int status = 0;

	if (child->stdin_fd >= 0)
		close(child->stdin_fd);
	child->stdin_fd = -1;
	while (child->pid > 0 && waitpid(child->pid, &status, WNOHANG) == 0) {
		if (clock_mono_ms() > deadline_ms)
			(void)kill(child->pid, SIGKILL);
		(void)nanosleep(&nap, NULL);
	}
	child->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The start of what it wrote to stderr, for people. */
static char *complaint(int words)
{
	char text[MAX_LINE];
	ssize_t n = words >= 0 ? pread(words, text, sizeof(text), 0) : 0;

	return text_printable(text, n > 0 ? (size_t)n : 0, 400);
}

static struct rb_error *did_not_start(int status, const struct buf *line, int words,
				      const char *state_file)
{
	autofree char *said = line->n ? text_printable(line->p, line->n, 200) : complaint(words);
	struct rb_error *err;

	if (status == EXIT_IN_USE) {
		err = rb_error_new(RB_LOCKED, "the sandbox of this stack is in use");
		err = rb_error_why(err, "another runbook-sandbox works on '%s'", state_file);
		return rb_error_hint(err, "wait until the other command is over");
	}
	err = rb_error_new(RB_FAILED, "the sandbox did not start");
	err = *said ? rb_error_why(err, "it said: %s", said)
		    : rb_error_why(err, "it ended with status %d and said nothing", status);
	return rb_error_hint(err, "try: runbook-sandbox serve --state '%s'", state_file);
}

/* One try; *ret_status: how it ended, when it did not start. */
static struct rb_error *start_once(struct sandbox_child *child, const char *program,
				   const char *state_file, double speed, bool debug,
				   int *ret_status)
{
	static const char listening[] = "listening ";
	autofree char *speed_text = xasprintf("%.6g", speed);
	const char *const argv[] = { "runbook-sandbox", "serve",    "--listen", "127.0.0.1:0",
				     "--state",		state_file, "--speed",	speed_text,
				     "--until-eof",	NULL };
	auto_buf line = BUF_INIT;
	auto_fd int their_in = -1;
	auto_fd int their_out = -1;
	auto_fd int our_out = -1;
	/* What it has to say besides: on our terminal with --debug, else for when it does not
	 * start. */
	auto_fd int words = debug ? -1 : memfd_create("runbook-sandbox", MFD_CLOEXEC);
	int in[2], out[2], err;

	if (pipe2(in, O_CLOEXEC))
		return rb_error_sys(errno, "cannot start the sandbox");
	their_in = in[0];
	child->stdin_fd = in[1];
	if (pipe2(out, O_CLOEXEC))
		return rb_error_sys(errno, "cannot start the sandbox");
	our_out = out[0];
	their_out = out[1];
	/* posix_spawn changes no string. */
	err = spawn(&child->pid, program, (char *const *)(uintptr_t)argv, their_in, their_out,
		    words);
	if (err) {
		child->pid = 0;
		return rb_error_sys(err, "cannot start '%s'", program);
	}
	close(their_out);
	their_out = -1;
	if (!read_line(our_out, &line) || !text_starts_with(line.p, listening) ||
	    !text_starts_with(line.p + sizeof(listening) - 1, "http://")) {
		*ret_status = end_child(child);
		return did_not_start(*ret_status, &line, words, state_file);
	}
	child->url = xstrdup(line.p + sizeof(listening) - 1);
	return NULL;
}

/* The one of a command that was killed a moment ago may still be on its way out. */
struct rb_error *sandbox_child_start(struct sandbox_child *child, const char *state_file,
				     double speed, bool debug)
{
	int64_t deadline_ms = clock_mono_ms() + IN_USE_TIMEOUT_MS;
	struct timespec nap = { .tv_nsec = 50000000 };
	autofree char *program = NULL;

	memset(child, 0, sizeof(*child));
	child->stdin_fd = -1;
	TRY(program_beside_us(&program));
	for (;;) {
		int status = 0;
		struct rb_error *err =
			start_once(child, program, state_file, speed, debug, &status);

		if (!err || status != EXIT_IN_USE || clock_mono_ms() > deadline_ms)
			return err;
		(void)rb_error_free(err);
		(void)nanosleep(&nap, NULL);
	}
}

void sandbox_child_stop(struct sandbox_child *child)
{
	(void)end_child(child);
	free(child->url);
	child->url = NULL;
}

/* Every setting of AWS that the environment may hold, and the proxies: emptied. */
static void empty_settings(struct strv *ret)
{
	static const char *const proxies[] = { "http_proxy", "https_proxy", "all_proxy",
					       "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY" };

	for (char **e = environ; *e; e++) {
		size_t n = strcspn(*e, "=");

		if (text_starts_with(*e, "AWS_"))
			strv_addf(ret, "%.*s=", (int)n, *e);
	}
	for (size_t i = 0; i < ARRAY_LEN(proxies); i++)
		strv_addf(ret, "%s=", proxies[i]);
}

void sandbox_child_environment(const struct sandbox_child *child, struct strv *ret)
{
	static const char *const fixed[] = {
		"AWS_ACCESS_KEY_ID=" SANDBOX_ACCESS_KEY,
		"AWS_SECRET_ACCESS_KEY=" SANDBOX_SECRET_KEY,
		"AWS_CONFIG_FILE=/dev/null",
		"AWS_SHARED_CREDENTIALS_FILE=/dev/null",
		"AWS_EC2_METADATA_DISABLED=true",
		"NO_PROXY=*",
		"no_proxy=*",
	};

	empty_settings(ret);
	for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
		strv_add(ret, fixed[i]);
	strv_addf(ret, "AWS_ENDPOINT_URL=%s", child->url);
}
