/* SPDX-License-Identifier: Apache-2.0 */
/* Signature Version 4 applied to requests. */
#include "aws/core/sign.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/percent.h"
#include "base/text.h"

/* What a proxy or libcurl may change on the way, and what only says how a call is going. */
static const char *const unsigned_headers[] = {
	"authorization",   "connection",      "content-length",	   "expect",
	"user-agent",	   "x-amzn-trace-id", "transfer-encoding", "amz-sdk-invocation-id",
	"amz-sdk-request",
};

static bool is_signed(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(unsigned_headers); i++)
		if (text_eq_nocase(name, unsigned_headers[i]))
			return false;
	return true;
}

static void set_host(struct http_request *req)
{
	int usual = text_eq(req->scheme, "http") ? 80 : 443;
	bool ipv6 = strchr(req->host, ':');
	autofree char *host = NULL;

	if (http_headers_get(&req->headers, "host"))
		return;
	host = xasprintf(ipv6 ? "[%s]" : "%s", req->host);
	if (req->port && req->port != usual) {
		autofree char *bare = steal_str(&host);

		host = xasprintf("%s:%d", bare, req->port);
	}
	http_headers_add(&req->headers, "Host", host);
}

/* The headers to sign, borrowed from `req`; freed by the caller. */
static struct sigv4_header *list_headers(const struct http_request *req, size_t *ret_n)
{
	struct sigv4_header *list = xcalloc(req->headers.n + 1, sizeof(*list));
	size_t n = 0;

	for (size_t i = 0; i < req->headers.n; i++)
		if (is_signed(req->headers.v[i].name))
			list[n++] = (struct sigv4_header){ req->headers.v[i].name,
							   req->headers.v[i].value };
	*ret_n = n;
	return list;
}

static bool is_s3(const struct sigv4_scope *scope)
{
	return text_eq(scope->service, "s3");
}

/* All three stages. */
static void compute(const struct http_request *req, const struct cred *cred,
		    const struct sigv4_scope *scope, const char *payload_hash,
		    struct buf *signed_names, char signature[SIGV4_HEX_SIZE])
{
	size_t n;
	struct sigv4_header *headers = list_headers(req, &n);
	const struct sigv4_request what = { .method = req->method,
					    .path = req->path,
					    .query = req->query,
					    .headers = headers,
					    .n_headers = n,
					    .payload_hash = payload_hash,
					    .s3 = is_s3(scope) };
	auto_secret_buf canonical = BUF_INIT;
	auto_buf to_sign = BUF_INIT;

	sigv4_canonical_request(&what, &canonical, signed_names);
	sigv4_string_to_sign(scope, canonical.p, canonical.n, &to_sign);
	sigv4_signature(secret_reveal(&cred->secret_key), scope, to_sign.p, to_sign.n, signature);
	free(headers);
}

void sign_request(struct http_request *req, const struct cred *cred,
		  const struct sigv4_scope *scope)
{
	char date[CLOCK_ISO_SIZE], hash[SIGV4_HEX_SIZE], signature[SIGV4_HEX_SIZE];
	auto_buf names = BUF_INIT, line = BUF_INIT;

	set_host(req);
	clock_amz_date(scope->utc_s, date);
	text_sha256_hex(req->body.p, req->body.n, hash);
	http_headers_remove(&req->headers, "Authorization");
	http_headers_remove(&req->headers, "X-Amz-Security-Token");
	http_headers_set(&req->headers, "X-Amz-Date", date);
	if (secret_is_set(&cred->session_token))
		http_headers_add(&req->headers, "X-Amz-Security-Token",
				 secret_reveal(&cred->session_token));
	if (is_s3(scope))
		http_headers_set(&req->headers, "x-amz-content-sha256", hash);
	compute(req, cred, scope, hash, &names, signature);
	(void)buf_addf(&line, SIGV4_ALGORITHM " Credential=%s/", cred->access_key_id);
	sigv4_credential_scope(scope, &line);
	(void)buf_addf(&line, ", SignedHeaders=%s, Signature=%s", names.p, signature);
	http_headers_add(&req->headers, "Authorization", line.p);
}

static void add_query(struct buf *query, const char *name, const char *value)
{
	(void)buf_addf(query, "%s%s=", query->n ? "&" : "", name);
	percent_encode(query, value, strlen(value), /* keep_slash= */ false);
}

/* Sorted, in lower case, joined by ';': as the canonical request will have them. */
static void signed_names(const struct http_request *req, struct buf *out)
{
	size_t n;
	struct sigv4_header *headers = list_headers(req, &n);
	const struct sigv4_request what = {
		.method = "", .headers = headers, .n_headers = n, .payload_hash = ""
	};
	auto_secret_buf unused = BUF_INIT;

	sigv4_canonical_request(&what, &unused, out);
	free(headers);
}

void sign_presign(struct http_request *req, const struct cred *cred,
		  const struct sigv4_scope *scope, int expires_s)
{
	char date[CLOCK_ISO_SIZE], hash[SIGV4_HEX_SIZE], signature[SIGV4_HEX_SIZE];
	auto_buf names = BUF_INIT, credential = BUF_INIT, again = BUF_INIT;
	autofree char *expires = xasprintf("%d", expires_s);
	struct buf query = BUF_INIT;

	set_host(req);
	clock_amz_date(scope->utc_s, date);
	(void)buf_addf(&credential, "%s/", cred->access_key_id);
	sigv4_credential_scope(scope, &credential);
	signed_names(req, &names);
	if (req->query)
		(void)buf_adds(&query, req->query);
	add_query(&query, "X-Amz-Algorithm", SIGV4_ALGORITHM);
	add_query(&query, "X-Amz-Credential", credential.p);
	add_query(&query, "X-Amz-Date", date);
	add_query(&query, "X-Amz-Expires", expires);
	add_query(&query, "X-Amz-SignedHeaders", names.p);
	if (secret_is_set(&cred->session_token))
		add_query(&query, "X-Amz-Security-Token", secret_reveal(&cred->session_token));
	free(req->query);
	req->query = buf_steal(&query);
	if (is_s3(scope))
		(void)snprintf(hash, sizeof(hash), "%s", SIGV4_UNSIGNED_PAYLOAD);
	else
		text_sha256_hex(req->body.p, req->body.n, hash);
	compute(req, cred, scope, hash, &again, signature);
	(void)buf_adds(&query, req->query);
	add_query(&query, "X-Amz-Signature", signature);
	free(req->query);
	req->query = buf_steal(&query);
}
