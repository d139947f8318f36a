/* SPDX-License-Identifier: Apache-2.0 */
/* A header is collected, judged once it is whole, and the payload passed on. */
#include "sandbox/path/frame.h"

#include <string.h>

#define FINAL 0x80
#define RESERVED 0x70
#define CONTROL 0x08
#define MASKED 0x80
#define KEY_SIZE 4
#define FRAME_MAX (16 << 20)

#define PROTOCOL_ERROR 1002
#define NOT_TEXT 1003 /* a tunnel's bytes are binary */
#define TOO_BIG 1009

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
	       f->head_n == 2 + length_size(f) + (f->head[1] & MASKED ? KEY_SIZE : 0);
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

	if (f->head[0] & RESERVED || !(f->head[1] & MASKED) || !read_length(f))
		return PROTOCOL_ERROR;
	if (is_control(f))
		return opcode(f) > SBX_FRAME_PONG || !final || f->length > sizeof(f->control)
			       ? PROTOCOL_ERROR
			       : 0;
	if (opcode(f) > SBX_FRAME_BINARY || (opcode(f) == SBX_FRAME_MORE) != f->in_message)
		return PROTOCOL_ERROR;
	if (opcode(f) == SBX_FRAME_TEXT)
		return NOT_TEXT;
	if (f->length > FRAME_MAX)
		return TOO_BIG;
	f->in_message = !final;
	return 0;
}

/* RFC 6455, 7.4: none, or a code that may be on a wire. */
static bool close_is_right(const struct frames *f)
{
	unsigned code = (unsigned)(unsigned char)f->control[0] << 8 | (unsigned char)f->control[1];

	if (f->length < 2)
		return f->length == 0;
	return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
	       (code >= 3000 && code <= 4999);
}

/* `at`: where in the payload p begins. */
static void unmask(char *p, size_t n, const unsigned char mask[KEY_SIZE], uint64_t at)
{
	char turned[sizeof(uint64_t)];
	size_t i;

	for (i = 0; i < sizeof(turned); i++)
		turned[i] = (char)mask[(at + i) % KEY_SIZE];
	/* A word at a time is what a compiler makes of it. */
	for (; n >= sizeof(turned); n -= sizeof(turned), p += sizeof(turned))
		for (i = 0; i < sizeof(turned); i++)
			p[i] ^= turned[i];
	for (i = 0; i < n; i++)
		p[i] ^= turned[i];
}

static void take_payload(struct frames *f, char *p, size_t n)
{
	unmask(p, n, key(f), f->at);
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
	if (opcode(f) == SBX_FRAME_CLOSE && !close_is_right(f))
		return PROTOCOL_ERROR;
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
