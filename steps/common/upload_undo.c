/* SPDX-License-Identifier: Apache-2.0 */
/* The uploaded object goes, in all of its versions, with what was tried from outside. */
#include "steps/common/upload_proof.h"

#include <string.h>

#include "aws/s3.h"
#include "base/alloc.h"
#include "steps/common/sides.h"
#include "steps/common/upload.h"

static bool is_ours(const struct s3_object *o, const char *key, const char *outside)
{
	return strcmp(o->key, key) == 0 || strcmp(o->key, outside) == 0;
}

/* *ret_left: one is there that came meanwhile.  Where the bucket is next, its own look tells. */
static struct rb_error *delete_objects(struct step_ctx *ctx, const struct upload_plan *plan,
				       const char *bucket, const char *key, bool *ret_left)
{
	struct aws_client *s3 = step_aws_destination(ctx);
	autofree char *outside = xasprintf("%s" UPLOAD_OUTSIDE_SUFFIX, key);
	auto_s3_objects found = { 0 };

	TRY(s3_list_object_versions(s3, bucket, step_account(ctx), key, &found));
	for (size_t i = 0; i < found.n; i++)
		if (is_ours(&found.v[i], key, outside))
			TRY(s3_delete_object(s3, bucket, step_account(ctx), found.v[i].key,
					     found.v[i].version_id));
	if (step_undo_follows(ctx, plan->bucket_step))
		return NULL;
	s3_objects_clear(&found);
	/* Ask again: the delete's answer proves nothing. */
	TRY(s3_list_object_versions(s3, bucket, step_account(ctx), key, &found));
	for (size_t i = 0; i < found.n; i++)
		if (is_ours(&found.v[i], key, outside))
			*ret_left = true;
	if (*ret_left)
		step_waiting(ctx, key, N_("still listed"), NULL, /* usual_s= */ 2);
	return NULL;
}

struct rb_error *upload_undo(struct step_ctx *ctx, const struct upload_plan *plan)
{
	const char *key = step_output(ctx, "object_key");
	const char *bucket = step_output_of(ctx, plan->bucket_step, "bucket");
	static const char *const outputs[] = { "object_key", "object_checksum", "object_md5" };
	bool left = false;

	if (key && bucket) {
		struct rb_error *err = delete_objects(ctx, plan, bucket, key, &left);

		if (err && !rb_error_is(err, RB_GONE)) /* no bucket, no object */
			return err;
		(void)rb_error_free(err);
	}
	if (left)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(outputs); i++)
		TRY(step_forget(ctx, outputs[i]));
	return NULL;
}
