/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sftp-server: what `scp` and `sftp` talk to on an instance, on standard input and output.
 *
 * Version 3 of the protocol, which is what OpenSSH speaks, with the extensions that scp wants.
 * Nothing is trusted: a length beyond the packet, an unknown handle or type is answered with a
 * status, and a packet that is too long ends the conversation.
 *   source  draft-ietf-secsh-filexfer-02; OpenSSH's PROTOCOL, section 4
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "sandbox/instance/sftpd.h"
#include "sandbox/instance/tools.h"

static void do_init(struct sftpd *s)
{
	buf_reset(&s->reply);
	sftpd_add_u32(&s->reply, 0);
	(void)buf_addc(&s->reply, PACKET_VERSION);
	sftpd_add_u32(&s->reply, 3);
	sftpd_add_string(&s->reply, "posix-rename@openssh.com");
	sftpd_add_string(&s->reply, "1");
	sftpd_add_string(&s->reply, "expand-path@openssh.com");
	sftpd_add_string(&s->reply, "1");
}

static void serve(struct sftpd *s, unsigned char type)
{
	s->bad = false;
	if (type == PACKET_INIT) {
		do_init(s);
		return;
	}
	s->id = sftpd_take_u32(s);
	if (type == PACKET_OPEN)
		sftpd_open(s);
	else if (type == PACKET_CLOSE)
		sftpd_close(s);
	else if (type == PACKET_READ)
		sftpd_read(s);
	else if (type == PACKET_WRITE)
		sftpd_write(s);
	else if (type == PACKET_FSTAT)
		sftpd_fstat(s);
	else if (type == PACKET_FSETSTAT)
		sftpd_fsetstat(s);
	else if (type == PACKET_READDIR)
		sftpd_readdir(s);
	else if (type == PACKET_EXTENDED)
		sftpd_extended(s);
	else if (type >= PACKET_LSTAT && type <= PACKET_SYMLINK)
		sftpd_path(s, type);
	else
		sftpd_answer(s, STATUS_UNSUPPORTED);
}

static bool read_all(void *into, size_t n)
{
	for (size_t at = 0; at < n;) {
		ssize_t got = read(STDIN_FILENO, (char *)into + at, n - at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		at += (size_t)got;
	}
	return true;
}

static bool write_reply(struct buf *reply)
{
	size_t n = reply->n - 4;
	struct rb_error *err;

	for (int i = 0; i < 4; i++)
		reply->p[i] = (char)(n >> (24 - 8 * i));
	err = file_write_all(STDOUT_FILENO, reply->p, reply->n, /* point= */ NULL);
	if (err)
		(void)rb_error_free(err);
	return !err;
}

int tool_sftp(int argc, char **argv)
{
	struct sftpd s = { .reply = BUF_INIT };
	unsigned char *packet = xmalloc(PACKET_MAX);
	unsigned char head[4];
	int status = 0;

	(void)argc;
	(void)argv;
	for (size_t i = 0; i < HANDLES; i++)
		s.handles[i].fd = -1;
	while (read_all(head, sizeof(head))) {
		s.p = head;
		s.n = sizeof(head);
		size_t n = sftpd_take_u32(&s);

		if (n < 1 || n > PACKET_MAX || !read_all(packet, n)) {
			status = 1;
			break;
		}
		s.p = packet + 1;
		s.n = n - 1;
		serve(&s, packet[0]);
		if (!write_reply(&s.reply))
			break;
	}
	for (size_t i = 0; i < HANDLES; i++)
		sftpd_drop_handle(&s.handles[i]);
	buf_clear(&s.reply);
	free(packet);
	return status;
}
