/* SPDX-License-Identifier: Apache-2.0 */
/* The four error envelopes of AWS's services into one error value. */
#ifndef AWS_REPLY_H
#define AWS_REPLY_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/error.h"
#include "net/http.h"

/* How a service writes errors. */
enum aws_protocol {
	AWS_PROTOCOL_EC2,
	AWS_PROTOCOL_QUERY,
	AWS_PROTOCOL_S3,
	AWS_PROTOCOL_JSON,
};

/*
 * The error that `res` carries (status 300 and above, or S3's <Error> under 200),
 * with kind and hint by advice.h: code, message, request id, host id, region and
 * status as received.  Without an envelope (HTML from a proxy, an empty HEAD)
 * the status decides.  Never NULL.
 */
NODISCARD struct rb_error *reply_error(enum aws_protocol protocol, const char *service,
				       const char *action, const struct http_response *res);

/*
 * Whether the document of a 2xx answer is an error all the same: S3's <Error> above all, whose
 * status was on its way before the failure.  As good as the 500 that it should have been.
 */
bool reply_hides_error(const struct http_response *res);

/* x-amzn-RequestId or x-amz-request-id; NULL: none.  Borrowed. */
const char *reply_request_id(const struct http_response *res);

#endif
