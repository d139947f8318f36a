/* SPDX-License-Identifier: Apache-2.0 */
/* One connection of a client, plain or by TLS: read, written, waited for, answered. */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <openssl/err.h>

#include "base/clock.h"
#include "base/span.h"
#include "sandbox/path/io.h"

#define GATHER (72 * 1024)     /* a block in records */
#define READ_AHEAD (72 * 1024) /* of records */

static ssize_t ssl_result(struct io *io, int rc)
{
	int e = SSL_get_error(io->ssl, rc);

	ERR_clear_error();
	switch (e) {
	case SSL_ERROR_WANT_READ:
		io->want = POLLIN;
		errno = EAGAIN;
		return -1;
	case SSL_ERROR_WANT_WRITE:
		io->want = POLLOUT;
		errno = EAGAIN;
		return -1;
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	default:
		/* a connection cut without close_notify ends like one with it: nobody is fooled,
		 * HTTP and WebSocket mark the end of a message themselves */
		if (errno == EAGAIN || errno == 0)
			errno = EPROTO;
		return -1;
	}
}

/*
 * Records are 16 KiB at most, and each would be a system call of its own, and two to read: a
 * buffer behind TLS gathers them.  Reading ahead within OpenSSL would move all that was read at
 * each record.
 */
bool io_tls(struct io *io, int fd, SSL_CTX *ctx)
{
	BIO *bytes = BIO_new_socket(fd, BIO_NOCLOSE), *buffer = BIO_new(BIO_f_buffer());
	SSL *ssl = SSL_new(ctx);

	*io = (struct io){ .fd = fd };
	if (!bytes || !buffer || !ssl || BIO_set_write_buffer_size(buffer, GATHER) != 1 ||
	    BIO_set_read_buffer_size(buffer, READ_AHEAD) != 1) {
		BIO_free(bytes);
		BIO_free(buffer);
		SSL_free(ssl);
		return false;
	}
	(void)BIO_push(buffer, bytes);
	SSL_set_bio(ssl, buffer, buffer);
	io->ssl = ssl;
	return true;
}

bool io_flush(struct io *io)
{
	if (!io->unsent)
		return true;
	errno = 0;
	if (BIO_flush(SSL_get_wbio(io->ssl)) == 1) {
		io->unsent = false;
		return true;
	}
	io->want = POLLOUT;
	if (BIO_should_retry(SSL_get_wbio(io->ssl)))
		errno = EAGAIN;
	else if (errno == 0 || errno == EAGAIN)
		errno = EPIPE;
	return false;
}

/* All of `n` unless the buffer and the socket are full. */
static ssize_t tls_write(struct io *io, const char *p, size_t n)
{
	size_t done = 0, some;
	ssize_t rc;

	if (!io_flush(io))
		return -1;
	while (done < n) {
		ERR_clear_error();
		errno = 0;
		if (SSL_write_ex(io->ssl, p + done, n - done, &some) != 1) {
			rc = ssl_result(io, 0);
			if (done == 0)
				return rc;
			break; /* the next call meets it again */
		}
		io->unsent = true;
		done += some;
	}
	if (!io_flush(io) && errno != EAGAIN)
		return -1;
	return (ssize_t)done;
}

ssize_t io_read(struct io *io, void *p, size_t n)
{
	ssize_t got;

	io->want = POLLIN;
	if (io->ssl) {
		size_t done = 0;
		int rc;

		ERR_clear_error();
		errno = 0;
		rc = SSL_read_ex(io->ssl, p, n, &done);
		got = rc == 1 ? (ssize_t)done : ssl_result(io, rc);
	} else {
		do
			got = read(io->fd, p, n);
		while (got < 0 && errno == EINTR);
	}
	if (got == 0 || (got < 0 && errno != EAGAIN))
		io->ended = true;
	return got;
}

ssize_t io_write(struct io *io, const void *p, size_t n)
{
	ssize_t put;

	io->want = POLLOUT;
	if (io->ssl)
		return tls_write(io, p, n);
	do
		put = send(io->fd, p, n, MSG_NOSIGNAL);
	while (put < 0 && errno == EINTR);
	return put;
}

bool io_pending(const struct io *io)
{
	return io->ssl && SSL_has_pending(io->ssl);
}

void io_close(struct io *io)
{
	if (io->ssl) {
		if (SSL_is_init_finished(io->ssl)) {
			(void)SSL_shutdown(io->ssl);
			(void)BIO_flush(SSL_get_wbio(io->ssl));
		}
		SSL_free(io->ssl);
		ERR_clear_error();
	}
	if (io->fd >= 0)
		close(io->fd);
	*io = (struct io){ .fd = -1 };
}

static int ms_left(int64_t until_ms)
{
	int64_t left;

	if (until_ms < 0)
		return -1;
	left = until_ms - clock_mono_ms();
	return left <= 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left;
}

bool io_wait(int fd, short events, int stop_fd, int64_t until_ms)
{
	struct pollfd p[2] = { { .fd = fd, .events = events },
			       { .fd = stop_fd, .events = POLLIN } };
	int n;

	do
		n = poll(p, 2, ms_left(until_ms));
	while (n < 0 && errno == EINTR);
	return n > 0 && !p[1].revents;
}

bool io_send(struct io *io, const void *p, size_t n, int stop_fd, int64_t until_ms)
{
	const char *at = p;

	while (n) {
		ssize_t put = io_write(io, at, n);

		if (put < 0 && errno == EAGAIN) {
			if (!io_wait(io->fd, io->want, stop_fd, until_ms))
				return false;
			continue;
		}
		if (put <= 0)
			return false;
		at += put;
		n -= (size_t)put;
	}
	while (!io_flush(io))
		if (errno != EAGAIN || !io_wait(io->fd, POLLOUT, stop_fd, until_ms))
			return false;
	return true;
}

void io_hang(const struct io *io, int stop_fd, int64_t until_ms)
{
	char sink[4096];

	while (io_wait(io->fd, POLLIN, stop_fd, until_ms)) {
		ssize_t n = recv(io->fd, sink, sizeof(sink), 0);

		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			return;
	}
}

/* ---- heads ---------------------------------------------------------------- */

int io_read_head(struct io *io, int stop_fd, int64_t until_ms, struct head *ret, struct buf *rest)
{
	char block[4096];

	for (;;) {
		int used = head_parse(rest->p, rest->n, ret);
		ssize_t n;

		if (used > 0) {
			buf_consume(rest, (size_t)used);
			return 0;
		}
		if (used < 0)
			return rest->n >= HEAD_MAX_BYTES ? 431 : 400;
		n = io_read(io, block, sizeof(block));
		if (n < 0 && errno == EAGAIN) {
			if (!io_wait(io->fd, io->want, stop_fd, until_ms))
				return 408;
			continue;
		}
		if (n <= 0)
			return -1;
		buf_add(rest, block, (size_t)n);
	}
}

void io_answer(struct io *io, int stop_fd, int status, const char *content_type,
	       const char *extra_fields, const char *body, size_t n)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = {
		{ 200, "OK" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 408, "Request Timeout" },
		{ 426, "Upgrade Required" },
		{ 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" },
		{ 502, "Bad Gateway" },
	};
	const char *reason = "Error";
	auto_buf out = BUF_INIT;
	int64_t until = clock_mono_ms() + 10000;

	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		if (reasons[i].status == status)
			reason = reasons[i].reason;
	buf_addf(&out,
		 "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
		 "Connection: close\r\n%s\r\n",
		 status, reason, content_type, n, extra_fields ? extra_fields : "");
	buf_add(&out, body, n);
	/* a client that goes away meanwhile misses the answer, and nobody else does */
	if (io_send(io, out.p, out.n, stop_fd, until) && !io->ssl) {
		/* what it still sends must not turn our close into a reset that eats the answer */
		shutdown(io->fd, SHUT_WR);
		io_hang(io, stop_fd, clock_mono_ms() + 1000);
	}
}
