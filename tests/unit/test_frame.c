/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of either end in every portion they may come in, and those that break a rule. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/frame.h"

struct heard {
	struct buf data, control;
	unsigned opcode;
};

static void on_data(void *arg, char *p, size_t n)
{
	(void)buf_add(&((struct heard *)arg)->data, p, n);
}

static void on_control(void *arg, unsigned opcode, const char *p, size_t n)
{
	struct heard *h = arg;

	h->opcode = opcode;
	buf_reset(&h->control);
	(void)buf_add(&h->control, p, n);
}

/* `text` in portions of at most `portion` bytes; what it deserves. */
static unsigned feed_of(struct heard *h, bool of_server, const char *text, size_t n, size_t portion)
{
	struct frames f = {
		.arg = h, .on_data = on_data, .on_control = on_control, .of_server = of_server
	};
	auto_buf copy = BUF_INIT;
	unsigned refusal = 0;

	(void)buf_add(&copy, text, n);
	buf_reset(&h->data);
	buf_reset(&h->control);
	h->opcode = 0;
	for (size_t at = 0; at < n && !refusal; at += portion)
		refusal = frames_read(&f, copy.p + at, n - at < portion ? n - at : portion);
	return refusal;
}

static unsigned feed(struct heard *h, const char *text, size_t n, size_t portion)
{
	return feed_of(h, /* of_server= */ false, text, n, portion);
}

static void heard_clear(struct heard *h)
{
	buf_clear(&h->data);
	buf_clear(&h->control);
}

static void frames_are_read_whatever_the_portions(void **state)
{
	/* "Hello" with the mask of RFC 6455, 5.7; a ping inside a message of two frames */
	static const char text[] = "\x82\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"
				   "\x02\x81"
				   "\0\0\0\1"
				   "a"
				   "\x89\x82"
				   "\1\2\0\0"
				   "ij"
				   "\x80\xfe\0\x7e"
				   "\1\1\1\1";
	auto_buf all = BUF_INIT;
	struct heard h = { .data = BUF_INIT, .control = BUF_INIT };

	(void)state;
	(void)buf_add(&all, text, sizeof(text) - 1);
	for (int i = 0; i < 126; i++)
		(void)buf_addc(&all, (char)(i ^ 1));
	for (size_t portion = 1; portion <= all.n; portion++) {
		assert_int_equal(feed(&h, all.p, all.n, portion), 0);
		assert_int_equal(h.data.n, 5 + 1 + 126);
		assert_memory_equal(h.data.p, "Helloa\0\1\2\3", 10);
		assert_int_equal(h.data.p[131], 125);
		assert_int_equal(h.opcode, FRAME_PING);
		assert_string_equal(h.control.p, "hh");
	}
	heard_clear(&h);
}

static void what_breaks_a_rule_has_a_code(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		unsigned code;
	} cases[] = {
#define FRAME(text, code) { text, sizeof(text) - 1, code }
		FRAME("\x82\x80mask", 0),
		FRAME("\x82\x01x", 1002),
		FRAME("\xc2\x81maskx", 1002),
		FRAME("\x92\x81maskx", 1002),
		FRAME("\x83\x81maskx", 1002),
		FRAME("\x8b\x81maskx", 1002),
		FRAME("\x81\x81maskx", 1003),
		FRAME("\x80\x81maskx", 1002),
		FRAME("\x02\x81maskx\x82\x81maskx", 1002),
		FRAME("\x82\xfe\0\x7dmask", 1002),
		FRAME("\x82\xff\0\0\0\0\0\0\xff\xffmask", 1002),
		FRAME("\x82\xff\0\0\0\0\1\0\0\1mask", 1009),
		FRAME("\x82\xff\x80\0\0\0\0\0\0\0mask", 1009),
		FRAME("\x09\x80mask", 1002),
		FRAME("\x89\xfe\0\x7emask", 1002),
		FRAME("\x88\x80mask", 0),
		FRAME("\x88\x81mask\0", 1002),
		FRAME("\x88\x82\0\0\0\0\x03\xe8", 0),
		FRAME("\x88\x82\0\0\0\0\x03\xe7", 1002),
		FRAME("\x88\x82\0\0\0\0\x03\xed", 1002),
		FRAME("\x88\x82\0\0\0\0\x0f\xa0", 0),
		FRAME("\x88\x82\0\0\0\0\x13\x88", 1002),
#undef FRAME
	};
	struct heard h = { .data = BUF_INIT, .control = BUF_INIT };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		for (size_t portion = 1; portion <= cases[i].n; portion++)
			if (feed(&h, cases[i].text, cases[i].n, portion) != cases[i].code)
				fail_msg("case %zu in portions of %zu", i, portion);
	heard_clear(&h);
}

/* A server masks nothing; what its close says is for whoever hears it. */
static void a_servers_frames_have_rules_of_their_own(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		unsigned code;
	} cases[] = {
#define FRAME(text, code) { text, sizeof(text) - 1, code }
		FRAME("\x82\x01x", 0),
		FRAME("\x82\x81maskx", 1002),
		FRAME("\x81\x01x", 1003),
		FRAME("\x80\x01x", 1002),
		FRAME("\x09\x00", 1002),
		FRAME("\x89\x7e\0\x7e", 1002),
		FRAME("\x88\x01\x03", 0),
		FRAME("\x88\x02\x0b\xb7", 0),
		FRAME("\x82\x7f\0\0\0\0\1\0\0\1", 0),
		FRAME("\x82\x7f\x80\0\0\0\0\0\0\0", 1009),
#undef FRAME
	};
	struct heard h = { .data = BUF_INIT, .control = BUF_INIT };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		for (size_t portion = 1; portion <= cases[i].n; portion++)
			if (feed_of(&h, true, cases[i].text, cases[i].n, portion) != cases[i].code)
				fail_msg("case %zu in portions of %zu", i, portion);
	heard_clear(&h);
}

/* What was made is read again, at each size at which the length has another form. */
static void a_frame_that_is_made_is_read(void **state)
{
	static const size_t sizes[] = { 0, 1, 7, 125, 126, 65535, 65536, 70001 };
	static const unsigned char key[FRAME_KEY_SIZE] = { 1, 2, 0xf3, 4 };
	struct heard h = { .data = BUF_INIT, .control = BUF_INIT };

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_LEN(sizes); i++) {
		bool of_server = i % 2;
		size_t n = sizes[i / 2];
		unsigned char head[FRAME_HEAD_MAX];
		size_t head_n = frame_head(head, FRAME_BINARY, n, of_server ? NULL : key);
		auto_buf all = BUF_INIT;

		(void)buf_add(&all, head, head_n);
		for (size_t k = 0; k < n; k++)
			(void)buf_addc(&all, (char)(k * 7 + (k >> 8)));
		if (!of_server)
			frame_mask(all.p + head_n, n, key, 0);
		assert_int_equal(feed_of(&h, of_server, all.p, all.n, 4096), 0);
		assert_int_equal(h.data.n, n);
		for (size_t k = 0; k < n; k++)
			if (h.data.p[k] != (char)(k * 7 + (k >> 8)))
				fail_msg("byte %zu of %zu is wrong", k, n);
	}
	heard_clear(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_are_read_whatever_the_portions),
		cmocka_unit_test(what_breaks_a_rule_has_a_code),
		cmocka_unit_test(a_servers_frames_have_rules_of_their_own),
		cmocka_unit_test(a_frame_that_is_made_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
