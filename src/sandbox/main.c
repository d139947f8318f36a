/* SPDX-License-Identifier: Apache-2.0 */
/* runbook-sandbox: AWS on loopback.  Start, and an orderly end. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/stdio_fds.h"
#include "base/strv.h"
#include "base/text.h"
#include "sandbox/arguments.h"
#include "sandbox/compare/compare.h"
#include "sandbox/core/inner.h"
#include "sandbox/core/server.h"
#include "sandbox/instance/tools.h"

/* Until a signal, or the end of standard input when that is to end us. */
static void wait_for_end(int signals, bool until_eof)
{
	struct pollfd fds[2] = { { .fd = signals, .events = POLLIN },
				 { .fd = until_eof ? STDIN_FILENO : -1, .events = POLLIN } };

	for (;;) {
		char sink[4096];

		if (poll(fds, 2, -1) < 0) {
			if (errno == EINTR)
				continue;
			return;
		}
		if (fds[0].revents)
			return;
		if (fds[1].revents) {
			ssize_t n = read(STDIN_FILENO, sink, sizeof(sink));

			if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
				return;
		}
	}
}

static struct rb_error *announce(struct sbx *sbx, const struct arguments *args,
				 const struct server *server)
{
	bool v6 = strchr(args->address, ':') != NULL;
	autofree char *url = xasprintf("http://%s%s%s:%u", v6 ? "[" : "", args->address,
				       v6 ? "]" : "", (unsigned)server_port(server));

	sbx_info_set(sbx, "url", json_string(url));
	sbx_info_set(sbx, "port", json_integer(server_port(server)));
	if (printf("listening %s\n", url) < 0 || fflush(stdout) != 0)
		return rb_error_sys(errno, "cannot write to standard output");
	return NULL;
}

static struct rb_error *serve(const struct arguments *args, int signals)
{
	struct server_listen listen = { .address = args->address, .port = args->port };
	struct server *server = NULL;
	struct sbx *sbx = NULL;
	struct rb_error *err;

	TRY(sbx_new(&args->sbx, &sbx));
	sbx_info_set(sbx, "pid", json_integer(getpid()));
	sbx_info_set(sbx, "speed", json_real(args->sbx.speed));
	for (size_t i = 0; i < args->faults.n; i++) {
		err = faults_add(sbx_faults(sbx), args->faults.v[i]);
		if (err)
			goto out;
	}
	err = server_start(sbx, &listen, &server);
	if (err)
		goto out;
	err = path_start(sbx, args->address);
	if (!err)
		err = announce(sbx, args, server);
	if (!err)
		wait_for_end(signals, args->until_eof);
	sbx_stop(sbx);
	path_stop(sbx);
	server_stop(server);
out:
	sbx_free(sbx);
	return err;
}

/* SIGTERM and SIGINT are waited for, in no thread but this; a client that hangs up is no event. */
static int catch_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static void print_error(const struct rb_error *err)
{
	fprintf(stderr, "runbook-sandbox: %s%s%s\n", err->what, err->why ? ": " : "",
		err->why ? err->why : "");
	if (err->hint)
		fprintf(stderr, "hint: %s\n", err->hint);
}

int main(int argc, char **argv)
{
	/* The variable is for a sandbox that the program under test starts itself. */
	struct arguments args = { .sbx = { .speed = 1,
					   .lag = SBX_LAG_USUAL,
					   .journal_path = getenv("RUNBOOK_SANDBOX_JOURNAL") } };
	auto_error struct rb_error *err = NULL;
	const char *lag = getenv("RUNBOOK_SANDBOX_LAG");
	bool done = false;
	int status;

	err = stdio_fds_open();
	(void)signal(SIGXFSZ, SIG_IGN); /* past the limit a write fails */
	if (err) {
		print_error(err);
		return rb_error_exit_status(err);
	}
	if (tool_run(argc, argv, &status))
		return status;
	if (argc > 1 && text_eq(argv[1], "compare")) {
		err = crypto_check();
		if (!err)
			err = compare_command(argc - 1, argv + 1, &status);
		if (!err && fflush(stdout) != 0)
			err = rb_error_sys(errno, "cannot write to standard output");
		if (err)
			print_error(err);
		return err ? rb_error_exit_status(err) : status;
	}
	args.address = xstrdup("127.0.0.1");
	umask(077);
	if (lag && *lag)
		err = arguments_lag(lag, "RUNBOOK_SANDBOX_LAG", &args.sbx);
	if (!err)
		err = arguments_parse(argc, argv, &args, &done);
	if (!err && !done)
		err = crypto_check();
	if (!err && !done)
		err = limits_files();
	if (!err && !done)
		err = serve(&args, catch_signals());
	if (!err && done && fflush(stdout) != 0)
		err = rb_error_sys(errno, "cannot write to standard output");
	if (err)
		print_error(err);
	strv_clear(&args.faults);
	free(args.state_path);
	free(args.journal_path);
	free(args.address);
	return rb_error_exit_status(err);
}
