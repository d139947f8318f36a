/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bucket's prefix as a home of stacks: the connection to it, and the one way in which objects are
 * written there.  The protocol, for others to read, is docs/s3-home.md.
 *
 *   PREFIX/STACK/lease                    who may write (home_lease.h)
 *   PREFIX/STACK/run/0000000001           who the stack's n-th run is
 *   PREFIX/STACK/RUN/log/0000000001       a batch of its records (home_log.h)
 *   PREFIX/STACK/RUN/whole/0000000042     its batches 1 to 42 in one, once the run was undone
 */
#ifndef RUNBOOK_HOME_S3_H
#define RUNBOOK_HOME_S3_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aws/core/client.h"
#include "aws/s3.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/strv.h"
#include "net/loop.h"
#include "runbook/record/home_place.h"

enum { HOME_OBJECT_MAX = 64 * 1024 * 1024 };

/* What the command line says of a home that is no folder; all is borrowed for the process. */
struct home_settings {
	const char *profile;
	const char *operator_name; /* NULL: the user's name here */
	const char *command;	   /* "undo", for those who meet the lease */
	bool take_over;		   /* the lease is taken whoever has it */
};
void home_configure(const struct home_settings *settings);
const struct home_settings *home_configured(void);

struct home_s3 {
	struct home_s3 *next; /* opened before */
	struct home_place place;
	char *given; /* as on the command line */
	char *url;   /* "s3://BUCKET/PREFIX" */
	char *local; /* the folder for what stays on this machine */
	struct loop *loop;
	struct http *http;
	struct aws_session *session;
	struct aws_client *client;
	struct strv seen_keys;	   /* batches that were read: they never change */
	struct buf *seen_contents; /* as many */
};

/*
 * The connection to `home`, which lasts as long as the process: the same one for the same text.
 * Nothing is asked yet, but where the bucket is.
 *   owns    nothing; home_s3_close_all ends it
 *   fails   USAGE, CREDENTIALS, NETWORK ...
 */
NODISCARD struct rb_error *home_s3_open(const char *home, struct home_s3 **ret);
/* The same for a bucket that may not be there yet; USAGE when nobody says in which region. */
NODISCARD struct rb_error *home_s3_open_new(const char *home, struct home_s3 **ret);
void home_s3_close_all(void);

/*
 * The error of a request to the home's bucket (taken; NULL stays NULL): where that bucket is not
 * there it becomes USAGE, with the command that makes it, and else stays as it is.
 */
NODISCARD struct rb_error *home_s3_missing(const struct home_s3 *h, struct rb_error *err);

/* The folder on this machine for the stack of that name: its lock, known_hosts, report.html and
 * sandbox.db, and a copy of the journal.  Answered also for a `home` that cannot be reached.
 * Caller frees. */
NODISCARD struct rb_error *home_s3_local(const char *home, const char *stack, char **ret);

/* "PREFIX/STACK/" and what `fmt` makes.  Caller frees. */
NODISCARD char *home_s3_key(const struct home_s3 *h, const char *stack, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/*
 * A new object of this text, which no other object has (it holds a nonce or a name of its own).
 * *ret_ours: it is there, and it is this one, with *etag (NULL: of no interest).  When another one
 * is there, *ret_other has it.
 *   fails  as s3_put_object_if, without EXISTS
 */
NODISCARD struct rb_error *home_s3_create(struct home_s3 *h, const char *key,
					  const struct buf *text, char **etag, bool *ret_ours,
					  struct s3_content *ret_other);
/*
 * Likewise in place of the one whose entity tag is *etag, which becomes that of the new one.
 * *ret_other is empty when there is none any more.
 */
NODISCARD struct rb_error *home_s3_replace(struct home_s3 *h, const char *key,
					   const struct buf *text, char **etag, bool *ret_ours,
					   struct s3_content *ret_other);

/* Many objects, read side by side, each into `ret` at its place; the first error ends it.  What is
 * read here is taken to stay as it is. */
NODISCARD struct rb_error *home_s3_read_all(struct home_s3 *h, const struct strv *keys,
					    struct buf *ret);

/* The end of a key behind its last '/': "0000000042" as 42; 0: it is no number of ours. */
int64_t home_s3_number(const char *key);

/* A random UUID. */
void home_s3_uuid(char out[37]);

#endif
