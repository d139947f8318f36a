/* SPDX-License-Identifier: Apache-2.0 */
/*
 * credential_process: a program that prints keys as JSON.
 *
 * Its line is split into words and run without a shell.  It may ask: it is in the terminal's
 * foreground with us, reads our standard input, and what it says on stderr is passed on as it
 * comes.  It gets ten minutes, enough for a login in a browser, and a bounded output, of which
 * nothing is ever shown.
 */
#include "aws/cred/source.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "aws/core/words.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/proc.h"
#include "base/text.h"
#include "net/loop.h"

#define OUTPUT_MAX ((size_t)256 << 10)
#define POLL_MS 10
#define GRACE_MS 200
#define SIGNAL_MS 50 /* until a signal that is here has been noticed */

/* What it has written to stderr since the last time: to whoever must type a code, or open a page.
 */
static void pass_on(const struct proc *p, size_t *shown)
{
	struct rb_error *err = NULL;

	if (p->err.n > *shown)
		err = file_write_all(STDERR_FILENO, p->err.p + *shown, p->err.n - *shown, NULL);
	(void)rb_error_free(err); /* nobody reads it: no reason to give up */
	*shown = p->err.n;
}

static struct rb_error *wait_for(struct cred_ctx *ctx, struct proc *p)
{
	int64_t until_ms = clock_mono_ms() + ctx->process_limit_ms;
	size_t shown = 0;

	while (!proc_poll(p)) {
		pass_on(p, &shown);
		if (p->wants_terminal) {
			proc_stop(p, GRACE_MS);
			return rb_error_hint(
				cred_fail(
					"credential_process asks on the terminal, but runs in its "
					"background"),
				"run it in the foreground, and let it not change its process group");
		}
		if (clock_mono_ms() > until_ms) {
			proc_stop(p, GRACE_MS);
			return cred_fail("credential_process did not end within %lld s",
					 (long long)ctx->process_limit_ms / 1000);
		}
		TRY(loop_sleep(http_loop(ctx->http), POLL_MS)); /* others go on */
	}
	pass_on(p, &shown);
	/* Ctrl-C went to both of us, and it may be the quicker one to act on it. */
	if (p->exit_status == 128 + SIGINT)
		return rb_error_because(RB_INTERRUPTED, "credential_process was interrupted");
	if (p->exit_status)
		TRY(loop_sleep(http_loop(ctx->http), SIGNAL_MS));
	return NULL;
}

/* A program that is killed at its prompt may leave the terminal without echo. */
struct terminal {
	int fd; /* -1: there is none, or it is not ours now */
	struct termios before;
};

static struct terminal note_terminal(const char *path)
{
	struct terminal t = { .fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC) };

	if (t.fd >= 0 && (tcgetpgrp(t.fd) != getpgrp() || tcgetattr(t.fd, &t.before))) {
		(void)close(t.fd);
		t.fd = -1;
	}
	return t;
}

static void restore_terminal(struct terminal *t)
{
	if (t->fd < 0)
		return;
	/* From the background it would stop us. */
	if (tcgetpgrp(t->fd) == getpgrp())
		(void)tcsetattr(t->fd, TCSADRAIN, &t->before);
	(void)close(t->fd);
}

static struct rb_error *failed(const struct proc *p)
{
	autofree char *stderr_text = text_printable(p->err.p, p->err.n, /* max= */ 500);

	if (!*stderr_text)
		return cred_fail("credential_process ended with exit status %d", p->exit_status);
	return cred_fail("credential_process ended with exit status %d: %s", p->exit_status,
			 stderr_text);
}

static struct rb_error *read_output(const struct proc *p, struct cred *ret)
{
	static const struct cred_fields fields = { .id = "AccessKeyId",
						   .secret = "SecretAccessKey",
						   .token = "SessionToken",
						   .expiry = "Expiration",
						   .account = "AccountId" };
	static const char *const whence = N_("the output of credential_process");
	json_auto_t *object = NULL;
	const json_t *version;

	if (p->out.n >= OUTPUT_MAX)
		return cred_fail("%-s is larger than %zu bytes", whence, OUTPUT_MAX - 1);
	TRY(cred_parse_json((struct span){ p->out.p, p->out.n }, whence, &object));
	version = json_object_get(object, "Version");
	if (!json_is_integer(version) || json_integer_value(version) != 1)
		return cred_fail("%-s is not of \"Version\": 1", whence);
	return cred_from_json(object, &fields, whence, ret);
}

static struct rb_error *start(struct cred_ctx *ctx, const struct strv *argv, struct proc *p)
{
	const struct proc_options options = { .argv = strv_list(argv),
					      .max_output_bytes = OUTPUT_MAX,
					      .shares_terminal = true,
					      .reads_stdin = !ctx->leave_stdin };
	struct rb_error *err = proc_start(p, &options);

	if (err && err->sys_errno == ENOENT) {
		autofree char *shown = text_printable(argv->v[0], strlen(argv->v[0]), 200);

		(void)rb_error_free(err);
		return cred_fail("credential_process '%s': there is no such program", shown);
	}
	return err;
}

static struct rb_error *run(struct cred_ctx *ctx, const struct strv *argv, struct cred *ret)
{
	struct terminal terminal = note_terminal(ctx->tty_path);
	auto_proc p = { 0 };
	struct rb_error *err = start(ctx, argv, &p);

	if (!err)
		err = wait_for(ctx, &p);
	if (err)
		proc_clear(&p); /* ended first, for it may be what changes the terminal */
	restore_terminal(&terminal);
	TRY(err);
	if (p.exit_status)
		return failed(&p);
	return read_output(&p, ret);
}

struct rb_error *cred_process_fetch(struct cred_ctx *ctx, const struct cred_query *q,
				    bool *ret_found, struct cred *ret)
{
	const char *line = cred_key(ctx, q, "credential_process");
	auto_strv argv = { 0 };

	if (!line)
		return NULL;
	if (!words_split(line, &argv))
		return cred_fail(
			"credential_process of profile '%s' has an open quote or ends in a "
			"backslash",
			q->profile);
	if (!argv.n || !*argv.v[0])
		return cred_fail("credential_process of profile '%s' names no program", q->profile);
	TRY(run(ctx, &argv, ret));
	ret->source = cred_label(q, "process");
	*ret_found = true;
	return NULL;
}
