/* SPDX-License-Identifier: Apache-2.0 */
/* The other end of Signature Version 4: compute the signature of a claim again, and compare. */
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
