/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bucket is made, which takes objects through one endpoint alone.
 *
 * In us-east-1 CreateBucket answers 200 for a bucket that we own already, so a 200 is
 * no proof that it is new, and undo would empty what was there before.  So we look
 * first, and record the name only once it is known to be free: a recorded name whose
 * bucket has no tags and no objects is what an interrupted create left.
 *
 * The calls on one bucket go one after the other: S3 answers OperationAborted when two
 * of its settings are written at once.  Block public access comes before the policy,
 * which is not public, for it is tied to one fixed endpoint.
 */
#include "aws/s3.h"
#include "aws/s3_name.h"
#include "base/alloc.h"
#include "base/text.h"
#include "runbook/contract/step.h"
#include "steps/common/bucket.h"
#include "steps/common/bucket_int.h"
#include "steps/common/policy.h"
#include "steps/common/resource.h"

static const struct s3_public_access_block all_blocked = {
	.block_public_acls = true,
	.ignore_public_acls = true,
	.block_public_policy = true,
	.restrict_public_buckets = true,
};

/* Where one of ours is missing.  The whole set is replaced by the call, so what others put there is
 * written again. */
static struct rb_error *restore_bucket_tags(struct step_ctx *ctx, const char *bucket)
{
	const struct aws_tags *ours = step_tags(ctx, "bucket");
	CLEANUP(aws_tags_clear) struct aws_tags now = { 0 }, all = { 0 };

	TRY(bucket_tags(ctx, bucket, &now));
	if (resource_has_tags(&now, ours))
		return NULL;
	aws_tags_copy(&all, ours);
	for (size_t i = 0; i < now.n; i++)
		if (!aws_tags_get(ours, now.v[i].key))
			aws_tags_add(&all, now.v[i].key, now.v[i].value);
	return s3_put_bucket_tagging(step_aws(ctx), bucket, step_account(ctx), &all);
}

static bool was_refused(const struct rb_error *err)
{
	return rb_error_is(err, RB_EXISTS) || rb_error_is(err, RB_DENIED) ||
	       rb_error_is(err, RB_QUOTA) || rb_error_is(err, RB_CREDENTIALS) ||
	       rb_error_is(err, RB_USAGE);
}

static struct rb_error *create_bucket(struct step_ctx *ctx, const char *bucket)
{
	const char *space = step_param(ctx, "destination.bucket_namespace");
	struct rb_error *err;

	/* a bucket of that name is no unfinished one of ours, when it is a person who makes it */
	if (!step_is_by_hand(ctx))
		TRY(step_record(ctx, "bucket", bucket));
	/* global is S3's default, and what older endpoints know; tags in the
	 * creating call are what an organisation may demand, and take one permission more */
	err = s3_create_bucket(step_aws(ctx), bucket,
			       text_eq(space, NAMESPACE_GLOBAL) ? NULL : space,
			       step_has_given_tags(ctx) ? step_tags(ctx, "bucket") : NULL);
	if (rb_error_is_aws(err, "BucketAlreadyOwnedByYou")) {
		/* a call before this one made it: its answer was lost */
		enum bucket_whose whose = BUCKET_NOBODYS;

		(void)rb_error_free(err);
		return bucket_whose(ctx, bucket, &whose);
	}
	/* Surely not made, by no earlier call either: what has this name later is somebody else's.
	 */
	if (was_refused(err) && !step_may_be_unseen(ctx)) {
		struct rb_error *unwritten = step_forget(ctx, "bucket");

		if (unwritten) {
			(void)rb_error_free(err);
			return unwritten;
		}
	}
	return err;
}

static bool is_all_blocked(const struct s3_public_access_block *b)
{
	return b->block_public_acls && b->ignore_public_acls && b->block_public_policy &&
	       b->restrict_public_buckets;
}

/* Written when `fresh`, else only where it differs. */
static struct rb_error *block_public_access(struct step_ctx *ctx, const char *bucket, bool fresh)
{
	struct s3_public_access_block now = { 0 };

	if (!fresh)
		TRY(s3_get_public_access_block(step_aws(ctx), bucket, step_account(ctx), &now));
	if (is_all_blocked(&now))
		return NULL;
	return s3_put_public_access_block(step_aws(ctx), bucket, step_account(ctx), &all_blocked);
}

/* Every new bucket has SSE-S3; it is put back where somebody changed it. */
static struct rb_error *encrypt(struct step_ctx *ctx, const char *bucket, bool fresh)
{
	autofree char *now = NULL;

	if (fresh)
		return NULL;
	TRY(resource_unless_gone(
		s3_get_bucket_encryption(step_aws(ctx), bucket, step_account(ctx), &now)));
	if (!now || text_eq(now, "AES256"))
		return NULL;
	return s3_put_bucket_encryption(step_aws(ctx), bucket, step_account(ctx));
}

struct rb_error *bucket_wanted_policy(struct step_ctx *ctx, const struct bucket_plan *plan,
				      const char *bucket, char **ret)
{
	const char *endpoint_id;

	TRY(step_need_output(ctx, plan->endpoint_step, "vpc_endpoint_id", &endpoint_id));
	*ret = policy_for_bucket(step_partition(ctx), bucket, endpoint_id);
	return NULL;
}

static struct rb_error *put_policy(struct step_ctx *ctx, const struct bucket_plan *plan,
				   const char *bucket, bool fresh)
{
	autofree char *wanted = NULL, *now = NULL;
	const char *locked;

	TRY(bucket_wanted_policy(ctx, plan, bucket, &wanted));
	locked = policy_locks_out(wanted);
	if (locked)
		return rb_error_new(RB_FAILED,
				    "the policy for bucket '%s' is not written: it denies '%s', "
				    "and nobody could take it away again",
				    bucket, locked);
	if (!fresh)
		TRY(resource_unless_gone(
			s3_get_bucket_policy(step_aws(ctx), bucket, step_account(ctx), &now)));
	if (now && policy_same(now, wanted))
		return NULL;
	return s3_put_bucket_policy(step_aws(ctx), bucket, step_account(ctx), wanted);
}

/* Tags that came with the bucket are there already, unless the endpoint knows no such thing. */
static struct rb_error *tag_new_bucket(struct step_ctx *ctx, const char *bucket)
{
	if (step_has_given_tags(ctx))
		return restore_bucket_tags(ctx, bucket);
	return s3_put_bucket_tagging(step_aws(ctx), bucket, step_account(ctx),
				     step_tags(ctx, "bucket"));
}

struct rb_error *bucket_do(struct step_ctx *ctx, const struct bucket_plan *plan)
{
	const char *bucket = step_param(ctx, "destination.bucket");
	enum bucket_whose whose = BUCKET_NOBODYS;
	bool fresh;

	TRY(bucket_whose(ctx, bucket, &whose));
	fresh = whose == BUCKET_NOBODYS || whose == BUCKET_UNFINISHED;
	if (whose == BUCKET_NOBODYS)
		TRY(create_bucket(ctx, bucket));
	if (fresh) {
		TRY(tag_new_bucket(ctx, bucket));
		TRY(step_record(ctx, "bucket_origin", "created"));
	} else {
		TRY(resource_adopt(ctx, "bucket", bucket));
		TRY(restore_bucket_tags(ctx, bucket));
		/* tagged as this run's, perhaps in the call that made it: so this run made it */
		if ((whose == BUCKET_OURS || step_was_offered(ctx, bucket)) &&
		    !step_output(ctx, "bucket_origin"))
			TRY(step_record(ctx, "bucket_origin", "created"));
	}
	TRY(block_public_access(ctx, bucket, fresh));
	TRY(encrypt(ctx, bucket, fresh));
	return put_policy(ctx, plan, bucket, fresh);
}
