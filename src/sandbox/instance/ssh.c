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
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "sandbox/instance/proc.h"
#include "sandbox/instance/ssh.h"
#include "sandbox/instance/sshd.h"

#define MAX_AUTH_TRIES 6 /* sshd's MaxAuthTries */

#define GRACE_MS 120000

#define ALIVE_EVERY_MS 2000

/* ---- logging in --------------------------------------------------------- */

static int refuse(struct sshd_conn *c)
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
	struct sshd_conn *c = arg;
	autofree char *line = NULL;

	(void)session;
	if (signature != SSH_PUBLICKEY_STATE_NONE && signature != SSH_PUBLICKEY_STATE_VALID)
		return refuse(c);
	line = sshd_public_line(key);
	if (!line || !c->config->admits(c->config->arg, user, line)) {
		log_debug("instance: key of '%s' refused", user);
		return refuse(c);
	}
	if (signature == SSH_PUBLICKEY_STATE_VALID)
		set_str(&c->user, user);
	return SSH_AUTH_SUCCESS;
}

/* ---- the connection -------------------------------------------------------- */

/* What this channel waits for; answers the number of entries added. */
static nfds_t watch(const struct sshd_conn *c, const struct sshd_channel *chan, struct pollfd *p)
{
	bool room = !sshd_client_is_behind(c) && ssh_channel_window_size(chan->ssh) > 0;
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
static bool wait_for_work(struct sshd_conn *c, int stop_fd, int timeout_ms)
{
	struct pollfd p[2 + 4 * MAX_CHANNELS];
	nfds_t n = 2;

	p[0] = (struct pollfd){ .fd = stop_fd, .events = POLLIN };
	p[1] = (struct pollfd){ .fd = ssh_get_fd(c->session), .events = POLLIN };
	if (sshd_client_is_behind(c))
		p[1].events |= POLLOUT;
	for (size_t i = 0; i < MAX_CHANNELS; i++) {
		const struct sshd_channel *chan = c->channels[i];

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

static void run(struct sshd_conn *c, int stop_fd)
{
	int64_t next_check_ms = clock_mono_ms() + ALIVE_EVERY_MS;

	while (!c->gone && ssh_is_connected(c->session) &&
	       wait_for_work(c, stop_fd, ALIVE_EVERY_MS)) {
		if (clock_mono_ms() >= next_check_ms) {
			if (!c->config->alive(c->config->arg))
				break;
			next_check_ms = clock_mono_ms() + ALIVE_EVERY_MS;
		}
		if (ssh_event_dopoll(c->event, 0) == SSH_ERROR)
			break;
		for (size_t i = 0; i < MAX_CHANNELS; i++)
			if (c->channels[i])
				sshd_serve_channel(c, i);
	}
}

/* Key exchange and login, within the grace time. */
static struct rb_error *let_in(struct sshd_conn *c, int stop_fd)
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
static struct rb_error *attach(struct sshd_conn *c, int fd)
{
	ssh_bind bind = ssh_bind_new();
	ssh_key key = NULL;
	bool process_config = false;
	struct rb_error *err;

	err = sshd_import_host_key(c->config->host_key, &key);
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

struct rb_error *sshd_serve(const struct sshd *ssh, int fd, int stop_fd)
{
	struct sshd_conn c = { .config = ssh };
	struct rb_error *err;

	c.session = ssh_new();
	c.event = ssh_event_new();
	c.callbacks = (struct ssh_server_callbacks_struct){
		.userdata = &c,
		.auth_none_function = on_auth_none,
		.auth_pubkey_function = on_auth_key,
		.channel_open_request_session_function = sshd_on_open_session,
	};
	ssh_callbacks_init(&c.callbacks);
	err = attach(&c, fd);
	if (!err) {
		ssh_set_server_callbacks(c.session, &c.callbacks);
		ssh_set_message_callback(c.session, sshd_on_message, &c);
		err = let_in(&c, stop_fd);
		if (!err)
			run(&c, stop_fd);
	}
	for (size_t i = 0; i < MAX_CHANNELS; i++)
		if (c.channels[i])
			sshd_drop_channel(c.channels[i]);
	ssh_event_remove_session(c.event, c.session);
	ssh_disconnect(c.session);
	ssh_event_free(c.event);
	ssh_free(c.session);
	free(c.user);
	return err;
}
