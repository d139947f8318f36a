/* SPDX-License-Identifier: Apache-2.0 */
/* What is set on a bucket: tags, encryption, versioning, the lifecycle rule. */
#include "aws/s3_bucket_int.h"

#include "base/alloc.h"

static struct rb_error *get_tagging(struct aws_client *c, const char *bucket, const char *owner,
				    unsigned flags, struct aws_tags *ret)
{
	auto_xml_reply reply = XML_REPLY_INIT;

	TRY(rb_error_what(
		s3_bucket_read_as(c, "GetBucketTagging", "tagging", bucket, owner, flags, &reply),
		"cannot read the tags of bucket '%s'", bucket));
	*ret = (struct aws_tags){ 0 };
	xml_tags(reply.root, "TagSet/Tag", ret);
	return NULL;
}

struct rb_error *s3_get_bucket_tagging(struct aws_client *c, const char *bucket, const char *owner,
				       struct aws_tags *ret)
{
	return get_tagging(c, bucket, owner, AWS_READS, ret);
}

struct rb_error *s3_get_bucket_tagging_here(struct aws_client *c, const char *bucket,
					    const char *owner, struct aws_tags *ret)
{
	return get_tagging(c, bucket, owner, AWS_READS | AWS_HERE, ret);
}

struct rb_error *s3_put_bucket_tagging(struct aws_client *c, const char *bucket, const char *owner,
				       const struct aws_tags *tags)
{
	auto_buf body = BUF_INIT;

	(void)buf_adds(&body, "<Tagging xmlns=\"" S3_XMLNS "\">");
	s3_add_tags(&body, "TagSet", tags);
	(void)buf_adds(&body, "</Tagging>");
	return rb_error_what(s3_bucket_put(c, "PutBucketTagging", "tagging", bucket, owner, body.p,
					   "application/xml"),
			     "cannot tag bucket '%s'", bucket);
}

struct rb_error *s3_get_bucket_encryption(struct aws_client *c, const char *bucket,
					  const char *owner, char **ret_algorithm)
{
	return rb_error_what(s3_bucket_text(c, "GetBucketEncryption", "encryption", bucket, owner,
					    "Rule/ApplyServerSideEncryptionByDefault/SSEAlgorithm",
					    ret_algorithm),
			     "cannot read the encryption of bucket '%s'", bucket);
}

struct rb_error *s3_get_bucket_key(struct aws_client *c, const char *bucket, const char *owner,
				   char **ret_algorithm, char **ret_key)
{
	static const char rule[] = "Rule/ApplyServerSideEncryptionByDefault";
	auto_xml_reply reply = XML_REPLY_INIT;
	const struct xml_node *by_default;

	TRY(rb_error_what(
		s3_bucket_read(c, "GetBucketEncryption", "encryption", bucket, owner, &reply),
		"cannot read the encryption of bucket '%s'", bucket));
	by_default = xml_first(reply.root, rule);
	*ret_algorithm = by_default ? xml_text(by_default, "SSEAlgorithm") : NULL;
	*ret_key = by_default ? xml_text(by_default, "KMSMasterKeyID") : NULL;
	return NULL;
}

struct rb_error *s3_put_bucket_encryption(struct aws_client *c, const char *bucket,
					  const char *owner)
{
	static const char body[] =
		"<ServerSideEncryptionConfiguration xmlns=\"" S3_XMLNS "\"><Rule>"
		"<ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>"
		"</ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>";

	return rb_error_what(s3_bucket_put(c, "PutBucketEncryption", "encryption", bucket, owner,
					   body, "application/xml"),
			     "cannot write the encryption of bucket '%s'", bucket);
}

struct rb_error *s3_get_bucket_versioning(struct aws_client *c, const char *bucket,
					  const char *owner, char **ret_status)
{
	return rb_error_what(s3_bucket_text(c, "GetBucketVersioning", "versioning", bucket, owner,
					    "Status", ret_status),
			     "cannot read the versioning of bucket '%s'", bucket);
}

struct rb_error *s3_put_bucket_versioning(struct aws_client *c, const char *bucket,
					  const char *owner)
{
	static const char body[] = "<VersioningConfiguration xmlns=\"" S3_XMLNS
				   "\"><Status>Enabled</Status></VersioningConfiguration>";

	return rb_error_what(s3_bucket_put(c, "PutBucketVersioning", "versioning", bucket, owner,
					   body, "application/xml"),
			     "cannot write the versioning of bucket '%s'", bucket);
}

struct rb_error *s3_put_old_version_rule(struct aws_client *c, const char *bucket,
					 const char *owner, int days)
{
	autofree char *body = xasprintf(
		"<LifecycleConfiguration xmlns=\"" S3_XMLNS
		"\"><Rule><ID>old-versions</ID><Filter><Prefix></Prefix></Filter><Status>Enabled"
		"</Status><NoncurrentVersionExpiration><NoncurrentDays>%d</NoncurrentDays>"
		"</NoncurrentVersionExpiration></Rule></LifecycleConfiguration>",
		days);

	return rb_error_what(s3_bucket_put(c, "PutBucketLifecycleConfiguration", "lifecycle",
					   bucket, owner, body, "application/xml"),
			     "cannot write the lifecycle rules of bucket '%s'", bucket);
}

struct rb_error *s3_get_old_version_rule(struct aws_client *c, const char *bucket,
					 const char *owner, bool *ret_there)
{
	auto_xml_reply reply = XML_REPLY_INIT;
	struct rb_error *err = s3_bucket_read(c, "GetBucketLifecycleConfiguration", "lifecycle",
					      bucket, owner, &reply);

	*ret_there = false;
	if (rb_error_is_aws(err, "NoSuchLifecycleConfiguration"))
		return rb_error_free(err);
	TRY(rb_error_what(err, "cannot read the lifecycle rules of bucket '%s'", bucket));
	xml_each(rule, reply.root, "Rule")
		*ret_there |= xml_is(rule, "Status", "Enabled") &&
			      xml_int(rule, "NoncurrentVersionExpiration/NoncurrentDays", 0) > 0;
	return NULL;
}
