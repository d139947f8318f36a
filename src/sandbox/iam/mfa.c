/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 6238 over RFC 4226. */
#include "sandbox/iam/mfa.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/text.h"
#include "sandbox/core/query.h"

#define KIND "mfa-device"
#define STEP_S 30
#define SECRET_BYTES (24 * 5 / 8)

static void secret_bytes(unsigned char ret[SECRET_BYTES])
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	uint32_t bits = 0;
	size_t n = 0;
	int have = 0;

	_Static_assert(sizeof(MFA_SECRET) == 25, "24 digits of five bits");
	for (const char *c = MFA_SECRET; *c; c++) {
		bits = bits << 5 | (uint32_t)(strchr(alphabet, *c) - alphabet);
		have += 5;
		if (have >= 8) {
			have -= 8;
			ret[n++] = (unsigned char)(bits >> have);
		}
	}
}

static void code_of_step(uint64_t step, char ret[7])
{
	unsigned char secret[SECRET_BYTES], counter[8], sum[EVP_MAX_MD_SIZE];
	unsigned n = 0, at;
	uint32_t number;

	secret_bytes(secret);
	for (int i = 7; i >= 0; i--, step >>= 8)
		counter[i] = (unsigned char)step;
	if (!HMAC(EVP_sha1(), secret, sizeof(secret), counter, sizeof(counter), sum, &n) || n < 20)
		abort();
	at = sum[n - 1] & 15;
	number = (uint32_t)(sum[at] & 127) << 24 | (uint32_t)sum[at + 1] << 16 |
		 (uint32_t)sum[at + 2] << 8 | sum[at + 3];
	snprintf(ret, 7, "%06u", number % 1000000);
}

/* The step of a code that is right now, or was just before or after; -1: of none. */
static int64_t step_of(const char *code, int64_t utc_s)
{
	int64_t now = utc_s / STEP_S;

	for (int64_t step = now - 1; step <= now + 1; step++) {
		char right[7];

		code_of_step((uint64_t)step, right);
		if (!strcmp(code, right))
			return step;
	}
	return -1;
}

enum mfa_result mfa_check(struct sbx *sbx, const struct sbx_request *req, struct sbx_reply *rep,
			  const char *serial, const char *code)
{
	int64_t step, last;
	json_t *doc;

	if (!serial && !code)
		return MFA_NONE;
	if (!text_eq(serial, MFA_SERIAL) || !code) {
		sbx_fail(req, rep, 403, "AccessDenied",
			 "MultiFactorAuthentication failed, unable to validate MFA code.  Please "
			 "verify your MFA serial number is valid and associated with this user.");
		return MFA_REFUSED;
	}
	doc = store_get(sbx_store(sbx), KIND, "", serial);
	last = doc ? json_integer_value(json_object_get(doc, "last_step")) : -1;
	json_decref(doc);
	step = step_of(code, req->now_ms / 1000);
	if (step <= last) {
		sbx_fail(req, rep, 403, "AccessDenied",
			 "MultiFactorAuthentication failed with invalid MFA one time pass code. ");
		return MFA_REFUSED;
	}
	doc = json_pack("{s:s, s:I}", "id", serial, "last_step", (json_int_t)step);
	store_put(sbx_store(sbx), KIND, "", serial, doc, req->now_ms, /* lag_ms= */ 0);
	json_decref(doc);
	return MFA_PASSED;
}
