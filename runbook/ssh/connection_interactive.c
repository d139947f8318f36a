/* SPDX-License-Identifier: Apache-2.0 */
/* A person's session: ssh on the terminal, and what of its words is worth reading. */
#include "runbook/ssh/connection_int.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/proc.h"
#include "base/signals.h"
#include "base/span.h"
#include "runbook/ssh/private_dir.h"
#include "runbook/ssh/ssh_ready.h"

/*
 * ssh owns the terminal.  A signal that ends us must end it too, and must not leave
 * the key behind, whenever it comes: before ssh there is nobody to wait for.
 */
static volatile sig_atomic_t ssh_pid;
static volatile sig_atomic_t ended_by;

static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
enum { ENDING_N = ARRAY_LEN(ending) };

static void on_signal(int sig)
{
	int saved = errno;

	private_dir_remove_all();
	if (!ssh_pid)
		_exit(128 + sig);
	ended_by = sig;
	(void)kill((pid_t)ssh_pid, sig);
	errno = saved;
}

static void catch_signals(struct sigaction saved[ENDING_N])
{
	struct sigaction act = { .sa_handler = on_signal };

	(void)sigfillset(&act.sa_mask);
	ended_by = 0;
	for (int i = 0; i < ENDING_N; i++)
		(void)sigaction(ending[i], &act, &saved[i]);
}

static void release_signals(const struct sigaction saved[ENDING_N])
{
	for (int i = 0; i < ENDING_N; i++)
		(void)sigaction(ending[i], &saved[i], NULL);
}

static int wait_for_ssh(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 255;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static struct rb_error *run_ssh(const struct proc_options *options, int *ret_status)
{
	struct proc p = { 0 };
	struct rb_error *err;
	sigset_t before;

	signals_hold(&before); /* no moment when it runs and the handler does not know it */
	err = ssh_missing(proc_start(&p, options));
	ssh_pid = err ? 0 : (sig_atomic_t)p.pid;
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	if (!err)
		*ret_status = wait_for_ssh(p.pid);
	ssh_pid = 0;
	p.pid = 0; /* reaped */
	proc_clear(&p);
	return err;
}

/* Lines that ssh says when all is well. */
static bool is_chatter(struct span line)
{
	static const char *const begins[] = { "Warning: Permanently added ", "Connection to " };

	for (size_t i = 0; i < ARRAY_LEN(begins); i++)
		if (line.n >= strlen(begins[i]) &&
		    memcmp(line.p, begins[i], strlen(begins[i])) == 0)
			return i == 0 ||
			       (line.n > 8 && memcmp(line.p + line.n - 8, " closed.", 8) == 0);
	return false;
}

/* Of ssh's log, what is worth a person's time. */
static void without_chatter(const struct buf *log, struct buf *out)
{
	struct span rest = { log->p, log->n }, line;

	while (span_next_line(&rest, &line)) {
		line = span_trim(line);
		if (line.n && !is_chatter(line))
			(void)buf_addf(out, "%.*s\n", (int)line.n, line.p);
	}
}

/* 255 is ssh's own failure, or what the remote command said: ssh then has no word of its own. */
static struct rb_error *why_255(const struct connection *c, const struct connection_prepared *made)
{
	auto_buf report = BUF_INIT, log = BUF_INIT, said = BUF_INIT;

	connection_read_left(made->dir, PRIVATE_REPORT_FILE, &report);
	connection_read_left(made->dir, PRIVATE_LOG_FILE, &log);
	without_chatter(&log, &said);
	return report.n || said.n ? connection_why(c, made, said.p) : NULL;
}

static bool has_word(const char *const *words, const char *word)
{
	for (; words && *words; words++)
		if (strcmp(*words, word) == 0)
			return true;
	return false;
}

static struct rb_error *interactive(const struct connection *c, const char *const *words,
				    struct connection_prepared *made, int *ret_status)
{
	struct connection with = *c;
	auto_strv argv = { 0 };
	auto_strv env = { 0 };

	TRY(connection_prepare(c, /* anew= */ true, made));
	with.program = made->program;
	with.known_hosts = made->known_hosts;
	connection_argv(&with, made->key_file, /* batch= */ false, &argv);
	if (!has_word(c->ssh_words, "-v")) { /* who asked for that wants to see it */
		strv_add(&argv, "-E");
		strv_addf(&argv, "%s/" PRIVATE_LOG_FILE, made->dir);
	}
	strv_add(&argv, "--");
	strv_add(&argv, c->target.private_ip);
	for (; words && *words; words++)
		strv_add(&argv, *words);
	TRY(connection_env(c, made->dir, &env));
	const struct proc_options options = { .argv = strv_list(&argv),
					      .env = strv_list(&env),
					      .inherit_stdio = true };

	TRY(run_ssh(&options, ret_status));
	if (ended_by) {
		*ret_status = 128 + ended_by;
		return NULL;
	}
	return *ret_status == 255 ? why_255(c, made) : NULL;
}

struct rb_error *connection_interactive(const struct connection *c, const char *const *words,
					int *ret_status)
{
	struct connection_prepared made = { .keys_fd = -1 };
	struct sigaction saved[ENDING_N];
	struct rb_error *err;

	catch_signals(saved);
	err = interactive(c, words, &made, ret_status);
	connection_prepared_clear(&made);
	release_signals(saved);
	return err;
}
