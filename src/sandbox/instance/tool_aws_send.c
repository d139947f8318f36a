/* SPDX-License-Identifier: Apache-2.0 */
/* The request of the small `aws`: signed, sent, its answer received. */
#include "sandbox/instance/tool_aws.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <curl/curl.h>
#include <openssl/evp.h>

#include "aws/core/sigv4.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"
#include "sandbox/core/host.h"
#include "sandbox/core/server.h"
#include "sandbox/instance/tools.h"
#include "sandbox/path/path.h"

bool tool_aws_hash_file(struct tool_aws_copy *c, FILE *f, curl_off_t *ret_size)
{
	unsigned char block[65536], digest[32];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	char hex[65];
	size_t n;
	bool ok = ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1;

	*ret_size = 0;
	while (ok && (n = fread(block, 1, sizeof(block), f)) > 0) {
		ok = EVP_DigestUpdate(ctx, block, n) == 1;
		*ret_size += (curl_off_t)n;
	}
	ok = ok && !ferror(f) && EVP_DigestFinal_ex(ctx, digest, NULL) == 1;
	EVP_MD_CTX_free(ctx);
	rewind(f);
	text_hex(digest, sizeof(digest), hex);
	set_str(&c->sha256, hex);
	return ok;
}

static struct curl_slist *sign(const struct tool_aws_copy *c)
{
	struct sigv4_header headers[4] = { { "host", c->host },
					   { "x-amz-content-sha256", c->sha256 } };
	struct sigv4_request req = { .method = c->up ? "PUT" : "GET",
				     .path = c->path,
				     .headers = headers,
				     .payload_hash = c->sha256,
				     .s3 = true };
	struct sigv4_scope scope = { clock_utc_s(), c->region, "s3" };
	auto_buf canonical = BUF_INIT, names = BUF_INIT, to_sign = BUF_INIT, where = BUF_INIT;
	auto_secret_buf line = BUF_INIT;
	char date[CLOCK_ISO_SIZE], signature[SIGV4_HEX_SIZE];
	struct curl_slist *list = NULL;
	size_t n = 2;

	clock_amz_date(scope.utc_s, date);
	headers[n++] = (struct sigv4_header){ "x-amz-date", date };
	if (secret_is_set(&c->token))
		headers[n++] =
			(struct sigv4_header){ "x-amz-security-token", secret_reveal(&c->token) };
	req.n_headers = n;
	sigv4_canonical_request(&req, &canonical, &names);
	sigv4_string_to_sign(&scope, canonical.p, canonical.n, &to_sign);
	sigv4_signature(secret_reveal(&c->secret_key), &scope, to_sign.p, to_sign.n, signature);
	sigv4_credential_scope(&scope, &where);
	buf_cleanse(&canonical);
	for (size_t i = 1; i < n; i++) {
		buf_reset(&line);
		buf_addf(&line, "%s: %s", headers[i].name, headers[i].value);
		list = curl_slist_append(list, line.p);
	}
	buf_reset(&line);
	buf_addf(&line,
		 "Authorization: " SIGV4_ALGORITHM " Credential=%s/%s, SignedHeaders=%s, "
		 "Signature=%s",
		 c->key_id, where.p, names.p, signature);
	return curl_slist_append(list, line.p);
}

static size_t keep_answer(char *p, size_t size, size_t n, void *arg)
{
	(void)buf_add(arg, p, size * n); /* of an error's text the beginning is enough */
	return n;
}

/* The answer's body goes to `out` when it is an object, else to `reply_body`. */
CURLcode tool_aws_send(struct tool_aws_copy *c, FILE *in, curl_off_t size, FILE *out,
		       struct buf *reply_body, long *ret_status)
{
	struct curl_slist *headers = sign(c);
	const char *bundle = c->ca_bundle ? c->ca_bundle : getenv("AWS_CA_BUNDLE");
	CURL *curl = curl_easy_init();
	CURLcode rc;

	curl_easy_setopt(curl, CURLOPT_URL, c->url);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_PROXY, getenv("https_proxy"));
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "");
	curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	if (bundle)
		curl_easy_setopt(curl, CURLOPT_CAINFO, bundle);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)(c->connect_s * 1000));
	if (c->read_s > 0) {
		curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
		curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)ceil(c->read_s));
	}
	if (c->up) {
		curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(curl, CURLOPT_READDATA, in);
		curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, size);
	}
	if (out) {
		curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
		curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
	} else {
		curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep_answer);
		curl_easy_setopt(curl, CURLOPT_WRITEDATA, reply_body);
	}
	rc = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, ret_status);
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	return rc;
}
