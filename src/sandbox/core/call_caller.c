/* SPDX-License-Identifier: Apache-2.0 */
/* Who signed a call, and whether the signature's scope fits the call. */
#include <string.h>

#include "base/clock.h"
#include "sandbox/core/auth.h"
#include "sandbox/core/call.h"
#include "sandbox/core/inner.h"
#include "sandbox/core/settings.h"

/* Actions that anybody may ask for; S3's handlers check the caller themselves. */
static bool may_be_unsigned(const struct call *c)
{
	return !strcmp(c->service, "s3") ||
	       (!strcmp(c->service, "sts") && !strcmp(c->action, "AssumeRoleWithWebIdentity"));
}

/*
 * Any region there is will do, for IAM too: with an endpoint of one's own, as this is
 * one, the AWS CLI and the SDKs sign IAM's requests for the client's region.
 */
static bool scope_fits(struct call *c)
{
	if (!service_named(c->claim.service)) {
		(void)buf_addf(&c->caller.why,
			       "Credential should be scoped to correct service: "
			       "'%s'. ",
			       c->service);
		return false;
	}
	if (!region_partition(c->region)) {
		(void)buf_addf(&c->caller.why,
			       "Credential should be scoped to a valid region, not "
			       "'%s'. ",
			       c->region);
		return false;
	}
	return true;
}

/* IAM is in no region; what its requests are signed for says nothing. */
static bool is_in_a_region_that_is_off(struct sbx *sbx, const struct call *c)
{
	bool off;

	sbx_lock(sbx);
	off = strcmp(c->service, "iam") != 0 &&
	      sbx_setting_lists(sbx_store(sbx), "regions_off", "names", c->region);
	sbx_unlock(sbx);
	return off;
}

bool call_check_caller(struct sbx *sbx, struct call *c, const struct sbx_http *http,
		       struct sbx_reply *rep)
{
	size_t n = strcspn(http->target, "?");
	struct sbx_proof proof = { .method = http->method,
				   .path = c->path,
				   .query = http->target[n] ? http->target + n + 1 : "",
				   .headers = http->headers,
				   .body = http->body->p,
				   .body_bytes = http->body->n };
	enum auth verdict;

	if (!c->claim.present && may_be_unsigned(c))
		return true;
	sbx_lock(sbx);
	verdict = claim_check(sbx, &c->claim, &proof, clock_utc_s(), &c->caller);
	sbx_unlock(sbx);
	if (verdict == AUTH_OK && !scope_fits(c))
		verdict = AUTH_BAD;
	if (verdict == AUTH_OK && is_in_a_region_that_is_off(sbx, c)) {
		if (!strcmp(c->service, "sts")) {
			sbx_fail(&c->req, rep, 403, "RegionDisabledException",
				 "STS is not activated in this region for account:%s. Your account "
				 "administrator can activate STS in this region using the IAM "
				 "Console.",
				 SANDBOX_ACCOUNT);
			return false;
		}
		verdict = AUTH_UNKNOWN; /* nobody is known there */
	}
	if (verdict != AUTH_OK) {
		auth_refuse(verdict, &c->req, &c->caller, rep);
		return false;
	}
	c->req.caller_arn = c->caller.arn;
	c->req.caller_key_id = c->caller.key_id;
	return true;
}
