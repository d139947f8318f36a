/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 2-4  The bucket, which takes objects through 2-3's endpoint alone.
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
#include <string.h>

#include "aws/s3.h"
#include "aws/s3_name.h"
#include "base/alloc.h"
#include "base/strv.h"
#include "base/text.h"
#include "runbook/contract/step.h"
#include "steps/common/resource.h"
#include "steps/common/policy.h"
#include "steps/common/sides.h"
#include "steps/common/upload.h"
#include "steps/peering/by_hand.h"

enum { FOREIGN_SHOWN_MAX = 5 };

static const struct s3_public_access_block all_blocked = {
	.block_public_acls = true,
	.ignore_public_acls = true,
	.block_public_policy = true,
	.restrict_public_buckets = true,
};

/* ---- whose bucket it is -------------------------------------------------------- */

enum whose {
	NOBODYS,
	OURS,
	UNFINISHED, /* ours, by the journal alone: not tagged yet */
	MISTAGGED,  /* ours, by the journal; somebody took a tag off, or changed the step's */
};

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

static struct rb_error *get_tags(struct step_ctx *ctx, const char *bucket, struct aws_tags *ret)
{
	return resource_unless_gone(
		s3_get_bucket_tagging(step_aws(ctx), bucket, step_account(ctx), ret));
}

/* An error when the bucket is there and not this run's. */
static struct rb_error *whose_bucket(struct step_ctx *ctx, const char *bucket, enum whose *ret)
{
	const char *region = aws_client_region(step_aws(ctx));
	CLEANUP(aws_tags_clear) struct aws_tags tags = { 0 };
	autofree char *found_region = NULL;
	bool unfinished = false;
	struct rb_error *err;
	const char *run;

	err = s3_head_bucket(step_aws(ctx), bucket, step_account(ctx), &found_region);
	if (rb_error_is(err, RB_GONE)) {
		*ret = NOBODYS;
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
	TRY(get_tags(ctx, bucket, &tags));
	if (step_owns(ctx, &tags)) {
		*ret = OURS;
		return NULL;
	}
	if (!tags.n)
		TRY(is_unfinished(ctx, bucket, &unfinished));
	*ret = unfinished ? UNFINISHED : MISTAGGED;
	run = aws_tags_get(&tags, "runbook:run");
	if (unfinished ||
	    (step_output(ctx, "bucket_origin") && (!run || text_eq(run, step_run_id(ctx)))))
		return NULL;
	return resource_is_not_ours(ctx, N_("bucket"), bucket, &tags);
}

/* Where one of ours is missing.  The whole set is replaced by the call, so what others put there is
 * written again. */
static struct rb_error *restore_bucket_tags(struct step_ctx *ctx, const char *bucket)
{
	const struct aws_tags *ours = step_tags(ctx, "bucket");
	CLEANUP(aws_tags_clear) struct aws_tags now = { 0 }, all = { 0 };

	TRY(get_tags(ctx, bucket, &now));
	if (resource_has_tags(&now, ours))
		return NULL;
	aws_tags_copy(&all, ours);
	for (size_t i = 0; i < now.n; i++)
		if (!aws_tags_get(ours, now.v[i].key))
			aws_tags_add(&all, now.v[i].key, now.v[i].value);
	return s3_put_bucket_tagging(step_aws(ctx), bucket, step_account(ctx), &all);
}

/* ---- do ---------------------------------------------------------------------- */

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

	TRY(step_record(ctx, "bucket", bucket));
	/* global is S3's default, and what older endpoints know; tags in the
	 * creating call are what an organisation may demand, and take one permission more */
	err = s3_create_bucket(step_aws(ctx), bucket,
			       text_eq(space, NAMESPACE_GLOBAL) ? NULL : space,
			       step_has_given_tags(ctx) ? step_tags(ctx, "bucket") : NULL);
	if (rb_error_is_aws(err, "BucketAlreadyOwnedByYou")) {
		/* a call before this one made it: its answer was lost */
		enum whose whose = NOBODYS;

		(void)rb_error_free(err);
		return whose_bucket(ctx, bucket, &whose);
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

static struct rb_error *wanted_policy(struct step_ctx *ctx, const char *bucket, char **ret)
{
	const char *endpoint_id;

	TRY(step_need_output(ctx, "2-3", "vpc_endpoint_id", &endpoint_id));
	*ret = policy_for_bucket(step_partition(ctx), bucket, endpoint_id);
	return NULL;
}

static struct rb_error *put_policy(struct step_ctx *ctx, const char *bucket, bool fresh)
{
	autofree char *wanted = NULL, *now = NULL;
	const char *locked;

	TRY(wanted_policy(ctx, bucket, &wanted));
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

static struct rb_error *do_bucket(struct step_ctx *ctx)
{
	const char *bucket = step_param(ctx, "destination.bucket");
	enum whose whose = NOBODYS;
	bool fresh;

	TRY(whose_bucket(ctx, bucket, &whose));
	fresh = whose == NOBODYS || whose == UNFINISHED;
	if (whose == NOBODYS)
		TRY(create_bucket(ctx, bucket));
	if (fresh) {
		TRY(tag_new_bucket(ctx, bucket));
		TRY(step_record(ctx, "bucket_origin", "created"));
	} else {
		TRY(resource_adopt(ctx, "bucket", bucket));
		TRY(restore_bucket_tags(ctx, bucket));
		/* tagged as this run's, perhaps in the call that made it: so this run made it */
		if (whose == OURS && !step_output(ctx, "bucket_origin"))
			TRY(step_record(ctx, "bucket_origin", "created"));
	}
	TRY(block_public_access(ctx, bucket, fresh));
	TRY(encrypt(ctx, bucket, fresh));
	return put_policy(ctx, bucket, fresh);
}

/* ---- verify -------------------------------------------------------------------- */

static struct rb_error *verify_policy(struct step_ctx *ctx, void *arg)
{
	autofree char *wanted = NULL, *now = NULL, *line = NULL;
	const char *bucket = arg;

	TRY(wanted_policy(ctx, bucket, &wanted));
	TRY(resource_unless_gone(
		s3_get_bucket_policy(step_aws(ctx), bucket, step_account(ctx), &now)));
	line = now ? policy_line(now) : NULL;
	step_expect_that(ctx, now && policy_same(now, wanted), "bucket.policy", wanted, line);
	return NULL;
}

static struct rb_error *verify_tags(struct step_ctx *ctx, void *arg)
{
	CLEANUP(aws_tags_clear) struct aws_tags tags = { 0 };

	TRY(get_tags(ctx, arg, &tags));
	resource_expect_tags(ctx, "bucket", "bucket", &tags);
	return NULL;
}

static struct rb_error *verify_public_access(struct step_ctx *ctx, void *arg)
{
	struct s3_public_access_block b = { 0 };

	TRY(s3_get_public_access_block(step_aws(ctx), arg, step_account(ctx), &b));
	step_expect_bool(ctx, "bucket.block_public_acls", true, b.block_public_acls);
	step_expect_bool(ctx, "bucket.ignore_public_acls", true, b.ignore_public_acls);
	step_expect_bool(ctx, "bucket.block_public_policy", true, b.block_public_policy);
	step_expect_bool(ctx, "bucket.restrict_public_buckets", true, b.restrict_public_buckets);
	return NULL;
}

static struct rb_error *verify_encryption(struct step_ctx *ctx, void *arg)
{
	autofree char *algorithm = NULL;

	TRY(resource_unless_gone(
		s3_get_bucket_encryption(step_aws(ctx), arg, step_account(ctx), &algorithm)));
	/* without a setting of its own a bucket has S3's default, which is the same */
	step_expect(ctx, "bucket.encryption", "AES256", algorithm ? algorithm : "AES256");
	return NULL;
}

static struct rb_error *verify_versioning(struct step_ctx *ctx, void *arg)
{
	autofree char *status = NULL;

	TRY(s3_get_bucket_versioning(step_aws(ctx), arg, step_account(ctx), &status));
	step_expect(ctx, "bucket.versioning", "off", status && *status ? status : "off");
	return NULL;
}

static struct rb_error *verify_bucket(struct step_ctx *ctx)
{
	const char *bucket = step_output(ctx, "bucket"), *owner = step_account(ctx);
	void *arg = (void *)(uintptr_t)bucket; /* read by the branches */
	const struct step_branch settings[] = {
		{ verify_tags, arg },	    { verify_public_access, arg },
		{ verify_encryption, arg }, { verify_versioning, arg },
		{ verify_policy, arg },	    { 0 }
	};
	autofree char *region = NULL;
	struct rb_error *err;

	if (!bucket) {
		step_missing(ctx, "no bucket is recorded");
		return NULL;
	}
	err = s3_head_bucket(step_aws(ctx), bucket, owner, &region);
	if (rb_error_is(err, RB_GONE)) {
		step_missing_output(ctx, "bucket", "bucket '%s' is gone", bucket);
		return rb_error_free(err);
	}
	TRY(err);
	/* S3 answers for this account's bucket only, since the call names the account */
	step_expect(ctx, "bucket.owner", owner, owner);
	step_expect(ctx, "bucket.region", aws_client_region(step_aws(ctx)), region);
	return step_together(ctx, settings);
}

/* ---- undo ---------------------------------------------------------------------- */

/* 4-2 tries "KEY.from-outside" to show that it is refused; under a broken policy it is not. */
static bool is_proof(struct step_ctx *ctx, const char *key)
{
	const char *upload = step_param(ctx, "upload.key");

	return text_starts_with(key, upload) &&
	       (!key[strlen(upload)] || text_eq(key + strlen(upload), UPLOAD_OUTSIDE_SUFFIX));
}

/* What 4-2 put there is this run's; anything else is somebody's, and stays unless an option says
 * otherwise. */
static struct rb_error *check_foreign(struct step_ctx *ctx, const char *bucket,
				      const struct s3_objects *objects)
{
	const char *ours = step_output_of(ctx, "4-2", "object_key");
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

static struct rb_error *empty_bucket(struct step_ctx *ctx, const char *bucket,
				     const struct s3_objects *objects)
{
	auto_s3_uploads uploads = { 0 };

	for (size_t i = 0; i < objects->n; i++)
		TRY(s3_delete_object(step_aws(ctx), bucket, step_account(ctx), objects->v[i].key,
				     objects->v[i].version_id));
	TRY(s3_list_multipart_uploads(step_aws(ctx), bucket, step_account(ctx), &uploads));
	for (size_t i = 0; i < uploads.n; i++)
		TRY(resource_unless_gone(
			s3_abort_multipart_upload(step_aws(ctx), bucket, step_account(ctx),
						  uploads.v[i].key, uploads.v[i].upload_id)));
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
	TRY(get_tags(ctx, bucket, &tags));
	*ret = step_owns(ctx, &tags);
	return NULL;
}

enum { TAGS_SEEN_S = 60 };

/* What was tagged a moment ago may be answered without its tags for a while; else somebody changed
 * them, and undo takes only what carries both. */
static struct rb_error *wait_for_tags(struct step_ctx *ctx, const char *bucket)
{
	CLEANUP(aws_tags_clear) struct aws_tags tags = { 0 };

	TRY(get_tags(ctx, bucket, &tags));
	if (!aws_tags_get(&tags, "runbook:run") &&
	    step_done_lately(ctx, "2-4", "PutBucketTagging", TAGS_SEEN_S)) {
		step_waiting(ctx, bucket, N_("no tags"), N_("they may not be listed yet"),
			     /* usual_s= */ 10);
		return NULL;
	}
	return resource_is_not_ours(ctx, N_("bucket"), bucket, &tags);
}

static struct rb_error *undo_bucket(struct step_ctx *ctx)
{
	const char *bucket = step_output(ctx, "bucket");
	struct aws_client *c = step_aws(ctx);
	const char *owner = step_account(ctx);
	auto_s3_objects objects = { 0 };
	struct rb_error *err;
	enum whose whose = NOBODYS;
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
	TRY(whose_bucket(ctx, bucket, &whose));
	if (whose == NOBODYS) {
		if (!step_may_be_unseen(ctx))
			return forget_bucket(ctx);
		step_waiting(ctx, bucket, N_("not listed"),
			     N_("the answer to its creation was lost; it may still show up"),
			     /* usual_s= */ 20);
		return NULL;
	}
	if (whose == MISTAGGED)
		return wait_for_tags(ctx, bucket);
	TRY(s3_list_object_versions(c, bucket, owner, NULL, &objects));
	TRY(check_foreign(ctx, bucket, &objects));
	TRY(resource_unless_gone(s3_delete_bucket_policy(c, bucket, owner)));
	TRY(empty_bucket(ctx, bucket, &objects));
	err = s3_delete_bucket(c, bucket, owner);
	if (rb_error_is_aws(err, "BucketNotEmpty")) {
		/* written to meanwhile, or the listing lags: the next pass lists again */
		step_waiting(ctx, bucket, N_("not empty"), err->why, /* usual_s= */ 10);
		return rb_error_free(err);
	}
	TRY(resource_unless_gone(err));
	return forget_bucket(ctx);
}

const struct step step_2_4_bucket = {
	.id = "2-4",
	.title = N_("Create the bucket and its policy"),
	.why = N_("The bucket that receives the file. Its policy denies every upload that "
		  "does not come through the endpoint of 2-3, and allows those that do."),
	.side = SIDE_DESTINATION,
	.needs = (const struct step_need[]){ { "2-3", WHEN_MADE, "vpc_endpoint_id" }, { 0 } },
	.params = (const char *const[]){ "destination.bucket", "destination.bucket_namespace",
					 "upload.key", "tags.", NULL },
	.gives = (const char *const[]){ "bucket", "bucket_origin", NULL },
	.calls = (const char *const[]){ "s3 HeadBucket", "s3 CreateBucket", "s3 PutBucketTagging",
					"s3 PutPublicAccessBlock", "s3 PutBucketPolicy", NULL },
	.usual_s = 2,
	.by_hand = &by_hand_2_4,
	.do_ = do_bucket,
	.verify = verify_bucket,
	.undo = undo_bucket,
};
