/* SPDX-License-Identifier: Apache-2.0 */
/* Plain sockets and TLS behind one pair of read and write, and two of them joined. */
#include "sandbox/path/io.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/span.h"
#include "base/text.h"

#define BLOCK 65536
#define ROUNDS 16
#define GATHER (72 * 1024) /* a block in records */

static ssize_t ssl_result(struct sbx_io *io, int rc)
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
		 * HTTP and WebSocket tell themselves when they are whole */
		if (errno == EAGAIN || errno == 0)
			errno = EPROTO;
		return -1;
	}
}

/*
 * Records are 16 KiB at most, and each would be a system call of its own: a
 * buffer behind TLS gathers them.
 */
bool sbx_io_tls(struct sbx_io *io, int fd, SSL_CTX *ctx)
{
	BIO *in = BIO_new_socket(fd, BIO_NOCLOSE), *out = BIO_new_socket(fd, BIO_NOCLOSE);
	BIO *gather = BIO_new(BIO_f_buffer());
	SSL *ssl = SSL_new(ctx);

	*io = (struct sbx_io){ .fd = fd };
	if (!in || !out || !gather || !ssl || BIO_set_write_buffer_size(gather, GATHER) != 1) {
		BIO_free(in);
		BIO_free(out);
		BIO_free(gather);
		SSL_free(ssl);
		return false;
	}
	SSL_set_bio(ssl, in, BIO_push(gather, out));
	io->ssl = ssl;
	return true;
}

bool sbx_io_flush(struct sbx_io *io)
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
static ssize_t tls_write(struct sbx_io *io, const char *p, size_t n)
{
	size_t done = 0, some;
	ssize_t rc;

	if (!sbx_io_flush(io))
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
	if (!sbx_io_flush(io) && errno != EAGAIN)
		return -1;
	return (ssize_t)done;
}

ssize_t sbx_io_read(struct sbx_io *io, void *p, size_t n)
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

ssize_t sbx_io_write(struct sbx_io *io, const void *p, size_t n)
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

bool sbx_io_pending(const struct sbx_io *io)
{
	return io->ssl && SSL_has_pending(io->ssl);
}

void sbx_io_close(struct sbx_io *io)
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
	*io = (struct sbx_io){ .fd = -1 };
}

static int ms_left(int64_t until_ms)
{
	int64_t left;

	if (until_ms < 0)
		return -1;
	left = until_ms - clock_mono_ms();
	return left <= 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left;
}

bool sbx_io_wait(int fd, short events, int stop_fd, int64_t until_ms)
{
	struct pollfd p[2] = { { .fd = fd, .events = events },
			       { .fd = stop_fd, .events = POLLIN } };
	int n;

	do
		n = poll(p, 2, ms_left(until_ms));
	while (n < 0 && errno == EINTR);
	return n > 0 && !p[1].revents;
}

bool sbx_io_send(struct sbx_io *io, const void *p, size_t n, int stop_fd, int64_t until_ms)
{
	const char *at = p;

	while (n) {
		ssize_t put = sbx_io_write(io, at, n);

		if (put < 0 && errno == EAGAIN) {
			if (!sbx_io_wait(io->fd, io->want, stop_fd, until_ms))
				return false;
			continue;
		}
		if (put <= 0)
			return false;
		at += put;
		n -= (size_t)put;
	}
	while (!sbx_io_flush(io))
		if (errno != EAGAIN || !sbx_io_wait(io->fd, POLLOUT, stop_fd, until_ms))
			return false;
	return true;
}

void sbx_io_hang(const struct sbx_io *io, int stop_fd, int64_t until_ms)
{
	char sink[4096];

	while (sbx_io_wait(io->fd, POLLIN, stop_fd, until_ms)) {
		ssize_t n = recv(io->fd, sink, sizeof(sink), 0);

		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			return;
	}
}

/* ---- two joined ----------------------------------------------------------- */

struct lane {
	struct sbx_io *from, *to;
	size_t at, n;
	bool ended;		  /* nothing more comes, and the other side knows */
	short from_want, to_want; /* what it waits for on either side; 0: nothing */
	bool more;		  /* it stopped to let the other lane have its turn */
	char p[BLOCK];
};

/* Move what can be moved; false when the lane is broken. */
static bool lane_run(struct lane *l)
{
	l->from_want = l->to_want = 0;
	l->more = false;
	for (int round = 0; !l->ended; round++) {
		ssize_t n;

		if (round == ROUNDS) {
			l->more = true;
			return true;
		}
		if (!l->n) {
			n = sbx_io_read(l->from, l->p, sizeof(l->p));
			if (n < 0 && errno == EAGAIN) {
				l->from_want = l->from->want;
				l->to_want = l->to->unsent ? POLLOUT : 0;
				return sbx_io_flush(l->to) || errno == EAGAIN;
			}
			if (n == 0 && !sbx_io_flush(l->to)) {
				l->to_want = POLLOUT; /* the end waits for its turn */
				return errno == EAGAIN;
			}
			if (n <= 0) {
				l->ended = true;
				if (!l->to->ssl)
					shutdown(l->to->fd, SHUT_WR);
				return n == 0;
			}
			l->at = 0;
			l->n = (size_t)n;
		}
		n = sbx_io_write(l->to, l->p + l->at, l->n);
		if (n < 0 && errno == EAGAIN) {
			l->to_want = l->to->want;
			return true;
		}
		if (n <= 0)
			return false;
		l->at += (size_t)n;
		l->n -= (size_t)n;
	}
	return true;
}

void sbx_io_join(struct sbx_io *a, struct sbx_io *b, int stop_fd)
{
	struct lane *up = xcalloc(1, sizeof(*up)), *down = xcalloc(1, sizeof(*down));

	*up = (struct lane){ .from = a, .to = b };
	*down = (struct lane){ .from = b, .to = a };
	/* when b, the server, has said all, nobody is left to hear the rest of a */
	while (lane_run(up) && lane_run(down) && !down->ended) {
		struct pollfd p[3] = {
			{ .fd = stop_fd, .events = POLLIN },
			{ .fd = a->fd, .events = (short)(up->from_want | down->to_want) },
			{ .fd = b->fd, .events = (short)(up->to_want | down->from_want) },
		};

		if (!p[1].events)
			p[1].fd = -1; /* else a hang-up there would spin */
		if (!p[2].events)
			p[2].fd = -1;
		if ((poll(p, 3, up->more || down->more ? 0 : -1) < 0 && errno != EINTR) ||
		    p[0].revents)
			break;
	}
	free(up);
	free(down);
}

/* ---- heads ---------------------------------------------------------------- */

static bool is_token_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("!#$%&'*+-.^_`|~", c));
}

/* Up to `end`; false when a character is none of a field's value. */
static bool value_ok(struct span v)
{
	for (size_t i = 0; i < v.n; i++)
		if (((unsigned char)v.p[i] < 0x20 && v.p[i] != '\t') || v.p[i] == 0x7f)
			return false;
	return true;
}

static bool parse_request_line(struct span line, struct sbx_head *ret)
{
	const char *sp = memchr(line.p, ' ', line.n);
	const char *end = line.p + line.n;
	const char *sp2;

	if (!sp || sp == line.p)
		return false;
	for (const char *c = line.p; c < sp; c++)
		if (!is_token_char(*c))
			return false;
	sp2 = memchr(sp + 1, ' ', (size_t)(end - sp - 1));
	if (!sp2 || sp2 == sp + 1)
		return false;
	for (const char *c = sp + 1; c < sp2; c++)
		if ((unsigned char)*c <= 0x20 || (unsigned char)*c >= 0x7f)
			return false;
	if (end - sp2 != 9 ||
	    (memcmp(sp2, " HTTP/1.1", 9) != 0 && memcmp(sp2, " HTTP/1.0", 9) != 0))
		return false;
	ret->method = xstrndup(line.p, (size_t)(sp - line.p));
	ret->target = xstrndup(sp + 1, (size_t)(sp2 - sp - 1));
	return true;
}

static bool parse_field(struct span line, struct sbx_head *ret)
{
	const char *colon = memchr(line.p, ':', line.n);
	struct sbx_field *f;
	struct span value;

	if (!colon || colon == line.p || ret->n == SBX_HEAD_FIELDS)
		return false;
	for (const char *c = line.p; c < colon; c++)
		if (!is_token_char(*c))
			return false;
	value = span_trim((struct span){ colon + 1, (size_t)(line.p + line.n - colon - 1) });
	if (!value_ok(value))
		return false;
	f = &ret->fields[ret->n++];
	f->name = xstrndup(line.p, (size_t)(colon - line.p));
	for (char *c = f->name; *c; c++)
		*c = text_lower(*c);
	f->value = xstrndup(value.p, value.n);
	return true;
}

int sbx_head_parse(const char *p, size_t n, struct sbx_head *ret)
{
	const char *blank = memmem(p, n, "\r\n\r\n", 4);
	struct sbx_head h = { 0 };
	const char *at = p;
	bool ok = true, first = true;

	if (!blank)
		return n >= SBX_HEAD_MAX ? -1 : 0;
	while (ok && at < blank + 2) {
		const char *eol = memmem(at, (size_t)(blank + 2 - at), "\r\n", 2);
		struct span line = { at, (size_t)(eol - at) };

		ok = first ? parse_request_line(line, &h) : parse_field(line, &h);
		first = false;
		at = eol + 2;
	}
	if (!ok || first) {
		sbx_head_clear(&h);
		return -1;
	}
	*ret = h;
	return (int)(blank + 4 - p);
}

void sbx_head_clear(struct sbx_head *head)
{
	free(head->method);
	free(head->target);
	for (size_t i = 0; i < head->n; i++) {
		free(head->fields[i].name);
		free(head->fields[i].value);
	}
	*head = (struct sbx_head){ 0 };
}

const char *sbx_head_field(const struct sbx_head *head, const char *name)
{
	for (size_t i = 0; i < head->n; i++)
		if (strcmp(head->fields[i].name, name) == 0)
			return head->fields[i].value;
	return NULL;
}

bool sbx_head_has_token(const struct sbx_head *head, const char *name, const char *token)
{
	for (size_t i = 0; i < head->n; i++) {
		const char *v = head->fields[i].value;

		if (strcmp(head->fields[i].name, name) != 0)
			continue;
		while (*v) {
			size_t n = strcspn(v, ",");
			struct span s = span_trim((struct span){ v, n });
			autofree char *one = xstrndup(s.p, s.n);

			if (text_eq_nocase(one, token))
				return true;
			v += n + (v[n] == ',');
		}
	}
	return false;
}

int sbx_io_read_head(struct sbx_io *io, int stop_fd, int64_t until_ms, struct sbx_head *ret,
		     struct buf *rest)
{
	char block[4096];

	for (;;) {
		int used = sbx_head_parse(rest->p, rest->n, ret);
		ssize_t n;

		if (used > 0) {
			buf_consume(rest, (size_t)used);
			return 0;
		}
		if (used < 0)
			return rest->n >= SBX_HEAD_MAX ? 431 : 400;
		n = sbx_io_read(io, block, sizeof(block));
		if (n < 0 && errno == EAGAIN) {
			if (!sbx_io_wait(io->fd, io->want, stop_fd, until_ms))
				return 408;
			continue;
		}
		if (n <= 0)
			return -1;
		buf_add(rest, block, (size_t)n);
	}
}

void sbx_io_answer(struct sbx_io *io, int stop_fd, int status, const char *content_type,
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
	if (sbx_io_send(io, out.p, out.n, stop_fd, until) && !io->ssl) {
		/* what it still sends must not turn our close into a reset that eats the answer */
		shutdown(io->fd, SHUT_WR);
		sbx_io_hang(io, stop_fd, clock_mono_ms() + 1000);
	}
}
