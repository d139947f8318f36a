/* SPDX-License-Identifier: Apache-2.0 */
/* The uploaded object found again, though nothing can be tagged about it. */
#include "steps/common/upload_proof_int.h"

#include <string.h>

#include "aws/s3.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "steps/common/policy.h"
#include "steps/common/resource.h"
#include "steps/common/sides.h"

/* What was tried from outside is no upload of the instance's. */
static bool is_from_outside(const char *key)
{
	size_t n = strlen(key), suffix_n = strlen(UPLOAD_OUTSIDE_SUFFIX);

	return n >= suffix_n && strcmp(key + n - suffix_n, UPLOAD_OUTSIDE_SUFFIX) == 0;
}

static struct rb_error *is_guarded(struct step_ctx *ctx, const struct upload_plan *plan,
				   const char *bucket, bool *ret)
{
	const char *endpoint = step_output_of(ctx, plan->endpoint_step, "vpc_endpoint_id");
	autofree char *wanted = NULL, *now = NULL;

	*ret = false;
	if (!endpoint)
		return NULL;
	wanted = policy_for_bucket(step_partition(ctx), bucket, endpoint);
	TRY(resource_unless_gone(
		s3_get_bucket_policy(step_aws_destination(ctx), bucket, step_account(ctx), &now)));
	*ret = now && policy_same(now, wanted);
	return NULL;
}

/* The key of the upload; NULL: there is none, or which it is cannot be told. */
static struct rb_error *find_key(struct step_ctx *ctx, const struct upload_plan *plan,
				 const char *bucket, char **ret)
{
	const char *wanted = step_param(ctx, "upload.key"), *only = NULL;
	auto_s3_objects found = { 0 };
	bool guarded = false;
	size_t n = 0;

	*ret = NULL;
	TRY(s3_list_object_versions(step_aws_destination(ctx), bucket, step_account(ctx), NULL,
				    &found));
	for (size_t i = 0; i < found.n; i++) {
		const struct s3_object *o = &found.v[i];

		if (!o->is_latest || o->delete_marker || is_from_outside(o->key))
			continue;
		only = o->key;
		n++;
		if (strcmp(o->key, wanted) == 0) {
			*ret = xstrdup(wanted);
			return NULL;
		}
	}
	if (n == 1)
		TRY(is_guarded(ctx, plan, bucket, &guarded));
	if (n == 1 && guarded) {
		*ret = xstrdup(only);
	} else if (n) {
		autofree char *shown = text_printable(only, strlen(only), 80);

		step_left_alone(ctx, "bucket '%s' holds '%s', which may not be this run's", bucket,
				shown);
	}
	return NULL;
}

static struct rb_error *recover_sums(struct step_ctx *ctx, const struct upload *u,
				     const struct s3_head *head)
{
	char sha256[UPLOAD_SHA256_HEX + 1], at[CLOCK_ISO_SIZE] = "";
	auto_buf content = BUF_INIT;
	int64_t at_s;

	if (head->size_bytes > UPLOAD_BYTES_MAX)
		return NULL; /* no upload of the step's */
	if (head->last_modified && clock_parse_http_date(head->last_modified, &at_s))
		clock_iso8601(at_s, at);
	TRY(s3_get_object(step_aws_destination(ctx), u->bucket, step_account(ctx), u->key,
			  UPLOAD_BYTES_MAX, &content));
	text_sha256_hex(content.p, content.n, sha256);
	TRY(step_recovered_at(ctx, "object_checksum", sha256, KNOWN_BY_SHAPE, at));
	if (!head->etag || strlen(head->etag) != UPLOAD_MD5_HEX)
		return NULL;
	TRY(step_recovered_at(ctx, "object_md5", head->etag, KNOWN_BY_SHAPE, at));
	step_stands(ctx, KNOWN_BY_SHAPE);
	return NULL;
}

struct rb_error *upload_recover(struct step_ctx *ctx, const struct upload_plan *plan)
{
	struct upload u = { .bucket = step_output_of(ctx, plan->bucket_step, "bucket") };
	autofree char *key = NULL, *size = NULL;
	auto_s3_head head = { 0 };

	if (!u.bucket)
		return NULL;
	TRY(find_key(ctx, plan, u.bucket, &key));
	if (!key)
		return NULL;
	u.key = key;
	if (!step_recovered_param(ctx, "upload.key", key, KNOWN_BY_SHAPE))
		return NULL; /* no upload of the step's has such a name */
	TRY(s3_head_object(step_aws_destination(ctx), u.bucket, step_account(ctx), key, &head));
	size = xasprintf("%lld", (long long)head.size_bytes);
	TRY(step_recovered(ctx, "object_key", key, KNOWN_BY_SHAPE));
	step_recovered_param(ctx, "upload.bytes", size, KNOWN_BY_SHAPE);
	return recover_sums(ctx, &u, &head);
}
