/* SPDX-License-Identifier: Apache-2.0 */
/* Who signed a call, and whether the signature's scope fits the call. */
#include <string.h>

#include "base/clock.h"
#include "sandbox/core/auth.h"
#include "sandbox/core/call.h"
#include "sandbox/core/inner.h"

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
	if (verdict != AUTH_OK) {
		auth_refuse(verdict, &c->req, &c->caller, rep);
		return false;
	}
	c->req.caller_arn = c->caller.arn;
	c->req.caller_key_id = c->caller.key_id;
	return true;
}
