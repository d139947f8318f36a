/* SPDX-License-Identifier: Apache-2.0 */
/* The answers of calls that `--fault` makes go wrong. */
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/core/call.h"
#include "sandbox/core/inner.h"

/* Codes whose status is not 400. */
static const struct {
	const char *code;
	int status;
} STATUSES[] = {
	{ "RequestLimitExceeded", 503 },
	{ "EC2ThrottledException", 503 },
	{ "SlowDown", 503 },
	{ "ServiceUnavailable", 503 },
	{ "Unavailable", 503 },
	{ "InternalError", 500 },
	{ "InternalFailure", 500 },
	{ "ServerInternal", 500 },
	{ "RetryableError", 500 },
	{ "ServiceFailure", 500 },
	{ "TransactionInProgressException", 503 },
	{ "PriorRequestNotComplete", 503 },
	{ "BandwidthLimitExceeded", 509 },
	{ "TooManyRequestsException", 429 },
	{ "InsufficientInstanceCapacity", 500 },
	{ "UnauthorizedOperation", 403 },
	{ "AccessDenied", 403 },
	{ "InvalidClientTokenId", 403 },
	{ "SignatureDoesNotMatch", 403 },
	{ "InvalidAccessKeyId", 403 },
	{ "RequestTimeTooSkewed", 403 },
	{ "AuthFailure", 401 },
	{ "DryRunOperation", 412 },
	{ "NoSuchEntity", 404 },
	{ "NoSuchBucket", 404 },
	{ "NoSuchKey", 404 },
	{ "NoSuchBucketPolicy", 404 },
	{ "NoSuchTagSet", 404 },
	{ "NoSuchPublicAccessBlockConfiguration", 404 },
	{ "ServerSideEncryptionConfigurationNotFoundError", 404 },
	{ "EntityAlreadyExists", 409 },
	{ "DeleteConflict", 409 },
	{ "ConcurrentModification", 409 },
	{ "EntityTemporarilyUnmodifiable", 409 },
	{ "BucketAlreadyExists", 409 },
	{ "BucketAlreadyOwnedByYou", 409 },
	{ "BucketNotEmpty", 409 },
	{ "OperationAborted", 409 },
	{ "ConditionalRequestConflict", 409 },
	{ "InvalidBucketState", 409 },
	{ "InvalidObjectState", 403 },
	{ "AllAccessDisabled", 403 },
	{ "AccountProblem", 403 },
	{ "NoSuchUpload", 404 },
	{ "NoSuchVersion", 404 },
	{ "NoSuchLifecycleConfiguration", 404 },
	{ "NoSuchCORSConfiguration", 404 },
	{ "NoSuchWebsiteConfiguration", 404 },
	{ "OwnershipControlsNotFoundError", 404 },
	{ "ObjectLockConfigurationNotFoundError", 404 },
	{ "ReplicationConfigurationNotFoundError", 404 },
	{ "MethodNotAllowed", 405 },
	{ "MissingContentLength", 411 },
	{ "PreconditionFailed", 412 },
	{ "InvalidRange", 416 },
	{ "NotImplemented", 501 },
	{ "PermanentRedirect", 301 },
	{ "TemporaryRedirect", 307 },
};

static int status_of(const struct call *c, const char *code)
{
	if (!strcmp(code, "ExpiredToken"))
		return service_is_query(c->service) ? 403 : 400;
	for (size_t i = 0; i < ARRAY_LEN(STATUSES); i++) {
		if (!strcmp(STATUSES[i].code, code))
			return STATUSES[i].status;
	}
	return 400;
}

static void throttle(const struct call *c, struct sbx_reply *rep)
{
	if (!strcmp(c->service, "ec2"))
		sbx_fail(&c->req, rep, 503, "RequestLimitExceeded", "Request limit exceeded.");
	else if (!strcmp(c->service, "s3"))
		sbx_fail(&c->req, rep, 503, "SlowDown", "Please reduce your request rate.");
	else if (service_is_query(c->service))
		sbx_fail(&c->req, rep, 400, "Throttling", "Rate exceeded");
	else
		sbx_fail(&c->req, rep, 400, "ThrottlingException", "Rate exceeded");
}

static void answer_page(const struct call *c, struct sbx_reply *rep)
{
	buf_reset(&rep->body);
	rep->status = c->fault.http_status;
	rep->content_type = "text/html";
	set_str(&rep->code, "HTML");
	(void)buf_addf(&rep->body,
		       "<html><head><title>%d</title></head><body><h1>%d</h1></body></html>\n",
		       rep->status, rep->status);
}

/* A fault's message, with the request's own values for what it names in braces. */
static void fill_message(const struct call *c, const char *message, struct buf *ret)
{
	while (*message) {
		size_t plain = strcspn(message, "{"), n = strcspn(message + plain, "}");
		autofree char *name = NULL;
		const char *value;

		(void)buf_add(ret, message, plain);
		message += plain;
		if (!*message)
			break;
		name = xstrndup(message + 1, n - 1);
		value = sbx_pairs_get(&c->params, name);
		(void)buf_adds(ret, value ? value : "?");
		message += message[n] ? n + 1 : n;
	}
}

static void answer_code(const struct call *c, struct sbx_reply *rep)
{
	const struct sbx_fault *f = &c->fault;
	auto_buf message = BUF_INIT;

	fill_message(c, f->message ? f->message : "made to fail by --fault", &message);
	sbx_fail(&c->req, rep, f->hidden ? 200 : status_of(c, f->code), f->code, "%s", message.p);
}

/* What AWS calls the kind of policy that the ARN is of. */
static const char *policy_kind(const char *arn)
{
	if (!arn || strstr(arn, "/service_control_policy/"))
		return "a service control policy";
	return strstr(arn, "/resource_control_policy/") ? "a resource control policy"
							: "an identity-based policy";
}

/* As AWS writes a denial since 2026: the policy that denied is named at the end. */
static void answer_denial(const struct call *c, struct sbx_reply *rep)
{
	const char *arn = c->fault.policy;
	autofree char *why = xasprintf(
		"User: %s is not authorized to perform: %s:%s with an explicit deny in %s%s%s",
		c->req.caller_arn, c->service, c->action, policy_kind(arn), arn ? ": " : "",
		arn ? arn : "");

	if (!strcmp(c->service, "ec2"))
		sbx_fail(&c->req, rep, 403, "UnauthorizedOperation",
			 "You are not authorized to perform this operation. %s", why);
	else if (service_is_query(c->service) || !strcmp(c->service, "s3"))
		sbx_fail(&c->req, rep, 403, "AccessDenied", "%s", why);
	else
		sbx_fail(&c->req, rep, 400, "AccessDeniedException", "%s", why);
}

/* A filter or a page is asked for. */
static bool is_narrowed(const struct call *c)
{
	for (size_t i = 0; i < c->params.n; i++)
		if (text_starts_with(c->params.v[i].name, "Filter.") ||
		    !strcmp(c->params.v[i].name, "MaxResults"))
			return true;
	return false;
}

bool call_is_throttled(struct sbx *sbx, const struct call *c, struct sbx_reply *rep)
{
	bool there;

	if (!sbx_throttle(sbx) || strcmp(c->service, "ec2") != 0)
		return false;
	sbx_lock(sbx);
	there = throttle_takes(sbx_throttle(sbx), c->region, c->action, is_narrowed(c),
			       sbx_now_ms(sbx));
	sbx_unlock(sbx);
	if (!there)
		throttle(c, rep);
	return !there;
}

bool call_fault_before(const struct call *c, struct sbx_reply *rep)
{
	const struct sbx_fault *f = &c->fault;

	if (f->after)
		return false;
	if (f->lost_before || f->reset)
		rep->delivery = f->reset ? SBX_RESET : SBX_DROP;
	else if (f->http_status)
		answer_page(c, rep);
	else if (f->throttle)
		throttle(c, rep);
	else if (f->denied)
		answer_denial(c, rep);
	else if (f->code)
		answer_code(c, rep);
	else
		return false;
	return true;
}

void call_fault_after(const struct call *c, struct sbx_reply *rep)
{
	const struct sbx_fault *f = &c->fault;

	if (f->lost_after)
		rep->delivery = SBX_DROP;
	else if (f->torn)
		rep->delivery = SBX_TORN;
	else if (f->after && !rep->code && f->http_status)
		answer_page(c, rep);
	else if (f->after && !rep->code)
		answer_code(c, rep);
}
