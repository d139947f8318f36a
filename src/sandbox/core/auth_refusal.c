/* SPDX-License-Identifier: Apache-2.0 */
/* The refusal of a signature in the words of each service. */
#include "sandbox/core/auth.h"

#include <string.h>
#include <openssl/crypto.h>

#include "sandbox/core/sbx.h"

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
