/* SPDX-License-Identifier: Apache-2.0 */
/* S3: the parts of a multipart upload, and the uploads of a bucket, are listed. */
#include <string.h>

#include "base/strv.h"
#include "sandbox/core/sort.h"
#include "sandbox/s3/s3.h"

#define MAX_LISTED 1000

static void add_part(struct s3_call *c, const json_t *part)
{
	autofree char *etag = xasprintf("\"%s\"", s3_str(part, "etag"));

	(void)buf_adds(&c->rep->body, "<Part>");
	s3_add_int(c, "PartNumber", s3_int(part, "number"));
	s3_add_time(c, "LastModified", s3_int(part, "modified_ms"));
	s3_add(c, "ETag", etag);
	s3_add_int(c, "Size", s3_int(part, "size"));
	if (s3_str(part, "sum"))
		s3_add(c, sbx_sum_element(sbx_sum_by_name(s3_str(part, "sum_kind"))),
		       s3_str(part, "sum"));
	(void)buf_adds(&c->rep->body, "</Part>");
}

static int by_number(const void *a, const void *b)
{
	int64_t x = s3_int(*(json_t *const *)a, "number"),
		y = s3_int(*(json_t *const *)b, "number");

	return (x > y) - (x < y);
}

void s3_list_parts(struct s3_call *c)
{
	json_t *upload, *part, *parts;
	int64_t max, after, last = 0;
	size_t n, listed, first = 0;
	const char *number;

	if (!s3_query_int(c, "max-parts", MAX_LISTED, MAX_LISTED, &max) ||
	    !s3_query_int(c, "part-number-marker", 0, INT32_MAX, &after))
		return;
	upload = s3_find_upload(c);
	if (!upload)
		return;
	parts = json_array();
	json_object_foreach(json_object_get(upload, "parts"), number, part)
		(void)json_array_append(parts, part);
	parts = sbx_sorted(parts, by_number);
	n = json_array_size(parts);
	while (first < n && s3_int(json_array_get(parts, first), "number") <= after)
		first++;
	listed = n - first < (size_t)max ? n - first : (size_t)max;
	if (listed)
		last = s3_int(json_array_get(parts, first + listed - 1), "number");
	s3_xml_begin(c, "ListPartsResult");
	s3_add(c, "Bucket", c->bucket);
	s3_add(c, "Key", c->key);
	s3_add(c, "UploadId", s3_str(upload, "id"));
	s3_add_owner(c, "Initiator");
	s3_add_owner(c, "Owner");
	s3_add(c, "StorageClass", s3_str(upload, "class") ? s3_str(upload, "class") : "STANDARD");
	if (s3_str(upload, "sum_kind")) {
		s3_add(c, "ChecksumAlgorithm", s3_str(upload, "sum_kind"));
		s3_add(c, "ChecksumType", s3_str(upload, "sum_type"));
	}
	s3_add_int(c, "PartNumberMarker", after);
	s3_add_int(c, "NextPartNumberMarker", last);
	s3_add_int(c, "MaxParts", max);
	s3_add_bool(c, "IsTruncated", first + listed < n);
	for (size_t i = first; i < first + listed; i++)
		add_part(c, json_array_get(parts, i));
	s3_xml_end(c, "ListPartsResult");
	json_decref(parts);
	json_decref(upload);
}

static int by_key_and_age(const void *a, const void *b)
{
	const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
	int order = strcmp(s3_str(x, "key"), s3_str(y, "key"));

	if (order == 0)
		order = (s3_int(x, "started_ms") > s3_int(y, "started_ms")) -
			(s3_int(x, "started_ms") < s3_int(y, "started_ms"));
	return order ? order : strcmp(s3_str(x, "id"), s3_str(y, "id"));
}

static void add_upload(struct s3_call *c, const json_t *upload)
{
	(void)buf_adds(&c->rep->body, "<Upload>");
	s3_add_key(c, "Key", s3_str(upload, "key"));
	s3_add(c, "UploadId", s3_str(upload, "id"));
	s3_add_owner(c, "Initiator");
	s3_add_owner(c, "Owner");
	s3_add(c, "StorageClass", s3_str(upload, "class") ? s3_str(upload, "class") : "STANDARD");
	s3_add_time(c, "Initiated", s3_int(upload, "started_ms"));
	if (s3_str(upload, "sum_kind")) {
		s3_add(c, "ChecksumAlgorithm", s3_str(upload, "sum_kind"));
		s3_add(c, "ChecksumType", s3_str(upload, "sum_type"));
	}
	(void)buf_adds(&c->rep->body, "</Upload>");
}

/* Is the upload past the page before, of which `marker` was the last key and `id` its upload? */
static bool is_past(const json_t *upload, const char *marker, const char *id, bool *passed)
{
	int order = *passed ? 1 : strcmp(s3_str(upload, "key"), marker);

	if (order > 0)
		return true;
	/* Within the marker's key the uploads after that one are left, when one was named. */
	if (order == 0 && id && text_eq(id, s3_str(upload, "id")))
		*passed = true;
	return false;
}

void s3_list_uploads(struct s3_call *c)
{
	const char *prefix = s3_query(c, "prefix"), *marker = s3_query(c, "key-marker");
	const char *id_marker = s3_query(c, "upload-id-marker"),
		   *delimiter = s3_query(c, "delimiter");
	const json_t *last = NULL;
	auto_strv folded = { 0 };
	auto_buf uploads = BUF_INIT;
	json_t *all, *upload;
	size_t i, listed = 0;
	int64_t max;
	bool passed = !marker || !*marker, more = false;

	if (!s3_query_int(c, "max-uploads", MAX_LISTED, MAX_LISTED, &max))
		return;
	all = sbx_sorted(store_list(c->st, S3_UPLOAD, c->bucket), by_key_and_age);
	json_array_foreach(all, i, upload) {
		const char *key = s3_str(upload, "key"), *at;

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

			if (!strv_has(&folded, common))
				strv_add(&folded, common);
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
	s3_xml_begin(c, "ListMultipartUploadsResult");
	s3_add(c, "Bucket", c->bucket);
	s3_add_key(c, "KeyMarker", marker ? marker : "");
	s3_add(c, "UploadIdMarker", id_marker ? id_marker : "");
	s3_add_key(c, "NextKeyMarker", last ? s3_str(last, "key") : "");
	s3_add(c, "NextUploadIdMarker", last ? s3_str(last, "id") : "");
	if (delimiter)
		s3_add_key(c, "Delimiter", delimiter);
	if (prefix)
		s3_add_key(c, "Prefix", prefix);
	s3_add_int(c, "MaxUploads", max);
	s3_add_bool(c, "IsTruncated", more);
	(void)buf_add(&c->rep->body, uploads.p, uploads.n);
	for (i = 0; i < folded.n; i++) {
		(void)buf_adds(&c->rep->body, "<CommonPrefixes>");
		s3_add_key(c, "Prefix", folded.v[i]);
		(void)buf_adds(&c->rep->body, "</CommonPrefixes>");
	}
	s3_xml_end(c, "ListMultipartUploadsResult");
	json_decref(all);
}
