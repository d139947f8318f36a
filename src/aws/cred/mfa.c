/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An MFA code, asked for on the terminal without echo.
 *
 * The terminal gives single keys and sends no signals meanwhile: a key that ends
 * the question must not leave it without echo.  Other tasks go on while we wait.
 */
#include "aws/cred/source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "net/loop.h"

#define CODE_MAX 64
#define LIMIT_MS ((int64_t)5 * 60 * 1000)
#define PAUSE_MS 30

enum key {
	KEY_INTERRUPT = 0x03,
	KEY_END = 0x04,
	KEY_BACKSPACE = 0x08,
	KEY_KILL_LINE = 0x15,
	KEY_DELETE = 0x7f,
};

/* One key pressed: true when the answer is complete. */
static struct rb_error *take_key(char key, struct buf *code, bool *ret_done)
{
	switch (key) {
	case KEY_INTERRUPT:
		return rb_error_because(RB_INTERRUPTED, "interrupted");
	case KEY_END:
	case '\r':
	case '\n':
		*ret_done = true;
		return NULL;
	case KEY_BACKSPACE:
	case KEY_DELETE:
		if (code->n)
			buf_truncate(code, code->n - 1);
		return NULL;
	case KEY_KILL_LINE:
		buf_reset(code);
		return NULL;
	default: /* any other key */
		if (key > ' ' && key <= '~' && code->n < CODE_MAX)
			(void)buf_addc(code, key);
		return NULL;
	}
}

static struct rb_error *read_code(struct cred_ctx *ctx, int fd, struct buf *code)
{
	int64_t until_ms = clock_mono_ms() + LIMIT_MS;
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	bool done = false;

	while (!done) {
		ssize_t n;
		char key;

		if (clock_mono_ms() > until_ms)
			return cred_fail("no MFA code was entered in time");
		if (poll(&pfd, 1, 0) <= 0) {
			TRY(loop_sleep(http_loop(ctx->http), PAUSE_MS));
			continue;
		}
		n = read(fd, &key, 1);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return cred_fail("the terminal was closed before an MFA code was entered");
		TRY(take_key(key, code, &done));
	}
	if (!code->n)
		return cred_fail("no MFA code was entered");
	return NULL;
}

struct rb_error *cred_ask_code(struct cred_ctx *ctx, const char *serial, struct buf *ret)
{
	auto_fd int fd = open(ctx->tty_path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	autofree char *shown = text_printable(serial, strlen(serial), 200);
	autofree char *prompt = xasprintf("Enter MFA code for %s: ", shown);
	struct termios before, quiet;
	struct rb_error *err;

	if (fd < 0 || tcgetattr(fd, &before))
		return rb_error_hint(
			cred_fail("the role asks for an MFA code of '%s', and there is no "
				  "terminal to ask on",
				  shown),
			"run it in a terminal, or give it the keys of a session that has "
			"the code: aws sts assume-role");
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ICANON | ISIG);
	quiet.c_cc[VMIN] = 1;
	quiet.c_cc[VTIME] = 0;
	if (tcsetattr(fd, TCSAFLUSH, &quiet))
		return cred_fail("the terminal cannot be kept from showing the MFA code");
	err = file_write_all(fd, prompt, strlen(prompt), NULL);
	if (!err)
		err = read_code(ctx, fd, ret);
	(void)tcsetattr(fd, TCSADRAIN, &before);
	(void)!write(fd, "\n", 1);
	return err;
}
