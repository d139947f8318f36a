/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of model_check.c share; private to them. */
#ifndef TESTS_MODEL_PARTS_H
#define TESTS_MODEL_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "base/attr.h"
#include "base/buf.h"
#include "tests/lib/model_check.h"

/* One check, with what it found wrong. */
struct model_check {
	const json_t *service;
	const json_t *op;
	struct buf wrong;
};
void model_wrong(struct model_check *c, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Members of a row; "" and false when they are not there. */
const char *model_text(const json_t *obj, const char *key);
bool model_flag(const json_t *obj, const char *key);

void model_range(struct model_check *c, const char *name, const json_t *row, int64_t value,
		 const char *of);
/* A scalar as text, as it stands in a form, a query, a header or an element. */
void model_scalar(struct model_check *c, const char *name, const json_t *row, const char *value,
		  bool answer);

struct model_pair {
	char *name;
	char *value;
};
struct model_pairs {
	struct model_pair *v;
	size_t n;
};
/* "a=1&b=%20", decoded; a broken escape is a mistake. */
struct model_pairs model_split(struct model_check *c, const char *s, size_t n, bool plus_is_space);
const char *model_pair_get(const struct model_pairs *p, const char *name);
void model_pairs_clear(struct model_pairs *p);

const char *model_header_of(const struct model_request *req, const char *name);
/* All but S3 take POST / and no query. */
void model_post_root(struct model_check *c, const struct model_request *req);

void model_form(struct model_check *c, const struct model_request *req, char **ret_operation);
void model_s3(struct model_check *c, const struct model_request *req, char **ret_operation);
/* An XML body against rows of element paths; `xmlns` NULL or "": any. */
void model_xml(struct model_check *c, const json_t *rows, const char *xmlns, const char *body,
	       size_t n, bool answer);

#endif
