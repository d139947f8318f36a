/* SPDX-License-Identifier: Apache-2.0 */
/* The forms that calls on a bucket have; for s3_bucket*.c alone. */
#ifndef AWS_S3_BUCKET_INT_H
#define AWS_S3_BUCKET_INT_H

#include "aws/core/call.h"
#include "aws/s3.h"

#define S3_XMLNS "http://s3.amazonaws.com/doc/2006-03-01/"

/* Below, `name` is a sub-resource ("policy"), and `owner` as in s3.h. */

/* `name` NULL: on the bucket itself.  `ret` NULL: the answer's body is not wanted. */
NODISCARD struct rb_error *s3_bucket_call(struct aws_client *c, const struct s3_call *call,
					  const char *name, struct http_response *ret);
NODISCARD struct rb_error *s3_bucket_read(struct aws_client *c, const char *action,
					  const char *name, const char *bucket, const char *owner,
					  struct xml_reply *ret);
/* The same with flags of its own (AWS_READS ...). */
NODISCARD struct rb_error *s3_bucket_read_as(struct aws_client *c, const char *action,
					     const char *name, const char *bucket,
					     const char *owner, unsigned flags,
					     struct xml_reply *ret);
/* The text at `path`; "" when it is not there.  Caller frees. */
NODISCARD struct rb_error *s3_bucket_text(struct aws_client *c, const char *action,
					  const char *name, const char *bucket, const char *owner,
					  const char *path, char **ret);
NODISCARD struct rb_error *s3_bucket_put(struct aws_client *c, const char *action, const char *name,
					 const char *bucket, const char *owner, const char *body,
					 const char *content_type);
/* Removes what is set as `name`; NULL: the bucket itself. */
NODISCARD struct rb_error *s3_bucket_delete(struct aws_client *c, const char *action,
					    const char *name, const char *bucket,
					    const char *owner);
/* Writes them as XML: a list of <Tag> in an <element>. */
void s3_add_tags(struct buf *out, const char *element, const struct aws_tags *tags);

#endif
