/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What IAM and STS share, AWS's query protocol.  Names, types and lengths of the
 * parameters have been held to the API model before a handler runs; what is left
 * are the characters that a value may have.
 */
#ifndef SANDBOX_SBX_QUERY_H
#define SANDBOX_SBX_QUERY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "sandbox/core/sbx.h"

/* False, and answered, when a value has characters that its parameter does not take. */
NODISCARD bool sbx_query_check(const struct sbx_request *req, struct sbx_reply *rep);

/* What tags of IAM, STS and S3 may consist of: letters, digits and spaces of any script (what is
 * not ASCII is taken for one), and _.:/=+-@ */
bool sbx_is_tag_text(const char *s);

/* The list of that name among the arguments, an empty one when it is not there.  New reference. */
json_t *sbx_query_list(const struct sbx_request *req, const char *name);
/* "aws", "aws-cn": of the region that the request was signed for. */
const char *sbx_query_partition(const struct sbx_request *req);

/* <ActionResponse> around `result` (NULL: the action has none). */
void sbx_query_answer(const struct sbx_request *req, struct sbx_reply *rep, const char *xmlns,
		      const struct buf *result);

/* Append <Key>, <Value> members for an array of {Key, Value}. */
void sbx_query_add_tags(struct buf *out, const char *element, const json_t *tags);
/* <name>2026-11-23T04:05:06Z</name> */
void sbx_query_add_time(struct buf *out, const char *name, int64_t utc_ms);

#endif
