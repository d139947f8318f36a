/* SPDX-License-Identifier: Apache-2.0 */
/* The bucket and what is set on it, as Terraform's AWS provider reads them. */
#include <stdlib.h>

#include "aws/s3.h"
#include "base/alloc.h"
#include "base/text.h"
#include "steps/common/policy.h"
#include "steps/common/terraform.h"

static struct rb_error *read_bucket(struct aws_client *c, struct tf_look *look)
{
	autofree char *region = NULL;
	struct aws_tags tags = { 0 };
	struct rb_error *err = s3_head_bucket(c, look->id, look->account, &region);

	if (err)
		return tf_unless_gone(err);
	TRY(tf_unless_gone(s3_get_bucket_tagging(c, look->id, look->account, &tags)));
	look->found = json_object();
	tf_set(look->found, "bucket", look->id);
	tf_set_tags(look->found, &tags);
	aws_tags_clear(&tags);
	return NULL;
}

static struct rb_error *read_block(struct aws_client *c, struct tf_look *look)
{
	struct s3_public_access_block b = { 0 };
	struct rb_error *err = s3_get_public_access_block(c, look->id, look->account, &b);

	if (err)
		return tf_unless_gone(err);
	if (!b.block_public_acls && !b.ignore_public_acls && !b.block_public_policy &&
	    !b.restrict_public_buckets)
		return NULL; /* as of a bucket that has none */
	look->found =
		json_pack("{s:b, s:b, s:b, s:b}", "block_public_acls", (int)b.block_public_acls,
			  "ignore_public_acls", (int)b.ignore_public_acls, "block_public_policy",
			  (int)b.block_public_policy, "restrict_public_buckets",
			  (int)b.restrict_public_buckets);
	tf_set(look->found, "bucket", look->id);
	return NULL;
}

#define ALGORITHM "rule.apply_server_side_encryption_by_default.sse_algorithm"

static struct rb_error *read_encryption(struct aws_client *c, struct tf_look *look)
{
	autofree char *algorithm = NULL;
	struct rb_error *err = s3_get_bucket_encryption(c, look->id, look->account, &algorithm);

	if (err)
		return tf_unless_gone(err);
	if (!text_eq(algorithm, tf_wanted(look, ALGORITHM))) {
		look->left_out = N_("its objects are encrypted otherwise than the step left it");
		return NULL;
	}
	look->found = json_object();
	tf_set(look->found, "bucket", look->id);
	tf_set(look->found, ALGORITHM, algorithm);
	return NULL;
}

static struct rb_error *read_policy(struct aws_client *c, struct tf_look *look)
{
	autofree char *text = NULL;
	const json_t *wanted = json_object_get(look->wanted, "policy");
	autofree char *wanted_text = json_dumps(wanted, JSON_COMPACT | JSON_ENCODE_ANY);
	struct rb_error *err = s3_get_bucket_policy(c, look->id, look->account, &text);

	if (err)
		return tf_unless_gone(err);
	look->found = json_object();
	tf_set(look->found, "bucket", look->id);
	json_object_set_new(look->found, "policy",
			    policy_same(text, wanted_text) ? json_deep_copy(wanted)
							   : json_loads(text, 0, NULL));
	return NULL;
}

const struct tf_kind tf_bucket = { "aws_s3_bucket", "id", read_bucket };
const struct tf_kind tf_bucket_block = { "aws_s3_bucket_public_access_block", NULL, read_block };
const struct tf_kind tf_bucket_encryption = { "aws_s3_bucket_server_side_encryption_configuration",
					      NULL, read_encryption };
const struct tf_kind tf_bucket_policy = { "aws_s3_bucket_policy", NULL, read_policy };
