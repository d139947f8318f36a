/* SPDX-License-Identifier: Apache-2.0 */
/*
 * S3 from the inside.
 *
 * Kind "bucket", region "" (names are global), id its name:
 *   name region created_ms
 *   tags         array of {Key, Value}; absent: never set
 *   block        {BlockPublicAcls, ...} of booleans; absent: deleted
 *   encryption   {algorithm, kms_key, bucket_key}
 *   ownership    "BucketOwnerEnforced"; absent: deleted
 *   versioning   "Enabled" | "Suspended"; absent: never set
 *   policy       its text as sent; absent: none
 * Kind "bucket-gone", region "", id a name that is not free again yet: deleted_ms.
 *
 * Kind "object", region the bucket's *name* (a bucket's objects are one list), id the key:
 *   key
 *   versions     newest first: {id, marker, modified_ms, etag, size, type, headers, meta,
 *                sum {kind, value, type}, parts, blobs [{name, size}], tagging}
 *
 * Kind "upload", region the bucket's name, id the upload id:
 *   id key started_ms initiator headers meta type sum_kind sum_type tagging
 *   parts        object: part number to {etag, size, modified_ms, blob, sum}
 *
 * Bodies are blobs of the store.  One request carries at most 64 MiB; an object
 * put together from parts at most SS3_MAX_OBJECT.
 */
#ifndef SANDBOX_SBX_S3_H
#define SANDBOX_SBX_S3_H

#include <stdbool.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "sandbox/core/sbx.h"
#include "sandbox/core/sum.h"
#include "sandbox/core/xml.h"

#define SS3_BUCKET "bucket"
#define SS3_GONE "bucket-gone"
#define SS3_OBJECT "object"
#define SS3_UPLOAD "upload"
#define SS3_MAX_OBJECT (1024LL * 1024 * 1024)
#define SS3_XMLNS "http://s3.amazonaws.com/doc/2006-03-01/"
/* The account's canonical user. */
#define SS3_OWNER "6d1f5e0c2b9a48d7e3c1f0a95b7d8264e1a3c5079f2b4d6880aa1c3e5f709b2d"

struct ss3_call;
typedef void ss3_fn(struct ss3_call *c);

enum {
	SS3_NO_BUCKET = 1,	/* acts on the account */
	SS3_MAKES_BUCKET = 2,	/* there need not be one yet */
	SS3_NEEDS_SUM = 4,	/* Content-MD5 or a checksum must come with it */
	SS3_WRITES = 8,		/* changes the world */
	SS3_SETS_BUCKET = 16,	/* changes the bucket's own settings */
	SS3_SUM_OF_OBJECT = 32, /* checksums in the headers are the object's, not the body's */
	SS3_SETS = SS3_WRITES | SS3_SETS_BUCKET,
};

struct ss3_op {
	const char *name;   /* "PutBucketPolicy" */
	const char *action; /* "s3:PutBucketPolicy"; NULL: decided by the operation itself */
	ss3_fn *run;
	unsigned flags;
};
/* One table a file, closed by a row without name. */
extern const struct ss3_op ss3_bucket_ops[], ss3_config_ops[], ss3_policy_ops[], ss3_block_ops[],
	ss3_put_ops[], ss3_get_ops[], ss3_delete_ops[], ss3_list_ops[], ss3_upload_ops[],
	ss3_absent_ops[];

/* One call, its body taken apart and its checksum verified. */
struct ss3_call {
	struct sbx *sbx;
	struct store *st;
	const struct sbx_request *req;
	struct sbx_reply *rep;
	const struct ss3_op *op;
	const char *bucket, *key;
	json_t *doc;	    /* the bucket: truth for those that change it, else as seen */
	struct buf payload; /* the body without its framing */
	enum sum sum;	    /* of the payload, as the client gave it; SUM_NONE: it gave none */
	char *sum_value;    /* base64 */
	bool read_only;	    /* HEAD: the answer has no body */
	json_t *new_tags;   /* that CreateBucket's body gives the bucket: its context has them */
};

/* An operation; in bucket_create.c. */
void ss3_create_bucket(struct ss3_call *c);
/* Answers a delete of the bucket's setting of that name; one that was never set is no error. */
void ss3_delete_setting(struct ss3_call *c, const char *name);

/* ---- asking ------------------------------------------------------------- */

/* By name in lower case. */
const char *ss3_header(const struct ss3_call *c, const char *name);
const char *ss3_query(const struct ss3_call *c, const char *name);
/* An integer of the query in [0, most], `otherwise` when it is not there; false after an answer. */
NODISCARD bool ss3_query_int(struct ss3_call *c, const char *name, int64_t otherwise, int64_t most,
			     int64_t *ret);
/* The payload as XML with this root; NULL after MalformedXML. */
xmlDoc *ss3_xml(struct ss3_call *c, const char *root);

/* ---- answering ---------------------------------------------------------- */

void ss3_fail(struct ss3_call *c, int status, const char *code, const char *fmt, ...)
	PRINTF_LIKE(4, 5);
/* Put one more element into the error's body. */
void ss3_fail_more(struct ss3_call *c, const char *element, const char *text);
void ss3_deny(struct ss3_call *c);
void ss3_no_key(struct ss3_call *c);
void ss3_malformed_xml(struct ss3_call *c);
void ss3_invalid_argument(struct ss3_call *c, const char *name, const char *value, const char *why);
static inline bool ss3_failed(const struct ss3_call *c)
{
	return c->rep->code != NULL;
}

/* <?xml ...?><root xmlns=...> ... </root> */
void ss3_xml_begin(struct ss3_call *c, const char *root);
void ss3_xml_end(struct ss3_call *c, const char *root);
void ss3_add(struct ss3_call *c, const char *element, const char *text);
void ss3_add_int(struct ss3_call *c, const char *element, int64_t value);
void ss3_add_bool(struct ss3_call *c, const char *element, bool value);
void ss3_add_time(struct ss3_call *c, const char *element, int64_t utc_ms);
/* <Owner>, or <Initiator> */
void ss3_add_owner(struct ss3_call *c, const char *element);

/* ---- the world ---------------------------------------------------------- */

const char *ss3_str(const json_t *doc, const char *member); /* NULL when it is none */
int64_t ss3_int(const json_t *doc, const char *member);
/* Store the bucket's settings; readers lag. */
void ss3_put_bucket(struct ss3_call *c);
json_t *ss3_load_object(struct ss3_call *c, const char *key);
/* Store, or forget when no version is left. */
void ss3_store_object(struct ss3_call *c, const char *key, const json_t *object);
/* A bucket's objects by key, in UTF-8 order.  New reference. */
json_t *ss3_objects(struct ss3_call *c);
/* Store bytes under a new name.  Caller frees. */
NODISCARD char *ss3_put_bytes(struct ss3_call *c, const void *p, size_t n);
void ss3_drop_blobs(struct ss3_call *c, const json_t *blobs);
/* "null", or a new version's id, as the bucket's versioning has it.  Caller frees. */
NODISCARD char *ss3_new_version_id(struct ss3_call *c);

/* Names that, here, other accounts have. */
bool ss3_is_anothers(const char *name);
/* The tags in an element that holds <Tag>s; NULL after an answer.  New reference. */
json_t *ss3_read_tags(struct ss3_call *c, const xmlNode *set);

/* ---- versions (s3/version.c) ---------------------------------------- */

/* The version with this id, and where it is; NULL when there is none.  Borrowed. */
json_t *ss3_find_version(const json_t *object, const char *id, size_t *ret_index);
/* Takes a version out of its object, with its bytes. */
void ss3_drop_version(struct ss3_call *c, json_t *object, const char *id);
/* Make `version` the newest of its key, or the only one.  `version` is taken. */
void ss3_add_version(struct ss3_call *c, const char *key, json_t *version);

/* ---- writing (s3/put.c) --------------------------------------------- */

/* What PutObject and CreateMultipartUpload keep of a request: {type, headers, meta, tagging};
 * NULL after an answer.  New reference. */
json_t *ss3_object_settings(struct ss3_call *c);
/* If-Match and If-None-Match of a write; false after an answer. */
NODISCARD bool ss3_write_condition(struct ss3_call *c, const char *key);
/* x-amz-checksum-... and its type, for an answer. */
void ss3_sum_headers(struct ss3_call *c, const json_t *sum);
/* {kind, value, type}; computed with CRC64NVME when the client gave none.  New reference. */
json_t *ss3_payload_sum(struct ss3_call *c);
/* The answer 412, with the condition that does not hold. */
void ss3_precondition_failed(struct ss3_call *c, const char *condition);
/* x-amz-version-id, when the bucket has or had versioning. */
void ss3_version_header(struct ss3_call *c, const json_t *version);

/* ---- listing (s3/list_page.c) --------------------------------------- */

/* Text, percent-encoded when the request has encoding-type=url. */
void ss3_add_key(struct ss3_call *c, const char *element, const char *text);

/* ---- access (s3/access.c) ------------------------------------------- */

/* May the caller do `action` on the bucket's object `key` (NULL: on the bucket itself)? */
bool ss3_may(struct ss3_call *c, const char *action, const char *key);
/* The bucket's policy, parsed; NULL when it has none.  New reference. */
json_t *ss3_policy(const json_t *bucket);
bool ss3_blocks(const struct ss3_call *c, const char *what);

/* ---- names (s3/name.c) ---------------------------------------------- */

/* Rules for bucket names; NULL when the name follows them, else what it breaks. */
const char *ss3_name_fault(const char *name);
/* Where the request was sent to: the host's region, or the scope's on a bare loopback address. */
void ss3_endpoint_region(const struct sbx_request *req, char out[32]);

/* ---- the body (s3/payload.c) ---- */

/* Fills `payload` and its checksum; false after an answer. */
bool ss3_read_payload(struct ss3_call *c);

/* ---- multipart uploads (s3/upload.c) ---- */

#define SS3_MAX_PARTS 10000

/* The upload that the query names; NULL after NoSuchUpload.  New reference. */
json_t *ss3_find_upload(struct ss3_call *c);
/* Takes the upload out of the world; its parts' bytes stay. */
void ss3_delete_upload(struct ss3_call *c, const json_t *upload);
/* Blobs of parts that the client did not list go. */
void ss3_drop_parts(struct ss3_call *c, const json_t *upload, const json_t *parts);
/* The operations of the other files, for the table in upload.c. */
void ss3_complete_upload(struct ss3_call *c);
void ss3_list_parts(struct ss3_call *c);
void ss3_list_uploads(struct ss3_call *c);

#endif
