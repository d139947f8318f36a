/* SPDX-License-Identifier: Apache-2.0 */
/*
 * S3: what happens to every request before its operation runs, in AWS's order:
 *
 *   bucket -> region -> owner -> access -> framing -> checksums -> operation
 */
#include "sandbox/s3/s3.h"

#include <stdarg.h>
#include <string.h>

#include "aws/core/sigv4.h"
#include "sandbox/core/chunk.h"
#include "sandbox/core/host.h"
#include "sandbox/iam/sts.h"

#define MAX_KEY_BYTES 1024

/* ---- asking ------------------------------------------------------------- */

const char *s3_header(const struct s3_call *c, const char *name)
{
	return sbx_pairs_get(c->req->headers, name);
}

const char *s3_query(const struct s3_call *c, const char *name)
{
	return sbx_pairs_get(c->req->query, name);
}

bool s3_query_int(struct s3_call *c, const char *name, int64_t otherwise, int64_t most,
		  int64_t *ret)
{
	const char *text = s3_query(c, name);

	*ret = otherwise;
	if (!text || !*text || text_parse_i64(text, 0, most, ret))
		return true;
	if (text_parse_i64(text, 0, INT32_MAX, ret)) {
		*ret = most;
		return true;
	}
	autofree char *why = xasprintf("Provided %s not an integer or within integer range", name);

	s3_invalid_argument(c, name, text, why);
	return false;
}

xmlDoc *s3_xml(struct s3_call *c, const char *root)
{
	xmlDoc *doc = sbx_xml_parse(&c->payload, root);

	if (!doc)
		s3_malformed_xml(c);
	return doc;
}

/* ---- answering ---------------------------------------------------------- */

void s3_fail(struct s3_call *c, int status, const char *code, const char *fmt, ...)
{
	autofree char *message = NULL;
	va_list ap;

	va_start(ap, fmt);
	message = xvasprintf(fmt, ap);
	va_end(ap);
	sbx_fail(c->req, c->rep, status, code, "%s", message);
}

void s3_fail_more(struct s3_call *c, const char *element, const char *text)
{
	char *at = strstr(c->rep->body.p, "<RequestId>");
	auto_buf whole = BUF_INIT;

	if (!at)
		return;
	(void)buf_add(&whole, c->rep->body.p, (size_t)(at - c->rep->body.p));
	sbx_xml_element(&whole, element, text);
	(void)buf_adds(&whole, at);
	buf_reset(&c->rep->body);
	(void)buf_add(&c->rep->body, whole.p, whole.n);
}

void s3_deny(struct s3_call *c)
{
	s3_fail(c, 403, "AccessDenied", "Access Denied");
}

void s3_no_key(struct s3_call *c)
{
	s3_fail(c, 404, "NoSuchKey", "The specified key does not exist.");
}

void s3_malformed_xml(struct s3_call *c)
{
	s3_fail(c, 400, "MalformedXML",
		"The XML you provided was not well-formed or did not validate against our "
		"published "
		"schema");
}

void s3_invalid_argument(struct s3_call *c, const char *name, const char *value, const char *why)
{
	s3_fail(c, 400, "InvalidArgument", "%s", why);
	s3_fail_more(c, "ArgumentName", name);
	s3_fail_more(c, "ArgumentValue", value ? value : "");
}

void s3_xml_begin(struct s3_call *c, const char *root)
{
	(void)buf_addf(&c->rep->body,
		       "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<%s xmlns=\"" S3_XMLNS "\">",
		       root);
}

void s3_xml_end(struct s3_call *c, const char *root)
{
	(void)buf_addf(&c->rep->body, "</%s>", root);
}

void s3_add(struct s3_call *c, const char *element, const char *text)
{
	sbx_xml_element(&c->rep->body, element, text);
}

void s3_add_int(struct s3_call *c, const char *element, int64_t value)
{
	(void)buf_addf(&c->rep->body, "<%s>%lld</%s>", element, (long long)value, element);
}

void s3_add_bool(struct s3_call *c, const char *element, bool value)
{
	s3_add(c, element, value ? "true" : "false");
}

void s3_add_time(struct s3_call *c, const char *element, int64_t utc_ms)
{
	char text[CLOCK_ISO_SIZE];

	clock_iso8601_ms(utc_ms - utc_ms % 1000, text);
	s3_add(c, element, text);
}

void s3_add_owner(struct s3_call *c, const char *element)
{
	(void)buf_addf(&c->rep->body, "<%s><ID>" S3_OWNER "</ID></%s>", element, element);
}

/* ---- bucket ------------------------------------------------------------- */

static void no_bucket(struct s3_call *c)
{
	s3_fail(c, 404, "NoSuchBucket", "The specified bucket does not exist");
}

/* The bucket as this operation sees it; false after an answer. */
static bool open_bucket(struct s3_call *c)
{
	json_t *truth = store_get(c->st, S3_BUCKET, "", c->bucket);
	json_t *seen = store_get_visible(c->st, S3_BUCKET, "", c->bucket, c->req->now_ms);

	if (s3_name_fault(c->bucket)) {
		s3_fail(c, 400, "InvalidBucketName", "The specified bucket is not valid.");
	} else if (!truth && !seen && s3_is_anothers(c->bucket)) {
		s3_deny(c);
	} else if (truth && !seen && c->op->flags & S3_SETS_BUCKET) {
		s3_fail(c, 409, "OperationAborted",
			"A conflicting conditional operation is currently in progress against this "
			"resource. Please try again.");
	} else if (!seen || (!truth && c->op->flags & S3_WRITES)) {
		no_bucket(c);
	} else {
		c->doc = json_incref(c->op->flags & S3_WRITES ? truth : seen);
	}
	json_decref(truth);
	json_decref(seen);
	return c->doc != NULL;
}

static void redirect(struct s3_call *c, const char *region)
{
	const struct sbx_partition *partition = sbx_partition_of(region);
	autofree char *endpoint = xasprintf("%s.s3.%s.%s", c->bucket, region,
					    partition ? partition->dns_suffix : "amazonaws.com");

	s3_fail(c, 301, "PermanentRedirect",
		"The bucket you are attempting to access must be addressed using the specified "
		"endpoint. Please send all future requests to this endpoint.");
	s3_fail_more(c, "Endpoint", endpoint);
	s3_fail_more(c, "Bucket", c->bucket);
}

/* Sent to the bucket's region, and signed for it? */
static bool check_region(struct s3_call *c)
{
	const char *region = s3_str(c->doc, "region"), *scope = c->req->region;
	struct sbx_host h;
	bool named = c->req->host && sbx_host_parse(c->req->host, &h) && h.kind != SBX_HOST_OTHER;
	char endpoint[32];

	s3_endpoint_region(c->req, endpoint);
	sbx_reply_header(c->rep, "x-amz-bucket-region", "%s", region);
	if (!c->req->caller_arn)
		scope = named ? endpoint : region; /* nothing is signed */
	/* Without a name to go by, the scope's region is the endpoint's: us-east-1's, which was
	 * the whole world's once, tells of the wrong scope, the others send elsewhere. */
	if (named ? !text_eq(endpoint, region)
		  : !text_eq(scope, region) && !text_eq(scope, "us-east-1")) {
		redirect(c, region);
		return false;
	}
	if (!text_eq(scope, region)) {
		s3_fail(c, 400, "AuthorizationHeaderMalformed",
			"The authorization header is malformed; the region '%s' is wrong; "
			"expecting "
			"'%s'",
			scope, region);
		s3_fail_more(c, "Region", region);
		return false;
	}
	return true;
}

static bool check_owner(struct s3_call *c)
{
	const char *owner = s3_header(c, "x-amz-expected-bucket-owner");

	if (!owner || text_eq(owner, SBX_ACCOUNT))
		return true;
	if (strlen(owner) != 12 || strspn(owner, "0123456789") != 12)
		s3_fail(c, 400, "InvalidBucketOwnerAWSAccountID",
			"The value of the expected bucket owner parameter must be an AWS account "
			"ID");
	else
		s3_deny(c);
	return false;
}

/* ---- payload ------------------------------------------------------------ */

/* The secret that the caller signs with, wiped by the caller; NULL when there is none. */
static char *caller_secret(struct s3_call *c)
{
	json_t *doc;
	char *secret;

	if (!c->req->caller_arn)
		return NULL;
	if (text_eq(c->req->caller_key_id, SBX_ACCESS_KEY))
		return xstrdup(SBX_SECRET_KEY);
	doc = store_get(c->st, SBX_CREDENTIAL, "", c->req->caller_key_id);
	secret = xstrdup_or_null(s3_str(doc, "secret"));
	json_decref(doc);
	return secret;
}

static bool decode_signed(struct s3_call *c, struct sbx_chunk_form form, struct buf *trailers,
			  struct sbx_chunk_fault *fault)
{
	const char *auth = s3_header(c, "authorization"), *date = s3_header(c, "x-amz-date");
	const char *seed = auth ? strstr(auth, "Signature=") : NULL;
	autofree char *secret = caller_secret(c);
	autofree char *signature = NULL;
	struct sbx_chunk_key key = { .secret_key = secret };

	*fault = (struct sbx_chunk_fault){ 403, "AccessDenied", "Access Denied" };
	if (!seed || !secret || !date || !clock_parse_amz_date(date, &key.scope.utc_s))
		return false;
	seed += strlen("Signature=");
	signature = xstrndup(seed, strcspn(seed, ", "));
	key.seed_signature = signature;
	key.scope.region = c->req->region;
	key.scope.service = c->req->service;
	return sbx_chunk_decode(c->req->body, form, &key, &c->payload, trailers, fault);
}

/* Take the framing off; `trailers` gets what followed.  False after an answer. */
static bool unframe(struct s3_call *c, struct buf *trailers)
{
	const char *length = s3_header(c, "x-amz-decoded-content-length");
	struct sbx_chunk_fault fault;
	struct sbx_chunk_form form;
	int64_t want;
	bool ok;

	if (!sbx_chunk_form(s3_header(c, "x-amz-content-sha256"), &form)) {
		(void)buf_add(&c->payload, c->req->body->p, c->req->body->n);
		return true;
	}
	if (!length || !text_parse_i64(length, 0, INT64_MAX, &want)) {
		s3_fail(c, 411, "MissingContentLength",
			"You must provide the Content-Length HTTP header.");
		return false;
	}
	ok = form.is_signed
		     ? decode_signed(c, form, trailers, &fault)
		     : sbx_chunk_decode(c->req->body, form, NULL, &c->payload, trailers, &fault);
	if (!ok) {
		s3_fail(c, fault.status, fault.code, "%s", fault.message);
		return false;
	}
	if ((int64_t)c->payload.n != want) {
		s3_fail(c, 400, "IncompleteBody", "The request body terminated unexpectedly");
		return false;
	}
	return true;
}

/* "name:value\n" among the trailers; caller frees. */
static char *trailer_value(const struct buf *trailers, const char *name)
{
	const char *line = trailers->p;
	size_t n = strlen(name);

	while (*line) {
		size_t len = strcspn(line, "\n");

		if (len > n && strncmp(line, name, n) == 0 && line[n] == ':')
			return xstrndup(line + n + 1, len - n - 1);
		line += len + (line[len] == '\n');
	}
	return NULL;
}

static bool announced(const struct s3_call *c, const char *name)
{
	const char *list = s3_header(c, "x-amz-trailer");
	size_t n = strlen(name);

	while (list && *list) {
		size_t len = strcspn(list, ",");

		list += strspn(list, " ");
		if (strncasecmp(list, name, n) == 0 && (!list[n] || strchr(", ", list[n])))
			return true;
		list += len < strlen(list) ? len + 1 : strlen(list);
	}
	return false;
}

/* Find the one checksum that the client gave; false after an answer. */
static bool find_sum(struct s3_call *c, const struct buf *trailers)
{
	for (int kind = 0; kind < SUM_KINDS; kind++) {
		const char *name = sbx_sum_header((enum sbx_sum)kind);
		const char *header = s3_header(c, name);
		autofree char *value = header ? xstrdup(header) : trailer_value(trailers, name);

		if (!header && announced(c, name) && !value) {
			s3_fail(c, 400, "MalformedTrailerError",
				"The request contained trailing data that was not well-formed or "
				"did "
				"not conform to our published schema.");
			return false;
		}
		if (!value)
			continue;
		if (c->sum_value) {
			s3_fail(c, 400, "InvalidRequest",
				"Expecting a single x-amz-checksum- header. Multiple checksum "
				"Types "
				"are not allowed.");
			return false;
		}
		c->sum = (enum sbx_sum)kind;
		c->sum_value = steal_str(&value);
	}
	return true;
}

static bool check_sum(struct s3_call *c)
{
	autofree char *computed = NULL;
	auto_buf given = BUF_INIT;
	unsigned char bytes[SUM_MAX_BYTES];

	if (!c->sum_value)
		return true;
	computed = sbx_sum_base64(c->sum, c->payload.p, c->payload.n);
	if (!text_base64_decode(c->sum_value, strlen(c->sum_value), &given) ||
	    given.n != sbx_sum_bytes(c->sum, "", 0, bytes)) {
		s3_fail(c, 400, "InvalidRequest", "Value for %s header is invalid.",
			sbx_sum_header(c->sum));
		return false;
	}
	if (text_eq(computed, c->sum_value))
		return true;
	s3_fail(c, 400, "BadDigest", "The %s you specified did not match the calculated checksum.",
		sbx_sum_name(c->sum));
	return false;
}

static bool check_md5(struct s3_call *c)
{
	const char *given = s3_header(c, "content-md5");
	auto_buf bytes = BUF_INIT;
	autofree char *computed = NULL;

	if (!given)
		return true;
	if (!text_base64_decode(given, strlen(given), &bytes) || bytes.n != 16) {
		s3_fail(c, 400, "InvalidDigest", "The Content-MD5 you specified was invalid.");
		return false;
	}
	computed = sbx_md5_base64(c->payload.p, c->payload.n);
	if (text_eq(computed, given))
		return true;
	s3_fail(c, 400, "BadDigest",
		"The Content-MD5 you specified did not match what we received.");
	return false;
}

/* The payload and its checksums; false after an answer. */
static bool read_payload(struct s3_call *c)
{
	const char *algorithm = s3_header(c, "x-amz-sdk-checksum-algorithm");
	auto_buf trailers = BUF_INIT;

	if (!unframe(c, &trailers))
		return false;
	if (c->op->flags & S3_SUM_OF_OBJECT)
		return check_md5(c);
	if (!find_sum(c, &trailers) || !check_sum(c) || !check_md5(c))
		return false;
	if (algorithm && (c->sum == SUM_NONE || sbx_sum_by_name(algorithm) != c->sum) &&
	    c->req->body->n) {
		s3_fail(c, 400, "InvalidRequest",
			"x-amz-sdk-checksum-algorithm specified, but no corresponding "
			"x-amz-checksum-* "
			"or x-amz-trailer headers were found.");
		return false;
	}
	if (c->op->flags & S3_NEEDS_SUM && !c->sum_value && !s3_header(c, "content-md5")) {
		s3_fail(c, 400, "InvalidRequest",
			"Missing required header for this request: Content-MD5 OR "
			"x-amz-checksum-*");
		return false;
	}
	return true;
}

/* ---- dispatch ----------------------------------------------------------- */

static const struct s3_op *find_op(const char *name)
{
	static const struct s3_op *const tables[] = { s3_put_ops,    s3_get_ops,    s3_delete_ops,
						      s3_bucket_ops, s3_config_ops, s3_list_ops,
						      s3_upload_ops, s3_absent_ops };

	for (size_t t = 0; t < ARRAY_LEN(tables); t++) {
		for (const struct s3_op *op = tables[t]; op->name; op++) {
			if (text_eq(op->name, name))
				return op;
		}
	}
	return NULL;
}

/* Features that would change what is stored and are not here: refused, so that nobody relies on
 * them. */
static bool asks_for_more(struct s3_call *c)
{
	static const char *const unknown[] = {
		"x-amz-copy-source",
		"x-amz-object-lock-",
		"x-amz-server-side-encryption-customer-",
		"x-amz-checksum-xxhash",
		"x-amz-checksum-md5",
		"x-amz-write-offset-bytes",
		"x-amz-website-redirect-location",
		"x-amz-bucket-object-lock-enabled",
	};

	for (size_t i = 0; i < c->req->headers->n; i++) {
		const struct sbx_pair *h = &c->req->headers->v[i];

		for (size_t k = 0; k < ARRAY_LEN(unknown); k++) {
			if (!text_starts_with(h->name, unknown[k]) ||
			    text_eq_nocase(h->value, "false"))
				continue;
			s3_fail(c, 501, "NotImplemented",
				"A header you provided implies functionality that is not "
				"implemented");
			s3_fail_more(c, "Header", h->name);
			return true;
		}
	}
	return false;
}

static bool prepare(struct s3_call *c)
{
	bool on_bucket = !(c->op->flags & (S3_NO_BUCKET | S3_MAKES_BUCKET));

	if (c->key && strlen(c->key) > MAX_KEY_BYTES) {
		s3_fail(c, 400, "KeyTooLongError", "Your key is too long");
		return false;
	}
	if (on_bucket && (!open_bucket(c) || !check_region(c) || !check_owner(c)))
		return false;
	if (c->op->action && !s3_may(c, c->op->action, c->key)) {
		s3_deny(c);
		return false;
	}
	return !asks_for_more(c) && read_payload(c);
}

static void handle(struct sbx *sbx, const struct sbx_request *req, struct sbx_reply *rep)
{
	struct s3_call c = {
		.sbx = sbx,
		.st = sbx_store(sbx),
		.req = req,
		.rep = rep,
		.op = find_op(req->action),
		.bucket = req->bucket,
		.key = req->key,
		.payload = BUF_INIT,
		.sum = SUM_NONE,
		.read_only = text_eq(req->method, "HEAD"),
	};

	sbx_reply_header(rep, "Server", "AmazonS3");
	if (!c.op)
		s3_fail(&c, 501, "NotImplemented",
			"A header you provided implies functionality that is not implemented");
	else if (prepare(&c))
		c.op->run(&c);
	json_decref(c.doc);
	buf_clear(&c.payload);
	free(c.sum_value);
}

const struct sbx_action sbx_s3_actions[] = {
	{ "s3", "AbortMultipartUpload", handle, true },
	{ "s3", "CompleteMultipartUpload", handle, true },
	{ "s3", "CreateBucket", handle, true },
	{ "s3", "CreateMultipartUpload", handle, true },
	{ "s3", "DeleteBucket", handle, true },
	{ "s3", "DeleteBucketEncryption", handle, true },
	{ "s3", "DeleteBucketOwnershipControls", handle, true },
	{ "s3", "DeleteBucketPolicy", handle, true },
	{ "s3", "DeleteBucketTagging", handle, true },
	{ "s3", "DeleteObject", handle, true },
	{ "s3", "DeleteObjects", handle, true },
	{ "s3", "DeletePublicAccessBlock", handle, true },
	{ "s3", "GetBucketAccelerateConfiguration", handle, false },
	{ "s3", "GetBucketAcl", handle, false },
	{ "s3", "GetBucketCors", handle, false },
	{ "s3", "GetBucketEncryption", handle, false },
	{ "s3", "GetBucketLifecycleConfiguration", handle, false },
	{ "s3", "GetBucketLocation", handle, false },
	{ "s3", "GetBucketLogging", handle, false },
	{ "s3", "GetBucketNotificationConfiguration", handle, false },
	{ "s3", "GetBucketOwnershipControls", handle, false },
	{ "s3", "GetBucketPolicy", handle, false },
	{ "s3", "GetBucketPolicyStatus", handle, false },
	{ "s3", "GetBucketReplication", handle, false },
	{ "s3", "GetBucketRequestPayment", handle, false },
	{ "s3", "GetBucketTagging", handle, false },
	{ "s3", "GetBucketVersioning", handle, false },
	{ "s3", "GetBucketWebsite", handle, false },
	{ "s3", "GetObject", handle, false },
	{ "s3", "GetObjectLockConfiguration", handle, false },
	{ "s3", "GetObjectTagging", handle, false },
	{ "s3", "GetPublicAccessBlock", handle, false },
	{ "s3", "HeadBucket", handle, false },
	{ "s3", "HeadObject", handle, false },
	{ "s3", "ListBuckets", handle, false },
	{ "s3", "ListMultipartUploads", handle, false },
	{ "s3", "ListObjectVersions", handle, false },
	{ "s3", "ListObjects", handle, false },
	{ "s3", "ListObjectsV2", handle, false },
	{ "s3", "ListParts", handle, false },
	{ "s3", "PutBucketEncryption", handle, true },
	{ "s3", "PutBucketOwnershipControls", handle, true },
	{ "s3", "PutBucketPolicy", handle, true },
	{ "s3", "PutBucketTagging", handle, true },
	{ "s3", "PutBucketVersioning", handle, true },
	{ "s3", "PutObject", handle, true },
	{ "s3", "PutPublicAccessBlock", handle, true },
	{ "s3", "UploadPart", handle, true },
	{ 0 },
};
