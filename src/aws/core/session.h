/* SPDX-License-Identifier: Apache-2.0 */
/* What client.c, exchange.c and the calls share of sessions and clients; private to aws/. */
#ifndef AWS_SESSION_H
#define AWS_SESSION_H

#include <stdint.h>

#include "aws/core/client.h"
#include "aws/core/retry.h"
#include "base/attr.h"
#include "base/strv.h"

/* Something that was made a moment ago, or that the caller knows of. */
struct known_id {
	char *id;
	int64_t born_ms; /* monotonic */
	bool expected;	 /* stays known when it is recent no more */
};

struct aws_session {
	struct aws_config *config;
	struct http *http;
	struct cred_chain *creds;
	struct retry_bucket bucket;
	int64_t skew_s;
	double speed;
	char *user_agent;
	struct known_id *known;
	size_t n_known;
	struct strv reached; /* hosts that have answered */
	const struct aws_listener *listener;
	bool shares_reads;
	struct ec2_shared_read *shared_reads; /* not sent yet; ec2/shared.c */
	struct ec2_read_cache *read_cache;    /* ec2/read_cache.c; NULL: none */
};

struct aws_client {
	struct aws_session *session;
	char *region;
	bool dry;	  /* aws_client_set_dry */
	bool fills_cache; /* ec2_cache_fill */
	const struct aws_observer *observer;
};

/* An id made a moment ago that `text` names as a word of its own; NULL: none.  Borrowed. */
const char *session_recent_id_in(struct aws_session *session, const char *text);
bool session_id_is_recent(struct aws_session *session, const char *id);
/* The same of what is expected to exist. */
const char *session_expected_id_in(struct aws_session *session, const char *text);
bool session_id_is_expected(const struct aws_session *session, const char *id);

/* A host whose name never resolved may be misspelt; one that answered before is away for a while.
 */
void session_note_reached(struct aws_session *session, const char *host);
bool session_has_reached(const struct aws_session *session, const char *host);

/* `ms` of AWS's time, at this session's speed. */
NODISCARD struct rb_error *session_sleep(struct aws_session *session, int64_t ms);

#endif
