/* SPDX-License-Identifier: Apache-2.0 */
/* The generic call of S3: hosts and paths of buckets, integrity headers, errors under 200. */
#include "aws/core/call.h"

#include <stdlib.h>
#include <string.h>

#include "aws/core/exchange.h"
#include "base/alloc.h"
#include "base/percent.h"
#include "base/text.h"

/* One host label: virtual-host style works, and so does the wildcard certificate. */
static bool is_host_label(const char *bucket)
{
	size_t n = strlen(bucket);

	return n >= 3 && n <= 63 && strspn(bucket, "abcdefghijklmnopqrstuvwxyz0123456789-") == n &&
	       bucket[0] != '-' && bucket[n - 1] != '-';
}

static void set_place(const struct s3_call *call, const struct aws_endpoint *ep,
		      struct http_request *req)
{
	struct buf path = BUF_INIT;

	(void)buf_addf(&path, "%s/", ep->base_path);
	if (call->bucket && !ep->custom && is_host_label(call->bucket)) {
		free(req->host);
		req->host = xasprintf("%s.%s", call->bucket, ep->host);
	} else if (call->account && !ep->custom) {
		free(req->host);
		req->host = xasprintf("%s.%s", call->account, ep->host);
	} else if (call->bucket) {
		percent_encode(&path, call->bucket, strlen(call->bucket), /* keep_slash= */ false);
		if (call->key)
			(void)buf_addc(&path, '/');
	}
	if (call->key)
		percent_encode(&path, call->key, strlen(call->key), /* keep_slash= */ true);
	req->path = buf_steal(&path);
}

static void build_s3(const void *arg, const struct aws_endpoint *ep, struct http_request *req)
{
	const struct s3_call *call = arg;

	req->method = xstrdup(call->method);
	set_place(call, ep, req);
	if (call->query && call->query->body.n)
		req->query = xstrdup(call->query->body.p);
	for (size_t i = 0; call->headers && i < call->headers->n; i++)
		http_headers_add(&req->headers, call->headers->v[i].name,
				 call->headers->v[i].value);
	if (call->content_type)
		http_headers_set(&req->headers, "Content-Type", call->content_type);
	if (call->account)
		http_headers_set(&req->headers, "x-amz-account-id", call->account);
	if (call->owner)
		http_headers_set(&req->headers, "x-amz-expected-bucket-owner", call->owner);
	if (call->body_n)
		(void)buf_add(&req->body, call->body, call->body_n);
	if (call->checksum) {
		unsigned char sum[32];
		autofree char *base64 = NULL;

		text_sha256(req->body.p, req->body.n, sum);
		base64 = text_base64(sum, sizeof(sum));
		http_headers_set(&req->headers, "x-amz-sdk-checksum-algorithm", "SHA256");
		http_headers_set(&req->headers, "x-amz-checksum-sha256", base64);
	}
}

static struct rb_error *accept_s3(void *ret, const struct exchange *x, struct http_response *res)
{
	struct http_response *out = ret;

	/* An object's own content is the user's. */
	if (!(x->about_object && text_eq(x->action, "GetObject")) && reply_hides_error(res))
		return exchange_hidden_error(x, res);
	if (out) {
		http_response_clear(out);
		*out = *res;
		*res = (struct http_response)HTTP_RESPONSE_INIT;
	}
	return NULL;
}

static struct rb_error *accept_s3_xml(void *ret, const struct exchange *x,
				      struct http_response *res)
{
	struct xml_reply *reply = ret, mine = XML_REPLY_INIT;

	TRY(accept_s3(NULL, x, res));
	TRY(xml_parse(res->body.p, res->body.n, &mine));
	if (text_eq_nocase(xml_name(mine.root), "html")) {
		xml_reply_clear(&mine);
		return rb_error_hint(rb_error_because(RB_PROTOCOL, "the answer is an HTML page"),
				     "something on the way answers instead of AWS: look at "
				     "HTTPS_PROXY and AWS_ENDPOINT_URL");
	}
	mine.request_id = xstrdup_or_null(reply_request_id(res));
	xml_reply_clear(reply);
	*reply = mine;
	return NULL;
}

static struct rb_error *call_s3(struct aws_client *c, const struct s3_call *call,
				struct rb_error *(*accept)(void *, const struct exchange *,
							   struct http_response *),
				void *ret)
{
	const struct exchange x = { .client = c,
				    .service = call->account ? "s3-control" : "s3",
				    .action = call->action,
				    .protocol = AWS_PROTOCOL_S3,
				    .flags = call->flags,
				    .bucket = call->bucket,
				    .about_object = call->key,
				    .max_answer_bytes = call->max_answer_bytes,
				    .build = build_s3,
				    .accept = accept,
				    .arg = call,
				    .ret = ret };

	return exchange_run(&x);
}

/* Refused, and the answer to a HEAD has no body to say why. */
static bool is_mute(const struct s3_call *call, const struct rb_error *err)
{
	return strcmp(call->method, "HEAD") == 0 && call->bucket && !err->aws_code &&
	       (err->http_status == 400 || err->http_status == 403 || err->http_status == 409);
}

/*
 * Where the bucket is, asked in the name of the HEAD: a GET that is refused alike says why.  When
 * it is not refused, something has passed meanwhile, or was mended on the way (credentials fetched
 * anew), and *ret_passed says so; a denial does not pass.
 */
static struct rb_error *ask_why(struct aws_client *c, const struct s3_call *head,
				struct rb_error *err, bool *ret_passed)
{
	auto_aws_params location = AWS_PARAMS_INIT;
	const struct s3_call get = { .action = head->action,
				     .method = "GET",
				     .bucket = head->bucket,
				     .owner = head->owner,
				     .query = &location,
				     .flags = AWS_READS };
	struct rb_error *why;

	params_add(&location, "location", "");
	why = call_s3(c, &get, accept_s3, NULL);
	*ret_passed = (!why || why->kind == RB_GONE) && err->http_status != 403;
	/* not allowed to ask: that is no answer */
	if (!why || why->http_status != err->http_status || why->kind == RB_DENIED) {
		(void)rb_error_free(why);
		return err;
	}
	(void)rb_error_free(err);
	return why;
}

struct rb_error *aws_s3_call(struct aws_client *c, const struct s3_call *call,
			     struct http_response *ret)
{
	struct rb_error *err = call_s3(c, call, accept_s3, ret);
	bool passed = false;

	if (err && is_mute(call, err))
		err = ask_why(c, call, err, &passed);
	if (!passed)
		return err;
	(void)rb_error_free(err);
	return call_s3(c, call, accept_s3, ret);
}

struct rb_error *aws_s3_call_xml(struct aws_client *c, const struct s3_call *call,
				 struct xml_reply *ret)
{
	return call_s3(c, call, accept_s3_xml, ret);
}
