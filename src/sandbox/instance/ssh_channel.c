/* SPDX-License-Identifier: Apache-2.0 */
/* What an SSH client may ask for: sessions with a program, and streams to another host. */
#include <string.h>
#include <unistd.h>
#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/text.h"
#include "sandbox/instance/proc.h"
#include "sandbox/instance/ssh.h"
#include "sandbox/instance/sshd.h"

#define MAX_SESSIONS 10 /* sshd's MaxSessions */

#define SFTP_SERVER "exec sftp-server" /* among the instance's tools */

static int on_pty(ssh_session session, ssh_channel ch, const char *term, int cols, int rows, int px,
		  int py, void *arg)
{
	struct sshd_channel *chan = arg;

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
	struct sshd_channel *chan = arg;

	(void)session;
	(void)ch;
	(void)px;
	(void)py;
	instance_proc_resize(&chan->proc, rows, cols);
	return SSH_OK;
}

/* Language settings alone, as Amazon Linux's sshd accepts them. */
static int on_env(ssh_session session, ssh_channel ch, const char *name, const char *value,
		  void *arg)
{
	struct sshd_channel *chan = arg;

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
	const struct sshd_channel *chan = arg;

	(void)session;
	(void)ch;
	instance_proc_signal(&chan->proc, name);
}

static int start(struct sshd_channel *chan, const char *command)
{
	const struct sshd_conn *c = chan->conn;
	autofree char *dir = NULL;
	auto_strv env = { 0 };
	auto_error struct rb_error *err = NULL;
	struct instance_proc_spec spec = {
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
		err = instance_proc_start(&spec, &chan->proc);
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

void sshd_drop_channel(struct sshd_channel *chan)
{
	instance_proc_end(&chan->proc);
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

static size_t count_sessions(const struct sshd_conn *c)
{
	size_t n = 0;

	for (size_t i = 0; i < MAX_CHANNELS; i++)
		n += c->channels[i] && !c->channels[i]->forward;
	return n;
}

ssh_channel sshd_on_open_session(ssh_session session, void *arg)
{
	struct sshd_conn *c = arg;
	struct sshd_channel *chan;
	size_t i = 0;

	while (i < MAX_CHANNELS && c->channels[i])
		i++;
	if (i == MAX_CHANNELS || !c->user || count_sessions(c) >= MAX_SESSIONS)
		return NULL;
	chan = xcalloc(1, sizeof(*chan));
	chan->conn = c;
	chan->proc = (struct instance_proc)SBX_PROC_INIT;
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

/* `fd` is taken; what was asked for is at its other end. */
static bool accept_forward(struct sshd_conn *c, ssh_message message, size_t slot, int fd)
{
	struct sshd_channel *chan;
	int out = dup(fd);

	if (out < 0) {
		close(fd);
		return false;
	}
	chan = xcalloc(1, sizeof(*chan));
	chan->conn = c;
	chan->proc = (struct instance_proc)SBX_PROC_INIT;
	chan->proc.in = fd;
	chan->proc.out = out;
	chan->forward = chan->started = chan->err_eof = true;
	chan->ssh = ssh_message_channel_request_open_reply_accept(message);
	if (!chan->ssh) {
		instance_proc_end(&chan->proc);
		free(chan);
		return false;
	}
	ssh_callbacks_init(&chan->callbacks);
	ssh_set_channel_callbacks(chan->ssh, &chan->callbacks);
	c->channels[slot] = chan;
	return true;
}

int sshd_on_message(ssh_session session, ssh_message message, void *arg)
{
	struct sshd_conn *c = arg;
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
