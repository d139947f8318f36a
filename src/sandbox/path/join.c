/* SPDX-License-Identifier: Apache-2.0 */
/* Two connections joined: what comes in by one goes out by the other. */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/span.h"
#include "sandbox/path/io.h"

#define BLOCK 65536

#define ROUNDS 16

struct lane {
	struct io *from, *to;
	size_t at, n;
	bool ended;		  /* nothing more comes, and the other side knows */
	short from_want, to_want; /* what it waits for on either side; 0: nothing */
	bool more;		  /* it stopped to let the other lane have its turn */
	char p[BLOCK];
};

/* Move what can be moved; false when the lane is broken. */
static bool lane_run(struct lane *l)
{
	l->from_want = l->to_want = 0;
	l->more = false;
	for (int round = 0; !l->ended; round++) {
		ssize_t n;

		if (round == ROUNDS) {
			l->more = true;
			return true;
		}
		if (!l->n) {
			n = io_read(l->from, l->p, sizeof(l->p));
			if (n < 0 && errno == EAGAIN) {
				l->from_want = l->from->want;
				l->to_want = l->to->unsent ? POLLOUT : 0;
				return io_flush(l->to) || errno == EAGAIN;
			}
			if (n == 0 && !io_flush(l->to)) {
				l->to_want = POLLOUT; /* the end waits for its turn */
				return errno == EAGAIN;
			}
			if (n <= 0) {
				l->ended = true;
				if (!l->to->ssl)
					shutdown(l->to->fd, SHUT_WR);
				return n == 0;
			}
			l->at = 0;
			l->n = (size_t)n;
		}
		n = io_write(l->to, l->p + l->at, l->n);
		if (n < 0 && errno == EAGAIN) {
			l->to_want = l->to->want;
			return true;
		}
		if (n <= 0)
			return false;
		l->at += (size_t)n;
		l->n -= (size_t)n;
	}
	return true;
}

void io_join(struct io *a, struct io *b, int stop_fd)
{
	struct lane *up = xcalloc(1, sizeof(*up)), *down = xcalloc(1, sizeof(*down));

	*up = (struct lane){ .from = a, .to = b };
	*down = (struct lane){ .from = b, .to = a };
	/* when b, the server, has sent all, nobody is left to hear the rest of a */
	while (lane_run(up) && lane_run(down) && !down->ended) {
		struct pollfd p[3] = {
			{ .fd = stop_fd, .events = POLLIN },
			{ .fd = a->fd, .events = (short)(up->from_want | down->to_want) },
			{ .fd = b->fd, .events = (short)(up->to_want | down->from_want) },
		};

		if (!p[1].events)
			p[1].fd = -1; /* else a hang-up there would spin */
		if (!p[2].events)
			p[2].fd = -1;
		if ((poll(p, 3, up->more || down->more ? 0 : -1) < 0 && errno != EINTR) ||
		    p[0].revents)
			break;
	}
	free(up);
	free(down);
}
