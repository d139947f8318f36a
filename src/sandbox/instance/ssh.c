/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libssh does the protocol; what waits, for whom and how long is decided in one
 * loop here.  Nothing is read from a program while its client takes nothing
 * (the channel's window), and nothing from the client while the program takes
 * nothing, so memory stays at the size of the windows whatever either side does.
 *
 * libssh opens the client's window again at every read, however much of what
 * came before is still in its own buffer: a program that reads slowly from a
 * fast client would make that buffer grow without end.  So all of it is taken
 * at once, and no more before the program has had that.
 */
#include "sandbox/instance/ssh.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "sandbox/instance/proc.h"

#define MAX_SESSIONS 10	 /* sshd's MaxSessions */
#define MAX_CHANNELS 42	 /* those, and what is forwarded */
#define MAX_AUTH_TRIES 6 /* sshd's MaxAuthTries */
#define GRACE_MS 120000
#define ALIVE_EVERY_MS 2000
#define BLOCK 32768
#define ROUNDS 8 /* blocks moved for one channel before the others get their turn */
#define SFTP_SERVER "exec sftp-server" /* among the instance's tools */

/* Bytes that were read on one side and not yet taken by the other. */
struct held {
	char *p;
	size_t cap, at, n;
};

struct channel {
	struct conn *conn;
	ssh_channel ssh; /* NULL: the slot is free */
	struct ssh_channel_callbacks_struct callbacks;
	struct sbx_proc proc;
	bool started, pty;
	bool forward; /* to another host: no program, a stream in its place */
	char *term;
	int rows, cols;
	struct strv env; /* what the client asked for and may have */

	struct held in, out, err;
	bool in_eof, out_eof, err_eof, ended;
};

struct conn {
	const struct sbx_ssh *config;
	ssh_session session;
	ssh_event event;
	struct ssh_server_callbacks_struct callbacks;
	char *user; /* NULL: not logged in */
	int failures;
	bool gone;
	struct channel *channels[MAX_CHANNELS];
};

struct rb_error *sbx_ssh_new_host_key(struct buf *out)
{
	ssh_key key = NULL;
	char *pem = NULL;

	if (ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &key) != SSH_OK ||
	    ssh_pki_export_privkey_base64(key, NULL, NULL, NULL, &pem) != SSH_OK) {
		ssh_key_free(key);
		return rb_error_new(RB_FAILED, "cannot make a host key");
	}
	buf_adds(out, pem);
	ssh_string_free_char(pem);
	ssh_key_free(key);
	return NULL;
}

static struct rb_error *import_host_key(const char *text, ssh_key *ret)
{
	if (ssh_pki_import_privkey_base64(text, NULL, NULL, NULL, ret) != SSH_OK)
		return rb_error_new(RB_DAMAGED, "cannot read the host key of an instance");
	return NULL;
}

/* "ssh-ed25519 AAAA..." of either half of a key; NULL when it has no such form. */
static char *public_line(const ssh_key key)
{
	char *b64 = NULL;
	char *line;

	if (ssh_pki_export_pubkey_base64(key, &b64) != SSH_OK)
		return NULL;
	line = xasprintf("%s %s", ssh_key_type_to_char(ssh_key_type(key)), b64);
	ssh_string_free_char(b64);
	return line;
}

struct rb_error *sbx_ssh_public_line(const char *host_key, char **ret)
{
	ssh_key key = NULL;

	TRY(import_host_key(host_key, &key));
	*ret = public_line(key);
	ssh_key_free(key);
	return *ret ? NULL : rb_error_new(RB_DAMAGED, "cannot read the host key of an instance");
}

/* ---- logging in --------------------------------------------------------- */

static int refuse(struct conn *c)
{
	if (++c->failures >= MAX_AUTH_TRIES)
		c->gone = true;
	return SSH_AUTH_DENIED;
}

static int on_auth_none(ssh_session session, const char *user, void *arg)
{
	(void)session;
	(void)user;
	(void)arg;
	return SSH_AUTH_DENIED; /* how every client asks for the methods: no failure */
}

static int on_auth_key(ssh_session session, const char *user, struct ssh_key_struct *key,
		       char signature, void *arg)
{
	struct conn *c = arg;
	autofree char *line = NULL;

	(void)session;
	if (signature != SSH_PUBLICKEY_STATE_NONE && signature != SSH_PUBLICKEY_STATE_VALID)
		return refuse(c);
	line = public_line(key);
	if (!line || !c->config->admits(c->config->arg, user, line)) {
		log_debug("instance: key of '%s' refused", user);
		return refuse(c);
	}
	if (signature == SSH_PUBLICKEY_STATE_VALID)
		set_str(&c->user, user);
	return SSH_AUTH_SUCCESS;
}

/* ---- what a channel may ask for ------------------------------------------ */

static int on_pty(ssh_session session, ssh_channel ch, const char *term, int cols, int rows, int px,
		  int py, void *arg)
{
	struct channel *chan = arg;

	(void)session;
	(void)ch;
	(void)px;
	(void)py;
	if (chan->started || strlen(term) > 64)
		return SSH_ERROR;
	chan->pty = true;
	set_str(&chan->term, term);
	chan->rows = rows;
	chan->cols = cols;
	return SSH_OK;
}

static int on_window_change(ssh_session session, ssh_channel ch, int cols, int rows, int px, int py,
			    void *arg)
{
	struct channel *chan = arg;

	(void)session;
	(void)ch;
	(void)px;
	(void)py;
	sbx_proc_resize(&chan->proc, rows, cols);
	return SSH_OK;
}

/* Language settings alone, as Amazon Linux's sshd accepts them. */
static int on_env(ssh_session session, ssh_channel ch, const char *name, const char *value,
		  void *arg)
{
	struct channel *chan = arg;

	(void)session;
	(void)ch;
	if ((strcmp(name, "LANG") != 0 && !text_starts_with(name, "LC_")) || strlen(name) > 64 ||
	    strlen(value) > 256 || strchr(name, '=') || chan->env.n >= 32)
		return SSH_ERROR;
	strv_addf(&chan->env, "%s=%s", name, value);
	return SSH_OK;
}

static void on_signal(ssh_session session, ssh_channel ch, const char *name, void *arg)
{
	const struct channel *chan = arg;

	(void)session;
	(void)ch;
	sbx_proc_signal(&chan->proc, name);
}

static int start(struct channel *chan, const char *command)
{
	const struct conn *c = chan->conn;
	autofree char *dir = NULL;
	auto_strv env = { 0 };
	auto_error struct rb_error *err = NULL;
	struct sbx_proc_spec spec = {
		.command = command, .pty = chan->pty, .rows = chan->rows, .cols = chan->cols
	};

	if (chan->started)
		return SSH_ERROR;
	err = c->config->settle(c->config->arg, c->user, &dir, &env);
	if (!err) {
		for (size_t i = 0; i < chan->env.n; i++)
			strv_add(&env, chan->env.v[i]);
		if (chan->pty)
			strv_addf(&env, "TERM=%s", chan->term);
		spec.dir = dir;
		spec.env = strv_list(&env);
		err = sbx_proc_start(&spec, &chan->proc);
	}
	if (err) {
		log_debug("instance: %s", err->what);
		return SSH_ERROR;
	}
	chan->started = true;
	chan->err_eof = chan->pty; /* a terminal has one way out */
	return SSH_OK;
}

static int on_exec(ssh_session session, ssh_channel ch, const char *command, void *arg)
{
	(void)session;
	(void)ch;
	return start(arg, command);
}

static int on_shell(ssh_session session, ssh_channel ch, void *arg)
{
	(void)session;
	(void)ch;
	return start(arg, NULL);
}

static int on_subsystem(ssh_session session, ssh_channel ch, const char *name, void *arg)
{
	(void)session;
	(void)ch;
	if (strcmp(name, "sftp") != 0)
		return SSH_ERROR;
	return start(arg, SFTP_SERVER);
}

static void drop_channel(struct channel *chan)
{
	sbx_proc_end(&chan->proc);
	if (chan->ssh) {
		ssh_remove_channel_callbacks(chan->ssh, &chan->callbacks);
		ssh_channel_free(chan->ssh);
	}
	free(chan->in.p);
	free(chan->out.p);
	free(chan->err.p);
	free(chan->term);
	strv_clear(&chan->env);
	free(chan);
}

static size_t count_sessions(const struct conn *c)
{
	size_t n = 0;

	for (size_t i = 0; i < MAX_CHANNELS; i++)
		n += c->channels[i] && !c->channels[i]->forward;
	return n;
}

static ssh_channel on_open_session(ssh_session session, void *arg)
{
	struct conn *c = arg;
	struct channel *chan;
	size_t i = 0;

	while (i < MAX_CHANNELS && c->channels[i])
		i++;
	if (i == MAX_CHANNELS || !c->user || count_sessions(c) >= MAX_SESSIONS)
		return NULL;
	chan = xcalloc(1, sizeof(*chan));
	chan->conn = c;
	chan->proc = (struct sbx_proc)SBX_PROC_INIT;
	chan->ssh = ssh_channel_new(session);
	if (!chan->ssh) {
		free(chan);
		return NULL;
	}
	chan->callbacks = (struct ssh_channel_callbacks_struct){
		.userdata = chan,
		.channel_pty_request_function = on_pty,
		.channel_pty_window_change_function = on_window_change,
		.channel_env_request_function = on_env,
		.channel_signal_function = on_signal,
		.channel_exec_request_function = on_exec,
		.channel_shell_request_function = on_shell,
		.channel_subsystem_request_function = on_subsystem,
	};
	ssh_callbacks_init(&chan->callbacks);
	ssh_set_channel_callbacks(chan->ssh, &chan->callbacks);
	c->channels[i] = chan;
	return chan->ssh;
}

/* ---- forwarding (-L, -D, -W) ---------------------------------------------- */

/* `fd` is taken; what was asked for is at its other end. */
static bool accept_forward(struct conn *c, ssh_message message, size_t slot, int fd)
{
	struct channel *chan;
	int out = dup(fd);

	if (out < 0) {
		close(fd);
		return false;
	}
	chan = xcalloc(1, sizeof(*chan));
	chan->conn = c;
	chan->proc = (struct sbx_proc)SBX_PROC_INIT;
	chan->proc.in = fd;
	chan->proc.out = out;
	chan->forward = chan->started = chan->err_eof = true;
	chan->ssh = ssh_message_channel_request_open_reply_accept(message);
	if (!chan->ssh) {
		sbx_proc_end(&chan->proc);
		free(chan);
		return false;
	}
	ssh_callbacks_init(&chan->callbacks);
	ssh_set_channel_callbacks(chan->ssh, &chan->callbacks);
	c->channels[slot] = chan;
	return true;
}

/* All that libssh has no callback of its own for.  1: it is to be refused. */
static int on_message(ssh_session session, ssh_message message, void *arg)
{
	struct conn *c = arg;
	const char *host;
	size_t i = 0;
	int fd;

	(void)session;
	if (ssh_message_type(message) != SSH_REQUEST_CHANNEL_OPEN ||
	    ssh_message_subtype(message) != SSH_CHANNEL_DIRECT_TCPIP || !c->user ||
	    !c->config->dial)
		return 1;
	while (i < MAX_CHANNELS && c->channels[i])
		i++;
	host = ssh_message_channel_request_open_destination(message);
	if (i == MAX_CHANNELS || !host)
		return 1;
	fd = c->config->dial(c->config->arg, host,
			     ssh_message_channel_request_open_destination_port(message));
	return fd >= 0 && accept_forward(c, message, i, fd) ? 0 : 1;
}

/* ---- moving bytes --------------------------------------------------------- */

static char *held_room(struct held *h, size_t n)
{
	if (n > h->cap) {
		free(h->p);
		h->p = xmalloc(n);
		h->cap = n;
	}
	h->at = 0;
	return h->p;
}

static void held_took(struct held *h, size_t n)
{
	h->at += n;
	h->n -= n;
	if (!h->n && h->cap > BLOCK) { /* a window's worth is not kept for a quiet moment */
		free(h->p);
		*h = (struct held){ 0 };
	}
}

/* All that came from the client, when the program has had what came before. */
static void refill(struct channel *chan)
{
	int there = ssh_channel_poll(chan->ssh, 0), got;

	if (there <= 0)
		return;
	got = ssh_channel_read_nonblocking(chan->ssh, held_room(&chan->in, (size_t)there),
					   (uint32_t)there, 0);
	chan->in.n = got > 0 ? (size_t)got : 0;
}

/* What the program takes of it; true while there may be more. */
static bool feed(struct channel *chan)
{
	struct held *h = &chan->in;
	ssize_t n;

	if (!h->n)
		refill(chan);
	if (h->n && chan->proc.in < 0) {
		held_took(h, h->n); /* the program closed its input: the rest has nowhere to go */
		return true;
	}
	if (h->n) {
		n = write(chan->proc.in, h->p + h->at, h->n);
		if (n < 0 && errno != EAGAIN && errno != EINTR) {
			sbx_proc_close_in(&chan->proc);
			return true;
		}
		if (n <= 0)
			return false;
		held_took(h, (size_t)n);
		return true;
	}
	if (ssh_channel_is_eof(chan->ssh) && !chan->in_eof) {
		chan->in_eof = true;
		/* a terminal has no end of input: closing would hang up on the program */
		if (chan->forward)
			(void)shutdown(chan->proc.in, SHUT_WR);
		else if (!chan->pty)
			sbx_proc_close_in(&chan->proc);
	}
	return false;
}

/* One block from the program to the client; true while there may be more. */
static bool drain(struct channel *chan, int fd, struct held *h, bool *eof)
{
	size_t room = ssh_channel_window_size(chan->ssh);
	ssize_t n;
	int wrote;

	if (*eof || !room)
		return false;
	if (!h->n) {
		n = read(fd, held_room(h, BLOCK), BLOCK);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return false;
		if (n <= 0) { /* EIO is how a terminal ends */
			*eof = true;
			return false;
		}
		h->n = (size_t)n;
	}
	if (room > h->n)
		room = h->n;
	wrote = h == &chan->err ? ssh_channel_write_stderr(chan->ssh, h->p + h->at, (uint32_t)room)
				: ssh_channel_write(chan->ssh, h->p + h->at, (uint32_t)room);
	if (wrote < 0) {
		chan->conn->gone = true;
		return false;
	}
	held_took(h, (size_t)wrote); /* less than asked while new keys are being agreed on */
	return wrote > 0;
}

/* Tell how it ended and close, once all that it said is on its way. */
static void finish(struct channel *chan)
{
	int status, sig;

	if (chan->forward && chan->out_eof) {
		ssh_channel_send_eof(chan->ssh);
		ssh_channel_close(chan->ssh);
	}
	if (!sbx_proc_ended(&chan->proc, &status, &sig))
		return;
	chan->ended = true;
	/* a terminal ends when the last program on it lets go; do not wait for those that stayed */
	if (chan->pty && !chan->out_eof) {
		while (drain(chan, chan->proc.out, &chan->out, &chan->out_eof))
			;
		if (chan->out.n || !ssh_channel_window_size(chan->ssh))
			return;
		chan->out_eof = true;
	}
	if (!chan->out_eof || !chan->err_eof)
		return;
	if (sig)
		ssh_channel_request_send_exit_signal(chan->ssh, sbx_proc_signal_name(sig), 0, "",
						     "");
	else
		ssh_channel_request_send_exit_status(chan->ssh, status);
	ssh_channel_send_eof(chan->ssh);
	ssh_channel_close(chan->ssh);
}

/* Pending output is waited for only while the client is behind. */
static bool client_is_behind(const struct conn *c)
{
	return (ssh_get_poll_flags(c->session) & SSH_WRITE_PENDING) != 0;
}

static void serve_channel(struct conn *c, size_t i)
{
	struct channel *chan = c->channels[i];

	if (chan->started && !ssh_channel_is_closed(chan->ssh)) {
		for (int r = 0; r < ROUNDS && feed(chan); r++)
			;
		for (int r = 0; r < ROUNDS && !client_is_behind(c); r++)
			if (!drain(chan, chan->proc.out, &chan->out, &chan->out_eof))
				break;
		for (int r = 0; r < ROUNDS && !chan->pty && !client_is_behind(c); r++)
			if (!drain(chan, chan->proc.err, &chan->err, &chan->err_eof))
				break;
		finish(chan);
	}
	if (ssh_channel_is_closed(chan->ssh)) {
		c->channels[i] = NULL;
		drop_channel(chan);
	}
}

/* What this channel waits for; answers the number of entries added. */
static nfds_t watch(const struct conn *c, const struct channel *chan, struct pollfd *p)
{
	bool room = !client_is_behind(c) && ssh_channel_window_size(chan->ssh) > 0;
	nfds_t n = 0;

	if (!chan->started)
		return 0;
	if (chan->in.n && chan->proc.in >= 0)
		p[n++] = (struct pollfd){ .fd = chan->proc.in, .events = POLLOUT };
	if (room && !chan->out_eof && !chan->out.n)
		p[n++] = (struct pollfd){ .fd = chan->proc.out, .events = POLLIN };
	if (room && !chan->err_eof && !chan->err.n)
		p[n++] = (struct pollfd){ .fd = chan->proc.err, .events = POLLIN };
	if (!chan->ended && !chan->forward)
		p[n++] = (struct pollfd){ .fd = chan->proc.pidfd, .events = POLLIN };
	return n;
}

/* Wait for any of it; false when it is time to stop. */
static bool wait_for_work(struct conn *c, int stop_fd, int timeout_ms)
{
	struct pollfd p[2 + 4 * MAX_CHANNELS];
	nfds_t n = 2;

	p[0] = (struct pollfd){ .fd = stop_fd, .events = POLLIN };
	p[1] = (struct pollfd){ .fd = ssh_get_fd(c->session), .events = POLLIN };
	if (client_is_behind(c))
		p[1].events |= POLLOUT;
	for (size_t i = 0; i < MAX_CHANNELS; i++) {
		const struct channel *chan = c->channels[i];

		if (!chan)
			continue;
		n += watch(c, chan, p + n);
		if (chan->started && !chan->forward && !chan->ended && chan->proc.pidfd < 0 &&
		    timeout_ms > SBX_PROC_LOOK_MS)
			timeout_ms = SBX_PROC_LOOK_MS;
	}
	if (poll(p, n, timeout_ms) < 0 && errno != EINTR)
		return false;
	return !(p[0].revents & POLLIN);
}

static void run(struct conn *c, int stop_fd)
{
	int64_t look = clock_mono_ms() + ALIVE_EVERY_MS;

	while (!c->gone && ssh_is_connected(c->session) &&
	       wait_for_work(c, stop_fd, ALIVE_EVERY_MS)) {
		if (clock_mono_ms() >= look) {
			if (!c->config->alive(c->config->arg))
				break;
			look = clock_mono_ms() + ALIVE_EVERY_MS;
		}
		if (ssh_event_dopoll(c->event, 0) == SSH_ERROR)
			break;
		for (size_t i = 0; i < MAX_CHANNELS; i++)
			if (c->channels[i])
				serve_channel(c, i);
	}
}

/* Key exchange and login, within the grace time. */
static struct rb_error *let_in(struct conn *c, int stop_fd)
{
	int64_t until = clock_mono_ms() + (c->config->grace_ms ? c->config->grace_ms : GRACE_MS);
	int rc;

	while ((rc = ssh_handle_key_exchange(c->session)) == SSH_AGAIN) {
		int64_t left = until - clock_mono_ms();

		if (left <= 0 || !wait_for_work(c, stop_fd, (int)left))
			return rb_error_new(RB_FAILED, "no key exchange");
	}
	if (rc != SSH_OK)
		return rb_error_why(rb_error_new(RB_FAILED, "no key exchange"), "%s",
				    ssh_get_error(c->session));
	ssh_set_auth_methods(c->session, SSH_AUTH_METHOD_PUBLICKEY);
	if (ssh_event_add_session(c->event, c->session) != SSH_OK)
		return rb_error_new(RB_FAILED, "cannot watch the connection");
	while (!c->user) {
		int64_t left = until - clock_mono_ms();

		if (left <= 0 || c->gone || !ssh_is_connected(c->session) ||
		    !wait_for_work(c, stop_fd, (int)left) ||
		    ssh_event_dopoll(c->event, 0) == SSH_ERROR)
			return rb_error_new(RB_DENIED, "no login");
	}
	return NULL;
}

/* A bind without a socket of its own: it lends host key and settings to one session. */
static struct rb_error *attach(struct conn *c, int fd)
{
	ssh_bind bind = ssh_bind_new();
	ssh_key key = NULL;
	bool process_config = false;
	struct rb_error *err;

	err = import_host_key(c->config->host_key, &key);
	if (err) {
		ssh_bind_free(bind);
		close(fd);
		return err;
	}
	ssh_bind_options_set(bind, SSH_BIND_OPTIONS_PROCESS_CONFIG, &process_config);
	ssh_bind_options_set(bind, SSH_BIND_OPTIONS_IMPORT_KEY, key); /* takes it */
	ssh_set_blocking(c->session, 0);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	if (ssh_bind_accept_fd(bind, c->session, fd) != SSH_OK) {
		err = rb_error_why(rb_error_new(RB_FAILED, "cannot start an ssh session"), "%s",
				   ssh_get_error(bind));
		close(fd);
	}
	ssh_bind_free(bind);
	return err;
}

struct rb_error *sbx_ssh_serve(const struct sbx_ssh *ssh, int fd, int stop_fd)
{
	struct conn c = { .config = ssh };
	struct rb_error *err;

	c.session = ssh_new();
	c.event = ssh_event_new();
	c.callbacks = (struct ssh_server_callbacks_struct){
		.userdata = &c,
		.auth_none_function = on_auth_none,
		.auth_pubkey_function = on_auth_key,
		.channel_open_request_session_function = on_open_session,
	};
	ssh_callbacks_init(&c.callbacks);
	err = attach(&c, fd);
	if (!err) {
		ssh_set_server_callbacks(c.session, &c.callbacks);
		ssh_set_message_callback(c.session, on_message, &c);
		err = let_in(&c, stop_fd);
		if (!err)
			run(&c, stop_fd);
	}
	for (size_t i = 0; i < MAX_CHANNELS; i++)
		if (c.channels[i])
			drop_channel(c.channels[i]);
	ssh_event_remove_session(c.event, c.session);
	ssh_disconnect(c.session);
	ssh_event_free(c.event);
	ssh_free(c.session);
	free(c.user);
	return err;
}
