/* SPDX-License-Identifier: Apache-2.0 */
/* Whose a bucket is: its name is everybody's, so its tags and the journal decide. */
#include "aws/s3.h"
#include "aws/s3_name.h"
#include "base/alloc.h"
#include "base/text.h"
#include "runbook/contract/step.h"
#include "steps/common/bucket.h"
#include "steps/common/bucket_int.h"
#include "steps/common/resource.h"

/* A bucket without tags that the journal names: the tags are put right after the creation, so an
 * empty one is ours. */
static struct rb_error *is_unfinished(struct step_ctx *ctx, const char *bucket, bool *ret)
{
	auto_s3_objects objects = { 0 };

	*ret = false;
	if (!text_eq(step_output(ctx, "bucket"), bucket) || step_output(ctx, "bucket_origin"))
		return NULL;
	TRY(s3_list_object_versions(step_aws(ctx), bucket, step_account(ctx), NULL, &objects));
	*ret = objects.n == 0;
	return NULL;
}

struct rb_error *bucket_tags(struct step_ctx *ctx, const char *bucket, struct aws_tags *ret)
{
	return resource_unless_gone(
		s3_get_bucket_tagging(step_aws(ctx), bucket, step_account(ctx), ret));
}

struct rb_error *bucket_whose(struct step_ctx *ctx, const char *bucket, enum bucket_whose *ret)
{
	const char *region = aws_client_region(step_aws(ctx));
	CLEANUP(aws_tags_clear) struct aws_tags tags = { 0 };
	autofree char *found_region = NULL;
	bool unfinished = false;
	struct rb_error *err;
	const char *run;

	err = s3_head_bucket(step_aws(ctx), bucket, step_account(ctx), &found_region);
	if (rb_error_is(err, RB_GONE)) {
		*ret = BUCKET_NOBODYS;
		return rb_error_free(err);
	}
	if (rb_error_is(err, RB_DENIED)) /* no body, so no code: this is all that is known */
		rb_error_advise(err, "another account may own that name", RB_NEXT_SET,
				"destination.bucket");
	TRY(err);
	if (found_region && !text_eq(found_region, region))
		return rb_error_next(rb_error_new(RB_FAILED, "bucket '%s' is in '%s', not in '%s'",
						  bucket, found_region, region),
				     RB_NEXT_SET, "destination.bucket");
	TRY(bucket_tags(ctx, bucket, &tags));
	if (step_owns(ctx, &tags)) {
		*ret = BUCKET_OURS;
		return NULL;
	}
	if (!tags.n)
		TRY(is_unfinished(ctx, bucket, &unfinished));
	*ret = unfinished ? BUCKET_UNFINISHED : BUCKET_MISTAGGED;
	run = aws_tags_get(&tags, "runbook:run");
	if (unfinished ||
	    (step_output(ctx, "bucket_origin") && (!run || text_eq(run, step_run_id(ctx)))))
		return NULL;
	return resource_is_not_ours(ctx, N_("bucket"), bucket, &tags);
}
