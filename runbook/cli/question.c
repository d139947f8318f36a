/* SPDX-License-Identifier: Apache-2.0 */
/* Asks on the terminal; see question.h. */
#include "runbook/cli/question.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "runbook/ui/width.h"

bool question_can_be_asked(void)
{
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

static struct rb_error *no_answer(void)
{
	fputc('\n', stderr);
	return rb_error_hint(rb_error_why(rb_error_new(RB_USAGE, "the question got no answer"),
					  "the input ended; nothing was changed"),
			     "answer it on the terminal, or add --yes");
}

/* Waits until a byte can be read. */
static struct rb_error *wait_for_input(struct signals *signals)
{
	struct pollfd fds[] = { { .fd = STDIN_FILENO, .events = POLLIN },
				{ .fd = signals ? signals->fd : -1, .events = POLLIN } };

	for (;;) {
		int n = poll(fds, 2, -1);

		if (n < 0 && errno != EINTR)
			return rb_error_sys(errno, "cannot wait for an answer");
		if (n > 0 && fds[1].revents)
			signals_take(signals);
		if (signals && signals->interrupted)
			return rb_error_new(RB_INTERRUPTED, "interrupted");
		if (n > 0 && fds[0].revents)
			return NULL;
	}
}

enum { HANGING_COLUMNS = 5, ANSWER_COLUMNS = 2 }; /* as messages hang; a blank and a letter */

/* As wide as the terminal, with room for the answer behind its end. */
static void print_question(const char *text)
{
	int columns = terminal_columns(STDERR_FILENO);
	auto_buf out = BUF_INIT;

	text_wrap(&out, text, columns ? columns - ANSWER_COLUMNS : 0, 0, HANGING_COLUMNS);
	while (out.n && (out.p[out.n - 1] == '\n' || out.p[out.n - 1] == ' '))
		out.p[--out.n] = '\0';
	fprintf(stderr, "%s ", out.p);
	(void)fflush(stderr);
}

/* Byte by byte: what comes after the line is for whoever reads next. */
struct rb_error *question_ask(struct signals *signals, const char *text, bool *ret_yes)
{
	char first = '\0', c = '\0';
	bool begun = false;

	print_question(text);
	while (c != '\n') {
		ssize_t n;

		TRY(wait_for_input(signals));
		n = read(STDIN_FILENO, &c, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return no_answer();
		first = begun ? first : c;
		begun = true;
	}
	*ret_yes = first == 'y' || first == 'Y';
	return NULL;
}
