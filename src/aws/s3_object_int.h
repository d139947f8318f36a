/* SPDX-License-Identifier: Apache-2.0 */
/* What the calls on objects and their listings share. */
#ifndef AWS_S3_OBJECT_INT_H
#define AWS_S3_OBJECT_INT_H

/* An entity tag comes in double quotes: the same without.  Takes and answers a heap string. */
char *s3_unquoted_etag(char *etag);

#endif
