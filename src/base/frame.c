/* SPDX-License-Identifier: Apache-2.0 */
/* A head is collected, judged once it is whole, and the payload passed on where it lies. */
#include "base/frame.h"

#include <string.h>

#define FINAL 0x80
#define RESERVED 0x70
#define CONTROL 0x08
#define MASKED 0x80
#define CLIENT_FRAME_MAX (INT64_C(16) << 20)

static unsigned opcode(const struct frames *f)
{
	return f->head[0] & 0x0f;
}

static bool is_control(const struct frames *f)
{
	return f->head[0] & CONTROL;
}

/* Bytes that follow the first two and say how long it is. */
static size_t length_size(const struct frames *f)
{
	unsigned n = f->head[1] & 0x7f;

	return n == 127 ? 8 : n == 126 ? 2 : 0;
}

static bool head_is_whole(const struct frames *f)
{
	return f->head_n >= 2 &&
	       f->head_n == 2 + length_size(f) + (f->head[1] & MASKED ? FRAME_KEY_SIZE : 0);
}

static const unsigned char *key(const struct frames *f)
{
	return f->head + 2 + length_size(f);
}

/* The length has one right form: the shortest. */
static bool read_length(struct frames *f)
{
	size_t n = length_size(f);

	f->length = n ? 0 : f->head[1] & 0x7f;
	for (size_t i = 0; i < n; i++)
		f->length = f->length << 8 | f->head[2 + i];
	return n == 0 || f->length >= (n == 2 ? 126U : 65536U);
}

static unsigned judge_head(struct frames *f)
{
	bool final = f->head[0] & FINAL;

	if (f->head[0] & RESERVED || !(f->head[1] & MASKED) != f->of_server || !read_length(f))
		return FRAME_NO_PROTOCOL;
	if (is_control(f))
		return opcode(f) > FRAME_PONG || !final || f->length > sizeof(f->control)
			       ? FRAME_NO_PROTOCOL
			       : 0;
	if (opcode(f) > FRAME_BINARY || (opcode(f) == FRAME_MORE) != f->in_message)
		return FRAME_NO_PROTOCOL;
	if (opcode(f) == FRAME_TEXT)
		return FRAME_NOT_TEXT;
	if (f->length > (f->of_server ? INT64_MAX : CLIENT_FRAME_MAX))
		return FRAME_TOO_BIG;
	f->in_message = !final;
	return 0;
}

bool frame_close_is_right(const char *p, size_t n)
{
	unsigned code;

	if (n < 2)
		return n == 0;
	code = (unsigned)(unsigned char)p[0] << 8 | (unsigned char)p[1];
	return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
	       (code >= 3000 && code <= 4999);
}

void frame_mask(char *p, size_t n, const unsigned char mask[FRAME_KEY_SIZE], uint64_t at)
{
	char turned[sizeof(uint64_t)];
	size_t i;

	for (i = 0; i < sizeof(turned); i++)
		turned[i] = (char)mask[(at + i) % FRAME_KEY_SIZE];
	/* A word at a time is what a compiler makes of it. */
	for (; n >= sizeof(turned); n -= sizeof(turned), p += sizeof(turned))
		for (i = 0; i < sizeof(turned); i++)
			p[i] ^= turned[i];
	for (i = 0; i < n; i++)
		p[i] ^= turned[i];
}

static void take_payload(struct frames *f, char *p, size_t n)
{
	if (!f->of_server)
		frame_mask(p, n, key(f), f->at);
	if (is_control(f))
		memcpy(f->control + f->at, p, n);
	else
		f->on_data(f->arg, p, n);
	f->at += n;
}

static unsigned end_frame(struct frames *f)
{
	f->in_payload = false;
	f->head_n = 0;
	if (!is_control(f))
		return 0;
	if (opcode(f) == FRAME_CLOSE && !f->of_server &&
	    !frame_close_is_right(f->control, (size_t)f->length))
		return FRAME_NO_PROTOCOL;
	f->on_control(f->arg, opcode(f), f->control, (size_t)f->length);
	return 0;
}

unsigned frames_read(struct frames *f, char *p, size_t n)
{
	unsigned refusal = 0;

	while (n && !refusal) {
		size_t some = 1;

		if (f->in_payload) {
			some = n < f->length - f->at ? n : (size_t)(f->length - f->at);
			take_payload(f, p, some);
		} else {
			f->head[f->head_n++] = (unsigned char)*p;
			if (head_is_whole(f)) {
				refusal = judge_head(f);
				f->in_payload = true;
				f->at = 0;
			}
		}
		p += some;
		n -= some;
		if (!refusal && f->in_payload && f->at == f->length)
			refusal = end_frame(f);
	}
	return refusal;
}

size_t frame_head(unsigned char out[FRAME_HEAD_MAX], unsigned op, size_t n,
		  const unsigned char *key)
{
	size_t at = 0, bytes = n < 126 ? 0 : n < 65536 ? 2 : 8;

	out[at++] = (unsigned char)(FINAL | op);
	out[at++] = (unsigned char)((key ? MASKED : 0) | (bytes == 0 ? n : bytes == 2 ? 126 : 127));
	while (bytes--)
		out[at++] = (unsigned char)((uint64_t)n >> 8 * bytes);
	if (key) {
		memcpy(out + at, key, FRAME_KEY_SIZE);
		at += FRAME_KEY_SIZE;
	}
	return at;
}
