/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system's ssh through an Instance Connect Endpoint.
 *
 * ssh hides why its ProxyCommand failed: it says only that the connection closed.
 * So the tunnel leaves a report (kind, code, words; no secret) in the private
 * directory, where this side reads it when ssh ends with 255.
 */
#include "runbook/ssh/connection_int.h"
#include "runbook/ssh/pushed_key.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "aws/cred/cred.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/strv.h"
#include "base/text.h"
#include "net/http.h"
#include "net/loop.h"
#include "runbook/ssh/private_dir.h"
#include "runbook/ssh/ssh_ready.h"

enum {
	POLL_MS = 20,		  /* how often a running ssh is polled */
	OUTPUT_MAX = 1024 * 1024, /* of the remote command */
};

/* What was left there; nothing when there is nothing. */
void connection_read_left(const char *dir, const char *name, struct buf *out)
{
	autofree char *path = file_join(dir, name);

	(void)rb_error_free(file_read(path, 64 * 1024, out));
}

static struct rb_error *collect(const struct connection *c, const struct connection_prepared *made,
				const char *command, int64_t timeout_ms, struct proc *p)
{
	struct loop *loop = http_loop(aws_session_http(aws_client_session(c->aws)));
	int64_t until_ms = clock_mono_ms() + timeout_ms;
	struct connection with = *c;
	auto_strv argv = { 0 };
	auto_strv env = { 0 };

	with.program = made->program;
	with.known_hosts = made->known_hosts;
	connection_argv(&with, made->key_file, /* batch= */ true, &argv);
	strv_add(&argv, "--");
	strv_add(&argv, c->target.private_ip);
	strv_add(&argv, command);
	TRY(connection_env(c, made->dir, &env));
	const struct proc_options options = { .argv = strv_list(&argv),
					      .env = strv_list(&env),
					      .max_output_bytes = OUTPUT_MAX };

	TRY(ssh_missing(proc_start(p, &options)));
	while (!proc_poll(p)) {
		if (clock_mono_ms() >= until_ms)
			return rb_error_why(rb_error_new(RB_LOST,
							 "the connection to instance '%s' broke",
							 c->target.instance_id),
					    "the command did not end within %lld s",
					    (long long)(timeout_ms / 1000));
		TRY(loop_sleep(loop, POLL_MS));
	}
	return NULL;
}

/* Why ssh ended with 255; `said`: what it wrote to stderr. */
struct rb_error *connection_why(const struct connection *c, const struct connection_prepared *made,
				const char *said)
{
	struct pollfd keys = { .fd = made->keys_fd, .events = POLLIN };
	auto_buf report = BUF_INIT;
	struct ssh_end end = { .said = said,
			       .key_age_s = (int)((clock_mono_ms() - made->pushed_ms) / 1000) };

	connection_read_left(made->dir, PRIVATE_REPORT_FILE, &report);
	end.report = report.p;
	/* It takes the credentials before all else: those that are still there nobody took. */
	end.tunnel_ran = made->keys_fd < 0 || poll(&keys, 1, 0) == 0;
	return connection_judge(&c->target, &end);
}

static struct rb_error *run_and_judge(const struct connection *c, const char *command,
				      int64_t timeout_ms, struct proc *p,
				      struct connection_prepared *made)
{
	TRY(connection_prepare(c, /* anew= */ false, made));
	TRY(collect(c, made, command, timeout_ms, p));
	return p->exit_status == 255 ? connection_why(c, made, p->err.p) : NULL;
}

/* *ret_again: it was refused with a key that another connection had sent. */
static struct rb_error *run_once(const struct connection *c, const char *command,
				 int64_t timeout_ms, struct proc *p, bool *ret_again)
{
	struct connection_prepared made = { .keys_fd = -1 };
	struct rb_error *err = run_and_judge(c, command, timeout_ms, p, &made);
	bool refused = rb_error_is_aws(err, CONNECTION_KEY_REFUSED);

	if (refused)
		pushed_key_refused(made.pushed_ms);
	*ret_again = refused && made.was_there;
	connection_prepared_clear(&made);
	return err;
}

struct rb_error *connection_run(const struct connection *c, const char *command, int64_t timeout_ms,
				int *ret_status, struct buf *out, struct buf *err_out)
{
	auto_proc p = { 0 };
	bool again;
	struct rb_error *err = run_once(c, command, timeout_ms, &p, &again);

	/* a key that was sent some seconds ago may have had its time, which says nothing of the
	 * user */
	if (again) {
		(void)rb_error_free(err);
		proc_clear(&p);
		err = run_once(c, command, timeout_ms, &p, &again);
	}
	if (err)
		return err;
	*ret_status = p.exit_status;
	(void)buf_add(out, p.out.p, p.out.n);
	(void)buf_add(err_out, p.err.p, p.err.n);
	return NULL;
}

/* ---- a user that is not there -------------------------------------------- */

#define IMAGE_USER "ec2-user" /* of every Amazon Linux */

enum { LOOK_MS = 30000, NO_SUCH_NAME = 2 /* getent's status */ };

/* Let in as the image's own user, look for the other.  False: that could not be learned. */
static bool user_is_missing(const struct connection *c)
{
	auto_buf command = BUF_INIT, out = BUF_INIT, said = BUF_INIT;
	struct connection with = *c;
	struct rb_error *err;
	int status = 0;

	(void)buf_adds(&command, "getent passwd ");
	text_shell_quote(&command, c->target.os_user);
	with.target.os_user = IMAGE_USER;
	with.ssh_words = NULL;
	err = connection_run(&with, command.p, LOOK_MS, &status, &out, &said);
	if (err)
		log_debug("connection: as " IMAGE_USER ": %s", err->what);
	return err ? rb_error_free(err) != NULL : status == NO_SUCH_NAME;
}

struct rb_error *connection_explain(const struct connection *c, struct rb_error *err)
{
	struct rb_error *better;
	autofree char *set = NULL;

	if (!rb_error_is_aws(err, CONNECTION_KEY_REFUSED) ||
	    strcmp(c->target.os_user, IMAGE_USER) == 0 || !user_is_missing(c))
		return err;
	(void)rb_error_free(err);
	better = rb_error_new(RB_USAGE, "instance '%s' has no user '%s'", c->target.instance_id,
			      c->target.os_user);
	better->aws_code = xstrdup(CONNECTION_NO_USER);
	better = rb_error_why(better, "'%s' was let in, and there is no such name there",
			      IMAGE_USER);
	better->of_run = true;
	set = xasprintf("%s=" IMAGE_USER, c->target.os_user_param);
	return rb_error_next(better, RB_NEXT_SET, set);
}
