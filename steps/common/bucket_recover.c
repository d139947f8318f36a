/* SPDX-License-Identifier: Apache-2.0 */
/* A run's bucket found again: by its tags, or untagged by the run's id in its name. */
#include <string.h>

#include "aws/s3.h"
#include "aws/s3_name.h"
#include "base/alloc.h"
#include "base/text.h"
#include "steps/common/bucket_int.h"
#include "steps/common/resource.h"

static struct rb_error *is_untagged_of_ours(struct step_ctx *ctx, const char *bucket, bool *ret)
{
	auto_s3_objects objects = { 0 };

	*ret = false;
	if (!strstr(bucket, step_run_id(ctx)))
		return NULL;
	TRY(s3_list_object_versions(step_aws(ctx), bucket, step_account(ctx), NULL, &objects));
	*ret = objects.n == 0;
	return NULL;
}

/* *ret: how that bucket is known to be this run's; 0: it is not. */
static struct rb_error *recover_candidate(struct step_ctx *ctx, const char *bucket,
					  struct aws_tags *tags, unsigned *ret)
{
	autofree char *region = NULL;
	bool untagged = false;
	struct rb_error *err;

	*ret = 0;
	err = s3_head_bucket(step_aws(ctx), bucket, step_account(ctx), &region);
	if (rb_error_is(err, RB_GONE) || rb_error_is(err, RB_DENIED))
		return rb_error_free(err);
	TRY(err);
	if (region && !text_eq(region, aws_client_region(step_aws(ctx))))
		return NULL;
	TRY(bucket_tags(ctx, bucket, tags));
	if (step_owns(ctx, tags)) {
		*ret = strstr(bucket, step_run_id(ctx)) ? KNOWN_BY_BOTH : KNOWN_BY_TAG;
		return NULL;
	}
	if (!tags->n)
		TRY(is_untagged_of_ours(ctx, bucket, &untagged));
	*ret = untagged ? KNOWN_BY_SHAPE : 0;
	return NULL;
}

struct rb_error *bucket_recover(struct step_ctx *ctx)
{
	CLEANUP(aws_tags_clear) struct aws_tags of_first = { 0 };
	const char *first = NULL;
	unsigned by_first = 0;

	for (const char *const *b = step_recovered_buckets(ctx); *b; b++) {
		CLEANUP(aws_tags_clear) struct aws_tags tags = { 0 };
		unsigned by;

		TRY(recover_candidate(ctx, *b, &tags, &by));
		if (!by)
			continue;
		if (first)
			return resource_found_by_tag(ctx, N_("bucket"), 2, first, *b);
		first = *b;
		by_first = by;
		aws_tags_copy(&of_first, &tags);
	}
	if (!first)
		return NULL;
	step_recovered_param(ctx, "destination.bucket", first, by_first);
	step_recovered_param(ctx, "destination.bucket_namespace", bucket_namespace_of(first),
			     by_first);
	TRY(step_recovered(ctx, "bucket", first, by_first));
	if (by_first == KNOWN_BY_SHAPE)
		return NULL; /* do tags it, and then it is known to be made here */
	TRY(step_recovered(ctx, "bucket_origin", "created", KNOWN_BY_TAG));
	step_recovered_tags(ctx, &of_first);
	step_stands(ctx, by_first);
	return NULL;
}
