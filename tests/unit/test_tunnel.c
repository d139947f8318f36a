/* SPDX-License-Identifier: Apache-2.0 */
/* The tunnel against a peer that plays by the rules, and against ones that do not. */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/file.h"
#include "net/tunnel.h"
#include "net/upgrade.h"
#include "tests/lib/temp.h"
#include "tests/lib/ws_peer.h"

#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

static void the_accept_key_is_that_of_the_rfc(void **state)
{
	char out[29];

	(void)state;
	upgrade_accept_key(KEY, out);
	assert_string_equal(out, ACCEPT);
}

static void an_upgrade_is_judged_by_every_rule(void **state)
{
	static const struct {
		const char *head;
		int status;
		const char *why; /* NULL: right */
	} cases[] = {
		{ "HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\n"
		  "connection: keep-alive, Upgrade\r\nsec-websocket-accept: " ACCEPT,
		  101, NULL },
		{ "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		  "Sec-WebSocket-Accept: " ACCEPT "x",
		  101, "does not belong" },
		{ "HTTP/1.1 101 X\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " ACCEPT, 101,
		  "does not upgrade" },
		{ "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: close\r\n"
		  "Sec-WebSocket-Accept: " ACCEPT,
		  101, "lacks" },
		{ "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		  "Sec-WebSocket-Extensions: permessage-deflate\r\nSec-WebSocket-Accept: " ACCEPT,
		  101, "extension" },
		{ "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		  "Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Accept: " ACCEPT,
		  101, "protocol" },
		{ "HTTP/1.1 403 Forbidden\r\nUpgrade: websocket", 403, "refused" },
		{ "HTTP/1.0 101 X", 0, "not HTTP/1.1" },
		{ "HTTP/1.1 1x1 X", 0, "no status" },
		{ "HTTP/1.1 1011 X", 0, "no status" },
		{ "SSH-2.0-OpenSSH_9.2", 0, "not HTTP/1.1" },
		{ "", 0, "not HTTP/1.1" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int status = -1;
		struct rb_error *err =
			upgrade_check(cases[i].head, strlen(cases[i].head), KEY, &status);

		assert_int_equal(status, cases[i].status);
		if (!cases[i].why) {
			assert_null(err);
			continue;
		}
		assert_non_null(err);
		assert_true(rb_error_is(err, RB_PROTOCOL));
		assert_non_null(strstr(err->why, cases[i].why));
		(void)rb_error_free(err);
	}
}

/* ---- a tunnel and its peer ------------------------------------------------ */

enum {
	FIN = 0x80,
	CONTINUATION = 0,
	TEXT = 1,
	BINARY = 2,
	PING = 9,
	BIG = 3 * 1024 * 1024,
	OPEN_TIMEOUT_MS = 60 * 1000
};

struct world {
	char dir[TEMP_MAX];
	struct ws_peer *peer;
	int in[2], out[2], stop[2];
	struct rb_error *err; /* what the tunnel ended with */
	struct buf got;	      /* what it wrote */
	pthread_t thread;
	int64_t took_ms;
};

static void make_pipe(int fds[2])
{
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
}

static void *run_tunnel(void *arg)
{
	struct world *w = arg;
	autofree char *ca = file_join(w->dir, "ca.pem");
	autofree char *mapping = xasprintf("::127.0.0.1:%d", ws_peer_port(w->peer));
	const char *const connect_to[] = { mapping, NULL };
	const struct tunnel_options o = { .host = WS_PEER_HOST,
					  .path_and_query = "/openTunnel?a=b",
					  .ca_bundle = ca,
					  .connect_to = connect_to,
					  .user_agent = "test/1",
					  .open_timeout_ms = OPEN_TIMEOUT_MS,
					  .in_fd = w->in[0],
					  .out_fd = w->out[1],
					  .stop_fd = w->stop[0] };
	int64_t began = clock_mono_ms();

	w->err = tunnel_run(&o);
	w->took_ms = clock_mono_ms() - began;
	close(w->out[1]);
	return NULL;
}

static void begin(struct world *w, ws_peer_fn *fn)
{
	autofree char *ca = NULL;

	*w = (struct world){ .got = BUF_INIT };
	assert_true(temp_folder(w->dir, "rbtunnel"));
	ca = file_join(w->dir, "ca.pem");
	w->peer = ws_peer_start(ca, fn);
	make_pipe(w->in);
	make_pipe(w->out);
	make_pipe(w->stop);
	assert_int_equal(pthread_create(&w->thread, NULL, run_tunnel, w), 0);
}

static void type(const struct world *w, const char *p, size_t n)
{
	while (n) {
		ssize_t done = write(w->in[1], p, n);

		assert_true(done > 0);
		p += done;
		n -= (size_t)done;
	}
}

static void end_input(struct world *w)
{
	close(w->in[1]);
	w->in[1] = -1;
}

/* All that the tunnel writes, and then its end and the peer's. */
static void finish(struct world *w)
{
	char chunk[65536];
	ssize_t n;

	while ((n = read(w->out[0], chunk, sizeof(chunk))) > 0)
		(void)buf_add(&w->got, chunk, (size_t)n);
	assert_int_equal(pthread_join(w->thread, NULL), 0);
	ws_peer_stop(w->peer);
}

static void drop(struct world *w)
{
	(void)rb_error_free(w->err);
	buf_clear(&w->got);
	ws_peer_free(w->peer);
	close(w->in[0]);
	if (w->in[1] >= 0)
		close(w->in[1]);
	close(w->out[0]);
	close(w->stop[0]);
	close(w->stop[1]);
	assert_null(file_remove_tree(w->dir));
}

/* ---- right peers ---------------------------------------------------------- */

static void plays_fragments(struct ws_peer *p)
{
	static const char zeros[70000];

	ws_peer_upgrade(p);
	ws_peer_frame(p, FIN | BINARY, "SSH-", 4);
	ws_peer_frame(p, BINARY, "a", 1);
	ws_peer_frame(p, FIN | PING, "are you there", 13); /* between the parts of a message */
	ws_peer_frame(p, CONTINUATION, "", 0);
	ws_peer_frame(p, CONTINUATION, "b", 1);
	ws_peer_frame(p, FIN | CONTINUATION, "c", 1);
	ws_peer_frame(p, FIN | BINARY, "", 0);
	ws_peer_frame(p, FIN | BINARY, zeros, 300);
	ws_peer_frame(p, FIN | BINARY, zeros, sizeof(zeros));
	ws_peer_read_pong(p);
	ws_peer_close(p, 1000, "");
	ws_peer_read_all(p);
}

static void fragments_and_pings_are_understood(void **state)
{
	struct world w;

	(void)state;
	begin(&w, plays_fragments);
	finish(&w);
	assert_null(w.err);
	assert_int_equal(w.got.n, 7 + 300 + 70000);
	assert_memory_equal(w.got.p, "SSH-abc\0", 8);
	assert_int_equal(ws_peer_seen(w.peer)->pongs, 1);
	assert_string_equal(ws_peer_seen(w.peer)->pong.p, "are you there");
	assert_int_equal(ws_peer_seen(w.peer)->close_code, 1000);
	assert_int_equal(ws_peer_seen(w.peer)->frames, 0);
	assert_false(ws_peer_seen(w.peer)->unmasked);
	assert_non_null(strstr(ws_peer_request(w.peer), "GET /openTunnel?a=b HTTP/1.1\r\n"));
	assert_non_null(strstr(ws_peer_request(w.peer), "\r\nHost: " WS_PEER_HOST "\r\n"));
	assert_null(strstr(ws_peer_request(w.peer), "Extensions"));
	drop(&w);
}

static void plays_eager(struct ws_peer *p)
{
	static const char frame[4 + 300] = "\x82\x7e\x01\x2c"
					   "SSH-\0\r\n\r\n\0";

	ws_peer_upgrade_with(p, frame, sizeof(frame));
	ws_peer_close(p, 1000, "");
	ws_peer_read_all(p);
}

static void what_comes_along_with_the_answer_is_kept(void **state)
{
	struct world w;

	(void)state;
	begin(&w, plays_eager);
	finish(&w);
	assert_null(w.err);
	assert_int_equal(w.got.n, 300);
	assert_memory_equal(w.got.p, "SSH-\0\r\n\r\n\0", 10);
	drop(&w);
}

static void plays_reader(struct ws_peer *p)
{
	ws_peer_upgrade(p);
	ws_peer_read_all(p);
}

static void the_end_of_input_closes_with_1000_after_all_of_it(void **state)
{
	autofree char *big = xmalloc(BIG);
	struct world w;

	(void)state;
	for (size_t i = 0; i < BIG; i++)
		big[i] = (char)(i * 7 + (i >> 9));
	begin(&w, plays_reader);
	type(&w, big, BIG);
	end_input(&w);
	finish(&w);
	assert_null(w.err);
	assert_int_equal(ws_peer_seen(w.peer)->data.n, BIG);
	assert_memory_equal(ws_peer_seen(w.peer)->data.p, big, BIG);
	assert_int_equal(ws_peer_seen(w.peer)->empty, 0);
	assert_true(ws_peer_seen(w.peer)->close);
	assert_int_equal(ws_peer_seen(w.peer)->close_code, 1000);
	drop(&w);
}

static void plays_echo(struct ws_peer *p)
{
	auto_buf payload = BUF_INIT;
	uint8_t opcode;

	ws_peer_upgrade(p);
	while (ws_peer_read(p, &opcode, &payload) && opcode == BINARY)
		ws_peer_frame(p, FIN | BINARY, payload.p, payload.n);
}

static void pieces_of_every_size_are_framed_and_masked_rightly(void **state)
{
	static const size_t sizes[] = { 1,   2,	  3,   7,   8,	 9,	15,    16,    17,
					124, 125, 126, 127, 128, 64992, 64999, 65000, 65001 };
	static char sent[65001], back[65001];
	struct world w;

	(void)state;
	for (size_t i = 0; i < sizeof(sent); i++)
		sent[i] = (char)(i * 11 + (i >> 8));
	begin(&w, plays_echo);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		type(&w, sent, sizes[i]);
		for (size_t got = 0; got < sizes[i];) {
			ssize_t n = read(w.out[0], back + got, sizes[i] - got);

			assert_true(n > 0);
			got += (size_t)n;
		}
		assert_memory_equal(back, sent, sizes[i]);
	}
	end_input(&w);
	finish(&w);
	assert_null(w.err);
	assert_false(ws_peer_seen(w.peer)->unmasked);
	assert_false(ws_peer_seen(w.peer)->same_key);
	assert_false(ws_peer_seen(w.peer)->too_long_a_length);
	drop(&w);
}

static void being_stopped_closes_properly(void **state)
{
	struct world w;

	(void)state;
	begin(&w, plays_reader);
	type(&w, "x", 1);
	assert_int_equal(write(w.stop[1], "!", 1), 1);
	finish(&w);
	assert_null(w.err);
	assert_true(ws_peer_seen(w.peer)->close);
	assert_int_equal(ws_peer_seen(w.peer)->close_code, 1000);
	drop(&w);
}

static void plays_deaf(struct ws_peer *p)
{
	char c;

	ws_peer_upgrade(p);
	ws_peer_frame(p, FIN | BINARY, "x", 1);
	/* It reads, and answers nothing, until the client goes. */
	auto_buf payload = BUF_INIT;
	uint8_t opcode;

	while (ws_peer_read(p, &opcode, &payload))
		c = (char)opcode;
	(void)c;
}

static void a_peer_that_never_answers_the_close_is_left(void **state)
{
	struct world w;

	(void)state;
	begin(&w, plays_deaf);
	end_input(&w);
	finish(&w);
	assert_null(w.err);
	assert_true(w.took_ms >= 900);
	drop(&w);
}

static void plays_writer(struct ws_peer *p)
{
	autofree char *big = xcalloc(1, BIG);

	ws_peer_upgrade(p);
	for (size_t i = 0; i < BIG; i++)
		big[i] = (char)(i * 5 + (i >> 11));
	for (size_t at = 0; at < BIG; at += BIG / 24)
		ws_peer_frame(p, FIN | BINARY, big + at, BIG / 24);
	ws_peer_close(p, 1000, "");
	ws_peer_read_all(p);
}

static void a_slow_reader_gets_all_and_meanwhile_nothing_spins(void **state)
{
	struct timespec before, after;
	struct world w;
	clockid_t cpu;

	(void)state;
	begin(&w, plays_writer);
	assert_int_equal(pthread_getcpuclockid(w.thread, &cpu), 0);
	/* Nobody reads; when the tunnel has come to rest it uses no time at all. */
	for (int i = 0; i < 200; i++) {
		assert_int_equal(clock_gettime(cpu, &before), 0);
		assert_int_equal(usleep(100000), 0);
		assert_int_equal(clock_gettime(cpu, &after), 0);
		if (before.tv_sec == after.tv_sec && after.tv_nsec - before.tv_nsec < 1000000)
			break;
	}
	assert_true(after.tv_sec == before.tv_sec && after.tv_nsec - before.tv_nsec < 1000000);
	finish(&w);
	assert_null(w.err);
	assert_int_equal(w.got.n, BIG);
	for (size_t i = 0; i < BIG; i++)
		if (w.got.p[i] != (char)(i * 5 + (i >> 11)))
			fail_msg("byte %zu is wrong", i);
	drop(&w);
}

/* ---- peers that end it ---------------------------------------------------- */

static void closes_empty(struct ws_peer *p)
{
	ws_peer_upgrade(p);
	ws_peer_frame(p, FIN | BINARY, "x", 1);
	ws_peer_frame(p, 0x88, "", 0);
	ws_peer_read_all(p);
}

static void closes_unreachable(struct ws_peer *p)
{
	ws_peer_upgrade(p);
	ws_peer_close(p, 1011, "Unable to connect to target");
	ws_peer_read_all(p);
}

static void closes_going_away(struct ws_peer *p)
{
	ws_peer_upgrade(p);
	ws_peer_close(p, 1001, "The \x1b[31mtime is over");
	ws_peer_read_all(p);
}

static void closes_with_a_code_of_nobody(struct ws_peer *p)
{
	ws_peer_upgrade(p);
	ws_peer_close(p, 2999, "because");
	ws_peer_read_all(p);
}

static void closes_with_half_a_code(struct ws_peer *p)
{
	ws_peer_upgrade(p);
	ws_peer_frame(p, 0x88, "\x03", 1);
	ws_peer_read_all(p);
}

static void drops(struct ws_peer *p)
{
	ws_peer_upgrade(p);
	ws_peer_frame(p, FIN | BINARY, "x", 1);
}

static void drops_in_a_frame(struct ws_peer *p)
{
	ws_peer_upgrade(p);
	ws_peer_send(p, "\x82\x7e\x10", 3);
}

static void sends_text(struct ws_peer *p)
{
	ws_peer_upgrade(p);
	ws_peer_frame(p, FIN | TEXT, "hello", 5);
	ws_peer_read_all(p);
}

static void masks(struct ws_peer *p)
{
	ws_peer_upgrade(p);
	ws_peer_send(p,
		     "\x82\x81"
		     "mask"
		     "x",
		     7);
	ws_peer_read_all(p);
}

static void pings_too_much(struct ws_peer *p)
{
	static const char long_ping[126];

	ws_peer_upgrade(p);
	ws_peer_frame(p, FIN | PING, long_ping, sizeof(long_ping));
	ws_peer_read_all(p);
}

static void fragments_a_ping(struct ws_peer *p)
{
	ws_peer_upgrade(p);
	ws_peer_frame(p, PING, "x", 1);
	ws_peer_read_all(p);
}

static void uses_a_reserved_bit(struct ws_peer *p)
{
	ws_peer_upgrade(p);
	ws_peer_frame(p, FIN | 0x40 | BINARY, "x", 1);
	ws_peer_read_all(p);
}

static void continues_nothing(struct ws_peer *p)
{
	ws_peer_upgrade(p);
	ws_peer_frame(p, FIN | CONTINUATION, "x", 1);
	ws_peer_read_all(p);
}

static void announces_too_much(struct ws_peer *p)
{
	ws_peer_upgrade(p);
	ws_peer_send(p, "\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff", 10);
	ws_peer_read_all(p);
}

/* ---- refusals ------------------------------------------------------------- */

static void refuse(struct ws_peer *p, const char *status, const char *type_of, const char *body)
{
	autofree char *text = xasprintf("HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
					"\r\n%s",
					status, type_of, strlen(body), body);

	ws_peer_say(p, text);
}

static void refuses_400(struct ws_peer *p)
{
	refuse(p, "400 Bad Request", "application/json",
	       "{\"ErrorCode\":\"InvalidParameter\",\"Message\":\"The specified RemotePort is not "
	       "valid.\"}");
}

static void refuses_403(struct ws_peer *p)
{
	refuse(p, "403 Forbidden", "application/json",
	       "{\"ErrorCode\":\"AccessDenied\",\"Message\":\"User is not authorized\"}");
}

static void refuses_404(struct ws_peer *p)
{
	refuse(p, "404 Not Found", "text/html", "<html><h1>Not here</h1></html>");
}

static void refuses_429(struct ws_peer *p)
{
	refuse(p, "429 Too Many Requests", "application/json", "{\"Message\":\"Rate exceeded\"}");
}

static void refuses_500(struct ws_peer *p)
{
	refuse(p, "500 Internal Server Error", "text/html", "");
}

/* AWS documents neither the status nor how the body is framed: the code decides. */
static void refuses_in_chunks(struct ws_peer *p)
{
	ws_peer_say(p, "HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n"
		       "1C\r\n{\"ErrorCode\":\"AccessDenied\",\r\n"
		       "1d;x=y\r\n\"Message\":\"not authorized\"}  \r\n0\r\n\r\n");
}

static void refuses_400_throttled(struct ws_peer *p)
{
	refuse(p, "400 Bad Request", "application/json", "{\"ErrorCode\":\"ThrottlingException\"}");
}

static void refuses_403_expired(struct ws_peer *p)
{
	refuse(p, "403 Forbidden", "application/json", "{\"ErrorCode\":\"ExpiredTokenException\"}");
}

/* Until the connection ends, and not JSON though it says so. */
static void refuses_without_length(struct ws_peer *p)
{
	ws_peer_say(p,
		    "HTTP/1.1 503 Busy\r\nContent-Type: application/json\r\n\r\n{\"ErrorCode\":");
}

static void redirects(struct ws_peer *p)
{
	ws_peer_say(p, "HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1/\r\n"
		       "Content-Length: 0\r\n\r\n");
}

static void accepts_wrongly(struct ws_peer *p)
{
	ws_peer_say(p, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
		       "Connection: Upgrade\r\nSec-WebSocket-Accept: " ACCEPT "\r\n\r\n");
}

static void never_stops_its_head(struct ws_peer *p)
{
	ws_peer_say(p, "HTTP/1.1 101 X\r\n");
	for (int i = 0; i < 600; i++)
		ws_peer_say(p, "X-More: and more and more and more of it\r\n");
}

static void hangs_up_at_once(struct ws_peer *p)
{
	(void)p;
}

static void each_end_is_told_in_words(void **state)
{
	static const struct {
		ws_peer_fn *fn;
		int kind; /* -1: no error */
		const char *code;
		const char *why;
		const char *hint;
	} cases[] = {
		{ closes_empty, -1, NULL, NULL, NULL },
		{ closes_unreachable, RB_FAILED, TUNNEL_UNREACHABLE,
		  "Unable to connect to target (code 1011)", "port 22" },
		{ closes_going_away, RB_FAILED, TUNNEL_CLOSED, "time is over (code 1001)", NULL },
		{ closes_with_a_code_of_nobody, RB_FAILED, TUNNEL_CLOSED, "because (code 2999)",
		  NULL },
		{ closes_with_half_a_code, RB_PROTOCOL, NULL, "", NULL },
		{ drops, RB_LOST, NULL, "dropped the connection without a close", NULL },
		{ drops_in_a_frame, RB_LOST, NULL, "dropped the connection without a close", NULL },
		{ sends_text, RB_PROTOCOL, NULL, "sent text where bytes belong", NULL },
		{ masks, RB_PROTOCOL, NULL, "", NULL },
		{ pings_too_much, RB_PROTOCOL, NULL, "", NULL },
		{ fragments_a_ping, RB_PROTOCOL, NULL, "", NULL },
		{ uses_a_reserved_bit, RB_PROTOCOL, NULL, "", NULL },
		{ continues_nothing, RB_PROTOCOL, NULL, "", NULL },
		{ announces_too_much, RB_PROTOCOL, NULL, "", NULL },
		{ refuses_400, RB_FAILED, "InvalidParameter", "RemotePort is not valid",
		  "22 and 3389" },
		{ refuses_403, RB_DENIED, "AccessDenied", "User is not authorized", "OpenTunnel" },
		{ refuses_in_chunks, RB_DENIED, "AccessDenied", "AccessDenied: not authorized",
		  "OpenTunnel" },
		{ refuses_400_throttled, RB_THROTTLED, "ThrottlingException", NULL,
		  "20 connections" },
		{ refuses_403_expired, RB_CREDENTIALS, "ExpiredTokenException", NULL,
		  "new credentials" },
		{ refuses_404, RB_GONE, NULL, "HTTP status 404: <html><h1>Not here",
		  "not ready yet" },
		{ refuses_429, RB_THROTTLED, NULL, "Rate exceeded", "20 connections" },
		{ refuses_500, RB_RETRY, NULL, "HTTP status 500", NULL },
		{ refuses_without_length, RB_RETRY, NULL,
		  "HTTP status 503: {\"ErrorCode\":", NULL },
		{ redirects, RB_FAILED, NULL, "HTTP status 302", NULL },
		{ accepts_wrongly, RB_PROTOCOL, NULL, "does not belong to our key", NULL },
		{ never_stops_its_head, RB_PROTOCOL, NULL, "too long", NULL },
		{ hangs_up_at_once, RB_LOST, NULL, "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct world w;

		begin(&w, cases[i].fn);
		finish(&w);
		if ((cases[i].kind < 0) != !w.err || (w.err && (int)w.err->kind != cases[i].kind) ||
		    (cases[i].code &&
		     (!w.err->aws_code || strcmp(w.err->aws_code, cases[i].code) != 0)) ||
		    (cases[i].why && (!w.err->why || !strstr(w.err->why, cases[i].why))) ||
		    (cases[i].hint && (!w.err->hint || !strstr(w.err->hint, cases[i].hint))))
			fail_msg("case %zu: kind %d, code %s, why %s, hint %s", i,
				 w.err ? (int)w.err->kind : -1,
				 w.err && w.err->aws_code ? w.err->aws_code : "-",
				 w.err && w.err->why ? w.err->why : "-",
				 w.err && w.err->hint ? w.err->hint : "-");
		assert_int_equal(rb_error_has_next(w.err, RB_NEXT_VERIFY),
				 cases[i].fn == refuses_404);
		if (cases[i].fn == refuses_404)
			assert_null(w.err->next[0].args); /* net knows no step */
		if (w.err && w.err->why)
			assert_null(strchr(w.err->why, '\x1b'));
		assert_true(w.took_ms < OPEN_TIMEOUT_MS); /* it ended of itself */
		drop(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_accept_key_is_that_of_the_rfc),
		cmocka_unit_test(an_upgrade_is_judged_by_every_rule),
		cmocka_unit_test(fragments_and_pings_are_understood),
		cmocka_unit_test(what_comes_along_with_the_answer_is_kept),
		cmocka_unit_test(the_end_of_input_closes_with_1000_after_all_of_it),
		cmocka_unit_test(pieces_of_every_size_are_framed_and_masked_rightly),
		cmocka_unit_test(being_stopped_closes_properly),
		cmocka_unit_test(a_peer_that_never_answers_the_close_is_left),
		cmocka_unit_test(a_slow_reader_gets_all_and_meanwhile_nothing_spins),
		cmocka_unit_test(each_end_is_told_in_words),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
