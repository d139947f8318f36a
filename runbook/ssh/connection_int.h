/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the connection share; nobody else includes it. */
#ifndef RUNBOOK_CONNECTION_INT_H
#define RUNBOOK_CONNECTION_INT_H

#include "base/buf.h"
#include "base/strv.h"
#include "runbook/ssh/connection.h"

/* What one connection needs; the directory is the caller's to remove, also after a failure. */
struct connection_prepared {
	char *dir; /* NULL: none */
	char *key_file;
	char *program;
	char *known_hosts; /* as ssh's options can name it */
	int keys_fd;
	int64_t pushed_ms; /* when the key was sent to AWS */
	bool was_there;	   /* for another connection: this one did not send it */
};

/* A key in a file, its public half sent to AWS, now (`anew`) or some seconds ago.
 * connection_prepared_clear it, also after a failure. */
NODISCARD struct rb_error *connection_prepare(const struct connection *c, bool anew,
					      struct connection_prepared *p);
void connection_prepared_clear(struct connection_prepared *p);
/* What ssh and the tunnel find in their environment, added to `env`. */
NODISCARD struct rb_error *connection_env(const struct connection *c, const char *dir,
					  struct strv *env);
/* What ssh or the tunnel left in that file; nothing when there is nothing. */
void connection_read_left(const char *dir, const char *name, struct buf *out);
/* Why ssh ended with 255; `said`: what it wrote to stderr. */
NODISCARD struct rb_error *connection_why(const struct connection *c,
					  const struct connection_prepared *made, const char *said);

#endif
