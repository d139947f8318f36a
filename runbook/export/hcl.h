/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HCL as text: quoting, and values.
 *   source  developer.hashicorp.com/terraform/language/expressions/strings
 */
#ifndef RUNBOOK_EXPORT_HCL_H
#define RUNBOOK_EXPORT_HCL_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "base/attr.h"
#include "base/buf.h"

/* A text, of which some parts are expressions. */
struct hcl_text {
	struct hcl_part {
		bool is_expression;
		char *text;
	} * v;
	size_t n;
};
void hcl_text_clear(struct hcl_text *t);
#define auto_hcl_text CLEANUP(hcl_text_clear) struct hcl_text
void hcl_text_add(struct hcl_text *t, bool is_expression, const char *text);

/* Between the quotes of a template: nothing in it is an expression, an end or a line break. */
void hcl_escape(const char *text, struct buf *out);
/* The same with the quotes. */
void hcl_quote(const char *text, struct buf *out);
/* "a${var.b}c"; an expression alone stands without quotes. */
void hcl_text_write(const struct hcl_text *t, struct buf *out);

/* Writes a string of a value; NULL: hcl_quote does. */
typedef void hcl_string_fn(void *arg, const char *text, struct buf *out);
/* A value; what does not fit in a line goes over several, indented by `depth` steps. */
void hcl_value(const json_t *value, int depth, hcl_string_fn *string, void *arg, struct buf *out);
/* The key of an object: an identifier as it is, else quoted. */
void hcl_key(const char *key, struct buf *out);
/* "source_vpc_cidr" of "source.vpc_cidr": what may be the name of a variable.  Caller frees. */
NODISCARD char *hcl_name(const char *text);
/* As `terraform fmt` does it: the "=" of assignments in lines that follow each other below each
 * other; `text` is as the functions above write it. */
void hcl_align(const char *text, struct buf *out);
/* A comment, each of its lines. */
void hcl_comment(const char *text, const char *indent, struct buf *out);

#endif
