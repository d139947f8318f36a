/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The key that the bucket encrypts with.  S3's own keys are everybody's who may put an object; a
 * key of the customer's asks for kms:GenerateDataKey besides.
 *   source  Amazon S3 User Guide, "Using server-side encryption with AWS KMS keys"
 */
#include <string.h>

#include "aws/simulate.h"
#include "base/alloc.h"
#include "base/text.h"
#include "steps/common/path_int.h"

/* ARN of a customer's key; NULL: it is S3's, or AWS's own for S3.  Caller frees. */
static char *customer_key(const struct path *p)
{
	const struct path_bucket *b = &p->bucket;
	const char *region = aws_client_region(p->s3);

	if (!b->key || text_eq(b->algorithm, "AES256") || text_ends_with(b->key, "alias/aws/s3"))
		return NULL;
	if (text_starts_with(b->key, "arn:"))
		return xstrdup(b->key);
	return xasprintf("arn:%s:kms:%s:%s:%s%s", step_partition(p->ctx), region,
			 step_account(p->ctx), text_starts_with(b->key, "alias/") ? "" : "key/",
			 b->key);
}

struct rb_error *path_read_key(struct step_ctx *ctx, struct path *p)
{
	autofree char *key = customer_key(p);
	struct iam_question q = { .principal = p->role.role.arn };
	auto_iam_decisions found = { 0 };
	struct rb_error *err;

	if (!key || !p->role.role.arn)
		return NULL;
	strv_add(&q.actions, "kms:GenerateDataKey");
	strv_add(&q.resources, key);
	iam_question_add(&q, "aws:RequestedRegion", "string", aws_client_region(p->s3));
	err = path_looked(&p->bucket.use_look, iam_simulate(step_aws_of(ctx, 0), &q, &found));
	iam_question_clear(&q);
	TRY(err);
	if (found.n)
		set_str(&p->bucket.use, found.v[0].decision);
	return NULL;
}

void path_judge_key(const struct path *p, struct hop *hop)
{
	autofree char *key = customer_key(p);

	if (!key)
		return;
	if (!p->bucket.use_look.made) {
		hop_hangs_on(hop, N_("the role"));
		return;
	}
	if (hop_is_blind(hop, &p->bucket.use_look, N_("the key"), p->plan->bucket_step))
		return;
	if (text_eq(p->bucket.use, "allowed")) {
		/* IAM's simulator answers for the role's policies; a key has one of its own. */
		hop->state = HOP_UNKNOWN;
		said_free(hop->why);
		hop->why = said_new("the role's policies allow to encrypt with '%s'; the key's own "
				    "policy is not read here, and may refuse it",
				    key);
		return;
	}
	hop_break(hop, said_new("the key: the role '%s' may not encrypt with '%s'",
				p->role_name ? p->role_name : "-", key));
	hop_mend_by_step(hop, p->plan->bucket_step);
}
