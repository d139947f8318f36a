/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The far end of one tunnel: TLS on loopback, the request read, and then whatever the
 * test's function plays, in a thread of its own.  What it saw is looked at after
 * ws_peer_stop.
 */
#ifndef TESTS_WS_PEER_H
#define TESTS_WS_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define WS_PEER_HOST "eice-1.us-east-1.amazonaws.com"

struct ws_peer;
typedef void ws_peer_fn(struct ws_peer *p);

/* `ca_file`: where the authority's certificate goes. */
struct ws_peer *ws_peer_start(const char *ca_file, ws_peer_fn *fn);
int ws_peer_port(const struct ws_peer *p);
/* Wait for the function's end; what was seen stays until ws_peer_free. */
void ws_peer_stop(struct ws_peer *p);
void ws_peer_free(struct ws_peer *p);

/* ---- for the function; a peer that is gone makes all of it do nothing */

/* The head of the request, as received. */
const char *ws_peer_request(const struct ws_peer *p);
void ws_peer_send(struct ws_peer *p, const void *bytes, size_t n);
void ws_peer_say(struct ws_peer *p, const char *text);
/* A right 101. */
void ws_peer_upgrade(struct ws_peer *p);
/* The same, with the first bytes after it in one piece. */
void ws_peer_upgrade_with(struct ws_peer *p, const void *early, size_t n);
/* One frame: `first` is FIN, RSV and opcode. */
void ws_peer_frame(struct ws_peer *p, uint8_t first, const void *payload, size_t n);
void ws_peer_close(struct ws_peer *p, unsigned code, const char *reason);
/* The client's next frame, unmasked; false at its end.  Notes what breaks the protocol. */
bool ws_peer_read(struct ws_peer *p, uint8_t *ret_opcode, struct buf *payload);
/* Until the answer to a ping: one that is still waiting is overtaken by a close. */
void ws_peer_read_pong(struct ws_peer *p);
/* Binary payloads into `data` until a close (answered) or the end. */
void ws_peer_read_all(struct ws_peer *p);

/* ---- for the test, after ws_peer_stop */

struct ws_peer_seen {
	struct buf data; /* of binary frames */
	size_t frames, empty, pongs;
	struct buf pong; /* the last one's payload */
	bool unmasked, close;
	bool same_key;		/* two frames running were masked with one key */
	bool too_long_a_length; /* where a shorter form of it would do */
	unsigned close_code;	/* 1005: an empty close */
};
const struct ws_peer_seen *ws_peer_seen(const struct ws_peer *p);

#endif
