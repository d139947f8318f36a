/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Typed calls of S3 (REST-XML).  Conventions as in ec2.h.  `owner` is the account that must own
 * the bucket (x-amz-expected-bucket-owner); NULL: whoever does.  The client's region is the one
 * that the bucket is expected in; an answer that names another is re-signed once for reads.
 */
#ifndef AWS_S3_H
#define AWS_S3_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aws/core/client.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/strv.h"

struct s3_bucket {
	char *name;
	char *created; /* "2026-11-23T10:00:00.000Z" */
};
struct s3_buckets {
	struct s3_bucket *v;
	size_t n;
};
void s3_buckets_clear(struct s3_buckets *l);
#define auto_s3_buckets CLEANUP(s3_buckets_clear) struct s3_buckets
/* The account's general purpose buckets in the client's region, all pages. */
NODISCARD struct rb_error *s3_list_buckets(struct aws_client *c, struct s3_buckets *ret);
/* GONE: no such bucket.  DENIED: it is somebody else's, or the credentials may not see it.
 * *ret_region: where it is; filled even when that is not the client's region. */
NODISCARD struct rb_error *s3_head_bucket(struct aws_client *c, const char *bucket,
					  const char *owner, char **ret_region);
/* LocationConstraint as the client's region needs it.  EXISTS: taken, by us or others.
 * `bucket_namespace`: "account-regional", which a name ending in -an needs; NULL: not sent.
 * `tags` in the creating call; NULL: none. */
NODISCARD struct rb_error *s3_create_bucket(struct aws_client *c, const char *bucket,
					    const char *bucket_namespace,
					    const struct aws_tags *tags);
NODISCARD struct rb_error *s3_delete_bucket(struct aws_client *c, const char *bucket,
					    const char *owner);

/* GONE: it has none (NoSuchTagSet), or is not there (NoSuchBucket). */
NODISCARD struct rb_error *s3_get_bucket_tagging(struct aws_client *c, const char *bucket,
						 const char *owner, struct aws_tags *ret);
/* As s3_get_bucket_tagging, and the bucket is in the client's region: one of another region is an
 * error that names that (`region`), and is not read there. */
NODISCARD struct rb_error *s3_get_bucket_tagging_here(struct aws_client *c, const char *bucket,
						      const char *owner, struct aws_tags *ret);
/* Replaces the whole set. */
NODISCARD struct rb_error *s3_put_bucket_tagging(struct aws_client *c, const char *bucket,
						 const char *owner, const struct aws_tags *tags);

/* The JSON text; GONE (NoSuchBucketPolicy) when there is none. */
NODISCARD struct rb_error *s3_get_bucket_policy(struct aws_client *c, const char *bucket,
						const char *owner, char **ret_json);
NODISCARD struct rb_error *s3_put_bucket_policy(struct aws_client *c, const char *bucket,
						const char *owner, const char *json);
NODISCARD struct rb_error *s3_delete_bucket_policy(struct aws_client *c, const char *bucket,
						   const char *owner);
NODISCARD struct rb_error *s3_get_bucket_policy_status(struct aws_client *c, const char *bucket,
						       const char *owner, bool *ret_public);

struct s3_public_access_block {
	bool block_public_acls;
	bool ignore_public_acls;
	bool block_public_policy;
	bool restrict_public_buckets;
};
/* All false when there is none. */
NODISCARD struct rb_error *s3_get_public_access_block(struct aws_client *c, const char *bucket,
						      const char *owner,
						      struct s3_public_access_block *ret);
NODISCARD struct rb_error *s3_put_public_access_block(struct aws_client *c, const char *bucket,
						      const char *owner,
						      const struct s3_public_access_block *b);
/* "AES256", "aws:kms", ... of the first rule. */
NODISCARD struct rb_error *s3_get_bucket_encryption(struct aws_client *c, const char *bucket,
						    const char *owner, char **ret_algorithm);
/* The same with the KMS key that it names, an id, ARN or alias; NULL: none, S3's own. */
NODISCARD struct rb_error *s3_get_bucket_key(struct aws_client *c, const char *bucket,
					     const char *owner, char **ret_algorithm,
					     char **ret_key);
/* SSE-S3 ("AES256"), what new buckets have by themselves. */
NODISCARD struct rb_error *s3_put_bucket_encryption(struct aws_client *c, const char *bucket,
						    const char *owner);
/* "", "Enabled" or "Suspended". */
NODISCARD struct rb_error *s3_get_bucket_versioning(struct aws_client *c, const char *bucket,
						    const char *owner, char **ret_status);

/* "Enabled". */
NODISCARD struct rb_error *s3_put_bucket_versioning(struct aws_client *c, const char *bucket,
						    const char *owner);
/* The bucket's one lifecycle rule: old versions go after so many days.  Replaces all rules. */
NODISCARD struct rb_error *s3_put_old_version_rule(struct aws_client *c, const char *bucket,
						   const char *owner, int days);
/* Some rule that is enabled takes old versions away. */
NODISCARD struct rb_error *s3_get_old_version_rule(struct aws_client *c, const char *bucket,
						   const char *owner, bool *ret_there);

struct s3_object {
	char *key;
	char *version_id; /* "null" in an unversioned bucket */
	bool delete_marker;
	bool is_latest;
	int64_t size_bytes;
	char *etag; /* without quotes */
};
struct s3_objects {
	struct s3_object *v;
	size_t n;
};
void s3_objects_clear(struct s3_objects *l);
#define auto_s3_objects CLEANUP(s3_objects_clear) struct s3_objects
/* Every version and delete marker under `prefix` (NULL: all), all pages. */
NODISCARD struct rb_error *s3_list_object_versions(struct aws_client *c, const char *bucket,
						   const char *owner, const char *prefix,
						   struct s3_objects *ret);

struct s3_head {
	int64_t size_bytes;
	char *etag; /* without quotes */
	char *version_id;
	char *checksum_sha256; /* base64 as received; each NULL when not sent */
	char *checksum_crc32;
	char *checksum_crc32c;
	char *checksum_crc64nvme;
	char *checksum_type; /* FULL_OBJECT | COMPOSITE */
	char *encryption;    /* x-amz-server-side-encryption */
	char *last_modified;
};
void s3_head_clear(struct s3_head *h);
#define auto_s3_head CLEANUP(s3_head_clear) struct s3_head
NODISCARD struct rb_error *s3_head_object(struct aws_client *c, const char *bucket,
					  const char *owner, const char *key, struct s3_head *ret);
/* At most `max_bytes` of it, from the start. */
NODISCARD struct rb_error *s3_get_object(struct aws_client *c, const char *bucket,
					 const char *owner, const char *key, size_t max_bytes,
					 struct buf *ret);
/* *ret_version: NULL in an unversioned bucket.  By the public endpoint. */
NODISCARD struct rb_error *s3_put_object(struct aws_client *c, const char *bucket,
					 const char *owner, const char *key, const void *body,
					 size_t n, char **ret_version_id);
/* `version_id` NULL: the current one.  Well also when there is none. */
NODISCARD struct rb_error *s3_delete_object(struct aws_client *c, const char *bucket,
					    const char *owner, const char *key,
					    const char *version_id);

/*
 * Written on a condition: `if_match` (with its quotes, as it was received) is the entity tag of the
 * object that is replaced; NULL: there is none yet (If-None-Match: *).  Sent again with the same
 * bytes when no answer came, so EXISTS may be of this very call.
 *   fails  EXISTS  412: the condition does not hold
 *          GONE    with `if_match`: there is no such object; or no such bucket
 */
NODISCARD struct rb_error *s3_put_object_if(struct aws_client *c, const char *bucket,
					    const char *key, const char *if_match, const void *body,
					    size_t n, char **ret_etag);

struct s3_content {
	struct buf body;
	char *etag;		/* with its quotes */
	int64_t modified_utc_s; /* by S3's clock; 0: it does not say */
	int64_t now_utc_s;	/* S3's clock at its answer; 0: it does not say */
};
#define S3_CONTENT_INIT                                                                            \
	{                                                                                          \
		.body = BUF_INIT                                                                   \
	}
void s3_content_clear(struct s3_content *content);
#define auto_s3_content CLEANUP(s3_content_clear) struct s3_content
/* The whole object; PROTOCOL when it is larger than `max_bytes`, GONE when it is not there. */
NODISCARD struct rb_error *s3_get_content(struct aws_client *c, const char *bucket, const char *key,
					  size_t max_bytes, struct s3_content *ret);

/*
 * The keys under `prefix`, in the order of their bytes, all pages; those after `start_after` (NULL:
 * all).  With a `delimiter`, keys that go on behind the next one stand as their common prefix,
 * after the others of their page.
 */
NODISCARD struct rb_error *s3_list_keys(struct aws_client *c, const char *bucket,
					const char *prefix, const char *start_after,
					const char *delimiter, struct strv *ret);

struct s3_upload {
	char *key;
	char *upload_id;
};
struct s3_uploads {
	struct s3_upload *v;
	size_t n;
};
void s3_uploads_clear(struct s3_uploads *l);
#define auto_s3_uploads CLEANUP(s3_uploads_clear) struct s3_uploads
NODISCARD struct rb_error *s3_list_multipart_uploads(struct aws_client *c, const char *bucket,
						     const char *owner, struct s3_uploads *ret);
NODISCARD struct rb_error *s3_abort_multipart_upload(struct aws_client *c, const char *bucket,
						     const char *owner, const char *key,
						     const char *upload_id);

#endif
