/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signature Version 4 applied to an http_request (sigv4.h is the arithmetic).
 *   owns    nothing; all arguments are borrowed for the call
 *   source  IAM User Guide, "Create a signed AWS API request"
 */
#ifndef AWS_SIGN_H
#define AWS_SIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "aws/cred/cred.h"
#include "aws/core/sigv4.h"
#include "base/attr.h"
#include "net/http.h"

/*
 * In headers.  Sets Host (when absent), X-Amz-Date, X-Amz-Security-Token (when there
 * is one), for service "s3" x-amz-content-sha256, and Authorization.  Every header
 * present is signed but User-Agent, Expect, Connection, Content-Length,
 * Transfer-Encoding, X-Amzn-Trace-Id and amz-sdk-*.
 * Signing the same request again replaces what the last signature set.
 */
void sign_request(struct http_request *req, const struct cred *cred,
		  const struct sigv4_scope *scope);

/*
 * In the query: appends X-Amz-Algorithm, -Credential, -Date, -Expires,
 * -SignedHeaders, -Security-Token (when there is one), -Signature, in this order.
 * The payload is the body's hash, for service "s3" UNSIGNED-PAYLOAD.
 */
void sign_presign(struct http_request *req, const struct cred *cred,
		  const struct sigv4_scope *scope, int expires_s);

#endif
