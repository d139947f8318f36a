/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One describe for all who ask the same in the same turn of the loop.
 *
 *   (1) Questions of one session, region and action become one call when they ask by id (the ids in
 *       one list), by tags of the same names (their values in one list), or word for word the same.
 *   (2) The call is sent when all that could run has run: after every question that it answers, and
 *       so after every change whose answer an asker had seen.  Who asks while it is under way is
 * not answered by it. (3) Each asker gets the items that it asked for, each in the order of the
 * answer, and no others. Its observer is told of the call as if it had been its own. (4) What
 * fails, fails for all: each gets the error.  An id that AWS does not know refuses the whole list;
 * then each asker asks by itself, and waits by itself for what is new.
 *
 *   (5) Who asks for one thing by its id is answered by a call of the turn that lists all of a VPC;
 * when it is not in there, or that call fails, it asks by itself.
 *
 * Off until aws_session_share_reads; a caller that is no task of the loop asks by itself.
 */
#ifndef AWS_EC2_SHARED_H
#define AWS_EC2_SHARED_H

#include "aws/ec2/parse.h"

/* A question; all is borrowed.  `add(list, item)` takes what was asked for. */
struct ec2_question {
	struct aws_client *client;
	const struct ec2_listing *how;
	const char *more;		  /* further parameters, encoded; "": none */
	const char *const *ids;		  /* NULL or empty: none */
	const struct aws_filter *filters; /* NULL: none */
	aws_item_fn *add;
	void *list;
};

/* Sends the question by itself. */
NODISCARD struct rb_error *ec2_ask(const struct ec2_question *q, unsigned flags);
/* Sends it with others, where it may be; else by itself. */
NODISCARD struct rb_error *ec2_ask_shared(const struct ec2_question *q);

#endif
