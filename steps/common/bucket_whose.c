/* SPDX-License-Identifier: Apache-2.0 */
/* Whose a bucket is: its name is everybody's, so its tags and the journal decide. */
#include <stdlib.h>
#include <string.h>

#include "aws/s3.h"
#include "aws/s3_name.h"
#include "base/alloc.h"
#include "base/text.h"
#include "runbook/contract/step.h"
#include "steps/common/bucket.h"
#include "steps/common/bucket_int.h"
#include "steps/common/offer.h"
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

/* Where the bucket is, and its tags. */
struct bucket_seen {
	const char *bucket;
	bool gone;
	char *region;
	struct aws_tags tags;
};

static void bucket_seen_clear(struct bucket_seen *seen)
{
	free(seen->region);
	aws_tags_clear(&seen->tags);
}

static struct rb_error *read_region(struct step_ctx *ctx, void *arg)
{
	struct bucket_seen *seen = arg;
	struct rb_error *err =
		s3_head_bucket(step_aws(ctx), seen->bucket, step_account(ctx), &seen->region);

	seen->gone = rb_error_is(err, RB_GONE);
	if (seen->gone)
		return rb_error_free(err);
	if (rb_error_is(err, RB_DENIED)) /* no body, so no code: this is all that is known */
		rb_error_advise(err, "another account may own that name", RB_NEXT_SET,
				"destination.bucket");
	TRY(err);
	if (seen->region && !text_eq(seen->region, aws_client_region(step_aws(ctx))))
		return rb_error_next(rb_error_new(RB_FAILED, "bucket '%s' is in '%s', not in '%s'",
						  seen->bucket, seen->region,
						  aws_client_region(step_aws(ctx))),
				     RB_NEXT_SET, "destination.bucket");
	return NULL;
}

static struct rb_error *read_tags(struct step_ctx *ctx, void *arg)
{
	struct bucket_seen *seen = arg;

	return bucket_tags(ctx, seen->bucket, &seen->tags);
}

struct rb_error *bucket_whose(struct step_ctx *ctx, const char *bucket, enum bucket_whose *ret)
{
	CLEANUP(bucket_seen_clear) struct bucket_seen seen = { .bucket = bucket };
	const struct step_branch both[] = { { read_region, &seen }, { read_tags, &seen }, { 0 } };
	bool unfinished = false, taken;
	const char *run;

	/* a name that has this run's own id in it, before anything was made of it, is free */
	if (step_is_fresh(ctx) && strstr(bucket, step_run_id(ctx))) {
		*ret = BUCKET_NOBODYS;
		return NULL;
	}
	if (step_output(ctx, "bucket")) {
		TRY(step_together(ctx, both));
	} else { /* most likely there is none whose tags could be read */
		TRY(read_region(ctx, &seen));
		if (!seen.gone)
			TRY(read_tags(ctx, &seen));
	}
	if (seen.gone) {
		*ret = BUCKET_NOBODYS;
		return NULL;
	}
	if (step_owns(ctx, &seen.tags)) {
		*ret = BUCKET_OURS;
		return NULL;
	}
	if (!seen.tags.n)
		TRY(is_unfinished(ctx, bucket, &unfinished));
	*ret = unfinished ? BUCKET_UNFINISHED : BUCKET_MISTAGGED;
	run = aws_tags_get(&seen.tags, "runbook:run");
	if (unfinished ||
	    (step_output(ctx, "bucket_origin") && (!run || text_eq(run, step_run_id(ctx)))))
		return NULL;
	TRY(offer_named(ctx, N_("bucket"), bucket, &seen.tags, &taken));
	return taken ? NULL : resource_is_not_ours(ctx, N_("bucket"), bucket, &seen.tags);
}
