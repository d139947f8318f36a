/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client: one account's credentials in one region.  Typed calls (ec2.h, iam.h,
 * ...) stand on the three generic ones of call.h.
 */
#ifndef AWS_CLIENT_H
#define AWS_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aws/core/config.h"
#include "aws/core/tags.h"
#include "aws/cred/cred.h"
#include "base/attr.h"
#include "base/error.h"
#include "net/http.h"

/* What all clients of a program share: settings, credentials, connections, retry
 * quota, measured clock skew. */
struct aws_session;

/* `http` is borrowed; `config` is taken. */
NODISCARD struct aws_session *aws_session_new(struct aws_config *config, struct http *http);
void aws_session_free(struct aws_session *session);
/* "NAME/VERSION", in place of runbook's own, at the head of User-Agent. */
void aws_session_set_program(struct aws_session *session, const char *program);
const struct aws_config *aws_session_config(const struct aws_session *session);
struct http *aws_session_http(struct aws_session *session);
struct cred_chain *aws_session_creds(struct aws_session *session);
/* Seconds to add to our clock to get AWS's: measured from Date headers. */
int64_t aws_session_skew_s(const struct aws_session *session);
/* For a process that another one, which has measured it, has started. */
void aws_session_set_skew(struct aws_session *session, int64_t skew_s);
/* Divide every backoff, settle time and settle poll by this (rehearsals against a sandbox with
 * --speed); 1 for AWS. */
void aws_session_set_speed(struct aws_session *session, double speed);
double aws_session_speed(const struct aws_session *session);

/* Describes that tasks ask for in one turn of the loop may become one call, which answers each of
 * them (ec2/shared.h); off until it is wanted. */
void aws_session_share_reads(struct aws_session *session, bool on);

/*
 * EC2, IAM and S3 are eventually consistent: what was made `age_s` seconds ago may
 * still be "not found".  A NotFound for an id (or name) noted here is asked again
 * until the thing is five minutes old; only then it reaches the caller as GONE.
 * Creating calls note what they made, deleting calls forget it.
 */
void aws_session_note_id(struct aws_session *session, const char *id, int64_t age_s);
void aws_session_forget_id(struct aws_session *session, const char *id);
/*
 * Reads go backwards, too: what was seen can be "not found" a moment later.  One
 * NotFound for an id (or name) that is expected is not believed, a second one is.
 */
void aws_session_expect_id(struct aws_session *session, const char *id);

/*
 * Called around each request that changes AWS, so that the journal can hold the
 * intent before it leaves: `before` is called once per call (not per retry),
 * right before the first byte; an error from it stops the call.
 */
struct aws_observer {
	void *arg;
	struct rb_error *(*before_change)(void *arg, const char *service, const char *action,
					  const char *region);
	/* every answer or failure, reading calls too; for traces and reports */
	void (*after_call)(void *arg, const char *service, const char *action, const char *region,
			   int http_status, const char *request_id, int64_t took_ms,
			   const struct rb_error *err);
	/* Asked again right before each try of such a call is sent, the first one too; an error
	 * from it stops the call.  NULL: nobody. */
	struct rb_error *(*before_send)(void *arg);
};

/*
 * One request and what came back, each try on its own: for recordings.  All is borrowed for the
 * call, and the request is signed: its headers hold what must not be kept.
 */
struct aws_exchange_seen {
	const char *service, *action, *region;
	const char *bucket;    /* S3; NULL otherwise */
	const char *base_path; /* of the endpoint; "" as a rule */
	bool about_object;     /* S3: a key follows the bucket */
	bool changes;
	int tries;		   /* this one included */
	int64_t start_ms, took_ms; /* monotonic */
	const struct http_request *req;
	const struct http_response *res; /* means nothing when there is an `err` */
	const struct rb_error *err;	 /* no whole answer came; NULL: one did */
};
struct aws_listener {
	void *arg;
	void (*exchanged)(void *arg, const struct aws_exchange_seen *seen);
};
/* NULL: none.  Borrowed until replaced. */
void aws_session_listen(struct aws_session *session, const struct aws_listener *listener);

struct aws_client; /* a session, a region, an observer */
NODISCARD struct aws_client *aws_client_new(struct aws_session *session, const char *region);
void aws_client_free(struct aws_client *c);
const char *aws_client_region(const struct aws_client *c);
struct aws_session *aws_client_session(struct aws_client *c);
/* NULL: none.  Borrowed until replaced. */
void aws_client_observe(struct aws_client *c, const struct aws_observer *observer);

/*
 * Calls of EC2 that make or change something are tried only: sent with DryRun, as reads are, and
 * without an intent.  One that would be allowed answers DryRunOperation, one that would not
 * UnauthorizedOperation; anything else proves nothing.  Never NULL.  Other services know no dry
 * runs: their changing calls are not sent at all (PROTOCOL).
 */
void aws_client_set_dry(struct aws_client *c);
bool aws_client_is_dry(const struct aws_client *c);

#endif
