/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WebSocket frames of an endpoint after the upgrade, as the tunnel reads them.
 *
 * The connection is replaced under the tunnel's loop: what TLS would have brought is the input,
 * in portions whose size its first byte gives, and what would be sent is taken.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "net/wire.h"

static CURLcode fuzz_recv(struct wire *w, void *p, size_t n, size_t *ret);
static CURLcode fuzz_send(struct wire *w, const void *p, size_t n, size_t *ret);
#define wire_read fuzz_recv
#define wire_write fuzz_send
#include "src/net/tunnel_carry.c"
#include "src/net/tunnel_frame.c"

static const uint8_t *input;
static size_t input_n, portion;

static CURLcode fuzz_recv(struct wire *w, void *p, size_t n, size_t *ret)
{
	(void)w;
	if (n > portion)
		n = portion;
	if (n > input_n)
		n = input_n;
	memcpy(p, input, n);
	input += n;
	input_n -= n;
	*ret = n;
	return CURLE_OK;
}

static CURLcode fuzz_send(struct wire *w, const void *p, size_t n, size_t *ret)
{
	(void)w;
	(void)p;
	*ret = n;
	return CURLE_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static int idle[2] = { -1, -1 }, out_fd = -1; /* nothing is ever typed */
	struct tunnel_options opt = { .host = "fuzz", .stop_fd = -1 };
	struct tunnel *t = xcalloc(1, sizeof(*t));
	struct rb_error *err;

	if (out_fd < 0) {
		out_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
		if (out_fd < 0 || pipe2(idle, O_CLOEXEC | O_NONBLOCK))
			abort();
	}
	portion = n ? (size_t)data[0] + 1 : 1;
	input = n ? data + 1 : data;
	input_n = n ? n - 1 : 0;
	opt.in_fd = idle[0];
	opt.out_fd = out_fd;
	t->opt = &opt;
	t->sock = idle[0];
	buf_init(&t->leaving);
	buf_init(&t->queue);
	buf_init_limited(&t->close_payload, 125);
	err = tunnel_carry(t);
	if (err && !err->what)
		abort();
	if (t->n_out > OUT_PIECES || t->queue.n > QUEUE_HIGH * 4)
		abort();
	(void)rb_error_free(err);
	buf_clear(&t->leaving);
	buf_clear(&t->queue);
	buf_clear(&t->close_payload);
	free(t);
	return 0;
}
