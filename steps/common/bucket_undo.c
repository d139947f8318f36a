/* SPDX-License-Identifier: Apache-2.0 */
/* The bucket goes when nothing is in it but this run's object; what others put there stays. */
#include <string.h>

#include "aws/s3.h"
#include "base/alloc.h"
#include "base/strv.h"
#include "base/text.h"
#include "runbook/contract/step.h"
#include "steps/common/bucket.h"
#include "steps/common/bucket_int.h"
#include "steps/common/resource.h"
#include "steps/common/upload.h"

enum { FOREIGN_SHOWN_MAX = 5 };

/* The upload's proof tries "KEY.from-outside" to show that it is refused; under a broken policy it
 * is not. */
static bool is_proof(struct step_ctx *ctx, const char *key)
{
	const char *upload = step_param(ctx, "upload.key");

	return text_starts_with(key, upload) &&
	       (!key[strlen(upload)] || text_eq(key + strlen(upload), UPLOAD_OUTSIDE_SUFFIX));
}

/* What the upload put there is this run's; anything else is somebody's, and stays unless an option
 * says otherwise. */
static struct rb_error *check_foreign(struct step_ctx *ctx, const struct bucket_plan *plan,
				      const char *bucket, const struct s3_objects *objects)
{
	const char *ours = step_output_of(ctx, plan->upload_step, "object_key");
	autofree char *list = NULL;
	auto_strv foreign = { 0 };
	struct rb_error *err;
	size_t n = 0;

	if (step_delete_foreign_objects(ctx))
		return NULL;
	for (size_t i = 0; i < objects->n; i++) {
		const char *key = objects->v[i].key;

		if (text_eq(key, ours) || is_proof(ctx, key))
			continue;
		if (n++ < FOREIGN_SHOWN_MAX)
			strv_add_owned(&foreign, text_printable(key, strlen(key), /* max= */ 80));
	}
	if (!n)
		return NULL;
	list = strv_join(&foreign, "', '");
	err = rb_error_why(rb_error_new(RB_DRIFT,
					"bucket '%s' is left alone: it holds what this run did "
					"not put there",
					bucket),
			   n == 1 ? N_("%zu foreign object: '%s'%s")
				  : N_("%zu foreign objects: '%s'%s"),
			   n, list, n > foreign.n ? ", ..." : "");
	err = rb_error_hint(err, "save what is needed of it");
	return rb_error_next(err, RB_NEXT_UNDO, "--delete-foreign-objects");
}

/* What is known of the bucket, read side by side.  Of one that is not ours it is no matter what
 * the lists said. */
struct bucket_answers {
	const char *bucket;
	enum bucket_whose whose;
	struct s3_objects objects;
	struct s3_uploads uploads;
	struct rb_error *objects_err, *uploads_err;
};

static void bucket_answers_clear(struct bucket_answers *a)
{
	s3_objects_clear(&a->objects);
	s3_uploads_clear(&a->uploads);
	(void)rb_error_free(a->objects_err);
	(void)rb_error_free(a->uploads_err);
}

/* Tags that are ours say that it is there, and here; what else they say needs a closer look. */
static struct rb_error *read_whose(struct step_ctx *ctx, void *arg)
{
	CLEANUP(aws_tags_clear) struct aws_tags tags = { 0 };
	struct bucket_answers *a = arg;
	struct rb_error *err =
		s3_get_bucket_tagging(step_aws(ctx), a->bucket, step_account(ctx), &tags);

	if (!err && step_owns(ctx, &tags)) {
		a->whose = BUCKET_OURS;
		return NULL;
	}
	if (rb_error_is(err, RB_INTERRUPTED) || rb_error_is(err, RB_CREDENTIALS) ||
	    rb_error_is(err, RB_CLOCK))
		return err;
	(void)rb_error_free(err);
	return bucket_whose(ctx, a->bucket, &a->whose);
}

static struct rb_error *read_objects(struct step_ctx *ctx, void *arg)
{
	struct bucket_answers *a = arg;

	a->objects_err = s3_list_object_versions(step_aws(ctx), a->bucket, step_account(ctx), NULL,
						 &a->objects);
	return NULL;
}

static struct rb_error *read_uploads(struct step_ctx *ctx, void *arg)
{
	struct bucket_answers *a = arg;

	a->uploads_err =
		s3_list_multipart_uploads(step_aws(ctx), a->bucket, step_account(ctx), &a->uploads);
	return NULL;
}

static struct rb_error *take(struct rb_error **err)
{
	struct rb_error *taken = *err;

	*err = NULL;
	return taken;
}

static struct rb_error *empty_bucket(struct step_ctx *ctx, const struct bucket_answers *a)
{
	const char *owner = step_account(ctx);

	for (size_t i = 0; i < a->objects.n; i++)
		TRY(s3_delete_object(step_aws(ctx), a->bucket, owner, a->objects.v[i].key,
				     a->objects.v[i].version_id));
	for (size_t i = 0; i < a->uploads.n; i++)
		TRY(resource_unless_gone(s3_abort_multipart_upload(step_aws(ctx), a->bucket, owner,
								   a->uploads.v[i].key,
								   a->uploads.v[i].upload_id)));
	return NULL;
}

static struct rb_error *forget_bucket(struct step_ctx *ctx)
{
	TRY(step_forget(ctx, "bucket_origin"));
	return step_forget(ctx, "bucket");
}

/* A bucket of that name that another account, region or run has is none of undo's business. */
static struct rb_error *is_ours_by_tag(struct step_ctx *ctx, const char *bucket, bool *ret)
{
	CLEANUP(aws_tags_clear) struct aws_tags tags = { 0 };
	autofree char *region = NULL;
	struct rb_error *err;

	*ret = false;
	if (step_is_fresh(ctx))
		return NULL;
	err = s3_head_bucket(step_aws(ctx), bucket, step_account(ctx), &region);
	if (rb_error_is(err, RB_GONE) || rb_error_is(err, RB_DENIED))
		return rb_error_free(err);
	TRY(err);
	if (region && !text_eq(region, aws_client_region(step_aws(ctx))))
		return NULL;
	TRY(bucket_tags(ctx, bucket, &tags));
	*ret = step_owns(ctx, &tags);
	return NULL;
}

/* Our policy lets it go; one that somebody wrote may not, and goes first then. */
static struct rb_error *delete_bucket(struct step_ctx *ctx, const char *bucket)
{
	struct rb_error *err = s3_delete_bucket(step_aws(ctx), bucket, step_account(ctx));

	if (!rb_error_is(err, RB_DENIED))
		return err;
	(void)rb_error_free(err);
	TRY(resource_unless_gone(
		s3_delete_bucket_policy(step_aws(ctx), bucket, step_account(ctx))));
	return s3_delete_bucket(step_aws(ctx), bucket, step_account(ctx));
}

enum { TAGS_SEEN_S = 60 };

/* What was tagged a moment ago may be answered without its tags for a while; else somebody changed
 * them, and undo takes only what carries both. */
static struct rb_error *wait_for_tags(struct step_ctx *ctx, const struct bucket_plan *plan,
				      const char *bucket)
{
	CLEANUP(aws_tags_clear) struct aws_tags tags = { 0 };

	TRY(bucket_tags(ctx, bucket, &tags));
	if (!aws_tags_get(&tags, "runbook:run") &&
	    step_done_lately(ctx, plan->own_step, "PutBucketTagging", TAGS_SEEN_S)) {
		step_waiting(ctx, bucket, N_("no tags"), N_("they may not be listed yet"),
			     /* usual_s= */ 10);
		return NULL;
	}
	return resource_is_not_ours(ctx, N_("bucket"), bucket, &tags);
}

struct rb_error *bucket_undo(struct step_ctx *ctx, const struct bucket_plan *plan)
{
	const char *bucket = step_output(ctx, "bucket");
	struct aws_client *c = step_aws(ctx);
	const char *owner = step_account(ctx);
	CLEANUP(bucket_answers_clear) struct bucket_answers a = { .whose = BUCKET_NOBODYS };
	const struct step_branch reads[] = {
		{ read_whose, &a }, { read_objects, &a }, { read_uploads, &a }, { 0 }
	};
	struct rb_error *err;
	bool ours = false;

	if (!bucket) {
		/* The name is recorded before the bucket is asked for; but a journal may have lost
		 * its end, and then the tags alone decide. */
		bucket = step_param(ctx, "destination.bucket");
		TRY(is_ours_by_tag(ctx, bucket, &ours));
		if (!ours)
			return NULL;
		TRY(resource_adopt(ctx, "bucket", bucket));
	}
	a.bucket = bucket;
	TRY(step_together(ctx, reads));
	if (a.whose == BUCKET_NOBODYS) {
		if (!step_may_be_unseen(ctx))
			return forget_bucket(ctx);
		step_waiting(ctx, bucket, N_("not listed"),
			     N_("the answer to its creation was lost; it may still show up"),
			     /* usual_s= */ 20);
		return NULL;
	}
	if (a.whose == BUCKET_MISTAGGED)
		return wait_for_tags(ctx, plan, bucket);
	TRY(take(&a.objects_err));
	TRY(check_foreign(ctx, plan, bucket, &a.objects));
	TRY(take(&a.uploads_err));
	if (a.objects.n || a.uploads.n) {
		/* a policy that somebody wrote may forbid it; one that is in nobody's way goes with
		 * the bucket */
		TRY(resource_unless_gone(s3_delete_bucket_policy(c, bucket, owner)));
		TRY(empty_bucket(ctx, &a));
	}
	err = delete_bucket(ctx, bucket);
	if (rb_error_is_aws(err, "BucketNotEmpty")) {
		/* written to meanwhile, or the listing lags: the next pass lists again */
		step_waiting(ctx, bucket, N_("not empty"), err->why, /* usual_s= */ 10);
		return rb_error_free(err);
	}
	TRY(resource_unless_gone(err));
	return forget_bucket(ctx);
}
