/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sandbox's end of a tunnel against frames made by hand, good and hostile;
 * and the heads of requests that come before them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "sandbox/path/io.h"
#include "sandbox/path/ws.h"

#define PATIENCE_MS 10000

struct tunnel {
	int client; /* our end of the WebSocket */
	int target; /* our end of what it leads to */
	int server, far, stop_fd;
	int64_t until_ms;
	const char *refusal;
	bool rude;
	pthread_t thread;
};

static void *carry(void *arg)
{
	struct tunnel *t = arg;
	struct io io = { .fd = t->server };
	auto_buf early = BUF_INIT;

	if (t->refusal)
		ws_refuse(&io, &early, 1011, t->refusal, t->stop_fd);
	else
		ws_carry(&io, &early, t->far, t->stop_fd, t->until_ms, t->rude);
	io_close(&io);
	close(t->far);
	return NULL;
}

/* `refusal`: why it is closed at once; "": it is torn when its life is over; NULL: neither. */
static void open_tunnel(struct tunnel *t, int64_t life_ms, const char *refusal)
{
	int a[2], b[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, a), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, b), 0);
	*t = (struct tunnel){ .client = a[0],
			      .server = a[1],
			      .target = b[0],
			      .far = b[1],
			      .stop_fd = eventfd(0, EFD_CLOEXEC),
			      .until_ms = clock_mono_ms() + life_ms,
			      .refusal = refusal && *refusal ? refusal : NULL,
			      .rude = refusal && !*refusal };
	fcntl(t->server, F_SETFL, O_NONBLOCK);
	fcntl(t->far, F_SETFL, O_NONBLOCK);
	assert_int_equal(pthread_create(&t->thread, NULL, carry, t), 0);
}

static void close_tunnel(struct tunnel *t)
{
	uint64_t one = 1;

	assert_int_equal(write(t->stop_fd, &one, sizeof(one)), sizeof(one));
	close(t->client);
	close(t->target);
	pthread_join(t->thread, NULL);
	close(t->stop_fd);
}

/* Up to n bytes within the time we have; fewer at the end. */
static size_t take(int fd, void *p, size_t n)
{
	size_t got = 0;

	while (got < n) {
		struct pollfd f = { .fd = fd, .events = POLLIN };
		ssize_t k;

		if (poll(&f, 1, PATIENCE_MS) <= 0)
			break;
		k = read(fd, (char *)p + got, n - got);
		if (k <= 0)
			break;
		got += (size_t)k;
	}
	return got;
}

/* A frame as a client sends it; `head` is the first byte. */
static void put_frame(struct buf *out, unsigned char head, const void *p, size_t n, bool masked)
{
	static const unsigned char key[4] = { 0x12, 0x34, 0x56, 0x78 };
	unsigned char bit = masked ? 0x80 : 0;

	buf_addc(out, (char)head);
	if (n < 126) {
		buf_addc(out, (char)(bit | n));
	} else if (n < 65536) {
		buf_addc(out, (char)(bit | 126));
		buf_addc(out, (char)(n >> 8));
		buf_addc(out, (char)n);
	} else {
		buf_addc(out, (char)(bit | 127));
		for (int i = 7; i >= 0; i--)
			buf_addc(out, (char)((uint64_t)n >> (8 * i)));
	}
	if (masked)
		buf_add(out, key, 4);
	for (size_t i = 0; i < n; i++)
		buf_addc(out, (char)(((const unsigned char *)p)[i] ^ (masked ? key[i % 4] : 0)));
}

static void send_frame(const struct tunnel *t, unsigned char head, const void *p, size_t n)
{
	auto_buf out = BUF_INIT;

	put_frame(&out, head, p, n, true);
	assert_int_equal(send(t->client, out.p, out.n, MSG_NOSIGNAL), out.n);
}

struct frame {
	unsigned char head;
	struct buf data;
};

/* False at the end of the stream. */
static bool get_frame(const struct tunnel *t, struct frame *f)
{
	unsigned char h[2], more[8];
	uint64_t n;
	char block[4096];

	buf_reset(&f->data);
	if (take(t->client, h, 2) != 2)
		return false;
	f->head = h[0];
	assert_int_equal(h[1] & 0x80, 0); /* a server does not mask */
	n = h[1];
	if (n >= 126) {
		size_t k = n == 126 ? 2 : 8;

		assert_int_equal(take(t->client, more, k), k);
		n = 0;
		for (size_t i = 0; i < k; i++)
			n = n << 8 | more[i];
		assert_true(n >= (k == 2 ? 126U : 65536U)); /* the shortest form that fits */
	}
	while (n) {
		size_t k = n < sizeof(block) ? (size_t)n : sizeof(block);

		assert_int_equal(take(t->client, block, k), k);
		buf_add(&f->data, block, k);
		n -= k;
	}
	return true;
}

/* The code of the close frame that ends it, 0 for an empty one, -1 for none. */
static int close_code(const struct tunnel *t, struct buf *ret_reason)
{
	struct frame f = { .data = BUF_INIT };
	int code = -1;

	while (get_frame(t, &f)) {
		if ((f.head & 0x0f) != 8)
			continue;
		code = f.data.n >= 2 ? (unsigned char)f.data.p[0] << 8 | (unsigned char)f.data.p[1]
				     : 0;
		if (ret_reason && f.data.n > 2)
			buf_add(ret_reason, f.data.p + 2, f.data.n - 2);
		break;
	}
	buf_clear(&f.data);
	return code;
}

static void the_accept_key_is_the_rfcs(void **state)
{
	char out[WS_ACCEPT_SIZE];

	(void)state;
	assert_true(ws_accept("dGhlIHNhbXBsZSBub25jZQ==", out));
	assert_string_equal(out, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	assert_false(ws_accept("", out));
	assert_false(ws_accept("c2hvcnQ=", out));
	assert_false(ws_accept("not base64 at all!", out));
}

static void bytes_pass_whatever_their_frames(void **state)
{
	static const size_t sizes[] = { 1, 125, 126, 127, 65000, 65535, 65536, 200000 };
	struct tunnel t;
	auto_buf sent = BUF_INIT;
	autofree char *got = NULL;

	(void)state;
	open_tunnel(&t, 60000, NULL);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		autofree char *p = xmalloc(sizes[i]);

		memset(p, 'a' + (int)i, sizes[i]);
		send_frame(&t, 0x82, p, sizes[i]);
		got = xrealloc(got, sizes[i]);
		assert_int_equal(take(t.target, got, sizes[i]), sizes[i]);
		assert_memory_equal(got, p, sizes[i]);
	}
	/* one message in three frames, with a ping between them */
	send_frame(&t, 0x02, "one", 3);
	send_frame(&t, 0x89, "hello", 5);
	send_frame(&t, 0x00, "two", 3);
	send_frame(&t, 0x80, "", 0);
	assert_int_equal(take(t.target, got, 6), 6);
	assert_memory_equal(got, "onetwo", 6);
	struct frame pong = { .data = BUF_INIT };
	assert_true(get_frame(&t, &pong));
	assert_int_equal(pong.head, 0x8a);
	assert_string_equal(pong.data.p, "hello");
	buf_clear(&pong.data);
	close_tunnel(&t);
}

static void what_the_target_says_arrives_whole_in_many_kinds_of_frames(void **state)
{
	enum { TOTAL = 3000000 };
	struct tunnel t;
	struct frame f = { .data = BUF_INIT };
	autofree unsigned char *all = xmalloc(TOTAL);
	size_t sent = 0, got = 0;
	bool fragmented = false, tiny = false, large = false;

	(void)state;
	for (size_t i = 0; i < TOTAL; i++)
		all[i] = (unsigned char)(i * 7 + i / 251);
	open_tunnel(&t, 60000, NULL);
	while (got < TOTAL) {
		ssize_t n = sent < TOTAL ? send(t.target, all + sent, TOTAL - sent,
						MSG_DONTWAIT | MSG_NOSIGNAL)
					 : 0;

		if (n > 0)
			sent += (size_t)n;
		assert_true(get_frame(&t, &f));
		assert_true((f.head & 0x70) == 0 && ((f.head & 0x0f) == 2 || (f.head & 0x0f) == 0));
		fragmented = fragmented || !(f.head & 0x80);
		tiny = tiny || f.data.n == 1;
		large = large || f.data.n >= 65535;
		assert_true(got + f.data.n <= TOTAL);
		assert_memory_equal(all + got, f.data.p, f.data.n);
		got += f.data.n;
	}
	assert_true(fragmented && tiny && large);
	/* the end of the target is the end of the tunnel, and a good one */
	shutdown(t.target, SHUT_WR);
	assert_int_equal(close_code(&t, NULL), 1000);
	buf_clear(&f.data);
	close_tunnel(&t);
}

static void a_target_that_cannot_be_reached_has_a_reason(void **state)
{
	auto_buf reason = BUF_INIT;
	struct tunnel t;

	(void)state;
	open_tunnel(&t, 60000, "Unable to connect to target");
	assert_int_equal(close_code(&t, &reason), 1011);
	assert_string_equal(reason.p, "Unable to connect to target");
	close_tunnel(&t);
}

static void a_tunnel_ends_when_its_time_is_over(void **state)
{
	int64_t begun = clock_mono_ms();
	struct tunnel t;

	(void)state;
	open_tunnel(&t, 300, NULL);
	assert_int_equal(close_code(&t, NULL), 1001);
	assert_true(clock_mono_ms() - begun >= 299);
	close_tunnel(&t);
}

static void a_torn_tunnel_ends_without_a_word(void **state)
{
	struct tunnel t;

	(void)state;
	open_tunnel(&t, 300, "");
	assert_int_equal(close_code(&t, NULL), -1);
	close_tunnel(&t);
}

static void the_clients_close_is_answered_and_reaches_the_target(void **state)
{
	struct tunnel t;
	char c;

	(void)state;
	open_tunnel(&t, 60000, NULL);
	send_frame(&t, 0x82, "last words", 10);
	send_frame(&t, 0x88, "\x03\xe8", 2);
	assert_int_equal(close_code(&t, NULL), 1000);
	char words[10];
	assert_int_equal(take(t.target, words, 10), 10);
	assert_memory_equal(words, "last words", 10);
	assert_int_equal(take(t.target, &c, 1), 0);
	close_tunnel(&t);
}

static void what_no_client_may_send_ends_the_tunnel_with_the_right_code(void **state)
{
	static const char big[126] = { 0 };
	static const struct {
		const char *name;
		unsigned char head;
		size_t n;
		bool masked;
		int code;
	} cases[] = {
		{ "an unmasked frame", 0x82, 4, false, 1002 },
		{ "a reserved bit", 0xc2, 4, true, 1002 },
		{ "an unknown opcode", 0x83, 4, true, 1002 },
		{ "an unknown control opcode", 0x8b, 4, true, 1002 },
		{ "a continuation of nothing", 0x80, 4, true, 1002 },
		{ "a fragmented ping", 0x09, 4, true, 1002 },
		{ "a long ping", 0x89, 126, true, 1002 },
		{ "a text message", 0x81, 4, true, 1003 },
		{ "a close of one byte", 0x88, 1, true, 1002 },
		{ "a close with a code that nobody may send", 0x88, 2, true, 1002 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_buf out = BUF_INIT;
		struct tunnel t;
		int code;
		char c;

		open_tunnel(&t, 60000, NULL);
		put_frame(&out, cases[i].head, big, cases[i].n, cases[i].masked);
		assert_int_equal(send(t.client, out.p, out.n, MSG_NOSIGNAL), out.n);
		code = close_code(&t, NULL);
		if (code != cases[i].code)
			fail_msg("%s: close %d, expected %d", cases[i].name, code, cases[i].code);
		assert_int_equal(take(t.target, &c, 1), 0); /* and the target has heard nothing */
		close_tunnel(&t);
	}
}

static void a_target_that_does_not_read_holds_the_client_back(void **state)
{
	autofree char *p = xcalloc(1, 65000);
	auto_buf frame = BUF_INIT;
	struct tunnel t;
	size_t taken = 0;

	(void)state;
	put_frame(&frame, 0x82, p, 65000, true);
	open_tunnel(&t, 60000, NULL);
	for (;;) {
		struct pollfd f = { .fd = t.client, .events = POLLOUT };
		ssize_t n;

		if (poll(&f, 1, 500) == 0)
			break;
		/* frames are cut where the socket is full; what follows belongs to the same frame
		 */
		n = send(t.client, frame.p + taken % frame.n, frame.n - taken % frame.n,
			 MSG_DONTWAIT | MSG_NOSIGNAL);
		assert_true(n > 0);
		taken += (size_t)n;
		assert_true(taken < 8U << 20);
	}
	assert_true(taken > 65000);
	close_tunnel(&t);
}

static void noise_ends_a_tunnel_and_nothing_else(void **state)
{
	unsigned seed = 12345;

	(void)state;
	for (int round = 0; round < 200; round++) {
		unsigned char noise[512];
		struct tunnel t;

		for (size_t i = 0; i < sizeof(noise); i++) {
			seed = seed * 1103515245 + 12345;
			noise[i] = (unsigned char)(seed >> 16);
		}
		noise[0] = (unsigned char)(0x80 | (round % 16)); /* every opcode gets its turn */
		noise[1] |= 0x80;
		open_tunnel(&t, 60000, NULL);
		(void)!send(t.client, noise, sizeof(noise), MSG_NOSIGNAL);
		close_tunnel(&t);
	}
}

/* ---- heads ------------------------------------------------------------------- */

static void a_head_is_taken_apart_or_refused(void **state)
{
	static const struct {
		const char *text;
		int result; /* 1: whole */
	} cases[] = {
		{ "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 1 },
		{ "CONNECT a:443 HTTP/1.0\r\n\r\n", 1 },
		{ "GET /x?y=%20 HTTP/1.1\r\nA:\r\nB: \t b \t\r\n\r\nrest", 1 },
		{ "GET / HTTP/1.1\r\nHost: a\r\n", 0 },
		{ "", 0 },
		{ "\r\n\r\n", -1 },
		{ "GET /\r\n\r\n", -1 },
		{ "GET  / HTTP/1.1\r\n\r\n", -1 },
		{ "GET / HTTP/2.0\r\n\r\n", -1 },
		{ "GET / HTTP/1.1 \r\n\r\n", -1 },
		{ "G\x01T / HTTP/1.1\r\n\r\n", -1 },
		{ "GET /\x7f HTTP/1.1\r\n\r\n", -1 },
		{ "GET / HTTP/1.1\r\nno colon\r\n\r\n", -1 },
		{ "GET / HTTP/1.1\r\n: empty\r\n\r\n", -1 },
		{ "GET / HTTP/1.1\r\nName : x\r\n\r\n", -1 },
		{ "GET / HTTP/1.1\r\nA: x\r\n folded\r\n\r\n", -1 },
		{ "GET / HTTP/1.1\r\nA: \x01\r\n\r\n", -1 },
		{ "GET / HTTP/1.1\r\nA: lone\nB: feed\r\n\r\n", -1 },
	};
	struct head h;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int used = head_parse(cases[i].text, strlen(cases[i].text), &h);

		if ((used > 0) - (used < 0) != cases[i].result)
			fail_msg("'%s': %d", cases[i].text, used);
		if (used > 0)
			head_clear(&h);
	}
	assert_int_equal(head_parse(cases[2].text, strlen(cases[2].text), &h),
			 strlen(cases[2].text) - 4);
	assert_string_equal(h.target, "/x?y=%20");
	assert_string_equal(head_field(&h, "a"), "");
	assert_string_equal(head_field(&h, "b"), "b");
	assert_null(head_field(&h, "c"));
	head_clear(&h);
}

static void a_head_is_bounded(void **state)
{
	auto_buf text = BUF_INIT;
	struct head h;

	(void)state;
	buf_adds(&text, "GET / HTTP/1.1\r\n");
	for (int i = 0; i < HEAD_FIELDS + 1; i++)
		buf_addf(&text, "a%d: x\r\n", i);
	buf_adds(&text, "\r\n");
	assert_int_equal(head_parse(text.p, text.n, &h), -1);
	buf_reset(&text);
	while (text.n < HEAD_MAX_BYTES)
		buf_addc(&text, 'a');
	assert_int_equal(head_parse(text.p, text.n, &h), -1);
}

static void tokens_are_found_whatever_their_case(void **state)
{
	static const char text[] = "GET / HTTP/1.1\r\nConnection: keep-alive, UpGrade\r\n"
				   "Upgrade: websockets\r\n\r\n";
	struct head h;

	(void)state;
	assert_true(head_parse(text, sizeof(text) - 1, &h) > 0);
	assert_true(head_has_token(&h, "connection", "upgrade"));
	assert_true(head_has_token(&h, "connection", "Keep-Alive"));
	assert_false(head_has_token(&h, "connection", "keep"));
	assert_false(head_has_token(&h, "upgrade", "websocket"));
	head_clear(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_accept_key_is_the_rfcs),
		cmocka_unit_test(bytes_pass_whatever_their_frames),
		cmocka_unit_test(what_the_target_says_arrives_whole_in_many_kinds_of_frames),
		cmocka_unit_test(a_target_that_cannot_be_reached_has_a_reason),
		cmocka_unit_test(a_tunnel_ends_when_its_time_is_over),
		cmocka_unit_test(a_torn_tunnel_ends_without_a_word),
		cmocka_unit_test(the_clients_close_is_answered_and_reaches_the_target),
		cmocka_unit_test(what_no_client_may_send_ends_the_tunnel_with_the_right_code),
		cmocka_unit_test(a_target_that_does_not_read_holds_the_client_back),
		cmocka_unit_test(noise_ends_a_tunnel_and_nothing_else),
		cmocka_unit_test(a_head_is_taken_apart_or_refused),
		cmocka_unit_test(a_head_is_bounded),
		cmocka_unit_test(tokens_are_found_whatever_their_case),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("sbx_ws", tests, NULL, NULL);
}
