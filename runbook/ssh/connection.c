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
#include "base/proc.h"
#include "base/span.h"
#include "base/strv.h"
#include "base/text.h"
#include "net/http.h"
#include "net/loop.h"
#include "net/sshkey.h"
#include "net/tunnel.h"
#include "runbook/ssh/private_dir.h"
#include "base/signals.h"
#include "runbook/ssh/target.h"
#include "runbook/ssh/tunnel_keys.h"
#include "runbook/ssh/tunnel_report.h"

enum {
	POLL_MS = 20,		    /* how often a collected ssh is looked at */
	OUTPUT_MAX = 1024 * 1024,   /* of the remote command */
	KNOWN_HOSTS_MAX = 1024 * 1024,
	CONNECT_TIMEOUT_S = 30,	    /* ssh's: tunnel, banner and key exchange */
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

/* For ssh's ProxyCommand: single quotes for whatever shell the user has, and % doubled, because
 * ssh expands that first. */
static void add_proxy_word(struct buf *out, const char *word)
{
	auto_buf quoted = BUF_INIT;

	text_shell_quote(&quoted, word);
	if (out->n)
		(void)buf_addc(out, ' ');
	for (const char *p = quoted.p; *p; p++) {
		if (*p == '%')
			(void)buf_addc(out, '%');
		(void)buf_addc(out, *p);
	}
}

static void proxy_command(const struct connection *c, struct buf *out)
{
	const char *const words[] = { c->program,
				      "tunnel",
				      "--region",
				      aws_client_region(c->aws),
				      "--endpoint-id",
				      c->target.endpoint_id,
				      "--endpoint-dns",
				      c->target.endpoint_dns,
				      "--private-ip",
				      c->target.private_ip,
				      "--port",
				      "22" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		add_proxy_word(out, words[i]);
	if (c->profile) {
		add_proxy_word(out, "--profile");
		add_proxy_word(out, c->profile);
	}
}

/* In ssh's own quotes, and % doubled, for it expands that in paths as well. */
static void add_path(struct strv *ret, const char *option, const char *path)
{
	auto_buf quoted = BUF_INIT;

	for (const char *p = path; *p; p++) {
		if (*p == '"' || *p == '\\')
			(void)buf_addc(&quoted, '\\');
		if (*p == '%')
			(void)buf_addc(&quoted, '%');
		(void)buf_addc(&quoted, *p);
	}
	strv_addf(ret, "%s=\"%s\"", option, quoted.p);
}

void connection_argv(const struct connection *c, const char *key_file, bool batch,
		     struct strv *ret)
{
	/* First value wins in ssh, and the command line comes first: these are the settings of a
	 * user's own configuration that would break the tunnel, ask questions, or outlive us. */
	static const char *const always[] = {
		"IgnoreUnknown=*", /* an older ssh lacks some of these, and so what they do */
		"ProxyJump=none",
		"ProxyUseFdpass=no",
		"ControlMaster=no",
		"ControlPath=none",
		"IdentitiesOnly=yes",
		"IdentityAgent=none",
		"PKCS11Provider=none",
		"PubkeyAuthentication=yes",
		"PubkeyAcceptedAlgorithms=ssh-ed25519",
		"PreferredAuthentications=publickey",
		"BatchMode=yes",
		"CheckHostIP=no",
		"CanonicalizeHostname=no",
		"HashKnownHosts=no",
		"UpdateHostKeys=no",
		"GlobalKnownHostsFile=/dev/null",
		"KnownHostsCommand=none",
		"StrictHostKeyChecking=accept-new",
		"RemoteCommand=none",
		"SessionType=default",
		"StdinNull=no",
		"ForkAfterAuthentication=no",
		"ExitOnForwardFailure=no",
		"PermitLocalCommand=no",
		"ServerAliveInterval=5",
	};
	static const char *const in_batch[] = { "ClearAllForwardings=yes", "ForwardAgent=no",
						"RequestTTY=no", "LogLevel=ERROR" };
	static const char *const for_people[] = { "LogLevel=INFO" };
	auto_buf proxy = BUF_INIT;

	proxy_command(c, &proxy);
	strv_add(ret, "ssh");
	strv_add(ret, "-o");
	strv_addf(ret, "ProxyCommand=%s", proxy.p);
	for (size_t i = 0; i < ARRAY_LEN(always); i++) {
		strv_add(ret, "-o");
		strv_add(ret, always[i]);
	}
	for (size_t i = 0; batch && i < ARRAY_LEN(in_batch); i++) {
		strv_add(ret, "-o");
		strv_add(ret, in_batch[i]);
	}
	for (size_t i = 0; !batch && i < ARRAY_LEN(for_people); i++) {
		strv_add(ret, "-o");
		strv_add(ret, for_people[i]);
	}
	strv_add(ret, "-o");
	strv_addf(ret, "ConnectTimeout=%d", CONNECT_TIMEOUT_S);
	strv_add(ret, "-o");
	strv_addf(ret, "HostKeyAlias=%s", c->target.instance_id);
	strv_add(ret, "-o");
	add_path(ret, "UserKnownHostsFile", c->known_hosts);
	strv_add(ret, "-o");
	add_path(ret, "IdentityFile", key_file); /* -i looks for the name before it expands it */
	strv_add(ret, "-p");
	strv_add(ret, "22");
	strv_add(ret, "-l");
	strv_add(ret, c->target.os_user);
}

/* ---- why it failed ------------------------------------------------------- */

static struct rb_error *key_refused(const struct connection_target *t)
{
	struct rb_error *err = rb_error_new(RB_FAILED, "instance '%s' refused the key",
					    t->instance_id);

	err->aws_code = xstrdup(CONNECTION_KEY_REFUSED);
	err = rb_error_why(err, "user '%s' is not there, or the image has no EC2 Instance Connect, "
				"or the key was older than 60 seconds",
			   t->os_user);
	return rb_error_hint(err, "check source.os_user (Amazon Linux: ec2-user), and that the "
				  "image is a full Amazon Linux 2023, not the minimal one");
}

static struct rb_error *host_changed(const struct connection_target *t)
{
	struct rb_error *err = rb_error_new(RB_FAILED, "another host answers for instance '%s'",
					    t->instance_id);

	err->aws_code = xstrdup(CONNECTION_HOST_CHANGED);
	err = rb_error_why(err, "its host key is not the one that was remembered");
	return rb_error_hint(err, "if the instance was rebuilt on purpose, remove its line from "
				  "the stack's known_hosts; else somebody is in between");
}

struct rb_error *connection_judge(const struct connection_target *t, const char *ssh_said,
				  const char *report)
{
	struct rb_error *err = tunnel_report_parse(report);
	autofree char *said = NULL;

	if (err && rb_error_is_aws(err, TUNNEL_UNREACHABLE))
		err->kind = RB_RETRY;
	if (err)
		return rb_error_where(err, "through '%s'", t->endpoint_id);
	if (strstr(ssh_said, "REMOTE HOST IDENTIFICATION HAS CHANGED") ||
	    strstr(ssh_said, "Host key verification failed"))
		return host_changed(t);
	if (strstr(ssh_said, "Permission denied (publickey"))
		return key_refused(t);
	said = text_printable(ssh_said, strlen(ssh_said), 512);
	err = rb_error_new(RB_LOST, "the connection to instance '%s' broke", t->instance_id);
	/* sshd is not up, or went away in the middle: a booting instance does both. */
	if (strstr(ssh_said, "banner exchange") || strstr(ssh_said, "kex_exchange_identification") ||
	    strstr(ssh_said, "Connection closed by UNKNOWN"))
		err->kind = RB_RETRY;
	return rb_error_why(err, "%s", *said ? said : "ssh ended with status 255 and no word");
}

/* What was left there; nothing when there is nothing. */
static void read_left(const char *dir, const char *name, struct buf *out)
{
	autofree char *path = file_join(dir, name);

	(void)rb_error_free(file_read(path, 64 * 1024, out));
}

/* ---- running it ---------------------------------------------------------- */

static void add_env(const struct connection *c, const char *dir, struct strv *env)
{
	for (const char *const *e = c->env; e && *e; e++)
		strv_add(env, *e);
	strv_addf(env, TUNNEL_REPORT_ENV "=%s/" PRIVATE_REPORT_FILE, dir);
	strv_addf(env, TUNNEL_KEYS_ENV "=%s/" PRIVATE_KEYS_PIPE, dir);
}

static struct rb_error *no_ssh(struct rb_error *err)
{
	if (!err || err->sys_errno != ENOENT)
		return err;
	return rb_error_hint(err, "install OpenSSH's client (Debian: openssh-client)");
}

/* ssh would make it with a mode of its own; one that is there keeps its mode. */
static struct rb_error *make_known_hosts(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return rb_error_sys(errno, "cannot make '%s'", path);
	close(fd);
	return NULL;
}

/* *ret_fd: open while the tunnel may take them; -1: it looks for its own. */
static struct rb_error *offer_credentials(const struct connection *c, const char *dir, int *ret_fd)
{
	autofree char *path = file_join(dir, PRIVATE_KEYS_PIPE);
	auto_cred cred = { 0 };

	TRY(cred_chain_get(aws_session_creds(aws_client_session(c->aws)), &cred));
	*ret_fd = tunnel_keys_offer(path, &cred,
				    aws_session_skew_s(aws_client_session(c->aws)));
	return NULL;
}

/* A key in a file, and AWS told of it: 60 seconds from here. */
/* *ret_dir is the caller's to remove, also after a failure; NULL when there is none. */
static struct rb_error *prepare(const struct connection *c, char **ret_dir, char **ret_key_file,
				int *ret_keys_fd)
{
	const struct connection_target *t = &c->target;
	auto_sshkey key = { 0 };

	TRY(target_check(t->instance_id, t->private_ip, t->endpoint_id, t->endpoint_dns));
	TRY(make_known_hosts(c->known_hosts));
	TRY(private_dir_make(ret_dir));
	sshkey_generate(&key);
	TRY(write_key(&key, *ret_dir, ret_key_file));
	TRY(offer_credentials(c, *ret_dir, ret_keys_fd));
	return eic_send_ssh_public_key(c->aws, c->target.instance_id, c->target.os_user,
				       key.public_line);
}

static struct rb_error *collect(const struct connection *c, const char *dir, const char *key_file,
				const char *command, int64_t timeout_ms, struct proc *p)
{
	struct loop *loop = http_loop(aws_session_http(aws_client_session(c->aws)));
	int64_t until_ms = clock_mono_ms() + timeout_ms;
	auto_strv argv = { 0 };
	auto_strv env = { 0 };

	connection_argv(c, key_file, /* batch= */ true, &argv);
	strv_add(&argv, "--");
	strv_add(&argv, c->target.private_ip);
	strv_add(&argv, command);
	add_env(c, dir, &env);
	const struct proc_options options = { .argv = strv_list(&argv),
					      .env = strv_list(&env),
					      .max_output_bytes = OUTPUT_MAX };

	TRY(no_ssh(proc_start(p, &options)));
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

static struct rb_error *run_and_judge(const struct connection *c, const char *command,
				      int64_t timeout_ms, struct proc *p, char **ret_dir)
{
	autofree char *key_file = NULL;
	auto_fd int keys_fd = -1;
	auto_buf report = BUF_INIT;

	TRY(prepare(c, ret_dir, &key_file, &keys_fd));
	TRY(collect(c, *ret_dir, key_file, command, timeout_ms, p));
	if (p->exit_status != 255)
		return NULL;
	read_left(*ret_dir, PRIVATE_REPORT_FILE, &report);
	return connection_judge(&c->target, p->err.p, report.p);
}

struct rb_error *connection_run(const struct connection *c, const char *command,
				int64_t timeout_ms, int *ret_status, struct buf *out,
				struct buf *err_out)
{
	auto_proc p = { 0 };
	char *dir = NULL;
	struct rb_error *err = run_and_judge(c, command, timeout_ms, &p, &dir);

	if (dir)
		private_dir_remove(dir);
	if (err)
		return err;
	*ret_status = p.exit_status;
	(void)buf_add(out, p.out.p, p.out.n);
	(void)buf_add(err_out, p.err.p, p.err.n);
	return NULL;
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
	err = no_ssh(proc_start(&p, options));
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
			return i == 0 || (line.n > 8 && memcmp(line.p + line.n - 8, " closed.", 8) == 0);
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
static struct rb_error *why_255(const struct connection *c, const char *dir)
{
	auto_buf report = BUF_INIT, log = BUF_INIT, said = BUF_INIT;

	read_left(dir, PRIVATE_REPORT_FILE, &report);
	read_left(dir, PRIVATE_LOG_FILE, &log);
	without_chatter(&log, &said);
	return report.n || said.n ? connection_judge(&c->target, said.p, report.p) : NULL;
}

static struct rb_error *interactive(const struct connection *c, const char *const *words,
				    int *ret_status)
{
	autofree char *key_file = NULL;
	auto_fd int keys_fd = -1;
	auto_strv argv = { 0 };
	auto_strv env = { 0 };
	char *dir = NULL;

	TRY(prepare(c, &dir, &key_file, &keys_fd));
	connection_argv(c, key_file, /* batch= */ false, &argv);
	strv_add(&argv, "-E");
	strv_addf(&argv, "%s/" PRIVATE_LOG_FILE, dir);
	strv_add(&argv, "--");
	strv_add(&argv, c->target.private_ip);
	for (; words && *words; words++)
		strv_add(&argv, *words);
	add_env(c, dir, &env);
	const struct proc_options options = { .argv = strv_list(&argv),
					      .env = strv_list(&env),
					      .inherit_stdio = true };

	TRY(run_ssh(&options, ret_status));
	if (ended_by) {
		*ret_status = 128 + ended_by;
		return NULL;
	}
	return *ret_status == 255 ? why_255(c, dir) : NULL;
}

struct rb_error *connection_interactive(const struct connection *c, const char *const *words,
					int *ret_status)
{
	struct sigaction saved[ENDING_N];
	struct rb_error *err;

	catch_signals(saved);
	err = interactive(c, words, ret_status);
	private_dir_remove_all();
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
