/* SPDX-License-Identifier: Apache-2.0 */
/* Requests and answers as JSON that may be published. */
#ifndef AWS_RECORD_BODY_H
#define AWS_RECORD_BODY_H

#include <jansson.h>

#include "aws/core/client.h"
#include "aws/record/redact.h"
#include "base/attr.h"

/* {"method", "path", "query", "headers", "params" | "json" | "xml" | "bytes"}.  New reference. */
NODISCARD json_t *body_request(const struct redactor *r, const struct aws_exchange_seen *seen);
/* {"status", "headers", "xml" | "json" | "bytes"}.  New reference. */
NODISCARD json_t *body_answer(const struct redactor *r, const struct aws_exchange_seen *seen);

/* "Action=DescribeVpcs&VpcId.1=..." as an object.  New reference. */
NODISCARD json_t *body_redact_form(const struct redactor *r, const char *p, size_t n);
/* The document with its texts replaced, without comments; false when `p` is no XML of AWS's. */
NODISCARD bool body_redact_xml(const struct redactor *r, const char *p, size_t n, struct buf *out);

#endif
