/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes move between an SSH channel and its program, no faster than either side takes them. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>
#include <libssh/libssh.h>

#include "base/alloc.h"
#include "sandbox/instance/proc.h"
#include "sandbox/instance/ssh.h"
#include "sandbox/instance/sshd.h"

#define BLOCK 32768

#define ROUNDS 8 /* blocks moved for one channel before the others get their turn */

static char *held_room(struct sshd_held *h, size_t n)
{
	if (n > h->cap) {
		free(h->p);
		h->p = xmalloc(n);
		h->cap = n;
	}
	h->at = 0;
	return h->p;
}

static void held_took(struct sshd_held *h, size_t n)
{
	h->at += n;
	h->n -= n;
	if (!h->n && h->cap > BLOCK) { /* a window's worth is not kept for a quiet moment */
		free(h->p);
		*h = (struct sshd_held){ 0 };
	}
}

/* All that came from the client, when the program has had what came before. */
static void refill(struct sshd_channel *chan)
{
	int there = ssh_channel_poll(chan->ssh, 0), got;

	if (there <= 0)
		return;
	got = ssh_channel_read_nonblocking(chan->ssh, held_room(&chan->in, (size_t)there),
					   (uint32_t)there, 0);
	chan->in.n = got > 0 ? (size_t)got : 0;
}

/* What the program takes of it; true while there may be more. */
static bool feed(struct sshd_channel *chan)
{
	struct sshd_held *h = &chan->in;
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
			instance_proc_close_in(&chan->proc);
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
			instance_proc_close_in(&chan->proc);
	}
	return false;
}

/* One block from the program to the client; true while there may be more. */
static bool drain(struct sshd_channel *chan, int fd, struct sshd_held *h, bool *eof)
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

/* Send how it ended and close, once all its output is on its way. */
static void finish(struct sshd_channel *chan)
{
	int status, sig;

	if (chan->forward && chan->out_eof) {
		ssh_channel_send_eof(chan->ssh);
		ssh_channel_close(chan->ssh);
	}
	if (!instance_proc_ended(&chan->proc, &status, &sig))
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
		ssh_channel_request_send_exit_signal(chan->ssh, instance_proc_signal_name(sig), 0,
						     "", "");
	else
		ssh_channel_request_send_exit_status(chan->ssh, status);
	ssh_channel_send_eof(chan->ssh);
	ssh_channel_close(chan->ssh);
}

bool sshd_client_is_behind(const struct sshd_conn *c)
{
	return (ssh_get_poll_flags(c->session) & SSH_WRITE_PENDING) != 0;
}

void sshd_serve_channel(struct sshd_conn *c, size_t i)
{
	struct sshd_channel *chan = c->channels[i];

	if (chan->started && !ssh_channel_is_closed(chan->ssh)) {
		for (int r = 0; r < ROUNDS && feed(chan); r++)
			;
		for (int r = 0; r < ROUNDS && !sshd_client_is_behind(c); r++)
			if (!drain(chan, chan->proc.out, &chan->out, &chan->out_eof))
				break;
		for (int r = 0; r < ROUNDS && !chan->pty && !sshd_client_is_behind(c); r++)
			if (!drain(chan, chan->proc.err, &chan->err, &chan->err_eof))
				break;
		finish(chan);
	}
	if (ssh_channel_is_closed(chan->ssh)) {
		c->channels[i] = NULL;
		sshd_drop_channel(chan);
	}
}
