/* SPDX-License-Identifier: Apache-2.0 */
/* Signature Version 4 by hand, over OpenSSL's HMAC and SHA-256. */
#include "aws/core/sigv4.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/alloc.h"
#include "base/percent.h"
#include "base/span.h"
#include "base/text.h"

/* RFC 3986 dot segments and repeated slashes removed; a trailing slash stays. */
static void normalise_path(struct buf *out, const char *path)
{
	bool dir = false; /* the path so far names a directory */

	for (const char *p = path; *p;) {
		size_t n;

		while (*p == '/')
			p++;
		n = strcspn(p, "/");
		dir = p[n] == '/' || n == 0;
		if (n == 1 && p[0] == '.') {
			dir = true;
		} else if (n == 2 && p[0] == '.' && p[1] == '.') {
			while (out->n && out->p[out->n - 1] != '/')
				buf_truncate(out, out->n - 1);
			if (out->n)
				buf_truncate(out, out->n - 1);
			dir = true;
		} else if (n) {
			(void)buf_addc(out, '/');
			(void)buf_add(out, p, n);
		}
		p += n;
	}
	if (!out->n || dir)
		(void)buf_addc(out, '/');
}

static void add_canonical_path(const struct sigv4_request *req, struct buf *out)
{
	const char *path = req->path && *req->path ? req->path : "/";
	auto_buf clean = BUF_INIT;

	if (req->s3) {
		auto_buf plain = BUF_INIT;

		/* Encoded once, whatever form the sender chose for its escapes. */
		percent_decode_lenient(&plain, path, strlen(path));
		percent_encode(out, plain.p, plain.n, /* keep_slash= */ true);
		return;
	}
	if (req->keep_path)
		(void)buf_adds(&clean, path);
	else
		normalise_path(&clean, path);
	percent_encode(out, clean.p, clean.n, /* keep_slash= */ true);
}

struct pair {
	char *name;
	char *value;
	size_t order; /* keeps repeats in the order they came */
};

static int compare_pairs(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	int c = strcmp(x->name, y->name);

	if (!c)
		c = strcmp(x->value, y->value);
	return c;
}

static int compare_names(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	int c = strcmp(x->name, y->name);

	if (!c)
		c = x->order < y->order ? -1 : x->order > y->order;
	return c;
}

static void free_pairs(struct pair *pairs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(pairs[i].name);
		free(pairs[i].value);
	}
	free(pairs);
}

/* Decoded and encoded again, so that every sender's spelling gives one canonical form. */
static char *recode(struct span s)
{
	auto_buf plain = BUF_INIT;
	struct buf out = BUF_INIT;

	percent_decode_lenient(&plain, s.p, s.n);
	percent_encode(&out, plain.p, plain.n, /* keep_slash= */ false);
	return buf_steal(&out);
}

static void add_canonical_query(const char *query, struct buf *out)
{
	struct pair *pairs = NULL;
	size_t n = 0;

	for (const char *p = query ? query : ""; *p;) {
		size_t len = strcspn(p, "&");
		const char *eq = memchr(p, '=', len);
		struct span name = { p, eq ? (size_t)(eq - p) : len };
		struct span value = { eq ? eq + 1 : "", eq ? len - name.n - 1 : 0 };

		if (len && !span_eq(name, "X-Amz-Signature")) {
			pairs = xreallocarray(pairs, n + 1, sizeof(*pairs));
			pairs[n] = (struct pair){ recode(name), recode(value), n };
			n++;
		}
		p += len + (p[len] == '&');
	}
	if (n)
		qsort(pairs, n, sizeof(*pairs), compare_pairs);
	for (size_t i = 0; i < n; i++)
		(void)buf_addf(out, "%s%s=%s", i ? "&" : "", pairs[i].name, pairs[i].value);
	free_pairs(pairs, n);
}

/* Trimmed, inner runs of white space (folded lines too) as one space. */
static char *header_value(const char *value)
{
	struct span s = span_trim(span_of(value));
	struct buf out = BUF_INIT;
	bool blank = false;

	for (size_t i = 0; i < s.n; i++) {
		if (strchr(" \t\r\n", s.p[i])) {
			blank = true;
			continue;
		}
		if (blank)
			(void)buf_addc(&out, ' ');
		blank = false;
		(void)buf_addc(&out, s.p[i]);
	}
	return buf_steal(&out);
}

static char *lower_case(const char *s)
{
	char *low = xstrdup(s);

	for (char *c = low; *c; c++)
		*c = text_lower(*c);
	return low;
}

static void add_canonical_headers(const struct sigv4_request *req, struct buf *out,
				  struct buf *signed_headers)
{
	struct pair *pairs = xcalloc(req->n_headers + 1, sizeof(*pairs));

	for (size_t i = 0; i < req->n_headers; i++)
		pairs[i] = (struct pair){ lower_case(req->headers[i].name),
					  header_value(req->headers[i].value), i };
	qsort(pairs, req->n_headers, sizeof(*pairs), compare_names);
	for (size_t i = 0; i < req->n_headers; i++) {
		if (i && strcmp(pairs[i].name, pairs[i - 1].name) == 0) {
			buf_truncate(out, out->n - 1); /* the newline of the one before */
			(void)buf_addf(out, ",%s\n", pairs[i].value);
			continue;
		}
		(void)buf_addf(out, "%s:%s\n", pairs[i].name, pairs[i].value);
		(void)buf_addf(signed_headers, "%s%s", i ? ";" : "", pairs[i].name);
	}
	free_pairs(pairs, req->n_headers);
}

void sigv4_canonical_request(const struct sigv4_request *req, struct buf *canonical,
			     struct buf *signed_headers)
{
	auto_buf names = BUF_INIT;

	(void)buf_addf(canonical, "%s\n", req->method);
	add_canonical_path(req, canonical);
	(void)buf_addc(canonical, '\n');
	add_canonical_query(req->query, canonical);
	(void)buf_addc(canonical, '\n');
	add_canonical_headers(req, canonical, &names);
	(void)buf_addf(canonical, "\n%s\n%s", names.p, req->payload_hash);
	(void)buf_add(signed_headers, names.p, names.n);
}

void sigv4_credential_scope(const struct sigv4_scope *scope, struct buf *out)
{
	char date[CLOCK_ISO_SIZE];

	clock_amz_date(scope->utc_s, date);
	(void)buf_addf(out, "%.8s/%s/%s/aws4_request", date, scope->region, scope->service);
}

void sigv4_string_to_sign(const struct sigv4_scope *scope, const char *canonical, size_t n,
			  struct buf *out)
{
	char date[CLOCK_ISO_SIZE], hash[SIGV4_HEX_SIZE];

	clock_amz_date(scope->utc_s, date);
	text_sha256_hex(canonical, n, hash);
	(void)buf_addf(out, SIGV4_ALGORITHM "\n%s\n", date);
	sigv4_credential_scope(scope, out);
	(void)buf_addf(out, "\n%s", hash);
}

enum { KEY_BYTES = 32 };

static void hmac(const void *key, size_t key_n, const char *data, size_t n,
		 unsigned char out[KEY_BYTES])
{
	unsigned int len = KEY_BYTES;

	if (!HMAC(EVP_sha256(), key, (int)key_n, (const unsigned char *)data, n, out, &len))
		abort();
}

void sigv4_signature(const char *secret_key, const struct sigv4_scope *scope,
		     const char *string_to_sign, size_t n, char out[SIGV4_HEX_SIZE])
{
	unsigned char k_date[KEY_BYTES], k_region[KEY_BYTES], k_service[KEY_BYTES];
	unsigned char k_signing[KEY_BYTES], signature[KEY_BYTES];
	auto_secret_buf k_secret = BUF_INIT;
	char date[CLOCK_ISO_SIZE];

	clock_amz_date(scope->utc_s, date);
	(void)buf_addf(&k_secret, "AWS4%s", secret_key);
	hmac(k_secret.p, k_secret.n, date, 8, k_date);
	hmac(k_date, KEY_BYTES, scope->region, strlen(scope->region), k_region);
	hmac(k_region, KEY_BYTES, scope->service, strlen(scope->service), k_service);
	hmac(k_service, KEY_BYTES, "aws4_request", strlen("aws4_request"), k_signing);
	hmac(k_signing, KEY_BYTES, string_to_sign, n, signature);
	text_hex(signature, KEY_BYTES, out);
	OPENSSL_cleanse(k_date, sizeof(k_date));
	OPENSSL_cleanse(k_region, sizeof(k_region));
	OPENSSL_cleanse(k_service, sizeof(k_service));
	OPENSSL_cleanse(k_signing, sizeof(k_signing));
}
