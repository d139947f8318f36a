/* SPDX-License-Identifier: Apache-2.0 */
/* S3: the parts of a multipart upload, and the uploads of a bucket, are listed. */
#include <string.h>

#include "base/strv.h"
#include "sandbox/core/sort.h"
#include "sandbox/s3/s3.h"

#define MAX_LISTED 1000

static void add_part(struct ss3_call *c, const json_t *part)
{
	autofree char *etag = xasprintf("\"%s\"", ss3_str(part, "etag"));

	(void)buf_adds(&c->rep->body, "<Part>");
	ss3_add_int(c, "PartNumber", ss3_int(part, "number"));
	ss3_add_time(c, "LastModified", ss3_int(part, "modified_ms"));
	ss3_add(c, "ETag", etag);
	ss3_add_int(c, "Size", ss3_int(part, "size"));
	if (ss3_str(part, "sum"))
		ss3_add(c, sum_element(sum_by_name(ss3_str(part, "sum_kind"))),
			ss3_str(part, "sum"));
	(void)buf_adds(&c->rep->body, "</Part>");
}

static int by_number(const void *a, const void *b)
{
	int64_t x = ss3_int(*(json_t *const *)a, "number"),
		y = ss3_int(*(json_t *const *)b, "number");

	return (x > y) - (x < y);
}

void ss3_list_parts(struct ss3_call *c)
{
	json_t *upload, *part, *parts;
	int64_t max, after, last = 0;
	size_t n, listed, first = 0;
	const char *number;

	if (!ss3_query_int(c, "max-parts", MAX_LISTED, MAX_LISTED, &max) ||
	    !ss3_query_int(c, "part-number-marker", 0, INT32_MAX, &after))
		return;
	upload = ss3_find_upload(c);
	if (!upload)
		return;
	parts = json_array();
	json_object_foreach(json_object_get(upload, "parts"), number, part)
		(void)json_array_append(parts, part);
	parts = sbx_sorted(parts, by_number);
	n = json_array_size(parts);
	while (first < n && ss3_int(json_array_get(parts, first), "number") <= after)
		first++;
	listed = n - first < (size_t)max ? n - first : (size_t)max;
	if (listed)
		last = ss3_int(json_array_get(parts, first + listed - 1), "number");
	ss3_xml_begin(c, "ListPartsResult");
	ss3_add(c, "Bucket", c->bucket);
	ss3_add(c, "Key", c->key);
	ss3_add(c, "UploadId", ss3_str(upload, "id"));
	ss3_add_owner(c, "Initiator");
	ss3_add_owner(c, "Owner");
	ss3_add(c, "StorageClass",
		ss3_str(upload, "class") ? ss3_str(upload, "class") : "STANDARD");
	if (ss3_str(upload, "sum_kind")) {
		ss3_add(c, "ChecksumAlgorithm", ss3_str(upload, "sum_kind"));
		ss3_add(c, "ChecksumType", ss3_str(upload, "sum_type"));
	}
	ss3_add_int(c, "PartNumberMarker", after);
	ss3_add_int(c, "NextPartNumberMarker", last);
	ss3_add_int(c, "MaxParts", max);
	ss3_add_bool(c, "IsTruncated", first + listed < n);
	for (size_t i = first; i < first + listed; i++)
		add_part(c, json_array_get(parts, i));
	ss3_xml_end(c, "ListPartsResult");
	json_decref(parts);
	json_decref(upload);
}

static int by_key_and_age(const void *a, const void *b)
{
	const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
	int order = strcmp(ss3_str(x, "key"), ss3_str(y, "key"));

	if (order == 0)
		order = (ss3_int(x, "started_ms") > ss3_int(y, "started_ms")) -
			(ss3_int(x, "started_ms") < ss3_int(y, "started_ms"));
	return order ? order : strcmp(ss3_str(x, "id"), ss3_str(y, "id"));
}

static void add_upload(struct ss3_call *c, const json_t *upload)
{
	(void)buf_adds(&c->rep->body, "<Upload>");
	ss3_add_key(c, "Key", ss3_str(upload, "key"));
	ss3_add(c, "UploadId", ss3_str(upload, "id"));
	ss3_add_owner(c, "Initiator");
	ss3_add_owner(c, "Owner");
	ss3_add(c, "StorageClass",
		ss3_str(upload, "class") ? ss3_str(upload, "class") : "STANDARD");
	ss3_add_time(c, "Initiated", ss3_int(upload, "started_ms"));
	if (ss3_str(upload, "sum_kind")) {
		ss3_add(c, "ChecksumAlgorithm", ss3_str(upload, "sum_kind"));
		ss3_add(c, "ChecksumType", ss3_str(upload, "sum_type"));
	}
	(void)buf_adds(&c->rep->body, "</Upload>");
}

/* Is the upload past the page before, of which `marker` was the last key and `id` its upload? */
static bool is_past(const json_t *upload, const char *marker, const char *id, bool *passed)
{
	int order = *passed ? 1 : strcmp(ss3_str(upload, "key"), marker);

	if (order > 0)
		return true;
	/* Within the marker's key the uploads after that one are left, when one was named. */
	if (order == 0 && id && text_eq(id, ss3_str(upload, "id")))
		*passed = true;
	return false;
}

void ss3_list_uploads(struct ss3_call *c)
{
	const char *prefix = ss3_query(c, "prefix"), *marker = ss3_query(c, "key-marker");
	const char *id_marker = ss3_query(c, "upload-id-marker"),
		   *delimiter = ss3_query(c, "delimiter");
	const json_t *last = NULL;
	auto_strv folded = { 0 };
	auto_buf uploads = BUF_INIT;
	json_t *all, *upload;
	size_t i, listed = 0;
	int64_t max;
	bool passed = !marker || !*marker, more = false;

	if (!ss3_query_int(c, "max-uploads", MAX_LISTED, MAX_LISTED, &max))
		return;
	all = sbx_sorted(store_list(c->st, SS3_UPLOAD, c->bucket), by_key_and_age);
	json_array_foreach(all, i, upload) {
		const char *key = ss3_str(upload, "key"), *at;

		if (prefix && !text_starts_with(key, prefix))
			continue;
		if (!is_past(upload, marker, id_marker, &passed))
			continue;
		at = delimiter && *delimiter
			     ? strstr(key + (prefix ? strlen(prefix) : 0), delimiter)
			     : NULL;
		if (at) {
			autofree char *common =
				xstrndup(key, (size_t)(at - key) + strlen(delimiter));

			strv_add_once(&folded, common);
			continue;
		}
		more = listed >= (size_t)max;
		if (more)
			break;
		add_upload(c, upload);
		last = upload;
		listed++;
	}
	uploads = c->rep->body;
	c->rep->body = (struct buf)BUF_INIT;
	ss3_xml_begin(c, "ListMultipartUploadsResult");
	ss3_add(c, "Bucket", c->bucket);
	ss3_add_key(c, "KeyMarker", marker ? marker : "");
	ss3_add(c, "UploadIdMarker", id_marker ? id_marker : "");
	ss3_add_key(c, "NextKeyMarker", last ? ss3_str(last, "key") : "");
	ss3_add(c, "NextUploadIdMarker", last ? ss3_str(last, "id") : "");
	if (delimiter)
		ss3_add_key(c, "Delimiter", delimiter);
	if (prefix)
		ss3_add_key(c, "Prefix", prefix);
	ss3_add_int(c, "MaxUploads", max);
	ss3_add_bool(c, "IsTruncated", more);
	(void)buf_add(&c->rep->body, uploads.p, uploads.n);
	for (i = 0; i < folded.n; i++) {
		(void)buf_adds(&c->rep->body, "<CommonPrefixes>");
		ss3_add_key(c, "Prefix", folded.v[i]);
		(void)buf_adds(&c->rep->body, "</CommonPrefixes>");
	}
	ss3_xml_end(c, "ListMultipartUploadsResult");
	json_decref(all);
}
