/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bucket as it should be: whose, where, and each of its settings.  Whether versions are kept
 * is told by the object that is uploaded into it, without a call.
 */
#include "aws/s3.h"
#include "base/alloc.h"
#include "base/text.h"
#include "runbook/contract/step.h"
#include "steps/common/bucket.h"
#include "steps/common/bucket_int.h"
#include "steps/common/policy.h"
#include "steps/common/resource.h"

/* What the branches of verify read. */
struct checked {
	const struct bucket_plan *plan;
	const char *bucket;
};

static struct rb_error *verify_policy(struct step_ctx *ctx, void *arg)
{
	autofree char *wanted = NULL, *now = NULL, *line = NULL;
	const struct checked *c = arg;

	TRY(bucket_wanted_policy(ctx, c->plan, c->bucket, &wanted));
	TRY(resource_unless_gone(
		s3_get_bucket_policy(step_aws(ctx), c->bucket, step_account(ctx), &now)));
	line = now ? policy_line(now) : NULL;
	step_expect_that(ctx, now && policy_same(now, wanted), "bucket.policy", wanted, line);
	return NULL;
}

static struct rb_error *verify_public_access(struct step_ctx *ctx, void *arg)
{
	struct s3_public_access_block b = { 0 };
	const struct checked *c = arg;

	TRY(s3_get_public_access_block(step_aws(ctx), c->bucket, step_account(ctx), &b));
	step_expect_bool(ctx, "bucket.block_public_acls", true, b.block_public_acls);
	step_expect_bool(ctx, "bucket.ignore_public_acls", true, b.ignore_public_acls);
	step_expect_bool(ctx, "bucket.block_public_policy", true, b.block_public_policy);
	step_expect_bool(ctx, "bucket.restrict_public_buckets", true, b.restrict_public_buckets);
	return NULL;
}

static struct rb_error *verify_encryption(struct step_ctx *ctx, void *arg)
{
	autofree char *algorithm = NULL;
	const struct checked *c = arg;

	TRY(resource_unless_gone(
		s3_get_bucket_encryption(step_aws(ctx), c->bucket, step_account(ctx), &algorithm)));
	/* without a setting of its own a bucket has S3's default, which is the same */
	step_expect(ctx, "bucket.encryption", "AES256", algorithm ? algorithm : "AES256");
	return NULL;
}

/* Its tags are read where it should be, in this account's name: so the answer is of this account's
 * bucket, in this region, with tags or without. */
static struct rb_error *verify_itself(struct step_ctx *ctx, void *arg)
{
	CLEANUP(aws_tags_clear) struct aws_tags tags = { 0 };
	const char *region = aws_client_region(step_aws(ctx)), *owner = step_account(ctx);
	const struct checked *c = arg;
	struct rb_error *err = s3_get_bucket_tagging_here(step_aws(ctx), c->bucket, owner, &tags);

	if (rb_error_is(err, RB_GONE) && !rb_error_is_aws(err, "NoSuchTagSet")) {
		step_missing_output(ctx, "bucket", "bucket '%s' is gone", c->bucket);
		return rb_error_free(err);
	}
	if (err && err->region && !text_eq(err->region, region)) {
		step_expect(ctx, "bucket.region", region, err->region);
		return rb_error_free(err);
	}
	TRY(resource_unless_gone(err));
	step_expect(ctx, "bucket.owner", owner, owner);
	step_expect(ctx, "bucket.region", region, region);
	resource_expect_tags(ctx, "bucket", "bucket", &tags);
	return NULL;
}

struct rb_error *bucket_verify(struct step_ctx *ctx, const struct bucket_plan *plan)
{
	struct checked c = { plan, step_output(ctx, "bucket") };
	const struct step_branch itself[] = { { verify_itself, &c }, { 0 } };
	const struct step_branch settings[] = { { verify_public_access, &c },
						{ verify_encryption, &c },
						{ verify_policy, &c },
						{ 0 } };

	if (!c.bucket) {
		step_missing(ctx, "no bucket is recorded");
		return NULL;
	}
	return step_in_order(ctx, REST_IF_THERE, itself, settings);
}
