/* SPDX-License-Identifier: Apache-2.0 */
/* What the files share that check parameters against a model. */
#ifndef SANDBOX_CORE_PARAMS_H
#define SANDBOX_CORE_PARAMS_H

#include <stdbool.h>

#include <jansson.h>

#include "base/attr.h"
#include "base/buf.h"
#include "sandbox/core/inner.h"

/* EC2 has codes of its own; IAM and STS call all of it a validation error. */
struct params_complaint {
	bool ec2;
	const char **code;
	struct buf *message;
};

/* Fills in code and message, and returns false. */
bool params_complain(const struct params_complaint *c, const char *ec2_code, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/* One value of the row's type. */
bool params_check_scalar(const struct model_param *row, const char *name, const char *value,
			 const struct params_complaint *c);
/* What `pattern` requires below `node`; `path` is where we are, for the message. */
bool params_check_required(const json_t *node, const char *pattern, struct buf *path,
			   const struct params_complaint *c);
/* Names and values of the filters that a call of EC2 has. */
bool params_check_filters(const struct sbx_model *model, const json_t *tree,
			  const struct params_complaint *c);

#endif
