/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system's ssh through an Instance Connect Endpoint.
 *
 * ssh hides why its ProxyCommand failed: it says only that the connection closed.
 * So the tunnel leaves a report (kind, code, words; no secret) in the private
 * directory, where this side reads it when ssh ends with 255.
 */
#include "runbook/ssh/connection.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>

#include "aws/cred/cred.h"
#include "aws/eic.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/span.h"
#include "base/strv.h"
#include "base/text.h"
#include "net/http.h"
#include "net/loop.h"
#include "net/sshkey.h"
#include "net/tunnel.h"
#include "runbook/ssh/private_dir.h"
#include "base/program.h"
#include "base/signals.h"
#include "runbook/ssh/ssh_ready.h"
#include "runbook/ssh/target.h"
#include "runbook/ssh/tunnel_keys.h"
#include "runbook/ssh/tunnel_report.h"

enum {
	POLL_MS = 20,		  /* how often a collected ssh is looked at */
	OUTPUT_MAX = 1024 * 1024, /* of the remote command */
	KNOWN_HOSTS_MAX = 1024 * 1024,
};

/* ---- the key -------------------------------------------------------------- */

/* Under its own name at once: a second one, for a moment, would be a key that nobody removes. */
static struct rb_error *write_key(const struct sshkey *key, const char *dir, char **ret_path)
{
	autofree char *path = file_join(dir, PRIVATE_KEY_FILE);
	auto_fd int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return rb_error_sys(errno, "cannot create '%s'", path);
	TRY(file_write_all(fd, secret_reveal(&key->private_pem), key->private_pem.n_,
			   /* point= */ NULL));
	*ret_path = steal_str(&path);
	return NULL;
}

/* ---- words --------------------------------------------------------------- */

/*
 * ssh replaces ${NAME} in the names of files, and knows no way to write the two characters as they
 * are: such a known_hosts gets a link of another name in the private directory.
 */
static struct rb_error *name_hosts(const char *known_hosts, const char *dir, char **ret)
{
	autofree char *real = NULL;
	autofree char *link = NULL;

	if (!strstr(known_hosts, "${")) {
		*ret = xstrdup(known_hosts);
		return NULL;
	}
	real = realpath(known_hosts, NULL);
	link = file_join(dir, PRIVATE_HOSTS_LINK);
	if (!real || symlink(real, link))
		return rb_error_sys(errno, "cannot use '%s'", known_hosts);
	*ret = steal_str(&link);
	return NULL;
}

/* ---- why it failed ------------------------------------------------------- */

enum { KEY_LIVES_S = 60 };

static struct rb_error *key_refused(const struct connection_target *t, const struct ssh_end *end)
{
	struct rb_error *err =
		rb_error_new(RB_FAILED, "instance '%s' refused the key", t->instance_id);

	err->aws_code = xstrdup(CONNECTION_KEY_REFUSED);
	if (end->key_age_s >= KEY_LIVES_S)
		return rb_error_hint(
			rb_error_why(err, "it was %d s old, and lives for %d", end->key_age_s,
				     KEY_LIVES_S),
			"the way to the instance is too slow: once more may be faster");
	err = rb_error_why(err, "it does not let '%s' in with it", t->os_user);
	return rb_error_hint(err, "its image must have EC2 Instance Connect (minimal ones do not) "
				  "and that user, and its metadata service must be on");
}

static struct rb_error *host_changed(const struct connection_target *t)
{
	struct rb_error *err =
		rb_error_new(RB_FAILED, "another host answers for instance '%s'", t->instance_id);

	err->aws_code = xstrdup(CONNECTION_HOST_CHANGED);
	err = rb_error_why(err, "its host key is not the one that was remembered");
	return rb_error_hint(err, "if the instance was rebuilt on purpose, remove its line from "
				  "the stack's known_hosts; else somebody is in between");
}

/* What ssh says of other ends; the first that fits. */
static const struct {
	const char *said;
	enum rb_kind kind;
	const char *why;
	const char *hint; /* NULL: none */
} ends[] = {
	{ "REVOKED HOST KEY", RB_FAILED, "its host key is revoked",
	  "RevokedHostKeys in ssh's configuration names it" },
	{ "host key is known for", RB_FAILED, "its host key is not known", NULL },
	{ "Host key verification failed", RB_FAILED, "ssh does not trust its host key", NULL },
	{ "No user exists for uid", RB_USAGE, "ssh does not work for this user",
	  "run as a user that has an entry in the password database" },
	{ "Bad owner or permissions on", RB_USAGE, "ssh does not read its configuration",
	  "nobody else may write that file: chmod go-w" },
	{ "onfiguration option", RB_USAGE, "ssh does not understand its configuration", NULL },
	{ "command-line", RB_USAGE, "ssh does not take an option", NULL },
	{ "forwarding specification", RB_USAGE, "ssh does not take an option", NULL },
	{ "Unable to negotiate with", RB_FAILED, "ssh and the instance have no algorithm in common",
	  NULL },
	{ "Could not request local forwarding", RB_FAILED, "a forwarding was not possible",
	  "another program may have the port" },
	{ "remote port forwarding failed", RB_FAILED, "a forwarding was not possible", NULL },
	{ "stdio forwarding failed", RB_FAILED,
	  "what was to be forwarded cannot be reached from there", NULL },
};

static struct rb_error *known_end(const struct connection_target *t, const struct ssh_end *end,
				  const char *words)
{
	if (strstr(end->said, "REMOTE HOST IDENTIFICATION HAS CHANGED"))
		return host_changed(t);
	if (strstr(end->said, "Permission denied (publickey"))
		return key_refused(t, end);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		struct rb_error *err;

		if (!strstr(end->said, ends[i].said))
			continue;
		err = rb_error_new(ends[i].kind, "cannot connect to instance '%s'", t->instance_id);
		err = rb_error_why(err, "%s: %s", ends[i].why, words);
		return ends[i].hint ? rb_error_hint(err, "%s", ends[i].hint) : err;
	}
	return NULL;
}

/* sshd is not up, or went away in the middle: a booting instance does both. */
static bool is_silence(const char *said)
{
	return strstr(said, "banner exchange") || strstr(said, "kex_exchange_identification") ||
	       strstr(said, "Connection closed by UNKNOWN");
}

struct rb_error *connection_judge(const struct connection_target *t, const struct ssh_end *end)
{
	struct span said = span_trim((struct span){ end->said, strlen(end->said) });
	autofree char *words = text_printable(said.p, said.n, 512);
	struct rb_error *err = tunnel_report_parse(end->report);

	if (err && rb_error_is_aws(err, TUNNEL_UNREACHABLE))
		err->kind = RB_RETRY;
	if (err)
		return rb_error_where(err, "through '%s'", t->endpoint_id);
	err = known_end(t, end, words);
	if (!err && !end->tunnel_ran)
		err = rb_error_hint(rb_error_new(RB_FAILED, "ssh could not start the tunnel"),
				    "it runs this program with " SSH_SHELL);
	if (!err)
		err = rb_error_new(is_silence(end->said) ? RB_RETRY : RB_LOST,
				   "the connection to instance '%s' broke", t->instance_id);
	return rb_error_why(err, "%s", *words ? words : "ssh ended with status 255 and no word");
}

/* What was left there; nothing when there is nothing. */
static void read_left(const char *dir, const char *name, struct buf *out)
{
	autofree char *path = file_join(dir, name);

	(void)rb_error_free(file_read(path, 64 * 1024, out));
}

/* ---- running it ---------------------------------------------------------- */

/* What our settings came from is not there for the tunnel, when it was a pipe: /dev/stdin would be
 * the pipe to ssh.  It needs the certificates alone; the credentials it gets from us. */
static struct rb_error *replace_streams(const struct aws_config *config, const char *dir,
					struct strv *env)
{
	if (config->shared_streams) {
		strv_add(env, "AWS_CONFIG_FILE=/dev/null");
		strv_add(env, "AWS_SHARED_CREDENTIALS_FILE=/dev/null");
		strv_add(env, "AWS_PROFILE=");
		strv_add(env, "AWS_DEFAULT_PROFILE=");
		if (config->ca_bundle && !config->ca_pem)
			strv_addf(env, "AWS_CA_BUNDLE=%s", config->ca_bundle);
	}
	if (config->ca_pem) {
		autofree char *path = file_join(dir, PRIVATE_CA_FILE);

		TRY(file_write_atomic(path, config->ca_pem, strlen(config->ca_pem), 0600));
		strv_addf(env, "AWS_CA_BUNDLE=%s", path);
	}
	return NULL;
}

static struct rb_error *add_env(const struct connection *c, const char *dir, struct strv *env)
{
	for (const char *const *e = c->env; e && *e; e++)
		strv_add(env, *e);
	strv_add(env, "SHELL=" SSH_SHELL);
	strv_addf(env, TUNNEL_REPORT_ENV "=%s/" PRIVATE_REPORT_FILE, dir);
	strv_addf(env, TUNNEL_KEYS_ENV "=%s/" PRIVATE_KEYS_PIPE, dir);
	return replace_streams(aws_session_config(aws_client_session(c->aws)), dir, env);
}

/*
 * ssh would make it with a mode of its own; one that is there keeps its mode.  One that cannot be
 * written serves as long as the key is in it.  What cannot be remembered is not accepted: it
 * would be a stranger's first word every time.
 */
static struct rb_error *make_known_hosts(const struct connection *c)
{
	int fd = open(c->known_hosts, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int failed = errno;
	autofree char *known = NULL;
	struct rb_error *err;

	if (fd >= 0) {
		close(fd);
		return NULL;
	}
	known = connection_fingerprint(c->known_hosts, c->target.instance_id);
	if (known)
		return NULL;
	err = rb_error_new(RB_USAGE, "cannot remember the host key of instance '%s'",
			   c->target.instance_id);
	err = rb_error_why(err, "'%s' cannot be written (%s), and it is not known yet",
			   c->known_hosts, strerror(failed));
	err = rb_error_hint(err, "connect once where the stack's folder can be written:");
	return rb_error_next(err, RB_NEXT_CONNECT, NULL);
}

/* *ret_fd: open while the tunnel may take them; -1: it looks for its own. */
static struct rb_error *offer_credentials(const struct connection *c, const char *dir, int *ret_fd)
{
	autofree char *path = file_join(dir, PRIVATE_KEYS_PIPE);
	auto_cred cred = { 0 };

	TRY(cred_chain_get(aws_session_creds(aws_client_session(c->aws)), &cred));
	*ret_fd = tunnel_keys_offer(path, &cred, aws_session_skew_s(aws_client_session(c->aws)));
	return NULL;
}

/* What one connection needs; the directory is the caller's to remove, also after a failure. */
struct prepared {
	char *dir; /* NULL: none */
	char *key_file;
	char *program;
	char *known_hosts; /* as ssh can be told of it */
	int keys_fd;
	int64_t pushed_ms; /* when AWS was told of the key */
};

static void prepared_clear(struct prepared *p)
{
	if (p->dir)
		private_dir_remove(p->dir);
	free(p->key_file);
	free(p->program);
	free(p->known_hosts);
	if (p->keys_fd >= 0)
		(void)close(p->keys_fd);
	*p = (struct prepared){ .keys_fd = -1 };
}

static struct rb_error *find_program(const struct connection *c, struct prepared *p)
{
	autofree char *copy = file_join(p->dir, PRIVATE_PROGRAM_FILE);

	if (!c->program)
		return program_runnable(copy, &p->program);
	p->program = xstrdup(c->program);
	return NULL;
}

/* A key in a file, and AWS told of it: 60 seconds from here. */
static struct rb_error *prepare(const struct connection *c, struct prepared *p)
{
	const struct connection_target *t = &c->target;
	auto_sshkey key = { 0 };

	TRY(target_check(t->instance_id, t->private_ip, t->endpoint_id, t->endpoint_dns));
	TRY(make_known_hosts(c));
	TRY(private_dir_make(&p->dir));
	TRY(find_program(c, p));
	TRY(name_hosts(c->known_hosts, p->dir, &p->known_hosts));
	TRY(sshkey_generate(&key));
	TRY(write_key(&key, p->dir, &p->key_file));
	TRY(offer_credentials(c, p->dir, &p->keys_fd));
	p->pushed_ms = clock_mono_ms();
	return eic_send_ssh_public_key(c->aws, t->instance_id, t->os_user, key.public_line);
}

static struct rb_error *collect(const struct connection *c, const struct prepared *made,
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
	TRY(add_env(c, made->dir, &env));
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

/* Why ssh ended with 255; `said`: its own words. */
static struct rb_error *judge(const struct connection *c, const struct prepared *made,
			      const char *said)
{
	struct pollfd keys = { .fd = made->keys_fd, .events = POLLIN };
	auto_buf report = BUF_INIT;
	struct ssh_end end = { .said = said,
			       .key_age_s = (int)((clock_mono_ms() - made->pushed_ms) / 1000) };

	read_left(made->dir, PRIVATE_REPORT_FILE, &report);
	end.report = report.p;
	/* It takes the credentials before all else: those that are still there nobody took. */
	end.tunnel_ran = made->keys_fd < 0 || poll(&keys, 1, 0) == 0;
	return connection_judge(&c->target, &end);
}

static struct rb_error *run_and_judge(const struct connection *c, const char *command,
				      int64_t timeout_ms, struct proc *p, struct prepared *made)
{
	TRY(prepare(c, made));
	TRY(collect(c, made, command, timeout_ms, p));
	return p->exit_status == 255 ? judge(c, made, p->err.p) : NULL;
}

struct rb_error *connection_run(const struct connection *c, const char *command, int64_t timeout_ms,
				int *ret_status, struct buf *out, struct buf *err_out)
{
	struct prepared made = { .keys_fd = -1 };
	auto_proc p = { 0 };
	struct rb_error *err = run_and_judge(c, command, timeout_ms, &p, &made);

	prepared_clear(&made);
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
	better = rb_error_why(better,
			      "'" IMAGE_USER "' was let in, and there is no such name there");
	better->of_run = true;
	set = xasprintf("%s=" IMAGE_USER, c->target.os_user_param);
	return rb_error_next(better, RB_NEXT_SET, set);
}

/* ---- for people ---------------------------------------------------------- */

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

static bool next_line(struct span *rest, struct span *line);

/* Of ssh's log, what is worth a person's time. */
static void without_chatter(const struct buf *log, struct buf *out)
{
	struct span rest = { log->p, log->n }, line;

	while (next_line(&rest, &line)) {
		line = span_trim(line);
		if (line.n && !is_chatter(line))
			(void)buf_addf(out, "%.*s\n", (int)line.n, line.p);
	}
}

/* 255 is ssh's own failure, or what the remote command said: ssh then has no word of its own. */
static struct rb_error *why_255(const struct connection *c, const struct prepared *made)
{
	auto_buf report = BUF_INIT, log = BUF_INIT, said = BUF_INIT;

	read_left(made->dir, PRIVATE_REPORT_FILE, &report);
	read_left(made->dir, PRIVATE_LOG_FILE, &log);
	without_chatter(&log, &said);
	return report.n || said.n ? judge(c, made, said.p) : NULL;
}

static bool has_word(const char *const *words, const char *word)
{
	for (; words && *words; words++)
		if (strcmp(*words, word) == 0)
			return true;
	return false;
}

static struct rb_error *interactive(const struct connection *c, const char *const *words,
				    struct prepared *made, int *ret_status)
{
	struct connection with = *c;
	auto_strv argv = { 0 };
	auto_strv env = { 0 };

	TRY(prepare(c, made));
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
	TRY(add_env(c, made->dir, &env));
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
	struct prepared made = { .keys_fd = -1 };
	struct sigaction saved[ENDING_N];
	struct rb_error *err;

	catch_signals(saved);
	err = interactive(c, words, &made, ret_status);
	prepared_clear(&made);
	release_signals(saved);
	return err;
}

/* ---- known hosts --------------------------------------------------------- */

/* The next line of *rest; false at the end. */
static bool next_line(struct span *rest, struct span *line)
{
	const char *eol;

	if (!rest->n)
		return false;
	eol = memchr(rest->p, '\n', rest->n);
	line->p = rest->p;
	line->n = eol ? (size_t)(eol - rest->p) + 1 : rest->n;
	rest->p += line->n;
	rest->n -= line->n;
	return true;
}

static bool is_of_alias(struct span line, const char *alias)
{
	size_t n = strlen(alias);

	return line.n > n && memcmp(line.p, alias, n) == 0 && line.p[n] == ' ';
}

char *connection_fingerprint(const char *known_hosts, const char *alias)
{
	auto_buf text = BUF_INIT;
	struct rb_error *err = file_read(known_hosts, KNOWN_HOSTS_MAX, &text);
	struct span rest = { text.p, text.n }, line;

	if (err) {
		(void)rb_error_free(err);
		return NULL;
	}
	while (next_line(&rest, &line)) {
		struct span blob;
		const char *space;

		if (!is_of_alias(line, alias))
			continue;
		blob = span_trim((struct span){ line.p + strlen(alias), line.n - strlen(alias) });
		space = memchr(blob.p, ' ', blob.n); /* after the key's type */
		if (!space)
			continue;
		blob.n -= (size_t)(space + 1 - blob.p);
		blob.p = space + 1;
		autofree char *base64 = xstrndup(blob.p, blob.n);

		base64[strcspn(base64, " \r\n")] = '\0'; /* a comment may follow */
		return sshkey_fingerprint(base64);
	}
	return NULL;
}

struct rb_error *connection_forget(const char *known_hosts, const char *alias)
{
	auto_buf text = BUF_INIT;
	auto_buf kept = BUF_INIT;
	struct rb_error *err = file_read(known_hosts, KNOWN_HOSTS_MAX, &text);
	struct span rest, line;

	if (rb_error_is(err, RB_GONE)) {
		(void)rb_error_free(err);
		return NULL;
	}
	TRY(err);
	rest = (struct span){ text.p, text.n };
	while (next_line(&rest, &line))
		if (!is_of_alias(line, alias))
			(void)buf_add(&kept, line.p, line.n);
	if (!kept.n) {
		if (unlink(known_hosts) && errno != ENOENT)
			return rb_error_sys(errno, "cannot remove '%s'", known_hosts);
		return NULL;
	}
	if (kept.n == text.n)
		return NULL;
	return file_write_atomic(known_hosts, kept.p, kept.n, 0600);
}
