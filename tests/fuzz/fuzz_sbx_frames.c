/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WebSocket frames of a client, as the sandbox's end of a tunnel reads them.  The first byte says
 * in what portions the rest comes; however they fall, what is heard and what is refused are the
 * same as in one piece.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/frame.h"

struct heard {
	struct buf data;
	struct buf control;
	unsigned refusal;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void on_data(void *arg, char *p, size_t n)
{
	struct heard *h = arg;

	(void)buf_add(&h->data, p, n);
}

static void on_control(void *arg, unsigned opcode, const char *p, size_t n)
{
	struct heard *h = arg;

	(void)buf_addc(&h->control, (char)opcode);
	(void)buf_add(&h->control, p, n);
}

static void listen_to(struct heard *h, const uint8_t *data, size_t n, size_t portion)
{
	struct frames f = { .arg = h, .on_data = on_data, .on_control = on_control };
	auto_buf copy = BUF_INIT;

	(void)buf_add(&copy, data, n);
	for (size_t at = 0; at < n && !h->refusal; at += portion)
		h->refusal = frames_read(&f, copy.p + at, n - at < portion ? n - at : portion);
}

static int differ(const struct buf *a, const struct buf *b)
{
	return a->n != b->n || (a->n && memcmp(a->p, b->p, a->n) != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct heard whole = { BUF_INIT, BUF_INIT, 0 }, pieces = { BUF_INIT, BUF_INIT, 0 };

	if (n < 2)
		return 0;
	listen_to(&whole, data + 1, n - 1, n - 1);
	listen_to(&pieces, data + 1, n - 1, 1 + data[0] % 40);
	if (whole.refusal != pieces.refusal || differ(&whole.data, &pieces.data) ||
	    differ(&whole.control, &pieces.control))
		abort();
	buf_clear(&whole.data);
	buf_clear(&whole.control);
	buf_clear(&pieces.data);
	buf_clear(&pieces.control);
	return 0;
}
