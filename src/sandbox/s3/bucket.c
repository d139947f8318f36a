/* SPDX-License-Identifier: Apache-2.0 */
/* S3: buckets come, go and are listed. */
#include <string.h>

#include "sandbox/core/sort.h"
#include "sandbox/s3/s3.h"

#define MAX_BUCKETS 10000

/* ---- what all of S3 uses ------------------------------------------------ */

const char *ss3_str(const json_t *doc, const char *member)
{
	return json_string_value(json_object_get(doc, member));
}

int64_t ss3_int(const json_t *doc, const char *member)
{
	return json_integer_value(json_object_get(doc, member));
}

void ss3_put_bucket(struct ss3_call *c)
{
	store_put(c->st, SS3_BUCKET, "", c->bucket, c->doc, c->req->now_ms, sbx_lag_ms(c->sbx));
}

bool ss3_is_anothers(const char *name)
{
	static const char *const famous[] = { "test",	 "bucket", "my-bucket", "mybucket",
					      "example", "demo",   "data",	"backup",
					      "logs",	 "images", "assets",	"static" };

	if (text_starts_with(name, "taken-"))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(famous); i++) {
		if (text_eq(famous[i], name))
			return true;
	}
	return false;
}

/* ---- the others --------------------------------------------------------- */

static void head_bucket(struct ss3_call *c)
{
	const struct region_partition *partition = region_partition(ss3_str(c->doc, "region"));

	sbx_reply_header(c->rep, "x-amz-bucket-arn", "arn:%s:s3:::%s",
			 partition ? partition->id : "aws", c->bucket);
	sbx_reply_header(c->rep, "x-amz-access-point-alias", "false");
}

/* Uploads that were never finished go with their bucket. */
static void drop_uploads(struct ss3_call *c)
{
	json_t *uploads = store_list(c->st, SS3_UPLOAD, c->bucket);
	size_t i;
	json_t *upload, *part;
	const char *number;

	json_array_foreach(uploads, i, upload) {
		json_object_foreach(json_object_get(upload, "parts"), number, part)
			store_delete_blob(c->st, ss3_str(part, "blob"));
		store_delete(c->st, SS3_UPLOAD, c->bucket, ss3_str(upload, "id"));
	}
	json_decref(uploads);
}

static void delete_bucket(struct ss3_call *c)
{
	json_t *objects = store_list(c->st, SS3_OBJECT, c->bucket);
	size_t n = json_array_size(objects);
	json_t *gone;

	json_decref(objects);
	if (n) {
		ss3_fail(c, 409, "BucketNotEmpty", "The bucket you tried to delete is not empty%s",
			 ss3_str(c->doc, "versioning")
				 ? ". You must delete all versions in the bucket."
				 : "");
		return;
	}
	drop_uploads(c);
	gone = json_pack("{s:s, s:I}", "name", c->bucket, "deleted_ms", (json_int_t)c->req->now_ms);
	store_put(c->st, SS3_GONE, "", c->bucket, gone, c->req->now_ms, 0);
	json_decref(gone);
	store_delete_late(c->st, SS3_BUCKET, "", c->bucket, c->req->now_ms, sbx_lag_ms(c->sbx));
	c->rep->status = 204;
}

static void add_bucket(struct ss3_call *c, const json_t *bucket)
{
	(void)buf_adds(&c->rep->body, "<Bucket>");
	ss3_add(c, "Name", ss3_str(bucket, "name"));
	ss3_add_time(c, "CreationDate", ss3_int(bucket, "created_ms"));
	/* Told only in answers that can be asked for in pages. */
	if (ss3_query(c, "max-buckets") || ss3_query(c, "bucket-region") ||
	    ss3_query(c, "prefix") || ss3_query(c, "continuation-token"))
		ss3_add(c, "BucketRegion", ss3_str(bucket, "region"));
	(void)buf_adds(&c->rep->body, "</Bucket>");
}

static void list_buckets(struct ss3_call *c)
{
	const char *prefix = ss3_query(c, "prefix"), *region = ss3_query(c, "bucket-region");
	const char *token = ss3_query(c, "continuation-token");
	auto_buf after = BUF_INIT;
	json_t *all, *bucket;
	size_t i, listed = 0;
	const char *last = NULL;
	bool more = false;
	int64_t max;

	if (!ss3_query_int(c, "max-buckets", MAX_BUCKETS, MAX_BUCKETS, &max))
		return;
	if (token && !text_base64_decode(token, strlen(token), &after)) {
		ss3_invalid_argument(c, "continuation-token", token,
				     "The continuation token provided is incorrect");
		return;
	}
	all = sbx_sorted_by(store_list_visible(c->st, SS3_BUCKET, "", c->req->now_ms), "name");
	ss3_xml_begin(c, "ListAllMyBucketsResult");
	ss3_add_owner(c, "Owner");
	(void)buf_adds(&c->rep->body, "<Buckets>");
	json_array_foreach(all, i, bucket) {
		const char *name = ss3_str(bucket, "name");

		if ((prefix && !text_starts_with(name, prefix)) ||
		    (region && !text_eq(region, ss3_str(bucket, "region"))) ||
		    (token && strcmp(name, after.p) <= 0))
			continue;
		more = listed >= (size_t)max;
		if (more)
			break;
		add_bucket(c, bucket);
		last = name;
		listed++;
	}
	(void)buf_adds(&c->rep->body, "</Buckets>");
	if (more && last) {
		autofree char *next = text_base64(last, strlen(last));

		ss3_add(c, "ContinuationToken", next);
	}
	if (prefix)
		ss3_add(c, "Prefix", prefix);
	ss3_xml_end(c, "ListAllMyBucketsResult");
	json_decref(all);
}

const struct ss3_op ss3_bucket_ops[] = {
	{ "ListBuckets", "s3:ListAllMyBuckets", list_buckets, SS3_NO_BUCKET },
	{ "CreateBucket", NULL, ss3_create_bucket, SS3_MAKES_BUCKET | SS3_WRITES },
	{ "HeadBucket", "s3:ListBucket", head_bucket, 0 },
	{ "DeleteBucket", "s3:DeleteBucket", delete_bucket, SS3_WRITES | SS3_SETS_BUCKET },
	{ 0 },
};
