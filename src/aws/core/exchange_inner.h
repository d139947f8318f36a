/* SPDX-License-Identifier: Apache-2.0 */
/* A call under way, as the files of exchange.h share it. */
#ifndef AWS_EXCHANGE_INNER_H
#define AWS_EXCHANGE_INNER_H

#include <stdbool.h>
#include <stdint.h>

#include "aws/core/exchange.h"
#include "aws/core/retry.h"
#include "aws/core/session.h"

/* A call under way. */
struct call_state {
	const struct exchange *x;
	struct aws_session *session;
	struct aws_endpoint endpoint;
	struct retry retry;
	char invocation[37];	 /* the same for all tries */
	int64_t settle_since_ms; /* when waiting for another service's news began; 0: not yet */
	int64_t signed_utc_s;	 /* of the last try */
	char *key_id;		 /* that signed it; NULL: none */
	char *host;		 /* that it went to: S3 puts the bucket before the endpoint's */
	bool announced;
};

/* AWS's clock, as far as it has been measured. */
int64_t exchange_utc_s(const struct aws_session *s);
/* Seconds from our clock to the server's; false without a Date. */
bool exchange_measure_skew(const struct http_response *res, int64_t *ret_s);
/* NULL: try again now.  Takes `err`. */
struct rb_error *exchange_decide(struct call_state *run, struct rb_error *err,
				 const struct http_response *res);
/* What the caller of a change must know: did it surely not happen? */
struct rb_error *exchange_finish(const struct call_state *run, struct rb_error *err);

#endif
