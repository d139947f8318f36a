/* The tunnel's upgrade: what is a right answer, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/attr.h"
#include "net/tunnel.h"

#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

static void the_accept_key_is_that_of_the_rfc(void **state)
{
	char out[29];

	(void)state;
	tunnel_accept_key(KEY, out);
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
			tunnel_check_upgrade(cases[i].head, strlen(cases[i].head), KEY, &status);

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_accept_key_is_that_of_the_rfc),
		cmocka_unit_test(an_upgrade_is_judged_by_every_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
