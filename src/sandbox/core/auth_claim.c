/* SPDX-License-Identifier: Apache-2.0 */
/* What a request claims: by whom it is signed, for which service and region, and when. */
#include "sandbox/core/auth.h"

#include <stdlib.h>
#include <string.h>
#include <openssl/crypto.h>

#include "aws/core/sigv4.h"
#include "base/alloc.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/text.h"
#include "sandbox/core/sbx.h"

#define MAX_URL_S (7 * 24 * 3600)

/* "AKID/20260101/us-east-1/ec2/aws4_request" */
static bool split_scope(const char *s, struct claim *claim)
{
	char **parts[] = { &claim->key_id, &claim->date, &claim->region, &claim->service };

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		size_t n = strcspn(s, "/");

		if (!n || n > 128 || s[n] != '/')
			return false;
		*parts[i] = xstrndup(s, n);
		s += n + 1;
	}
	return !strcmp(s, "aws4_request");
}

/* The value of `name` in "Credential=..., SignedHeaders=..., Signature=..."; caller frees. */
static char *field(const char *s, const char *name)
{
	size_t n = strlen(name);

	while (*s) {
		size_t len;

		s += strspn(s, ", ");
		len = strcspn(s, ", ");
		if (len > n && !strncmp(s, name, n) && s[n] == '=')
			return xstrndup(s + n + 1, len - n - 1);
		s += len;
	}
	return NULL;
}

static bool read_header_claim(const char *auth, const struct sbx_pairs *headers,
			      struct claim *claim)
{
	const char *date = sbx_pairs_get(headers, "x-amz-date");
	const char *http_date = sbx_pairs_get(headers, "date");
	autofree char *scope = NULL;

	if (!text_starts_with(auth, SIGV4_ALGORITHM " "))
		return false;
	auth += strlen(SIGV4_ALGORITHM " ");
	scope = field(auth, "Credential");
	claim->signed_headers = field(auth, "SignedHeaders");
	claim->signature = field(auth, "Signature");
	claim->token = xstrdup_or_null(sbx_pairs_get(headers, "x-amz-security-token"));
	claim->amz_date = xstrdup_or_null(date ? date : http_date);
	if (!scope || !claim->signed_headers || !claim->signature)
		return false;
	if (!split_scope(scope, claim))
		return false;
	if (date)
		return clock_parse_amz_date(date, &claim->signed_s);
	return http_date && clock_parse_http_date(http_date, &claim->signed_s);
}

static bool read_query_claim(const struct sbx_pairs *query, struct claim *claim)
{
	const char *algorithm = sbx_pairs_get(query, "X-Amz-Algorithm");
	const char *scope = sbx_pairs_get(query, "X-Amz-Credential");
	const char *expires = sbx_pairs_get(query, "X-Amz-Expires");

	claim->presigned = true;
	claim->signed_headers = xstrdup_or_null(sbx_pairs_get(query, "X-Amz-SignedHeaders"));
	claim->signature = xstrdup_or_null(sbx_pairs_get(query, "X-Amz-Signature"));
	claim->token = xstrdup_or_null(sbx_pairs_get(query, "X-Amz-Security-Token"));
	claim->amz_date = xstrdup_or_null(sbx_pairs_get(query, "X-Amz-Date"));
	return algorithm && !strcmp(algorithm, SIGV4_ALGORITHM) && scope && claim->signed_headers &&
	       claim->signature && claim->amz_date && expires &&
	       text_parse_i64(expires, 1, MAX_URL_S, &claim->expires_s) &&
	       split_scope(scope, claim) && clock_parse_amz_date(claim->amz_date, &claim->signed_s);
}

void claim_read(const struct sbx_pairs *headers, const struct sbx_pairs *query, struct claim *ret)
{
	const char *auth = sbx_pairs_get(headers, "authorization");
	struct claim claim = { 0 };

	if (auth) {
		claim.present = true;
		claim.malformed = !read_header_claim(auth, headers, &claim);
	} else if (sbx_pairs_get(query, "X-Amz-Algorithm") ||
		   sbx_pairs_get(query, "X-Amz-Signature")) {
		claim.present = true;
		claim.malformed = !read_query_claim(query, &claim);
	}
	*ret = claim;
}

void claim_clear(struct claim *claim)
{
	free(claim->key_id);
	free(claim->date);
	free(claim->region);
	free(claim->service);
	free(claim->signed_headers);
	free(claim->signature);
	free(claim->token);
	free(claim->amz_date);
	*claim = (struct claim){ 0 };
}
