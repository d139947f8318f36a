/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the redaction share; each appends to `out`. */
#ifndef AWS_RECORD_REDACT_PARTS_H
#define AWS_RECORD_REDACT_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "aws/record/redact.h"
#include "base/buf.h"

/* redact_hash.c */
void redact_hash(const struct redactor *r, const void *p, size_t n, unsigned char out[32]);
/* `digits` (64 at most) of lower-case hex. */
void redact_hex(const struct redactor *r, const char *s, size_t n, size_t digits, struct buf *out);
/* Twelve digits for twelve digits. */
void redact_account(const struct redactor *r, const char *s, size_t n, struct buf *out);

/* redact_id.c: `s` has the shape that the name says. */
void redact_id(const struct redactor *r, const char *s, size_t prefix, size_t digits,
	       struct buf *out);
void redact_iam_id(const struct redactor *r, const char *s, struct buf *out);
void redact_uuid(const struct redactor *r, const char *s, struct buf *out);
void redact_mac(const struct redactor *r, const char *s, struct buf *out);
void redact_sum(const struct redactor *r, const char *s, struct buf *out);
void redact_time(const struct redactor *r, const char *s, struct buf *out);

/* redact_address.c: with or without a prefix's length */
void redact_ipv4(const struct redactor *r, const char *s, struct buf *out);
void redact_ipv6(const struct redactor *r, const char *s, struct buf *out);

/* redact_host.c */
bool redact_is_known_region(const struct redactor *r, const char *s); /* or a zone of one */
bool redact_is_one_of(const char *s, const char *const *names);	      /* ends with NULL */
bool redact_is_aws_host(const char *s);
void redact_host(const struct redactor *r, const char *s, size_t n, struct buf *out);
void redact_arn(const struct redactor *r, const char *s, struct buf *out);

#endif
