/* SPDX-License-Identifier: Apache-2.0 */
/* Buckets: making and removing them, and what is set on them. */
#include "aws/s3.h"

#include <string.h>

#include "aws/core/call.h"
#include "base/alloc.h"
#include "base/text.h"

#define S3_XMLNS "http://s3.amazonaws.com/doc/2006-03-01/"

/* `query` of one sub-resource: "?policy". */
static struct aws_params sub_resource(const char *name)
{
	struct aws_params p = AWS_PARAMS_INIT;

	params_add(&p, name, "");
	return p;
}

/* A call on a bucket's sub-resource; `name` NULL: on the bucket itself. */
static struct rb_error *bucket_call(struct aws_client *c, const struct s3_call *call,
				    const char *name, struct http_response *ret)
{
	auto_aws_params q = AWS_PARAMS_INIT;
	auto_http_response own = HTTP_RESPONSE_INIT;
	struct s3_call with_query = *call;

	if (name) {
		q = sub_resource(name);
		with_query.query = &q;
	}
	return aws_s3_call(c, &with_query, ret ? ret : &own);
}

static struct rb_error *bucket_read_as(struct aws_client *c, const char *action, const char *name,
				       const char *bucket, const char *owner, unsigned flags,
				       struct xml_reply *ret)
{
	auto_aws_params q = sub_resource(name);
	const struct s3_call call = {
		.action = action,
		.method = "GET",
		.bucket = bucket,
		.owner = owner,
		.query = &q,
		.flags = flags,
	};

	return aws_s3_call_xml(c, &call, ret);
}

static struct rb_error *bucket_read(struct aws_client *c, const char *action, const char *name,
				    const char *bucket, const char *owner, struct xml_reply *ret)
{
	return bucket_read_as(c, action, name, bucket, owner, AWS_READS, ret);
}

static struct rb_error *bucket_put(struct aws_client *c, const char *action, const char *name,
				   const char *bucket, const char *owner, const char *body,
				   const char *content_type)
{
	const struct s3_call call = {
		.action = action,
		.method = "PUT",
		.bucket = bucket,
		.owner = owner,
		.body = body,
		.body_n = strlen(body),
		.content_type = content_type,
		.checksum = true, /* refused without */
		.flags = AWS_CHANGES | AWS_AGAIN,
	};

	return bucket_call(c, &call, name, NULL);
}

/* One text of the sub-resource `name`; "" when it is not there. */
static struct rb_error *bucket_text(struct aws_client *c, const char *action, const char *name,
				    const char *bucket, const char *owner, const char *path,
				    char **ret)
{
	auto_xml_reply reply = XML_REPLY_INIT;

	TRY(bucket_read(c, action, name, bucket, owner, &reply));
	*ret = xml_text(reply.root, path);
	if (!*ret)
		*ret = xstrdup("");
	return NULL;
}

/* Removes what is set as the sub-resource `name`; NULL: the bucket itself. */
static struct rb_error *bucket_delete(struct aws_client *c, const char *action, const char *name,
				      const char *bucket, const char *owner)
{
	const struct s3_call call = {
		.action = action,
		.method = "DELETE",
		.bucket = bucket,
		.owner = owner,
		.flags = AWS_CHANGES | AWS_AGAIN,
	};

	return bucket_call(c, &call, name, NULL);
}

static void add_escaped(struct buf *out, const char *s)
{
	static const struct {
		char c;
		const char *escaped;
	} rows[] = {
		{ '&', "&amp;" },  { '<', "&lt;" },   { '>', "&gt;" },
		{ '"', "&quot;" }, { '\r', "&#13;" },
	};
	size_t i;

	for (; *s; s++) {
		for (i = 0; i < ARRAY_LEN(rows) && rows[i].c != *s; i++)
			;
		if (i < ARRAY_LEN(rows))
			(void)buf_adds(out, rows[i].escaped);
		else
			(void)buf_addc(out, *s);
	}
}

static void add_tags(struct buf *out, const char *element, const struct aws_tags *tags)
{
	(void)buf_addf(out, "<%s>", element);
	for (size_t i = 0; i < tags->n; i++) {
		(void)buf_adds(out, "<Tag><Key>");
		add_escaped(out, tags->v[i].key);
		(void)buf_adds(out, "</Key><Value>");
		add_escaped(out, tags->v[i].value);
		(void)buf_adds(out, "</Value></Tag>");
	}
	(void)buf_addf(out, "</%s>", element);
}

/* ---- the bucket itself -------------------------------------------------- */

struct rb_error *s3_head_bucket(struct aws_client *c, const char *bucket, const char *owner,
				char **ret_region)
{
	const struct s3_call call = {
		.action = "HeadBucket",
		.method = "HEAD",
		.bucket = bucket,
		.owner = owner,
		.flags = AWS_READS,
	};
	auto_http_response res = HTTP_RESPONSE_INIT;
	struct rb_error *err;
	const char *region;

	err = rb_error_what(aws_s3_call(c, &call, &res), "cannot read bucket '%s'", bucket);
	if (err && err->http_status == 400 && !err->aws_code) /* an answer to HEAD has no body */
		err = rb_error_hint(err, "the answer gives no reason; mostly the credentials have "
					 "expired, or the bucket is in another region: check both");
	TRY(err);
	region = http_headers_get(&res.headers, "x-amz-bucket-region");
	if (ret_region)
		*ret_region = xstrdup(region && *region ? region : aws_client_region(c));
	return NULL;
}

struct rb_error *s3_create_bucket(struct aws_client *c, const char *bucket,
				  const char *bucket_namespace, const struct aws_tags *tags)
{
	CLEANUP(http_headers_clear) struct http_headers headers = { 0 };
	const char *region = aws_client_region(c);
	bool located = strcmp(region, "us-east-1") != 0;
	auto_buf body = BUF_INIT;
	struct s3_call call = {
		.action = "CreateBucket",
		.method = "PUT",
		.bucket = bucket,
		.flags = AWS_CHANGES,
	};

	/* the constraint is refused where it would say us-east-1, and demanded anywhere else */
	if (located || tags) {
		(void)buf_adds(&body, "<CreateBucketConfiguration xmlns=\"" S3_XMLNS "\">");
		if (located)
			(void)buf_addf(&body, "<LocationConstraint>%s</LocationConstraint>",
				       region);
		if (tags)
			add_tags(&body, "Tags", tags);
		(void)buf_adds(&body, "</CreateBucketConfiguration>");
		call.body = body.p;
		call.body_n = body.n;
		call.content_type = "application/xml";
	}
	if (bucket_namespace) {
		http_headers_set(&headers, "x-amz-bucket-namespace", bucket_namespace);
		call.headers = &headers;
	}
	TRY(rb_error_what(bucket_call(c, &call, NULL, NULL), "cannot create bucket '%s'", bucket));
	aws_session_note_id(aws_client_session(c), bucket, /* age_s= */ 0);
	return NULL;
}

struct rb_error *s3_delete_bucket(struct aws_client *c, const char *bucket, const char *owner)
{
	struct rb_error *err = bucket_delete(c, "DeleteBucket", NULL, bucket, owner);

	if (!err || rb_error_is(err, RB_GONE))
		aws_session_forget_id(aws_client_session(c), bucket);
	return rb_error_what(err, "cannot delete bucket '%s'", bucket);
}

/* ---- tags --------------------------------------------------------------- */

static struct rb_error *get_tagging(struct aws_client *c, const char *bucket, const char *owner,
				    unsigned flags, struct aws_tags *ret)
{
	auto_xml_reply reply = XML_REPLY_INIT;

	TRY(rb_error_what(
		bucket_read_as(c, "GetBucketTagging", "tagging", bucket, owner, flags, &reply),
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
	add_tags(&body, "TagSet", tags);
	(void)buf_adds(&body, "</Tagging>");
	return rb_error_what(bucket_put(c, "PutBucketTagging", "tagging", bucket, owner, body.p,
					"application/xml"),
			     "cannot tag bucket '%s'", bucket);
}

/* ---- policy ------------------------------------------------------------- */

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

	TRY(rb_error_what(bucket_call(c, &call, "policy", &res),
			  "cannot read the policy of bucket '%s'", bucket));
	*ret_json = buf_steal(&res.body);
	return NULL;
}

struct rb_error *s3_put_bucket_policy(struct aws_client *c, const char *bucket, const char *owner,
				      const char *json)
{
	return rb_error_what(
		bucket_put(c, "PutBucketPolicy", "policy", bucket, owner, json, "application/json"),
		"cannot write the policy of bucket '%s'", bucket);
}

struct rb_error *s3_delete_bucket_policy(struct aws_client *c, const char *bucket,
					 const char *owner)
{
	return rb_error_what(bucket_delete(c, "DeleteBucketPolicy", "policy", bucket, owner),
			     "cannot delete the policy of bucket '%s'", bucket);
}

struct rb_error *s3_get_bucket_policy_status(struct aws_client *c, const char *bucket,
					     const char *owner, bool *ret_public)
{
	auto_xml_reply reply = XML_REPLY_INIT;

	TRY(rb_error_what(
		bucket_read(c, "GetBucketPolicyStatus", "policyStatus", bucket, owner, &reply),
		"cannot ask whether the policy of bucket '%s' is public", bucket));
	*ret_public = xml_bool(reply.root, "IsPublic");
	return NULL;
}

/* ---- public access, encryption, versioning ------------------------------ */

struct rb_error *s3_get_public_access_block(struct aws_client *c, const char *bucket,
					    const char *owner, struct s3_public_access_block *ret)
{
	auto_xml_reply reply = XML_REPLY_INIT;
	struct rb_error *err;

	err = bucket_read(c, "GetPublicAccessBlock", "publicAccessBlock", bucket, owner, &reply);
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
	return rb_error_what(bucket_put(c, "PutPublicAccessBlock", "publicAccessBlock", bucket,
					owner, body.p, "application/xml"),
			     "cannot write the public access block of bucket '%s'", bucket);
}

struct rb_error *s3_get_bucket_encryption(struct aws_client *c, const char *bucket,
					  const char *owner, char **ret_algorithm)
{
	return rb_error_what(bucket_text(c, "GetBucketEncryption", "encryption", bucket, owner,
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
		bucket_read(c, "GetBucketEncryption", "encryption", bucket, owner, &reply),
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

	return rb_error_what(bucket_put(c, "PutBucketEncryption", "encryption", bucket, owner, body,
					"application/xml"),
			     "cannot write the encryption of bucket '%s'", bucket);
}

struct rb_error *s3_get_bucket_versioning(struct aws_client *c, const char *bucket,
					  const char *owner, char **ret_status)
{
	return rb_error_what(bucket_text(c, "GetBucketVersioning", "versioning", bucket, owner,
					 "Status", ret_status),
			     "cannot read the versioning of bucket '%s'", bucket);
}

struct rb_error *s3_put_bucket_versioning(struct aws_client *c, const char *bucket,
					  const char *owner)
{
	static const char body[] = "<VersioningConfiguration xmlns=\"" S3_XMLNS
				   "\"><Status>Enabled</Status></VersioningConfiguration>";

	return rb_error_what(bucket_put(c, "PutBucketVersioning", "versioning", bucket, owner, body,
					"application/xml"),
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

	return rb_error_what(bucket_put(c, "PutBucketLifecycleConfiguration", "lifecycle", bucket,
					owner, body, "application/xml"),
			     "cannot write the lifecycle rules of bucket '%s'", bucket);
}

struct rb_error *s3_get_old_version_rule(struct aws_client *c, const char *bucket,
					 const char *owner, bool *ret_there)
{
	auto_xml_reply reply = XML_REPLY_INIT;
	struct rb_error *err = bucket_read(c, "GetBucketLifecycleConfiguration", "lifecycle",
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
