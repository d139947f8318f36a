/* SPDX-License-Identifier: Apache-2.0 */
/* Who may use a bucket: its policy, its public access block. */
#include "aws/s3_bucket_int.h"

struct rb_error *s3_get_bucket_policy(struct aws_client *c, const char *bucket, const char *owner,
				      char **ret_json)
{
	const struct s3_call call = {
		.action = "GetBucketPolicy",
		.method = "GET",
		.bucket = bucket,
		.owner = owner,
		.flags = AWS_READS,
	};
	auto_http_response res = HTTP_RESPONSE_INIT;

	TRY(rb_error_what(s3_bucket_call(c, &call, "policy", &res),
			  "cannot read the policy of bucket '%s'", bucket));
	*ret_json = buf_steal(&res.body);
	return NULL;
}

struct rb_error *s3_put_bucket_policy(struct aws_client *c, const char *bucket, const char *owner,
				      const char *json)
{
	return rb_error_what(s3_bucket_put(c, "PutBucketPolicy", "policy", bucket, owner, json,
					   "application/json"),
			     "cannot write the policy of bucket '%s'", bucket);
}

struct rb_error *s3_delete_bucket_policy(struct aws_client *c, const char *bucket,
					 const char *owner)
{
	return rb_error_what(s3_bucket_delete(c, "DeleteBucketPolicy", "policy", bucket, owner),
			     "cannot delete the policy of bucket '%s'", bucket);
}

struct rb_error *s3_get_bucket_policy_status(struct aws_client *c, const char *bucket,
					     const char *owner, bool *ret_public)
{
	auto_xml_reply reply = XML_REPLY_INIT;

	TRY(rb_error_what(
		s3_bucket_read(c, "GetBucketPolicyStatus", "policyStatus", bucket, owner, &reply),
		"cannot ask whether the policy of bucket '%s' is public", bucket));
	*ret_public = xml_bool(reply.root, "IsPublic");
	return NULL;
}

struct rb_error *s3_get_public_access_block(struct aws_client *c, const char *bucket,
					    const char *owner, struct s3_public_access_block *ret)
{
	auto_xml_reply reply = XML_REPLY_INIT;
	struct rb_error *err;

	err = s3_bucket_read(c, "GetPublicAccessBlock", "publicAccessBlock", bucket, owner, &reply);
	if (rb_error_is_aws(err, "NoSuchPublicAccessBlockConfiguration"))
		err = rb_error_free(err);
	if (err)
		return rb_error_what(err, "cannot read the public access block of bucket '%s'",
				     bucket);
	*ret = (struct s3_public_access_block){
		.block_public_acls = xml_bool(reply.root, "BlockPublicAcls"),
		.ignore_public_acls = xml_bool(reply.root, "IgnorePublicAcls"),
		.block_public_policy = xml_bool(reply.root, "BlockPublicPolicy"),
		.restrict_public_buckets = xml_bool(reply.root, "RestrictPublicBuckets"),
	};
	return NULL;
}

static const char *yes_no(bool b)
{
	return b ? "true" : "false";
}

struct rb_error *s3_put_public_access_block(struct aws_client *c, const char *bucket,
					    const char *owner,
					    const struct s3_public_access_block *b)
{
	auto_buf body = BUF_INIT;

	(void)buf_addf(&body,
		       "<PublicAccessBlockConfiguration xmlns=\"" S3_XMLNS "\">"
		       "<BlockPublicAcls>%s</BlockPublicAcls>"
		       "<IgnorePublicAcls>%s</IgnorePublicAcls>"
		       "<BlockPublicPolicy>%s</BlockPublicPolicy>"
		       "<RestrictPublicBuckets>%s</RestrictPublicBuckets>"
		       "</PublicAccessBlockConfiguration>",
		       yes_no(b->block_public_acls), yes_no(b->ignore_public_acls),
		       yes_no(b->block_public_policy), yes_no(b->restrict_public_buckets));
	return rb_error_what(s3_bucket_put(c, "PutPublicAccessBlock", "publicAccessBlock", bucket,
					   owner, body.p, "application/xml"),
			     "cannot write the public access block of bucket '%s'", bucket);
}
