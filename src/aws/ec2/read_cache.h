/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A session's read cache: what it has read of its things a moment ago, from which later questions
 * by id are answered.
 *
 *   (1) The cache answers a question by id alone, of ids that it holds all of: what it does not
 *       hold is asked of AWS.
 *   (2) It holds a thing until that is removed, or invalidated by its id, and 20 seconds at most.
 *   (3) What it is filled with is what a client that fills it reads.  ec2_cache_tags fills it with
 *       the two tags that say whose a thing is, and with nothing else: its state is then absent,
 *       and what it is, AWS's answer to the delete tells.
 *
 * For undo, whose passes ask for each thing once before they remove it.
 */
#ifndef AWS_EC2_READ_CACHE_H
#define AWS_EC2_READ_CACHE_H

#include "aws/core/client.h"
#include "aws/ec2/parse.h"
#include "base/strv.h"

/* Begins an empty cache, in place of an earlier one; it answers until ec2_cache_end. */
void ec2_cache_begin(struct aws_session *session);
void ec2_cache_end(struct aws_session *session);
/* One was begun five seconds ago at most, and has not ended. */
bool ec2_cache_is_fresh(const struct aws_session *session);
/* From now on what this client reads is put into the cache. */
void ec2_cache_fill(struct aws_client *c);
/* Reads which of `ids` carry the tag runbook:run=`run_id`, and their step's. */
NODISCARD struct rb_error *ec2_cache_tags(struct aws_client *c, const char *run_id,
					  const struct strv *ids);
/* What is held of `id` is read anew when it is asked for; NULL: nothing. */
void ec2_cache_invalidate(struct aws_session *session, const char *id);

/* ---- for ec2/ alone ---------------------------------------------------------- */

struct ec2_question;
/* What AWS's `action` says of `id`; copied. */
void ec2_cache_put(struct aws_client *c, const char *action, const char *id,
		   const struct xml_node *item);
/* The same with an item of a listing, if this client fills the cache. */
void ec2_cache_put_listed(struct aws_client *c, const struct ec2_listing *how,
			  const struct xml_node *item);
/* False: AWS has to be asked.  Else *ret_err is what `add` answered. */
bool ec2_cache_answers(const struct ec2_question *q, struct rb_error **ret_err);
/* The text of the member by which an item of this listing is named; NULL: it has none.  Caller
 * frees. */
NODISCARD char *ec2_item_id(const struct ec2_listing *how, const struct xml_node *item);

#endif
