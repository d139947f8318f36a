/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection of a client, plain or by TLS, and what is done with one: read
 * a request's head, answer in a few words, join it with another.
 *
 * All files are non-blocking; whatever waits, waits for the sandbox's end too.
 */
#ifndef SANDBOX_SBX_IO_H
#define SANDBOX_SBX_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <openssl/ssl.h>

#include "base/attr.h"
#include "base/buf.h"
#include "sandbox/path/head.h"

struct io {
	int fd;
	SSL *ssl;    /* NULL: plain; io_tls makes it */
	short want;  /* what the last call that met EAGAIN waits for: POLLIN or POLLOUT */
	bool ended;  /* read has met the end */
	bool unsent; /* write has taken bytes that the socket has not: io_flush */
};

/* TLS on a socket, before its handshake; false when there is no memory for it. */
NODISCARD bool io_tls(struct io *io, int fd, SSL_CTX *ctx);

/* Bytes moved, 0 at the end, -1 with errno (EAGAIN: wait for `want`). */
ssize_t io_read(struct io *io, void *p, size_t n);
ssize_t io_write(struct io *io, const void *p, size_t n);
/* What write has taken is on its way, or false with errno. */
NODISCARD bool io_flush(struct io *io);
/* Bytes that poll does not see, because they are decrypted already. */
bool io_pending(const struct io *io);
/* Say goodbye (TLS) and close; frees the TLS state. */
void io_close(struct io *io);

/* False when the time (clock_mono_ms; -1: never) or the sandbox has run out. */
NODISCARD bool io_wait(int fd, short events, int stop_fd, int64_t until_ms);
/* All of it, or false. */
NODISCARD bool io_send(struct io *io, const void *p, size_t n, int stop_fd, int64_t until_ms);
/* Nothing is ever sent; returns when the client goes, or the time or the sandbox ends. */
void io_hang(const struct io *io, int stop_fd, int64_t until_ms);

/* Copy both ways until both are done or the sandbox ends.  Both stay open. */
void io_join(struct io *a, struct io *b, int stop_fd);

/* ---- requests -------------------------------------------------------------- */

/*
 * Read one head; what came after it is left in `rest`.  Answers 0, or the status
 * to refuse with (400, 408, 431), or -1 when the client went away.
 */
NODISCARD int io_read_head(struct io *io, int stop_fd, int64_t until_ms, struct head *ret,
			   struct buf *rest);

/* A whole answer, after which the connection is to be closed. */
void io_answer(struct io *io, int stop_fd, int status, const char *content_type,
	       const char *extra_fields, const char *body, size_t n);

#endif
