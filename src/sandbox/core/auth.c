/* SPDX-License-Identifier: Apache-2.0 */
/* The other end of Signature Version 4: read the claim, compute the signature again, compare. */
#include "sandbox/core/auth.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "aws/core/sigv4.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/strv.h"
#include "base/text.h"

#define MAX_SKEW_S 300
#define MAX_SKEW_S3_S 900
#define MAX_URL_S (7 * 24 * 3600)

/* ---- the claim ---------------------------------------------------------- */

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

/* ---- the proof ---------------------------------------------------------- */

struct key {
	char *secret, *token, *arn;
	int64_t expires_ms; /* 0: never */
};

static void key_clear(struct key *key)
{
	free(key->secret);
	free(key->token);
	free(key->arn);
}

static char *member(const json_t *doc, const char *name)
{
	return xstrdup_or_null(json_string_value(json_object_get(doc, name)));
}

static bool find_key(struct sbx *sbx, const char *key_id, const char *region, struct key *ret)
{
	json_t *doc;

	if (!strcmp(key_id, SANDBOX_ACCESS_KEY)) {
		const struct region_partition *part = region_partition(region);

		*ret = (struct key){ .secret = xstrdup(SANDBOX_SECRET_KEY),
				     .arn = xasprintf("arn:%s:iam::" SANDBOX_ACCOUNT ":root",
						      part ? part->id : "aws") };
		return true;
	}
	doc = store_get(sbx_store(sbx), "credential", "", key_id);
	if (!doc)
		return false;
	*ret = (struct key){ .secret = member(doc, "secret"),
			     .token = member(doc, "token"),
			     .arn = member(doc, "arn"),
			     .expires_ms = json_integer_value(json_object_get(doc, "expires_ms")) };
	json_decref(doc);
	return ret->secret != NULL;
}

static bool same(const char *a, const char *b)
{
	return strlen(a) == strlen(b) && CRYPTO_memcmp(a, b, strlen(a)) == 0;
}

/* The signed headers' values; false when one is not there. */
static bool collect_headers(const struct claim *claim, const struct sbx_proof *proof,
			    struct strv *names, struct sigv4_header **ret, size_t *ret_n)
{
	struct sigv4_header *v = NULL;
	size_t n = 0;

	for (const char *p = claim->signed_headers; *p;) {
		size_t len = strcspn(p, ";");
		autofree char *name = xstrndup(p, len);
		bool found = false;

		strv_add(names, name);
		for (size_t i = 0; i < proof->headers->n; i++) {
			const struct sbx_pair *h = &proof->headers->v[i];

			if (strcmp(h->name, name) != 0)
				continue;
			v = xreallocarray(v, n + 1, sizeof(*v));
			v[n++] = (struct sigv4_header){ h->name, h->value };
			found = true;
		}
		p += len + (p[len] == ';');
		if (!found || names->n > 100) {
			free(v);
			return false;
		}
	}
	*ret = v;
	*ret_n = n;
	return true;
}

/* Host and every x-amz- header that was sent must be among the signed ones. */
static bool signs_enough(const struct strv *names, const struct claim *claim,
			 const struct sbx_proof *proof, struct buf *why)
{
	if (!strv_has(names, "host")) {
		(void)buf_adds(why, "'Host' or ':authority' must be a 'SignedHeader' in the AWS "
				    "Authorization.");
		return false;
	}
	for (size_t i = 0; i < proof->headers->n && !claim->presigned; i++) {
		const char *name = proof->headers->v[i].name;

		if (text_starts_with(name, "x-amz-") && !strv_has(names, name)) {
			(void)buf_addf(why,
				       "'%s' must be a 'SignedHeader' in the AWS Authorization.",
				       name);
			return false;
		}
	}
	return true;
}

/* The payload hash that was signed: *ret, 65 bytes at least or a literal. */
static enum auth payload_hash(const struct claim *claim, const struct sbx_proof *proof,
			      char computed[SIGV4_HEX_SIZE], const char **ret, struct buf *why)
{
	const char *sent = sbx_pairs_get(proof->headers, "x-amz-content-sha256");

	text_sha256_hex(proof->body, proof->body_bytes, computed);
	*ret = computed;
	if (strcmp(claim->service, "s3") != 0)
		return AUTH_OK;
	if (claim->presigned && !sent) {
		*ret = SIGV4_UNSIGNED_PAYLOAD;
		return AUTH_OK;
	}
	if (!sent) {
		(void)buf_adds(why, "Missing required header for this request: "
				    "x-amz-content-sha256");
		return AUTH_MALFORMED;
	}
	*ret = sent;
	if (!strcmp(sent, SIGV4_UNSIGNED_PAYLOAD) || text_starts_with(sent, "STREAMING-"))
		return AUTH_OK;
	return same(sent, computed) ? AUTH_OK : AUTH_HASH;
}

static enum auth check_time(const struct claim *claim, int64_t now_s, struct buf *why)
{
	int64_t limit_s = !strcmp(claim->service, "s3") ? MAX_SKEW_S3_S : MAX_SKEW_S;
	char now[CLOCK_ISO_SIZE], edge[CLOCK_ISO_SIZE];
	bool early = claim->signed_s > now_s + limit_s;

	if (claim->presigned && now_s > claim->signed_s + claim->expires_s)
		return AUTH_URL_LATE;
	if (!early && (claim->presigned || claim->signed_s >= now_s - limit_s))
		return AUTH_OK;
	clock_amz_date(now_s, now);
	clock_amz_date(early ? now_s + limit_s : now_s - limit_s, edge);
	(void)buf_addf(why, "%s: %s is %s %s (%s %c %d min.)",
		       early ? "Signature not yet current" : "Signature expired", claim->amz_date,
		       early ? "still later than" : "now earlier than", edge, now,
		       early ? '+' : '-', (int)(limit_s / 60));
	return early ? AUTH_EARLY : AUTH_LATE;
}

static enum auth check_signature(const struct claim *claim, const struct sbx_proof *proof,
				 const struct key *key, struct buf *why)
{
	struct sigv4_request req = { .method = proof->method,
				     .path = proof->path,
				     .query = proof->query,
				     .s3 = !strcmp(claim->service, "s3") };
	struct sigv4_scope scope = { claim->signed_s, claim->region, claim->service };
	char hash[SIGV4_HEX_SIZE], signature[SIGV4_HEX_SIZE], day[CLOCK_ISO_SIZE];
	struct sigv4_header *headers = NULL;
	auto_strv names = { 0 };
	auto_buf canonical = BUF_INIT, signed_headers = BUF_INIT, to_sign = BUF_INIT;
	enum auth verdict;

	clock_amz_date(claim->signed_s, day);
	day[8] = '\0';
	if (strcmp(day, claim->date) != 0) {
		(void)buf_addf(why,
			       "Date in Credential scope does not match YYYYMMDD from ISO-8601 "
			       "version of date from HTTP: '%s' != '%s', from '%s'.",
			       claim->date, day, claim->amz_date);
		return AUTH_BAD;
	}
	verdict = payload_hash(claim, proof, hash, &req.payload_hash, why);
	if (verdict != AUTH_OK)
		return verdict;
	if (!collect_headers(claim, proof, &names, &headers, &req.n_headers))
		return AUTH_BAD;
	if (!signs_enough(&names, claim, proof, why)) {
		free(headers);
		return AUTH_BAD;
	}
	req.headers = headers;
	sigv4_canonical_request(&req, &canonical, &signed_headers);
	free(headers);
	sigv4_string_to_sign(&scope, canonical.p, canonical.n, &to_sign);
	sigv4_signature(key->secret, &scope, to_sign.p, to_sign.n, signature);
	return same(signature, claim->signature) ? AUTH_OK : AUTH_BAD;
}

/* After a skip two clocks are right: the machine's, by which the instances' tools sign, and the
 * world's, which answers have in their Date. */
static int64_t nearer_clock(struct sbx *sbx, const struct claim *claim, int64_t now_s)
{
	int64_t world_s = sbx_now_ms(sbx) / 1000;

	return llabs(claim->signed_s - world_s) < llabs(claim->signed_s - now_s) ? world_s : now_s;
}

enum auth claim_check(struct sbx *sbx, const struct claim *claim, const struct sbx_proof *proof,
		      int64_t now_s, struct sbx_caller *ret)
{
	struct key key = { 0 };
	enum auth verdict;

	if (!claim->present)
		return AUTH_MISSING;
	if (claim->malformed)
		return AUTH_MALFORMED;
	set_str(&ret->key_id, claim->key_id);
	if (!find_key(sbx, claim->key_id, claim->region, &key)) {
		key_clear(&key);
		return AUTH_UNKNOWN;
	}
	verdict = check_time(claim, nearer_clock(sbx, claim, now_s), &ret->why);
	if (verdict == AUTH_OK)
		verdict = check_signature(claim, proof, &key, &ret->why);
	if (verdict == AUTH_OK && (key.token || claim->token) &&
	    !(key.token && claim->token && same(key.token, claim->token)))
		verdict = AUTH_UNKNOWN;
	if (verdict == AUTH_OK && key.expires_ms && sbx_now_ms(sbx) >= key.expires_ms)
		verdict = AUTH_EXPIRED;
	if (verdict == AUTH_OK)
		set_str(&ret->arn, key.arn);
	key_clear(&key);
	return verdict;
}

void sbx_caller_clear(struct sbx_caller *caller)
{
	free(caller->arn);
	free(caller->key_id);
	buf_clear(&caller->why);
	*caller = (struct sbx_caller){ .why = BUF_INIT };
}

/* ---- the refusal -------------------------------------------------------- */

/* One service's words for a verdict; a message of NULL is the detail itself. */
struct refusal {
	int status;
	const char *code;
	const char *message;
};

enum { STYLE_EC2, STYLE_QUERY, STYLE_S3, STYLE_JSON, STYLES };

#define BAD_SIGNATURE                                                                              \
	"The request signature we calculated does not match the signature you provided. Check "    \
	"your AWS Secret Access Key and signing method. Consult the service documentation for "    \
	"details."
#define NOT_VALIDATED "AWS was not able to validate the provided access credentials"
#define BAD_TOKEN "The security token included in the request is invalid."

static const struct refusal REFUSALS[][STYLES] = {
	[AUTH_MISSING] = { { 400, "MissingParameter",
			     "The request must contain the parameter AWSAccessKeyId" },
			   { 403, "MissingAuthenticationToken",
			     "Request is missing Authentication Token" },
			   { 403, "AccessDenied", "Access Denied" },
			   { 400, "MissingAuthenticationTokenException",
			     "Missing Authentication Token" } },
	[AUTH_MALFORMED] = { { 401, "AuthFailure", NOT_VALIDATED },
			     { 400, "IncompleteSignature",
			       "The request's credential or signature is incomplete or "
			       "malformed." },
			     { 400, "AuthorizationHeaderMalformed",
			       "The authorization header is malformed." },
			     { 400, "IncompleteSignatureException",
			       "The request's credential or signature is incomplete or "
			       "malformed." } },
	[AUTH_UNKNOWN] = { { 401, "AuthFailure", NOT_VALIDATED },
			   { 403, "InvalidClientTokenId", BAD_TOKEN },
			   { 403, "InvalidAccessKeyId",
			     "The AWS Access Key Id you provided does not exist in our "
			     "records." },
			   { 400, "UnrecognizedClientException", BAD_TOKEN } },
	[AUTH_EXPIRED] = { { 400, "RequestExpired", "Request has expired." },
			   { 403, "ExpiredToken",
			     "The security token included in the request is expired" },
			   { 400, "ExpiredToken", "The provided token has expired." },
			   { 400, "ExpiredTokenException",
			     "The security token included in the request is expired" } },
	[AUTH_EARLY] = { { 400, "RequestExpired", "Request has expired." },
			 { 403, "SignatureDoesNotMatch", NULL },
			 { 403, "RequestTimeTooSkewed",
			   "The difference between the request time and the current time is "
			   "too large." },
			 { 400, "InvalidSignatureException", NULL } },
	[AUTH_LATE] = { { 400, "RequestExpired", "Request has expired." },
			{ 403, "SignatureDoesNotMatch", NULL },
			{ 403, "RequestTimeTooSkewed",
			  "The difference between the request time and the current time is too "
			  "large." },
			{ 400, "InvalidSignatureException", NULL } },
	[AUTH_URL_LATE] = { { 400, "RequestExpired", "Request has expired." },
			    { 403, "SignatureDoesNotMatch", "Signature expired" },
			    { 403, "AccessDenied", "Request has expired" },
			    { 400, "InvalidSignatureException", "Signature expired" } },
	[AUTH_BAD] = { { 401, "AuthFailure", NOT_VALIDATED },
		       { 403, "SignatureDoesNotMatch", BAD_SIGNATURE },
		       { 403, "SignatureDoesNotMatch",
			 "The request signature we calculated does not match the signature you "
			 "provided. Check your key and signing method." },
		       { 400, "InvalidSignatureException", BAD_SIGNATURE } },
	[AUTH_HASH] = { { 401, "AuthFailure", NOT_VALIDATED },
			{ 403, "SignatureDoesNotMatch", BAD_SIGNATURE },
			{ 400, "XAmzContentSHA256Mismatch",
			  "The provided 'x-amz-content-sha256' header does not match what was "
			  "computed." },
			{ 400, "InvalidSignatureException", BAD_SIGNATURE } },
};

static int style_of(const char *service)
{
	if (!strcmp(service, "ec2"))
		return STYLE_EC2;
	if (!strcmp(service, "s3"))
		return STYLE_S3;
	return !strcmp(service, "iam") || !strcmp(service, "sts") ? STYLE_QUERY : STYLE_JSON;
}

void auth_refuse(enum auth verdict, const struct sbx_request *req, const struct sbx_caller *caller,
		 struct sbx_reply *rep)
{
	int style = style_of(req->service);
	const struct refusal *r = &REFUSALS[verdict][style];
	/* EC2 never says more; the others do when there is more to say. */
	bool detailed = caller->why.n && (style != STYLE_EC2) &&
			!(style == STYLE_S3 && verdict != AUTH_MALFORMED);

	sbx_fail(req, rep, r->status, r->code, "%s",
		 detailed || !r->message ? caller->why.p : r->message);
}
